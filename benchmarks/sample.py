"""Records of a made-up city, of the size of real ones, signed and chained."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from federation import keys, signing
from federation.keys import SigningKey
from federation.member import Kind, Member, digest, document, name
from vocab.fields import Moment
from vocab.parts import Agent, Partner, Place
from vocab.records import Experiment
from vocab.terms import EU_LICENCE, EU_THEME, SCHEMES
from vocab.triples import to_payload

BASE: Final = "https://lab.example/"
METHOD: Final = f"{BASE}#key"
NOON: Final = datetime(2026, 11, 22, 12, tzinfo=UTC)
WORDS: Final = [
    "a",
    "street",
    "where",
    "lamps",
    "dim",
    "when",
    "nobody",
    "is",
    "near",
    "and",
    "brighten",
    "before",
    "people",
    "come",
]


def experiment(number: int, base: str = BASE) -> Experiment:
    """Make up one record of a city: about 40 triples and 200 words."""
    text = " ".join(WORDS[(number + step) % len(WORDS)] for step in range(200))
    return Experiment(
        iri=f"{base}experiments/trial-{number}",
        identifier=f"trial-{number}",
        title={"it": f"Prova numero {number}", "en": f"Trial number {number}"},
        summary={"en": text[:120]},
        description={"it": text},
        language="it",
        stage=SCHEMES + "lifecycle/completed",
        status_word="conclusa",
        publisher=Agent(name="City of Example", homepage="https://city.example/"),
        licence=EU_LICENCE + "CC_BY_4_0",
        issued="2026-11-22T10:00:00Z",
        modified="2026-11-22T10:00:00Z",
        themes=(SCHEMES + "theme/energy",),
        data_themes=(EU_THEME + "ENER",),
        technologies=(SCHEMES + "technology/sensors",),
        keywords=(("it", "luce"),),
        start=Moment(value="2019-09"),
        end=Moment(value="2021"),
        place=Place(name={"it": "Mirafiori"}, wkt="POINT(7.64 45.03)", country="IT"),
        partners=(
            Partner(name="City of Example", helix=SCHEMES + "helix/public-administration"),
            Partner(name="Lamps Ltd", helix=SCHEMES + "helix/company"),
        ),
        source_pages=("https://city.example/trials",),
        contact="lab@city.example",
    )


def members(count: int, key: SigningKey | None = None) -> list[Member]:
    """Publish `count` records as one city does."""
    key = key or keys.generate()
    chain: list[Member] = []
    for number in range(count):
        published = (NOON + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%S.000001Z")
        record = experiment(number)
        content = Member(
            iri="",
            sequence=number + 1,
            kind=Kind.CREATE,
            object=record.iri,
            actor=f"{BASE}#node",
            published=published,
            previous=digest(chain[-1]) if chain else None,
            payload=to_payload(record),
        )
        member = replace(content, iri=name(BASE, content.sequence, content))
        proof = signing.sign(document(member), key, method=METHOD, created="2026-11-22T12:00:00Z")
        chain.append(replace(member, proof=proof))
    return chain
