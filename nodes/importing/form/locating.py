"""Where a field of a record stands in a filled workbook: its sheet, its row and its column."""

from collections.abc import Mapping

from nodes.importing.findings import Finding, Locate
from nodes.importing.form.grouping import Named
from nodes.importing.form.layout import STATED, tables
from nodes.importing.form.naming import Row
from nodes.importing.form.pages import Filled, Line
from nodes.importing.form.wording import title
from nodes.importing.sentences import Sentence, say
from vocab.whereabouts import Steps


def locating(
    filled: Filled, rows: Mapping[Named, Row], lines: Mapping[tuple[Named, Steps], Line]
) -> Locate:
    """Give what finds cells again; `lines` are the rows of parts.

    Of a part without a row the record's row is told, with the sheet such rows go into.
    """
    by_iri = {each.iri: each for each in rows.values()}
    sheets = {each.name: each for each in tables() if not each.is_main}

    def locate(iri: str, steps: Steps, said: Sentence, _value: str) -> Finding | None:
        if (row := by_iri.get(iri)) is None:
            return None
        line, rest = _row(row, steps, lines)
        if line is None:
            return None
        names = tuple(each for each in rest if isinstance(each, str))
        table = sheets.get("." + ".".join(each for each in steps if isinstance(each, str)))
        if table is not None and rest:
            page = filled.pages.get(table.name)
            sheet = page.title if page is not None else title(table, filled.tongue.language)
            return line.finding("error", None, say("refused-of-sheet", said=said, sheet=sheet))
        column = _column(line, ".".join(names)) if names else None
        return line.finding("error", column, said, line.cells.get(column or ""))

    return locate


def _row(
    row: Row, steps: Steps, lines: Mapping[tuple[Named, Steps], Line]
) -> tuple[Line | None, Steps]:
    """Give the innermost row on the way to a field, and the way that is left."""
    for cut in range(len(steps), 0, -1):
        if (found := lines.get((row.named, steps[:cut]))) is not None:
            return found, steps[cut:]
    return row.line, steps


def _column(line: Line, name: str) -> str | None:
    """Name the column of a field, or the first of a part."""
    below = (each for each in line.places if each.startswith(f"{name}."))
    return line.column(name) or line.column(name + STATED) or next(below, None)
