"""The workbook itself: an empty one to fill in, or one with records.

Every sheet has the machine names of its columns in a hidden first row, its headings in the second
and help on each of them. Cells are written as text or numbers, never as formulas. The lists to
choose from and the key to everything are in hidden sheets.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.utility import xl_col_to_name

from nodes.books.limits import LIMITS, Limits
from nodes.errors import ImportRefused
from nodes.importing.findings import Finding
from nodes.importing.form.choices import BOOLEAN, KINDS, Lists, concepts, scheme_names
from nodes.importing.form.escaping import KEEP, LONGEST
from nodes.importing.form.layout import (
    STATED,
    Column,
    Table,
    columns,
    many_languages,
    tables,
    with_languages,
)  # fmt: skip
from nodes.importing.form.listing import Cells, Listed, listed
from nodes.importing.form.rules import FIRST, format_of, is_needed, rule, width_of
from nodes.importing.form.sheets import HIDDEN, LISTS, MARK, VERSION
from nodes.importing.form.tongue import Tongue
from nodes.importing.form.wording import advice, heading, kind_name, title, yes_and_no
from nodes.importing.sentences import say
from vocab import records as model
from vocab.records import Record
from vocab.triples import normalised

_SPARE: Final = 1_000
"""Rows below the last one that have drop-downs."""
_IN_ENGLISH: Final = ("title", "summary")
_HEAD: Final = {"bold": True, "text_wrap": True, "border": 1}
_COLOURS: Final = {"needed": "#C9D8E8", "head": "#E8EEF4", "key": "#E4E4E4"}


@dataclass(frozen=True, kw_only=True)
class _Sheet:
    """What a sheet will hold."""

    table: Table
    columns: tuple[Column, ...]
    rows: Sequence[Cells]


def write_form(
    path: Path,
    records: Iterable[Record],
    *,
    language: str,
    texts: str,
    kinds: tuple[type[Record], ...] = model.KINDS,
    limits: Limits = LIMITS,
) -> list[Finding]:
    """Write a workbook, in `language`; `texts` is the language that a city writes in.

    Returns what does not fit into its cell; raises ImportRefused where nothing can be written.
    """
    if path.suffix.lower() != ".xlsx":
        raise ImportRefused(f"{path.name}: a workbook is written, so end its name in .xlsx")
    tongue = Tongue(language=language, lists=_lists(kinds, language))
    found = listed([normalised(each) for each in records], tongue)
    sheets = [_sheet(each, found, texts) for each in tables(kinds)]
    for each in sheets:
        _refuse_large(each, language, limits)
    try:
        with path.open("xb") as file, xlsxwriter.Workbook(file, {"in_memory": True}) as book:
            _write(book, sheets, tongue)
    except FileExistsError as error:
        raise ImportRefused(f"{path} is there already: choose another name") from error
    except (OSError, XlsxWriterException) as error:
        why = getattr(error, "strerror", None) or error
        raise ImportRefused(f"{path} cannot be written: {why}") from error
    return list(_cut(found, sheets, language))


def _lists(kinds: Sequence[type[Record]], language: str) -> Lists:
    yes, no = yes_and_no(language)
    of = [column for each in tables(tuple(kinds)) for column in columns(each.of)]
    return {
        KINDS: {kind_name(kind, language): kind.room for kind in kinds},
        BOOLEAN: {yes: "true", no: "false"},
        **{name: concepts(name, language) for name in scheme_names(of)},
    }


def _sheet(table: Table, found: Listed, texts: str) -> _Sheet:
    """Choose the columns: all of the model, texts in the languages in which there are any."""
    rows = found.rows.get(table.name, [])
    used = {name for row in rows for name in row}
    tags: dict[str, tuple[str, ...]] = {}
    own = texts.lower()
    for column in columns(table.of):
        if many_languages(column):
            start = f"{column.name}@"
            others = sorted(each.removeprefix(start) for each in used if each.startswith(start))
            english = ["en"] if table.is_main and column.name in _IN_ENGLISH else []
            tags[column.name] = tuple(dict.fromkeys([own, *english, *others]))
    given = [
        each for each in columns(table.of) if not each.name.endswith(STATED) or each.name in used
    ]
    keys, own_columns = table.keys, with_languages(given, tags)
    shown = (*own_columns, *keys) if table.is_main else (*keys, *own_columns)
    return _Sheet(table=table, columns=shown, rows=rows)


def _refuse_large(sheet: _Sheet, language: str, limits: Limits) -> None:
    name = title(sheet.table, language)
    width, height = len(sheet.columns), len(sheet.rows)
    if width > limits.columns or height > limits.rows or width * (height + 2) > limits.cells:
        raise ImportRefused(
            f"the sheet '{name}' would have {height:,} rows and {width:,} columns, more than is "
            "read again: export one kind at a time with --kind, or as .jsonld, .ttl or .nq"
        )


def _write(book: Any, sheets: Sequence[_Sheet], tongue: Tongue) -> None:
    formats = {
        **{name: book.add_format({**_HEAD, "bg_color": each}) for name, each in _COLOURS.items()},
        "text": book.add_format({"num_format": "@", "valign": "top"}),
        "wrap": book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"}),
        "number": book.add_format({"valign": "top"}),
    }
    pages = [book.add_worksheet(title(each.table, tongue.language)) for each in sheets]
    ranges = _write_lists(book.add_worksheet(LISTS), tongue.lists)
    _write_hidden(book.add_worksheet(HIDDEN), sheets, tongue.language)
    for page, sheet in zip(pages, sheets, strict=True):
        _write_sheet(page, sheet, tongue.language, ranges, formats)


def _write_lists(page: Any, lists: Lists) -> dict[str, str]:
    """Write the words of each list and, beside them, what they mean; returns where they stand."""
    ranges: dict[str, str] = {}
    for number, (name, words) in enumerate(lists.items()):
        page.write_string(0, 2 * number, name)
        for row, (word, meaning) in enumerate(words.items(), start=1):
            page.write_string(row, 2 * number, word)
            page.write_string(row, 2 * number + 1, meaning)
        letters = xl_col_to_name(2 * number)
        ranges[name] = f"={LISTS}!${letters}$2:${letters}${len(words) + 1}"
    page.hide()
    return ranges


def _write_hidden(page: Any, sheets: Sequence[_Sheet], language: str) -> None:
    """Write the key: version and language, then every heading and what it means."""
    page.write_row(0, 0, [MARK, VERSION, language])
    row = 1
    for sheet in sheets:
        for column in sheet.columns:
            page.write_string(row, 0, title(sheet.table, language))
            page.write_string(row, 1, heading(column, language))
            page.write_string(row, 2, sheet.table.machine(column))
            row += 1
    page.very_hidden()


def _write_sheet(
    page: Any,
    sheet: _Sheet,
    language: str,
    ranges: Mapping[str, str],
    formats: Mapping[str, Any],
) -> None:
    last = FIRST + len(sheet.rows) + _SPARE
    places: dict[str, tuple[int, Any]] = {}
    for index, column in enumerate(sheet.columns):
        cells = formats[format_of(column)]
        places[column.full] = index, cells
        page.set_column(index, index, width_of(column), cells)
        needed = is_needed(sheet.table, column)
        look = formats["key" if not column.path else "needed" if needed else "head"]
        page.write_string(0, index, sheet.table.machine(column))
        page.write_string(1, index, heading(column, language), look)
        if told := advice(column, language, needed=needed):
            page.write_comment(1, index, told)
        page.data_validation(FIRST, index, last, index, rule(column, index, language, ranges, told))
    page.set_row(0, None, None, {"hidden": True})
    page.autofilter(1, 0, last, len(sheet.columns) - 1)
    page.freeze_panes(FIRST, 2 if sheet.table.is_main else len(sheet.table.keys))
    for row, written in enumerate(sheet.rows, start=FIRST):
        for name, cell in written.items():
            if (place := places.get(name)) is not None:
                index, cells = place
                if isinstance(cell, str):
                    page.write_string(row, index, cell, cells)
                else:
                    page.write_number(row, index, cell, cells)


def _cut(found: Listed, sheets: Sequence[_Sheet], language: str) -> Iterator[Finding]:
    """Tell of the texts that do not fit, each with its cell."""
    by_name = {each.table.name: each for each in sheets}
    for table, row, name in found.cut:
        sheet = by_name[table]
        index = next(n for n, each in enumerate(sheet.columns) if each.full == name)
        number = row + FIRST + 1
        yield Finding(
            severity="warning",
            said=say("form-too-long", most=f"{LONGEST:,}", mark=KEEP),
            sheet=title(sheet.table, language),
            row=number,
            column=heading(sheet.columns[index], language),
            cell=f"{xl_col_to_name(index)}{number}",
        )
