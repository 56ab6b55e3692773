"""A membership: what the operator of a network says of a city that belongs to it.

It travels like a record, as `{operator's base}members/{slug}`, but it is none of the kinds of
record: nothing was tried, offered or asked for. So it is read and written here, held to rules of
its own (`shapes/memberships.ttl`), and neither searched nor listed for data portals.

The words are those of the W3C Organization Ontology and of Controlled Identifiers 1.0.
"""

import re
from dataclasses import dataclass
from typing import Final

from vocab import lines
from vocab.errors import NotARecord
from vocab.facts import Facts
from vocab.lines import Iri, Literal, Object, Triple
from vocab.terms import CN, DCAT, DCTERMS, FOAF, LOCN, ORG, RDF_TYPE, SEC, XSD

ROOM: Final = "members"
"""The folder of its address, `{base}members/{slug}`."""

LONGEST: Final = 24_000
"""Bytes of a payload: sixteen keys fit, and nobody is made to read more for one city."""

RDF_TYPE_OF_IT: Final = ORG + "Membership"

_NODE: Final = "#node"
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, kw_only=True)
class Key:
    """A key of the city: `method` is the name by which it signs, `multibase` the Multikey."""

    method: str
    multibase: str


@dataclass(frozen=True, kw_only=True)
class Membership:
    """That the city whose node has the base `city` belongs to the network of `operator`, a base.

    `country` is a code of ISO 3166-1; `since` and `until` are days, `2026-11-22`. Once it has an
    end the city has left. `feed` is where its stream begins when that is not `{city}feed`.
    """

    iri: str
    operator: str
    city: str
    name: str
    country: str
    keys: tuple[Key, ...]
    since: str
    until: str | None = None
    feed: str | None = None

    @property
    def lasts(self) -> bool:
        """Whether the city is a member still."""
        return self.until is None


def is_membership(payload: bytes, iri: str) -> bool:
    """Tell whether a payload is typed as a membership: then the rules for those hold."""
    return f"<{iri}> <{RDF_TYPE}> <{RDF_TYPE_OF_IT}> .\n".encode() in payload


def to_payload(said: Membership) -> bytes:
    """Write a membership as canonical N-Triples; raises BadTerm for what RDF cannot carry."""
    iri, during = said.iri, f"{said.iri}#during"
    found: list[tuple[str, str, Object]] = [
        (iri, RDF_TYPE, Iri(RDF_TYPE_OF_IT)),
        (iri, ORG + "organization", Iri(said.operator + _NODE)),
        (iri, ORG + "member", Iri(said.city + _NODE)),
        (iri, FOAF + "name", Literal(said.name)),
        (iri, LOCN + "adminUnitL1", Literal(said.country)),
        (iri, ORG + "memberDuring", Iri(during)),
        (during, RDF_TYPE, Iri(DCTERMS + "PeriodOfTime")),
        (during, DCAT + "startDate", Literal(said.since, XSD + "date")),
    ]
    if said.until is not None:
        found.append((during, DCAT + "endDate", Literal(said.until, XSD + "date")))
    if said.feed is not None:
        found.append((iri, CN + "feed", Iri(said.feed)))
    for number, key in enumerate(said.keys, start=1):
        node = f"{iri}#key-{number}"
        found += [
            (iri, SEC + "verificationMethod", Iri(node)),
            (node, RDF_TYPE, Iri(SEC + "Multikey")),
            (node, DCTERMS + "identifier", Literal(key.method)),
            (node, SEC + "publicKeyMultibase", Literal(key.multibase, SEC + "multibase")),
        ]
    return lines.canonical(lines.line(*each) for each in found)


def from_payload(payload: bytes, iri: str) -> Membership:
    """Read the membership `iri`; raises NotARecord when it does not say whose it is."""
    said: list[Triple] = list(lines.triples(payload))
    facts = Facts(said)
    if RDF_TYPE_OF_IT not in facts.iris(iri, RDF_TYPE):
        raise NotARecord(f"{iri} is not typed as a membership (org:Membership)")
    during = facts.iri(iri, ORG + "memberDuring")
    since, until = (_day(facts, during, DCAT + name) for name in ("startDate", "endDate"))
    name, country = facts.text(iri, FOAF + "name"), facts.text(iri, LOCN + "adminUnitL1")
    if since is None or not name or not country:
        raise NotARecord(f"{iri} lacks the name, the country or the first day of a membership")
    return Membership(
        iri=iri,
        operator=_node(facts, iri, "organization"),
        city=_node(facts, iri, "member"),
        name=name,
        country=country,
        keys=tuple(_keys(facts, iri)),
        since=since,
        until=until,
        feed=facts.iri(iri, CN + "feed"),
    )


def _node(facts: Facts, iri: str, name: str) -> str:
    """Give the base of the one node that a property names."""
    found = facts.iris(iri, ORG + name)
    if len(found) != 1 or not found[0].endswith(f"/{_NODE}"):
        raise NotARecord(f"{iri} does not name one node as its org:{name}")
    return found[0].removesuffix(_NODE)


def _day(facts: Facts, node: str | None, predicate: str) -> str | None:
    days = (each.value for each in facts.literals(node, predicate))
    return next((each for each in days if _DATE.fullmatch(each)), None)


def _keys(facts: Facts, iri: str) -> list[Key]:
    found = []
    for node in facts.iris(iri, SEC + "verificationMethod"):
        method = facts.text(node, DCTERMS + "identifier")
        multibase = facts.text(node, SEC + "publicKeyMultibase")
        if method and multibase:
            found.append(Key(method=method, multibase=multibase))
    return sorted(set(found), key=lambda key: (key.method, key.multibase))
