"""Records as tables, maps and feeds. Pure functions of records; nothing is served here.

What strangers wrote ends up in spreadsheets and feed readers, so cells that a spreadsheet would
take for a formula are defused with an apostrophe, and characters that XML forbids or that turn
the direction of a text around are shown.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final
from xml.etree import ElementTree as ET

from nodes.cards import outcome as outcome_of
from nodes.cards import standing
from nodes.catalogue import Known, wording
from nodes.places import centre, geometry
from nodes.web.shown import shown
from vocab.fields import LanguageMap
from vocab.schemes import label
from vocab.terms import CN

Address = Callable[[Known], str]
"""Gives the absolute address at which this node shows a record."""

_FORMULA: Final = re.compile(r"^\s*[=+\-@\t\r\n|%＝＋－＠]")  # noqa: RUF001
_BETWEEN: Final = " | "
COLUMNS: Final = (
    "iri", "identifier", "title", "summary", "description", "language", "stage", "status_word",
    "start", "end", "city", "country", "place", "address", "longitude", "latitude", "themes",
    "theme_iris", "technologies", "technology_iris", "partners", "helix", "verdict", "outcome",
    "keywords", "publisher", "contact", "landing_page", "source_pages", "licence", "issued",
    "modified", "origin", "page", "observed_at",
)  # fmt: skip
_ATOM: Final = "http://www.w3.org/2005/Atom"


def csv_row(known: Known, languages: Sequence[str], address: str) -> str:
    """Write a record as a CSV line (RFC 4180)."""
    return csv_line(cells(known, languages, address))


def csv_header() -> str:
    """Write the first line of the CSV."""
    return csv_line(COLUMNS)


class Table:
    """Records as CSV, a few lines at a time."""

    def __init__(self, languages: Sequence[str], address: Address) -> None:
        self._languages = languages
        self._address = address

    def begin(self) -> bytes:
        """Give the names of the columns."""
        return csv_header().encode()

    def add(self, known: Sequence[Known]) -> bytes:
        """Write a line for each record."""
        lines = (csv_row(each, self._languages, self._address(each)) for each in known)
        return "".join(lines).encode(errors="replace")

    def end(self) -> Iterator[bytes]:
        """Give nothing more."""
        return iter(())

    def close(self) -> None:
        """Leave nothing behind."""


class Features:
    """Records as one GeoJSON collection (RFC 7946), a few features at a time."""

    def __init__(self, languages: Sequence[str], address: Address) -> None:
        self._languages = languages
        self._address = address
        self._between = "\n"

    def begin(self) -> bytes:
        """Open the collection."""
        return b'{"type": "FeatureCollection", "features": ['

    def add(self, known: Sequence[Known]) -> bytes:
        """Write a feature for each record."""
        return b"".join(self._written(each).encode(errors="replace") for each in known)

    def end(self) -> Iterator[bytes]:
        """Close the collection."""
        yield b"\n]}\n"

    def close(self) -> None:
        """Leave nothing behind."""

    def _written(self, known: Known) -> str:
        said = feature(known, self._languages, self._address(known))
        between, self._between = self._between, ",\n"
        return between + json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def feature(known: Known, languages: Sequence[str], address: str) -> dict[str, Any]:
    """Write a record as a GeoJSON feature; its geometry is null when it has no place on earth."""
    experiment = known.record
    shape = geometry(experiment.place.wkt) if experiment.place else None
    stage = standing(experiment)
    said = {
        "iri": experiment.iri,
        "kind": experiment.room,
        "title": text_for(experiment.title, languages, experiment.language),
        "stage": label(stage, (*languages, "en")) if stage else None,
        "city": experiment.place.city if experiment.place else None,
        "start": experiment.start.value if experiment.start else None,
        "end": experiment.end.value if experiment.end else None,
        "licence": experiment.licence,
        "origin": known.origin,
        "page": address,
    }
    return {"type": "Feature", "id": experiment.iri, "geometry": shape, "properties": said}


def atom(
    found: Sequence[Known],
    languages: Sequence[str],
    address: Address,
    *,
    this: str,
    title: str,
    id_: str | None = None,
    subtitle: str = "",
    links: Iterable[tuple[str, str, str]] = (),
) -> bytes:
    """Write records as an Atom feed (RFC 4287), newest first.

    `this` is where it is had, `id_` what all pages of it share, `links` are relation, type, place.
    """
    newest = sorted(found, key=lambda known: known.changed, reverse=True)
    feed = ET.Element("feed", xmlns=_ATOM)
    _element(feed, "id", id_ or this)
    _element(feed, "title", title)
    if subtitle:
        _element(feed, "subtitle", subtitle)
    _element(feed, "updated", newest[0].changed if newest else "1970-01-01T00:00:00Z")
    for relation, media, place in (("self", "application/atom+xml", this), *links):
        ET.SubElement(feed, "link", rel=relation, type=media, href=shown(place))
    for known in newest:
        experiment = known.record
        entry = ET.SubElement(feed, "entry")
        _element(entry, "id", experiment.iri)
        _element(entry, "title", text_for(experiment.title, languages, experiment.language))
        _element(entry, "updated", known.changed)
        _element(entry, "published", experiment.issued)
        ET.SubElement(entry, "category", scheme=CN, term=experiment.rdf_type.removeprefix(CN))
        ET.SubElement(entry, "link", rel="alternate", type="text/html", href=shown(address(known)))
        _element(ET.SubElement(entry, "author"), "name", experiment.publisher.name)
        texts = experiment.summary or experiment.description
        _element(entry, "summary", text_for(texts, languages, experiment.language)[:2_000])
    text = ET.tostring(feed, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}'.encode()


def _element(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = shown(text)


def cells(
    known: Known,
    languages: Sequence[str],
    address: str,
    clean: Callable[[str], str] | None = None,
) -> tuple[str, ...]:
    """Give the cells of a record, one for each of `COLUMNS`; texts pass `clean`, else `safe`."""
    said = safe if clean is None else clean
    experiment, place, outcome = (
        known.record, known.record.place, outcome_of(known.record),
    )  # fmt: skip
    longitude, latitude = (place and centre(place.wkt)) or ("", "")

    def text(texts: LanguageMap) -> str:
        return said(text_for(texts, languages, experiment.language))

    def words(concepts: Iterable[str]) -> str:
        return said(_BETWEEN.join(label(iri, (*languages, "en")) for iri in concepts))

    return (
        experiment.iri,
        said(experiment.identifier),
        text(experiment.title),
        text(experiment.summary),
        text(experiment.description),
        experiment.language,
        words(filter(None, [standing(experiment)])),
        said(getattr(experiment, "status_word", None) or ""),
        experiment.start.value if experiment.start else "",
        experiment.end.value if experiment.end else "",
        said((place and place.city) or ""),
        said((place and place.country) or ""),
        text(place.name) if place else "",
        said((place and place.address) or ""),
        str(longitude),
        str(latitude),
        words(experiment.themes),
        _BETWEEN.join(experiment.themes),
        words(experiment.technologies),
        _BETWEEN.join(experiment.technologies),
        said(_BETWEEN.join(partner.name for partner in experiment.partners)),
        words(dict.fromkeys(partner.helix for partner in experiment.partners if partner.helix)),
        words([outcome.verdict] if outcome and outcome.verdict else []),
        text(outcome.text) if outcome else "",
        said(_BETWEEN.join(keyword for _, keyword in experiment.keywords)),
        said(experiment.publisher.name),
        said(experiment.contact or ""),
        experiment.landing_page or "",
        _BETWEEN.join(experiment.source_pages),
        experiment.licence,
        experiment.issued,
        experiment.modified,
        known.origin,
        address,
        (known.member.source or "") if known.member.observed else "",
    )


def text_for(texts: LanguageMap, languages: Sequence[str], original: str) -> str:
    """Choose the text for a reader; empty when there is none."""
    found = wording(texts, languages, original)
    return found.text if found else ""


def safe(text: str) -> str:
    """Defuse what a spreadsheet would run, and show what cannot be seen."""
    text = shown(text)
    return f"'{text}" if _FORMULA.match(text) else text


def csv_line(cells: Sequence[str]) -> str:
    """Write the cells of one line of CSV (RFC 4180); they are safe already."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()
