"""Text tables: CSV and its kin, with any separator.

The separator is the one the mapping names, else that of a `sep=` line, else the one under which
the first line holds most of the headings the mapping asks for.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from nodes.books.limits import Limits
from nodes.errors import ImportRefused
from nodes.importing.findings import Finding
from nodes.importing.rows import Sheet
from nodes.importing.sentences import say
from nodes.importing.tables import heading_row, headings_found, tabulate

CANDIDATES: Final = (";", ",", "\t", "|")
"""What may separate the cells of a text table."""

_SEP_LINE: Final = re.compile(r'"?sep=(.)"?\r?\n', re.IGNORECASE)


def read_delimited(
    name: str,
    text: str,
    wanted: Sequence[str],
    limits: Limits,
    *,
    delimiter: str | None = None,
    header_row: int | None = None,
    header_rows: int = 1,
    findings: Sequence[Finding] = (),
) -> Sheet:
    """Read a text table; raises ImportRefused when its separator or quotes cannot be followed."""
    found = list(findings)
    if stated := _SEP_LINE.match(text):
        text = text[stated.end() :]
        if delimiter is not None and stated[1] != delimiter:
            found.append(_contradicted(name, stated[1], delimiter))
        delimiter = delimiter or stated[1]
    if delimiter is None:
        delimiter = _find_delimiter(name, text, wanted, header_row)
    if header_row is None:
        header_row, remark = heading_row(name, lines_of(name, text, delimiter), wanted)
        found.extend(remark)
    grid = lines_of(name, text, delimiter)
    return tabulate(name, grid, header_row, limits, found, header_rows=header_rows)


def stated_delimiter(text: str) -> str | None:
    """Give the separator that a `sep=` line states."""
    stated = _SEP_LINE.match(text)
    return stated[1] if stated else None


def lines_of(name: str, text: str, delimiter: str) -> Iterator[list[str]]:
    """Read the cells line by line; raises ImportRefused where quotes cannot be followed."""
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        yield from lines
    except csv.Error as error:
        if "field limit" in str(error) or "field larger" in str(error):
            reason = "a cell is far too long, probably because a quotation mark is never closed"
        elif "unexpected end" in str(error):
            reason = "a quotation mark is opened and never closed"
        else:
            reason = 'after a closing quotation mark comes more text; write "" for a mark inside'
        raise ImportRefused(f"{name}, line {lines.line_num}: {reason}") from error


def _find_delimiter(name: str, text: str, wanted: Sequence[str], header_row: int | None) -> str:
    def score(delimiter: str) -> int:
        try:
            first, last = (0, 30) if header_row is None else (header_row - 1, header_row)
            lines = list(islice(lines_of(name, text, delimiter), first, last))
        except ImportRefused:
            return 0
        return max((headings_found(line, wanted) for line in lines), default=0)

    scores = {each: score(each) for each in CANDIDATES}
    best = max(scores.values())
    leaders = [each for each, points in scores.items() if points == best]
    if len(leaders) == 1:
        return leaders[0]
    if best == len(set(wanted)) == 1:
        return leaders[0]  # one column only: nothing to separate
    first = next((line for line in text.splitlines() if line.strip()), "")
    raise ImportRefused(
        f"{name}: cannot tell what separates the cells (the first line is '{first[:200]}'). Write "
        'delimiter = ";" or the like under [file] in the mapping, and check that the mapping '
        "names the file's headings"
    )


def _contradicted(name: str, stated: str, declared: str) -> Finding:
    said = say("delimiter-contradicted", stated=stated, declared=declared)
    return Finding(severity="warning", said=said, sheet=name)
