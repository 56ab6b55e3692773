"""Rows as every reader gives them: cells by heading, with the place to find them again.

A cell of a table is addressed by its heading. In a document (JSON, GeoJSON) a heading may be a
dotted path: `Zeitraum.von` goes into an object, `tags.name` takes the name of every item of a
list, and `extras.status` finds the value in a list of key and value pairs, as CKAN writes them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import Any

from nodes.importing.findings import Finding, Severity, shown
from nodes.importing.sentences import Fact, Sentence, say
from vocab.schemes import fold

Cell = str | int | float | bool | date | list[Any] | dict[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class Row:
    """One record of a file. `letters` names the spreadsheet column of each heading."""

    sheet: str
    number: int
    cells: Mapping[str, Cell]
    letters: Mapping[str, str] = field(default_factory=dict)
    path: str | None = None  # where the record stands in a document: `result.results[3]`
    from_1904: bool = False  # whether its numbers count days from then

    def get(self, heading: str) -> Cell:
        """Give the cell under a heading, or what a dotted path leads to; None when absent."""
        if heading in self.cells:
            return self.cells[heading]
        found: Cell = _follow(self.cells, heading)
        return found

    def reference(self, heading: str) -> str | None:
        """Give the cell's place: `F7` in a sheet, the path in a document."""
        if heading in self.letters:
            return f"{self.letters[heading]}{self.number}"
        return None if self.path is None else f"{self.path}.{heading}"

    def finding(
        self, severity: Severity, column: str | None, value: object, said: Sentence
    ) -> Finding:
        """Say something about a cell of this row."""
        return Finding(
            severity=severity,
            said=said,
            sheet=self.sheet,
            row=self.number,
            column=column,
            cell=self.reference(column) if column else None,
            value=shown(value),
        )


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What a reader gives: the rows, their headings and what was noticed in the file.

    `loose` is set for documents, where a record may lack any of the headings.
    """

    name: str
    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...] = ()
    loose: bool = False


@dataclass(frozen=True, kw_only=True)
class Notes:
    """Collects what is found while one row is read."""

    row: Row
    findings: list[Finding] = field(default_factory=list)

    def warn(self, column: str | None, value: object, kind: str, /, **facts: Fact) -> None:
        """Note something the row comes through in spite of, a kind of the catalogue."""
        self.findings.append(self.row.finding("warning", column, value, say(kind, **facts)))

    def fail(self, column: str | None, value: object, kind: str, /, **facts: Fact) -> None:
        """Note something that leaves the row out, a kind of the catalogue."""
        self.findings.append(self.row.finding("error", column, value, say(kind, **facts)))

    def add(self, column: str | None, value: object, said: Sentence) -> None:
        """Note a sentence that is made already; the row comes through."""
        self.findings.append(self.row.finding("warning", column, value, said))

    @property
    def failed(self) -> bool:
        """Whether the row is to be left out."""
        return any(each.severity == "error" for each in self.findings)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Give the known word most like this one, if any is."""
    by_fold = {fold(each): each for each in known}
    close = get_close_matches(fold(word), by_fold, n=1, cutoff=0.6)
    return by_fold[close[0]] if close else None


def _follow(value: Any, path: str) -> Any:
    """Walk a dotted path; a key that itself holds dots is tried before it is taken apart."""
    if isinstance(value, list):
        if value and all(map(_keyed, value)):
            value = {each["key"]: each["value"] for each in value}
        else:
            found = [_follow(each, path) for each in value]
            return [each for each in found if each is not None] or None
    if not isinstance(value, Mapping):
        return None
    if path in value:
        return value[path]
    for head, rest in _splits(path):
        if head in value and (inner := _follow(value[head], rest)) is not None:
            return inner
    return None


def _keyed(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("key"), str) and "value" in item


def _splits(path: str) -> Iterator[tuple[str, str]]:
    parts = path.split(".")
    for cut in range(1, len(parts)):
        yield ".".join(parts[:cut]), ".".join(parts[cut:])
