"""Single values of a catalogue, read only where it is certain what they say.

What has not the form that a record asks for is not said at all: None, or left out. Nothing is
guessed, nothing made up.
"""

import re
from collections.abc import Iterable
from typing import Final

from federation.dcat.said import Catalogue, both_schemas
from vocab.errors import BadTerm
from vocab.fields import Moment
from vocab.languages import authority, tag_of
from vocab.lines import Literal
from vocab.terms import DCAT, DCTERMS, GEO, LOCN, SCHEMES, VCARD

_DAY: Final = re.compile(
    r"([12][0-9]{3})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12][0-9]|3[01])(?:T[0-9:.]+)?)?)?"
    r"(?:Z|[+\-][0-9]{2}:[0-9]{2})?",
    re.ASCII,
)
_MAIL: Final = re.compile(r"(?:mailto:)?([^@/?#\s<>]+@[^@/?#\s<>]+\.[^@/?#\s<>]+)", re.IGNORECASE)
_WKT: Final = re.compile(
    r"(?:<http://www\.opengis\.net/def/crs/(?:OGC/1\.3/CRS84|EPSG/0/4326)>\s*)?"
    r"((?:POINT|LINESTRING|POLYGON|MULTIPOINT|MULTILINESTRING|MULTIPOLYGON)) ?"
    r"(\([-0-9., ()eE+]+\))",
    re.ASCII | re.IGNORECASE,
)
_PAIR: Final = re.compile(r"(-?[0-9]{1,3}(?:\.[0-9]{1,20})?) +(-?[0-9]{1,2}(?:\.[0-9]{1,20})?)")
_LATITUDE_FIRST: Final = "EPSG/0/4326"
_LONGEST_SHAPE: Final = 20_000
_LONGEST_TAG: Final = 40
_PUBLIC: Final = ("LocalAuthority", "RegionalAuthority", "NationalAuthority")
_HELIX: Final = {
    **dict.fromkeys((*_PUBLIC, "SupraNationalAuthority"), "public-administration"),
    "Company": "company",
    "IndustryConsortium": "company",
    "Academia-ScientificOrganisation": "research",
    "NonGovernmentalOrganisation": "civil-society",
    "NonProfitOrganisation": "civil-society",
}
"""Kinds of publishers in the ADMS scheme, and the side of the helix that they certainly are."""

_GEOMETRIES: Final = (DCAT + "centroid", LOCN + "geometry", GEO + "asWKT", DCAT + "bbox")


def moment(texts: Iterable[Literal]) -> Moment | None:
    """Read a date at the precision that is given, or the day of a time; the first that is one."""
    for each in sorted(texts):
        found = _DAY.fullmatch(each.value.strip())
        if found is not None:
            return Moment(value="-".join(filter(None, found.groups())))
    return None


def period(catalogue: Catalogue, dataset: str) -> tuple[Moment | None, Moment | None]:
    """Read when it was: from the earliest start that is said to the latest end."""
    starts: list[Moment] = []
    ends: list[Moment] = []
    for node in catalogue.nodes(dataset, DCTERMS + "temporal"):
        for found, names in (
            (starts, (DCAT + "startDate", *both_schemas("startDate"))),
            (ends, (DCAT + "endDate", *both_schemas("endDate"))),
        ):
            said = (moment(catalogue.facts.literals(node, name)) for name in names)
            found.extend(each for each in said if each is not None)
    start = min(starts, key=lambda each: each.value, default=None)
    end = max(ends, key=lambda each: each.value, default=None)
    if start is not None and end is not None and end.value < start.value[: len(end.value)]:
        return None, None
    return start, end


def mailbox(catalogue: Catalogue, dataset: str) -> str | None:
    """Read the address of the contact point."""
    found: set[str] = set()
    for node in catalogue.nodes(dataset, DCAT + "contactPoint"):
        addresses = catalogue.nodes(node, VCARD + "hasEmail", VCARD + "email")
        texts = catalogue.texts(node, VCARD + "hasEmail", VCARD + "email")
        for each in addresses:
            texts += [*catalogue.nodes(each, VCARD + "hasValue"), each]
        matches = (_MAIL.fullmatch(each) for each in texts)
        found.update(match[1] for match in matches if match is not None and len(match[1]) < 200)
    return min(found, default=None)


def shape(catalogue: Catalogue, place: str) -> str | None:
    """Read where a place is, as WKT with the longitude first; a point before its surroundings."""
    geometries = catalogue.nodes(place, GEO + "hasGeometry", LOCN + "geometry")
    for predicate in _GEOMETRIES:
        for node in (place, *geometries):
            said = (_wkt(each) for each in catalogue.texts(node, predicate))
            found = min(filter(None, said), default=None)
            if found is not None:
                return found
    return None


def language(said: Iterable[str]) -> list[str]:
    """Read languages by their codes, or as concepts whose addresses end in one."""
    found = set()
    for each in said:
        code = re.split(r"[/#]", each.strip().rstrip("/"))[-1]
        if len(code) <= _LONGEST_TAG:
            try:
                found.add(tag_of(authority(code)) or "")
            except BadTerm:
                continue
    return sorted(found - {""})


def helix(types: Iterable[str]) -> str | None:
    """Tell the side of the quadruple helix by the kind of a publisher."""
    found = {_HELIX[short] for each in types if (short := re.split("[/#]", each)[-1]) in _HELIX}
    return f"{SCHEMES}helix/{found.pop()}" if len(found) == 1 else None


def _wkt(text: str) -> str | None:
    if len(text) > _LONGEST_SHAPE:
        return None
    match = _WKT.fullmatch(text.strip())
    if match is None:
        return None
    kind, said = match[1].upper(), match[2]
    if _LATITUDE_FIRST in text[: match.start(1)]:
        said = re.sub(r"([-0-9.eE+]+) +([-0-9.eE+]+)", r"\2 \1", said)
    inner = said.strip("()")
    if kind == "POINT" and (pair := _PAIR.fullmatch(inner.strip())) is not None:
        near = abs(float(pair[1])) <= 180 and abs(float(pair[2])) <= 90
        return f"POINT({pair[1]} {pair[2]})" if near else None
    return None if kind == "POINT" else f"{kind}{said}"
