"""A proposed mapping as a value, and as the small TOML file a person reads and corrects."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nodes.importing.findings import Finding
from nodes.importing.sentences import Sentence, say
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
    reason: Sentence
    sure: float

    def __str__(self) -> str:
        """Say it in one line, in English."""
        return self.told("en")

    def told(self, language: str) -> str:
        """Say it in one line, in a language."""
        where = f"'{self.heading}'" if self.heading is not None else None
        reason = say("doubted-aloud", reason=self.reason) if self.sure < 0.7 else self.reason
        named = where or say("same-for-all").told(language)
        return f"{self.field}: {named}, {reason.told(language)}"


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
    reasons: Mapping[str, Sentence]
    file: Mapping[str, Any]
    file_reasons: Mapping[str, Sentence]
    fields: Mapping[str, Any]
    decisions: tuple[Decision, ...]
    words: tuple[Word, ...] = ()
    unknown: tuple[str, ...] = ()  # headings
    told: tuple[Sentence | Finding, ...] = ()

    def text(self, language: str = "en") -> str:
        """Write it as TOML, with comments in a language."""
        return "\n".join(_lines(self, language)) + "\n"

    def spoken(self, language: str) -> Iterator[str]:
        """Tell what was decided and why, line by line."""
        yield from (each.told(language) for each in self.told)
        yield from (each.told(language) for each in self.decisions)
        for name, why in self.reasons.items():
            yield f"{name}: {self.settings[name]}, {why.told(language)}"

    def open_questions(self, language: str) -> Iterator[str]:
        """Tell what was not understood, line by line."""
        for heading in self.unknown:
            yield say("column-unknown", heading=heading).told(language)
        for each in self.words:
            if each.label:
                said = say("word-close", word=each.word, section=each.section, label=each.label)
            else:
                said = say("word-unknown", word=each.word, section=each.section)
            yield said.told(language)


def _lines(proposal: Proposal, language: str) -> Iterator[str]:
    def remark(said: Sentence | Finding) -> str:
        return f"# {_one_line(said.told(language))}"

    yield remark(say("proposed-for", name=proposal.name))
    yield remark(say("settings-explained"))
    yield from map(remark, proposal.told)
    yield ""
    for name, value in proposal.settings.items():
        yield f"{name} = {_value(value)} {remark(proposal.reasons[name])}"
    if proposal.unknown:
        yield remark(say("columns-not-understood"))
        yield from (f"#   {_one_line(each)}" for each in proposal.unknown)
    if proposal.file:
        yield "\n[file]"
        for name, value in proposal.file.items():
            reason = proposal.file_reasons.get(name)
            yield f"{name} = {_value(value)}" + (f" {remark(reason)}" if reason else "")
    yield "\n[fields]"
    for name, value in proposal.fields.items():
        reasons = "; ".join(
            dict.fromkeys(
                _doubted(each).told(language) for each in proposal.decisions if each.field == name
            )
        )
        yield f"{name} = {_value(value)} # {_one_line(reasons)}"
    for section in SCHEMES_OF:
        if words := [each for each in proposal.words if each.section == section]:
            yield f"\n[values.{section}]"
            ids = ", ".join(each.id for each in scheme(SCHEMES_OF[section]).concepts)
            yield remark(say("the-concepts", ids=ids))
            yield from (_word(each, remark) for each in words)


def _word(each: Word, remark: Callable[[Sentence], str]) -> str:
    word = _value(each.word)
    if each.like is None:
        return f'# {word} = "" {remark(say("which-concept"))}'
    return f"{word} = {_value(each.like)} {remark(say('close-to', label=each.label or ''))}"


def _doubted(each: Decision) -> Sentence:
    return say("doubted", reason=each.reason) if each.sure < 0.7 else each.reason


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
