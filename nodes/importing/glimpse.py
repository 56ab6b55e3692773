"""A first look at a file nobody has explained yet: how it is to be opened, and its columns.

What is found here is written into the proposed mapping as it stands: encoding, separator, sheet,
the row of the headings, where a document keeps its records. Each comes with the reason.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, Final

from nodes.books.limits import Limits
from nodes.errors import ImportRefused
from nodes.importing.delimited import CANDIDATES, lines_of, read_delimited, stated_delimiter
from nodes.importing.documents import is_features, parsed, read_geojson, read_json
from nodes.importing.encodings import likely_encoding
from nodes.importing.esri import is_feature_set
from nodes.importing.findings import Finding
from nodes.importing.keyhole import read_kml
from nodes.importing.lexicon import encoding_for, is_language, meanings
from nodes.importing.opening import Format, decoded, format_of, load
from nodes.importing.rdf import class_of_records, read_rdf
from nodes.importing.rowlists import path_of_rows
from nodes.importing.rows import Cell, Sheet
from nodes.importing.sentences import Sentence, say
from nodes.importing.workbooks import read_workbook, visible_sheets

_LOOKED_AT: Final = 60
_LATEST_HEADING: Final = 30
_LONGEST_HEADING: Final = 80
_DEEPEST: Final = 4
_MOST_NAMES: Final = 200
_SURE: Final = 0.6


@dataclass(frozen=True, kw_only=True)
class Glimpse:
    """A file as it was opened: the settings that did it, why, and its rows."""

    file: Mapping[str, Any]
    reasons: Mapping[str, Sentence]
    sheet: Sheet
    told: tuple[Sentence | Finding, ...] = ()


@dataclass
class _Opening:
    """Collects settings and reasons while a file is opened."""

    file: dict[str, Any] = field(default_factory=dict)
    reasons: dict[str, Sentence] = field(default_factory=dict)
    told: list[Sentence | Finding] = field(default_factory=list)

    def put(self, setting: str, value: Any, reason: Sentence) -> None:
        self.file[setting] = value
        self.reasons[setting] = reason

    def done(self, sheet: Sheet) -> Glimpse:
        told = (*self.told, *(each for each in sheet.findings if each.row is None))
        return Glimpse(file=self.file, reasons=self.reasons, sheet=sheet, told=told)


def glimpse(path: Path, language: str, limits: Limits) -> Glimpse:
    """Open a file without a mapping; raises ImportRefused when no table can be made out in it."""
    kind: Format = format_of(path)
    data = load(path, limits)
    opening = _Opening()
    if kind == "xlsx":
        return _workbook(path.name, data, limits, opening)
    if kind == "rdf":
        records, reason = class_of_records(path.name, data, limits)
        opening.put("records", records, reason)
        return opening.done(read_rdf(path.name, data, None, limits, records=records))
    if kind == "kml":
        return opening.done(read_kml(path.name, data, limits))
    fallback = likely_encoding(data, language)
    text, remarks = decoded(path.name, data, None, fallback)
    if remarks:
        usual = fallback == encoding_for(language)
        why = "why-encoding" if usual else "why-encoding-letters"
        opening.put("encoding", fallback, say(why, language=language, encoding=fallback))
    if kind == "csv":
        return _delimited(path.name, text, limits, opening)
    return _document(path.name, text, limits, opening)


def _delimited(name: str, text: str, limits: Limits, opening: _Opening) -> Glimpse:
    stated = stated_delimiter(text)
    if stated is not None:
        text = text.split("\n", 1)[1]
        delimiter = stated
        opening.put("delimiter", stated, say("why-sep-line"))
    else:
        delimiter = _delimiter(name, text)
        opening.put("delimiter", delimiter, say("why-even-cells"))
    _headings(list(islice(lines_of(name, text, delimiter), _LOOKED_AT)), opening)
    file = opening.file
    return opening.done(
        read_delimited(
            name,
            text,
            (),
            limits,
            delimiter=delimiter,
            header_row=file.get("header_row", 1),
            header_rows=file.get("header_rows", 1),
        )
    )


def _delimiter(name: str, text: str) -> str:
    """Find what parts the lines most evenly, and into the most headings."""
    best, most = ",", 0.0
    refused: ImportRefused | None = None
    for each in CANDIDATES:
        try:
            lines = [line for line in islice(lines_of(name, text, each), _LOOKED_AT) if any(line)]
        except ImportRefused as error:
            refused = error
            continue
        widths = Counter(map(len, lines))
        width, times = widths.most_common(1)[0] if widths else (0, 0)
        if width < 2:
            continue
        points = times / len(lines) + max(map(_likeness, lines), default=0.0)
        if points > most:
            best, most = each, points
    if not most and refused is not None:
        raise refused
    return best


def _workbook(name: str, data: bytes, limits: Limits, opening: _Opening) -> Glimpse:
    sheets = visible_sheets(name, data, limits)
    scores = {sheet: max(map(_likeness, lines), default=0.0) for sheet, lines in sheets.items()}
    filled = [sheet for sheet, lines in sheets.items() if any(any(line) for line in lines)]
    if not filled:
        raise ImportRefused(f"{name} has no visible sheet with anything in it")
    chosen = max(filled, key=lambda sheet: scores[sheet])
    opening.put("sheet", chosen, say("why-sheet"))
    opening.told.extend(
        say("sheet-another" if sheet in filled else "sheet-empty", sheet=sheet)
        for sheet in sheets
        if sheet != chosen
    )
    _headings(sheets[chosen], opening)
    file = opening.file
    return opening.done(
        read_workbook(
            name,
            data,
            limits,
            sheet=chosen,
            header_row=file.get("header_row", 1),
            header_rows=file.get("header_rows", 1),
        )
    )


def _document(name: str, text: str, limits: Limits, opening: _Opening) -> Glimpse:
    document = parsed(name, text)
    collection = isinstance(document, dict) and document.get("type") == "FeatureCollection"
    if collection or is_features(document) or is_feature_set(document):
        if format_of(Path(name)) != "geojson":
            reason = "why-collection" if collection else "why-features"
            opening.put("format", "geojson", say(reason))
        return opening.done(read_geojson(name, text, limits))
    if isinstance(document, list):
        return opening.done(read_json(name, text, limits))
    if (rows := path_of_rows(document)) is not None:
        opening.put("records", rows, say("why-rows"))
        return opening.done(read_json(name, text, limits, records=rows))
    lists = dict(_lists(document, "", _DEEPEST))
    if not lists:
        raise ImportRefused(
            f"{name} holds no list of records: export them as a list of objects, "
            '[{"title": …}, …], or as CSV'
        )
    records = max(lists, key=lambda path: (_meant(lists[path]), len(lists[path])))
    opening.put("records", records, say("why-this-list", count=len(lists[records])))
    return opening.done(read_json(name, text, limits, records=records))


def _meant(items: Sequence[dict[str, Any]]) -> int:
    """Count the fields that the names inside some records stand for."""
    paths = {path for each in items[:_LOOKED_AT] for path in _names(each, "", _DEEPEST - 1)}
    said = (meanings(path).values() for path in islice(paths, _MOST_NAMES))
    return len({each.field for found in said for each in found if each.sure >= _SURE} - {"aside"})


def _names(value: Any, path: str, depth: int) -> Iterator[str]:
    """Give the paths to the values inside a record."""
    if isinstance(value, dict) and depth:
        for key, inner in value.items():
            yield from _names(inner, f"{path}.{key}" if path else key, depth - 1)
    elif path:
        yield path


def _lists(value: Any, path: str, depth: int) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Give the lists inside a document that hold objects, with these."""
    if isinstance(value, dict) and depth:
        for key, inner in value.items():
            yield from _lists(inner, f"{path}.{key}" if path else key, depth - 1)
    elif isinstance(value, list) and path:
        objects = [each for each in value if isinstance(each, dict)]
        if objects and len(objects) * 2 >= len(value):
            yield path, objects


def _headings(lines: Sequence[Sequence[Cell]], opening: _Opening) -> None:
    """Find the row of the headings, and whether they stand in two rows."""
    scores = [_likeness(line) for line in lines[:_LATEST_HEADING]]
    if not scores or not max(scores):
        return
    row = scores.index(max(scores))
    over = row > 0 and _in_two_rows(lines[row - 1], lines[row])
    under = not over and row + 1 < len(lines) and _in_two_rows(lines[row], lines[row + 1])
    first = row - 1 if over else row
    if first:
        opening.put("header_row", first + 1, say("why-header-row"))
    if over or under:
        opening.put("header_rows", 2, say("why-header-rows"))


def _likeness(line: Sequence[Cell]) -> float:
    """Say how much a line looks like headings: known words count, values count against it."""
    cells = [each for each in line if not _blank(each)]
    if len(cells) < 2:
        return 0.0
    known = sum(map(_known, {each for each in cells if isinstance(each, str)}))
    values = len(cells) - len(set(cells)) + sum(_is_value(each) for each in cells)
    return max(0.0, known + 0.1 * (len(cells) - values) - values)


def _in_two_rows(top: Sequence[Cell], below: Sequence[Cell]) -> bool:
    """Whether two lines are headings together: gaps of each are filled by the other."""
    width = max(len(top), len(below))
    pairs = list(zip(_padded(top, width), _padded(below, width), strict=True))
    cells = [each for pair in pairs for each in pair if not _blank(each)]
    only_top = sum(_blank(low) and not _blank(high) for high, low in pairs)
    both = sum(not _blank(low) and not _blank(high) for high, low in pairs)
    lower = [low for _, low in pairs if not _blank(low)]
    twice = _twice([high for high, _ in pairs]) and not _twice(pairs)
    return (
        (only_top > 0 or twice)
        and both > 0
        and len(lower) >= 2
        and not any(map(_is_value, cells))
        and sum(_known(each) or is_language(str(each)) for each in lower) >= 0.5 * len(lower)
    )


def _twice(cells: Sequence[object]) -> bool:
    """Whether a filled cell, or a pair with one, stands there twice."""
    filled = [each for each in cells if each not in (None, "", (None, None), ("", ""))]
    return len(set(filled)) < len(filled)


def _padded(line: Sequence[Cell], width: int) -> list[Cell]:
    return [*line, *[None] * (width - len(line))]


def _known(cell: Cell) -> bool:
    short = isinstance(cell, str) and len(cell) <= _LONGEST_HEADING
    found = meanings(str(cell)).values() if short else ()
    return any(each.sure >= _SURE for each in found)


def _is_value(cell: Cell) -> bool:
    if not isinstance(cell, str):
        return isinstance(cell, int | float | date)
    text = cell.strip()
    digits = sum(each.isdigit() for each in text)
    return (
        len(text) > _LONGEST_HEADING
        or "://" in text
        or "@" in text
        or digits * 2 > len(text)
        or text.startswith(("{", "["))
    )


def _blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def json_inside(cell: Any) -> Any:
    """Give what a text cell holds as JSON, if it is a list or an object; else None."""
    if not isinstance(cell, str) or cell.strip()[:1] not in {"{", "["}:
        return None
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list | dict) else None
