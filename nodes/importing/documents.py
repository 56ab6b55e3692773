"""JSON documents: a list of records anywhere inside, lines of them, and features of maps.

A file that holds one value after the other, each on a line of its own (JSON Lines) or set apart by
a mark (RFC 7464), is the list of these values.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from nodes.books.limits import Limits
from nodes.errors import ImportRefused
from nodes.importing import esri
from nodes.importing.findings import Finding
from nodes.importing.rowlists import with_names
from nodes.importing.rows import Cell, Row, Sheet, nearest
from nodes.importing.sentences import say
from vocab.geometry import from_web_mercator, is_web_mercator

GEOMETRY: Final = "geometry"
"""The heading under which a GeoJSON feature's geometry is found."""

_TOTALS: Final = (
    "count", "total", "total_count", "totalCount", "nhits", "numberMatched", "totalFeatures",
)  # fmt: skip
_MORE: Final = "exceededTransferLimit"
_WGS84: Final = ("CRS84", "4326", "WGS84", "WGS 84")
_LINES: Final = (".jsonl", ".jsonlines", ".ndjson", ".geojsonl", ".geojsons", ".geojsonseq")
_BETWEEN: Final = re.compile(r"[\s\x1e]*")


class _Doubled(ValueError):
    """An object names one key twice, so nobody can tell which value is meant."""


def read_json(
    name: str,
    text: str,
    limits: Limits,
    *,
    records: str | None = None,
    findings: Sequence[Finding] = (),
) -> Sheet:
    """Read the list of records at a dotted path; raises ImportRefused when there is none."""
    document = parsed(name, text)
    found = list(findings)
    items = document
    for step in records.split(".") if records else ():
        holder = items
        items = _step(name, holder, step, records or "")
        found.extend(_incomplete(name, holder, items))
    if not isinstance(items, list):
        raise _no_list(name, items, records)
    items = with_names(document, items) or items
    cells = [(each, each if isinstance(each, dict) else None) for each in items]
    return _sheet(name, records or "", cells, found, limits)


def read_geojson(
    name: str, text: str, limits: Limits, *, findings: Sequence[Finding] = ()
) -> Sheet:
    """Read features: their properties, their `id` and their `geometry`; may raise ImportRefused."""
    document = parsed(name, text)
    holder = document if isinstance(document, dict) else {}
    features: Any
    if esri.is_feature_set(document):
        path, features, crs = "features", esri.features(holder), esri.grid(holder)
    elif is_features(document):
        path, features, crs = "", document, None
    else:
        path, features, crs = "features", holder.get("features"), holder.get("crs")
        kind = holder.get("type")
        if kind != "FeatureCollection" or not isinstance(features, list):
            raise ImportRefused(
                f"{name} is not a GeoJSON FeatureCollection (its type is {kind!r}): export it as "
                'one, or write format = "json" under [file] in the mapping'
            )
    metres = _in_metres(crs)
    if not metres:
        _refuse_other_grids(name, crs)
    found = [*findings, *_incomplete(name, holder, features)]
    cells = [(each, _feature(each, metres=metres)) for each in features]
    return _sheet(name, path, cells, found, limits)


def is_features(document: Any) -> bool:
    """Whether a document is a list of GeoJSON features and nothing else."""
    return (
        isinstance(document, list)
        and bool(document)
        and all(isinstance(each, dict) and each.get("type") == "Feature" for each in document)
    )


def parsed(name: str, text: str) -> Any:
    """Parse JSON, of several values the list; raises ImportRefused with line and column.

    Refused are also keys that stand twice in one object.
    """
    try:
        found = list(_values(text))
        return found if len(found) > 1 or name.lower().endswith(_LINES) else found[0]
    except json.JSONDecodeError as error:
        raise ImportRefused(
            f"{name} is not JSON: line {error.lineno}, column {error.colno}: {error.msg}"
        ) from error
    except _Doubled as error:
        raise ImportRefused(f"{name}: {error}") from error
    except (RecursionError, ValueError) as error:
        raise ImportRefused(
            f"{name} is nested too deeply, or holds numbers out of range"
        ) from error


def _values(text: str) -> Iterator[Any]:
    """Parse one value after the other; raises what `json` does."""
    decoder = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)
    at, end = _skipped(text, 0), 0
    while at < len(text) or not end:
        if end and "\n" not in text[end:at] and "\x1e" not in text[end:at]:
            raise json.JSONDecodeError("Extra data", text, at)
        value, end = decoder.raw_decode(text, at)
        yield value
        at = _skipped(text, end)


def _skipped(text: str, at: int) -> int:
    found = _BETWEEN.match(text, at)
    return found.end() if found else at


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _Doubled(f"an object has the key '{key}' twice: keep one of them")
        found[key] = value
    return found


def _constant(word: str) -> Any:
    raise _Doubled(f"{word} is not a number of JSON: write null")


def _step(name: str, holder: Any, step: str, path: str) -> Any:
    if isinstance(holder, dict) and step in holder:
        return holder[step]
    keys = list(holder) if isinstance(holder, dict) else []
    close = nearest(step, keys)
    meant = f" Did you mean '{close}'?" if close else ""
    raise ImportRefused(
        f"{name} has nothing at '{path}', which the mapping names as records: there is no "
        f"'{step}'.{meant} The keys there are: {', '.join(keys[:60]) or 'none'}"
    )


def _no_list(name: str, items: Any, records: str | None) -> ImportRefused:
    pairs = items.items() if isinstance(items, dict) else ()
    lists = [key for key, value in pairs if isinstance(value, list)]
    place = f"at '{records}'" if records else "at its top"
    offered = f" Lists are at: {', '.join(lists)}." if lists else ""
    return ImportRefused(
        f'{name} holds no list of records {place}: write where it is as records = "…" under '
        f"[file] in the mapping.{offered}"
    )


def _feature(item: Any, *, metres: bool) -> dict[str, Cell] | None:
    if not isinstance(item, dict) or item.get("type") != "Feature":
        return None
    properties = item.get("properties") or {}
    if not isinstance(properties, dict):
        return None
    outer = {"id": item["id"]} if "id" in item else {}
    shape = item.get("geometry")
    return {**outer, **properties, GEOMETRY: from_web_mercator(shape) if metres else shape}


def _sheet(
    name: str,
    path: str,
    items: list[tuple[Any, dict[str, Cell] | None]],
    findings: list[Finding],
    limits: Limits,
) -> Sheet:
    if len(items) > limits.rows:
        raise ImportRefused(
            f"{name} has more than {limits.rows:,} records: split it into several files"
        )
    rows: list[Row] = []
    for number, (item, record) in enumerate(items, start=1):
        row = Row(sheet=name, number=number, cells=record or {}, path=f"{path}[{number - 1}]")
        rows.append(row)
        if record is None:
            findings.append(row.finding("error", None, item, say("no-record")))
    headings = dict.fromkeys(key for row in rows for key in row.cells)
    return Sheet(
        name=name,
        headings=tuple(headings),
        rows=tuple(rows),
        findings=tuple(findings),
        loose=True,
    )


def _incomplete(name: str, holder: Any, items: Any) -> list[Finding]:
    """Notice an answer that says it holds only some of what was found."""
    if not isinstance(holder, dict) or not isinstance(items, list):
        return []
    for key in _TOTALS:
        total = holder.get(key)
        if isinstance(total, int) and total > len(items):
            said = say("incomplete", count=len(items), key=key, total=total)
            return [Finding(severity="warning", said=said, sheet=name)]
    if holder.get(_MORE) is True:
        said = say("incomplete-more", count=len(items), key=_MORE)
        return [Finding(severity="warning", said=said, sheet=name)]
    return []


def _in_metres(crs: Any) -> bool:
    """Whether a document says that its coordinates are those of Web Mercator."""
    if not isinstance(crs, dict):
        return False
    named = crs.get("properties")
    said = named.get("name") if isinstance(named, dict) else None
    found = re.search(r"EPSG:{1,2}(?:[0-9.]*:)?([0-9]+)$", str(said))
    codes = (crs.get("wkid"), crs.get("latestWkid"), found[1] if found else None)
    return any(is_web_mercator(str(each)) for each in codes)


def _refuse_other_grids(name: str, crs: Any) -> None:
    if crs is not None and not any(mark in json.dumps(crs) for mark in _WGS84):
        arcgis = isinstance(crs, dict) and "wkid" in crs
        asked = "; ask a service of ArcGIS with outSR=4326" if arcgis else ""
        raise ImportRefused(
            f"{name} uses another coordinate system than WGS 84 ({json.dumps(crs)[:120]}): export "
            f"it in WGS 84 (EPSG:4326){asked}"
        )
