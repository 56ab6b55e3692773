"""Rows that are no records: sums and notes below a table, and rows that stand there twice.

They are passed over and reported. A row is only taken for a note when it cannot be a record: one
single cell, with more than a word in it, and that not under the title.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from nodes.importing.lexicon import begins_totals
from nodes.importing.mapping import Mapping
from nodes.importing.rows import Cell, Row, Sheet
from nodes.importing.sentences import Sentence, say

_LEAST_COLUMNS: Final = 4


def tidied(sheet: Sheet, mapping: Mapping) -> Sheet:
    """Leave out the rows that are no records of their own, with a finding for each."""
    titles = {each.column for each in mapping.fields.title}
    rows: list[Row] = []
    findings = list(sheet.findings)
    passed: set[int] = set()
    first: dict[str, int] = {}
    for row in sheet.rows:
        reason = None if sheet.loose else _no_record(row, sheet, titles)
        if reason is None:
            key = repr(sorted(row.cells.items(), key=lambda each: each[0]))
            if key in first:
                reason = say("doubled", row=first[key])
            else:
                first[key] = row.number
        if reason is None:
            rows.append(row)
            continue
        passed.add(row.number)
        finding = row.finding("warning", None, next(_filled(row), ("", None))[1], reason)
        findings.append(finding)
    kept = (each for each in findings if each.row not in passed or each.severity == "warning")
    return replace(sheet, rows=tuple(rows), findings=tuple(kept)) if passed else sheet


def _no_record(row: Row, sheet: Sheet, titles: set[str | None]) -> Sentence | None:
    """Say why a row of a table is none of its records."""
    filled = list(_filled(row))
    if len(sheet.headings) < _LEAST_COLUMNS or not filled:
        return None
    heading, cell = filled[0]
    text = str(cell).strip()
    numbers = all(isinstance(each, int | float) or _numeric(each) for _, each in filled[1:])
    if begins_totals(text) and (numbers or len(filled) * 2 <= len(sheet.headings)):
        return say("sums")
    if len(filled) == 1 and (text.startswith("*") or (" " in text and heading not in titles)):
        return say("note")
    return None


def _filled(row: Row) -> Iterator[tuple[str, Cell]]:
    for heading, cell in row.cells.items():
        if cell is not None and not (isinstance(cell, str) and not cell.strip()):
            yield heading, cell


def _numeric(cell: Cell) -> bool:
    text = str(cell).strip().strip("%€ ")
    return bool(text) and text.replace(".", "").replace(",", "").replace(" ", "").isdigit()
