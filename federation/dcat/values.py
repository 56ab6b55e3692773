"""Single values of a catalogue, read only where it is certain what they say.

What has not the form that a record asks for is not said at all: None, or left out. Nothing is
guessed, nothing made up.
"""

import re
from collections.abc import Iterable
from typing import Final

from federation.dcat import geometries
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

_GEOMETRIES: Final = (
    DCAT + "centroid",
    LOCN + "geometry",
    GEO + "asWKT",
    GEO + "asGeoJSON",
    DCAT + "bbox",
)
_WGS84: Final = "http://www.w3.org/2003/01/geo/wgs84_pos#"
_TIME: Final = "http://www.w3.org/2006/time#"
_INSTANTS: Final = (
    "inXSDDate",
    "inXSDDateTimeStamp",
    "inXSDDateTime",
    "inXSDgYearMonth",
    "inXSDgYear",
)
_DCMI: Final = re.compile(r"(?:^|;)\s*(start|end)\s*=\s*([^;]{4,40})", re.IGNORECASE)


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
    for text in catalogue.texts(dataset, DCTERMS + "temporal"):
        for side, written in zip((starts, ends), _sides(text), strict=True):
            side.extend(filter(None, (moment((Literal(written),)),)))
    for node in catalogue.nodes(dataset, DCTERMS + "temporal"):
        for side, name in ((starts, "hasBeginning"), (ends, "hasEnd")):
            for each in catalogue.nodes(node, _TIME + name):
                instants = [
                    one
                    for kind in _INSTANTS
                    for one in catalogue.facts.literals(each, _TIME + kind)
                ]
                side.extend(filter(None, (moment(instants),)))
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


def _sides(text: str) -> tuple[str, str]:
    """Read both sides of a period in one text, such as `2019/2020`; one date stands for both."""
    named = {side.lower(): said.strip() for side, said in _DCMI.findall(text)}
    if named:
        return named.get("start", ""), named.get("end", "")
    start, slash, end = text.partition("/")
    return start, end if slash else start


def mailbox(catalogue: Catalogue, dataset: str) -> str | None:
    """Read the address of the contact point."""
    found: set[str] = set()
    for node in catalogue.nodes(dataset, DCAT + "contactPoint"):
        addresses = catalogue.nodes(node, VCARD + "hasEmail", VCARD + "email")
        texts = catalogue.texts(node, VCARD + "hasEmail", VCARD + "email")
        for each in addresses:
            texts += [*catalogue.nodes(each, VCARD + "hasValue"), each]
        matches = (_MAIL.fullmatch(re.sub(r"\s|%20", "", each)) for each in texts)
        found.update(match[1] for match in matches if match is not None and len(match[1]) < 200)
    return min(found, default=None)


def shape(catalogue: Catalogue, place: str) -> str | None:
    """Read where a place is, as WKT with the longitude first; a point before its surroundings."""
    parts = catalogue.nodes(place, GEO + "hasGeometry", LOCN + "geometry", *both_schemas("geo"))
    for predicate in _GEOMETRIES:
        for node in (place, *parts):
            said = (geometries.wkt(each) for each in catalogue.texts(node, predicate))
            found = min(filter(None, said), default=None)
            if found is not None:
                return found
    for node in (place, *parts):
        for longitude in catalogue.texts(node, _WGS84 + "long"):
            for latitude in catalogue.texts(node, _WGS84 + "lat"):
                return geometries.point(longitude, latitude)
    return None


def language(said: Iterable[str]) -> list[str]:
    """Read languages by their codes, or as concepts whose addresses end in one."""
    found = set()
    for each in said:
        code = re.split(r"[/#]", each.strip().rstrip("/"))[-1].replace("_", "-")
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
