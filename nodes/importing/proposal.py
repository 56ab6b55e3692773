"""A proposed mapping as a value, and as the small TOML file a person reads and corrects."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from vocab.schemes import scheme

SCHEMES_OF: Final = {
    "status": "lifecycle",
    "themes": "theme",
    "technologies": "technology",
    "roles": "helix",
    "verdict": "verdict",
}
"""The section of a mapping's values and the scheme its concepts are of."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """One field and the column proposed for it; no heading where a constant stands in."""

    field: str
    heading: str | None
    reason: str
    sure: float

    def __str__(self) -> str:
        """Say it in one line."""
        where = f"'{self.heading}'" if self.heading is not None else "the same for all rows"
        doubt = " (check this one)" if self.sure < 0.7 else ""
        return f"{self.field}: {where}, {self.reason}{doubt}"


@dataclass(frozen=True, kw_only=True)
class Word:
    """A word of the file that no scheme has; `like` is a concept with a label close to it."""

    section: str
    word: str
    like: str | None = None
    label: str | None = None


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A mapping nobody has confirmed yet, with the reason of every choice in it."""

    name: str
    settings: Mapping[str, Any]
    reasons: Mapping[str, str]
    file: Mapping[str, Any]
    file_reasons: Mapping[str, str]
    fields: Mapping[str, Any]
    decisions: tuple[Decision, ...]
    words: tuple[Word, ...] = ()
    unknown: tuple[str, ...] = ()  # headings
    told: tuple[str, ...] = ()

    def text(self) -> str:
        """Write it as TOML."""
        return "\n".join(_lines(self)) + "\n"


def _lines(proposal: Proposal) -> Iterator[str]:
    yield f"# Proposed for {_one_line(proposal.name)}. Read it, correct it, then import again."
    yield "# docs/importing.md explains every setting."
    yield from (f"# {_one_line(each)}" for each in proposal.told)
    yield ""
    for name, value in proposal.settings.items():
        yield f"{name} = {_value(value)} # {_one_line(proposal.reasons[name])}"
    if proposal.unknown:
        yield "# Not understood; name them under [fields], or add them to ignore:"
        yield from (f"#   {_one_line(each)}" for each in proposal.unknown)
    if proposal.file:
        yield "\n[file]"
        for name, value in proposal.file.items():
            reason = proposal.file_reasons.get(name)
            yield f"{name} = {_value(value)}" + (f" # {_one_line(reason)}" if reason else "")
    yield "\n[fields]"
    for name, value in proposal.fields.items():
        reasons = "; ".join(
            dict.fromkeys(_doubted(each) for each in proposal.decisions if each.field == name)
        )
        yield f"{name} = {_value(value)} # {_one_line(reasons)}"
    for section in SCHEMES_OF:
        if words := [each for each in proposal.words if each.section == section]:
            yield f"\n[values.{section}]"
            ids = ", ".join(each.id for each in scheme(SCHEMES_OF[section]).concepts)
            yield f"# The concepts: {ids}"
            yield from map(_word, words)


def _word(each: Word) -> str:
    word = _value(each.word)
    if each.like is None:
        return f'# {word} = "" # which of the concepts is it?'
    return f"{word} = {_value(each.like)} # close to '{_one_line(each.label or '')}': check"


def _doubted(each: Decision) -> str:
    return each.reason + (", check" if each.sure < 0.7 else "")


def _value(value: Any) -> str:
    """Write a TOML value; its strings escape what JSON's do, and the delete character."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(key)} = {_value(each)}" for key, each in value.items())
        return f"{{ {inner} }}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value).lower()


def _key(key: str) -> str:
    return key if key.isascii() and key.replace("-", "").replace("_", "").isalnum() else _value(key)


def _one_line(text: str) -> str:
    return "".join(each if each.isprintable() else " " for each in text)
