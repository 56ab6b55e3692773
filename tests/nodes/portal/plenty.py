"""Records that say all a record can say, and records that say what nobody should."""

from dataclasses import replace
from typing import Any, TypeVar

from tests.vocab.generated import full
from vocab.fields import Moment
from vocab.parts import Agent, Challenge, City, Grant, Partner, Place, Service
from vocab.records import KINDS, Call, Experiment, Record, Testbed
from vocab.terms import EU_ACCESS, EU_LICENCE, EU_THEME, SCHEMES, UN_GOAL

_Record = TypeVar("_Record", bound=Record)

NUTS = "http://data.europa.eu/nuts/code/ITC11"
LAW = "http://data.europa.eu/eli/reg/2016/679/oj"
SLUG = "ospedali"


def whole(base: str) -> list[Record]:
    """One record of each kind, all of the same slug, with every field filled and real concepts."""
    return [_whole(kind, base) for kind in KINDS]


def _whole(kind: type[_Record], base: str) -> _Record:
    made = full(kind, f"{base}{kind.room}/{SLUG}")
    city = City(name={"it": "Torino", "en": "Turin"}, matches=(NUTS,))
    same: dict[str, Any] = {
        "summary": {"en": "In short.", "fr": "En bref."},
        "themes": (SCHEMES + "theme/mobility", "http://eurovoc.europa.eu/4505"),
        "technologies": (SCHEMES + "technology/automated-driving",),
        "urban_topics": (SCHEMES + "urban-topic/urban-mobility",),
        "goals": (UN_GOAL + "11",),
        "data_themes": (EU_THEME + "TRAN",),
        "place": replace(made.place, matches=(NUTS,)),
        "city": city,
        "legislation": (LAW,),
        "licence": EU_LICENCE + "CC_BY_4_0",
        "access_rights": EU_ACCESS + "PUBLIC",
        "partners": (
            Partner(
                name="GTT",
                roles=(SCHEMES + "role/city-owned-utility", SCHEMES + "role/funder"),
                homepage="https://www.gtt.to.it/",
            ),
            *made.partners,
        ),
    }
    return replace(made, **same)


def hostile(base: str, number: int = 0) -> list[Record]:
    """One record of each kind that fits the model and is otherwise as unkind as can be.

    It points to the catalogue's own nodes, to itself, to concepts, and says nothing at length.
    """
    return [_hostile(kind, base, f"evil-{number}") for kind in KINDS]


def _hostile(kind: type[_Record], base: str, slug: str) -> _Record:
    iri = f"{base}{kind.room}/{slug}"
    strange = (
        f"{iri}#dossier",
        f"{iri}#as-ttl",
        f"{iri}#publisher",
        f"{iri}#place",
        iri,
        f"{base}#node",
        f"{base}#publisher",
        f"{base}#sparql",
        EU_THEME + "TRAN",
        EU_LICENCE + "CC_BY_4_0",
        SCHEMES + "role/funder",
        "http://publications.europa.eu/resource/authority/data-theme",
        "urn:x:y",
        "mailto:a@b.example",
        "https://a.example/'onload=alert(1)'?a=%22%3E&b=;,",
    )
    said: dict[str, Any] = {
        "iri": iri,
        "identifier": "",
        "title": {"it": "]]> \x00\ufffe\u202e <b>&amp;", "en": " "},
        "description": {"it": "a" * 20_000, "zh-hans": '"\\\r\n\t'},
        "language": "no",
        "themes": strange,
        "data_themes": (*strange, EU_THEME + "NONE"),
        "technologies": strange,
        "keywords": (("en", ""), ("en", ", ,"), ("it", "x" * 200), ("it", "\x07")),
        "start": Moment(value="9999-12-31"),
        "end": Moment(value="0001"),
        "place": Place(name={}, address="", wkt="POINT(a b", matches=strange),
        "city": City(matches=strange),
        "partners": (
            Partner(name="", roles=strange),
            *(Partner(name="x", homepage=one) for one in strange),
        ),
        "legislation": strange,
        "source_pages": strange,
        "landing_page": f"{base}#node",
        "pages": strange,
        "note": {"it": ""},
        "publisher": Agent(name="", homepage=f"{iri}#dossier", matches=strange),
        "author": Agent(name="", homepage=f"{base}#publisher"),
        "contact": "a@b.example?bcc=c",
        "licence": f"{iri}#dossier",
        "access_rights": "urn:x:y",
        "issued": "2026-11-22T10:00:00Z",
        "modified": "0001-01-01T00:00:00Z",
    }
    own: dict[type[Record], dict[str, Any]] = {
        Experiment: {
            "stage": "urn:x:y",
            "series": strange,
            "datasets": strange,
            "papers": strange,
            "testbeds": strange,
            "calls": strange,
            "grants": (Grant(name="", funder=""),),
            "started_at": "9999-12-31T23:59:59Z",
        },
        Testbed: {"kind": f"{base}#node", "services": (Service(title={}, kind=iri),)},
        Call: {"challenges": (Challenge(title={}, themes=strange, goals=strange),)},
    }
    return kind(**said, **own[kind])
