"""What an officer is told about a file, and what reading it gave.

A finding keeps the kind of its sentence and the facts in it, so it can be told in any of the
languages of the catalogue (`sentences.toml`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from nodes.importing.sentences import LANGUAGES, Sentence, Words, say
from nodes.sayable import Unsayable
from vocab.records import ROOMS, Record
from vocab.whereabouts import Steps, whereabouts

Severity = Literal["error", "warning"]

_SHOWN: Final = 120


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing to look at: where it stands, what stands there and what to write instead.

    An error leaves the row out; a warning says what was not understood in a row that came
    through. `sheet` is the sheet or, for other files, the file; `row` is counted as the officer
    sees it; `cell` is the spreadsheet reference (`F7`) or the path in a JSON document.
    """

    severity: Severity
    said: Sentence
    sheet: str
    row: int | None = None
    column: str | None = None
    cell: str | None = None
    value: str | None = None

    @property
    def message(self) -> str:
        """What is wrong and what to write instead, in English."""
        return self.said.told("en")

    @property
    def messages(self) -> dict[str, str]:
        """The same in every language of the catalogue."""
        return {language: self.said.told(language) for language in LANGUAGES}

    def __str__(self) -> str:
        """Say it in one line, in English."""
        return self.told("en")

    def facts(self) -> dict[str, Any]:
        """Give all of it for a program: where, what, and the words in every language."""
        return {
            "severity": self.severity,
            "kind": self.said.kind,
            "sheet": self.sheet,
            "row": self.row,
            "column": self.column,
            "cell": self.cell,
            "value": self.value,
            "messages": self.messages,
        }

    def told(self, language: str) -> str:
        """Say it in one line, in a language."""
        where = [self.sheet]
        if self.row is not None:
            where.append(say("in-row", row=self.row).told(language))
        if self.column is not None:
            column = say("in-column", column=self.column).told(language)
            where.append(column + (f" ({self.cell})" if self.cell else ""))
        value = f" '{self.value}':" if self.value else ""
        severity = say(self.severity).told(language)
        return f"{severity}: {', '.join(where)}:{value} {self.said.told(language)}"


Locate = Callable[[str, Steps, Sentence, str], Finding | None]
"""Says something of a field of a record, with the value it has, where that stands in the file."""


def _nowhere(_iri: str, _steps: Steps, _said: Sentence, _value: str) -> None:
    return None


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a file gave. `rows` counts its rows, `held` names those left out for an error.

    A held record is in the file: it must not be taken for one that vanished from it. When
    `unnamed` is not zero, so many rows were left out that could not even be named.
    `rooms` are the kinds of record the file speaks of: of the others nothing vanished.
    `locate` finds the cell of a field again, in files that have cells.
    """

    records: tuple[Record, ...]
    findings: tuple[Finding, ...]
    rows: int
    held: tuple[str, ...] = ()
    unnamed: int = 0
    rooms: tuple[str, ...] = ROOMS
    locate: Locate = field(default=_nowhere, compare=False, repr=False)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that left a row out."""
        return tuple(each for each in self.findings if each.severity == "error")

    def refused(self, refusals: Sequence[Unsayable]) -> list[Finding | None]:
        """Say of each refusal where it stands in the file; None where that has no cells."""
        refused = {each.iri for each in refusals}
        places = {each.iri: whereabouts(each) for each in self.records if each.iri in refused}
        return [self._refused(each, places.get(each.iri, {})) for each in refusals]

    def _refused(
        self, refusal: Unsayable, places: Mapping[tuple[str, str], Steps]
    ) -> Finding | None:
        part = refusal.part
        steps = places.get((part, refusal.path or ""), places.get((part, ""), ()))
        said = say("refused", said=Words(tuple(refusal.words.items())))
        return self.locate(refusal.iri, steps, said, refusal.value)


def shown(value: object) -> str | None:
    """Give a value as text for a message, cut when it is long; None for nothing."""
    if value is None or value == "":
        return None
    text = " ".join(str(value).split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
