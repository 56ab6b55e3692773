"""Records in the city's own words of the model: JSON-LD, Turtle, N-Triples or RDF/XML.

A file that holds experiments, testbeds or calls typed as the model types them needs no mapping.
It may be a record as a node serves it, or one that a form, a script or a person wrote: parts need
no names, and what the node knows itself (language, publisher, licence, dates) may be left out.
`modified` is always the present: a record that says nothing new is not published again.
What the model has no place for is reported, and left out.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

from nodes.books.limits import LIMITS, Limits
from nodes.city import City
from nodes.errors import ImportRefused
from nodes.importing.documents import parsed
from nodes.importing.findings import Finding, Reading, shown
from nodes.importing.opening import load
from nodes.importing.records import slug
from nodes.importing.sentences import say
from vocab import fields as said
from vocab import jsonld, lines, rdfquery
from vocab.errors import VocabError
from vocab.facts import Facts
from vocab.fields import every
from vocab.languages import authority
from vocab.lines import Iri, Literal, Triple
from vocab.prefixed import short
from vocab.reading import from_facts
from vocab.records import KINDS, Record
from vocab.terms import (
    ADMS,
    CN,
    CONTEXT,
    DCTERMS,
    FOAF,
    RDF_TYPE,
    SCHEMES,
    XSD_DATETIME,
)  # fmt: skip
from vocab.triples import to_payload

_JSON: Final = frozenset((".jsonld", ".json"))
_SUFFIXES: Final = _JSON | {".ttl", ".nt", ".rdf", ".xml", ".owl"}
_BLANK: Final = "urn:blank:"
_DEEPEST: Final = 8
_MOST_LOST: Final = 50


def read_own(path: Path, city: City, now: datetime, *, limits: Limits = LIMITS) -> Reading | None:
    """Read records of the model; None for a file that holds none, or in another format.

    Raises ImportRefused when the file cannot be read. A record that cannot be told apart, is not
    the city's to speak about or lacks what makes it one is left out and reported.
    """
    suffix = path.suffix.lower()
    if suffix not in _SUFFIXES:
        return None
    triples = _statements(path, suffix, city, limits)
    kinds = {kind.rdf_type: kind for kind in KINDS}
    named = {
        each.subject: kinds[each.object.value]
        for each in triples
        if each.predicate == RDF_TYPE and each.object.value in kinds
    }
    if not named:
        return None
    if len(named) > limits.rows:
        raise ImportRefused(f"{path.name} has more than {limits.rows:,} records: split it")
    return _read(path.name, triples, named, city, now)


def _statements(path: Path, suffix: str, city: City, limits: Limits) -> list[Triple]:
    data = load(path, limits)
    try:
        if suffix in _JSON:
            document = parsed(path.name, data.decode("utf-8-sig", errors="replace"))
            documents = document if isinstance(document, list) else [document]
            if not all(isinstance(each, dict) for each in documents):
                return []
            known = {CONTEXT, f"{city.base}context/v1", f"{city.base}context/v1.jsonld"}
            if any(_names(each.get("@context"), known) for each in documents):
                return _documents(documents, known)
            if not any("@context" in each or "@id" in each for each in documents):
                return []
        return rdfquery.statements(data, triples=limits.triples)
    except VocabError as error:
        raise ImportRefused(f"{path.name}: {error}. {error.hint}") from error


def _names(context: Any, known: set[str]) -> bool:
    return any(
        isinstance(each, str) and each in known
        for each in (context if isinstance(context, list) else [context])
    )


def _documents(documents: list[dict[str, Any]], known: set[str]) -> list[Triple]:
    found: list[Triple] = []
    for number, each in enumerate(documents):
        bare = {key: value for key, value in each.items() if key != "proof"}
        found.extend(_apart(triple, number) for triple in jsonld.statements(bare, known))
    return found


def _apart(triple: Triple, number: int) -> Triple:
    """Keep the unnamed parts of one document apart from those of the next."""
    subject, predicate, value = triple
    if subject.startswith(_BLANK):
        subject = f"{_BLANK}{number}-{subject.removeprefix(_BLANK)}"
    if isinstance(value, Iri) and value.value.startswith(_BLANK):
        value = Iri(f"{_BLANK}{number}-{value.value.removeprefix(_BLANK)}")
    return Triple(subject, predicate, value)


def _read(
    name: str, triples: list[Triple], named: Mapping[str, type[Record]], city: City, now: datetime
) -> Reading:
    findings: list[Finding] = []
    called = {
        each.subject: each.object.value
        for each in triples
        if each.predicate == DCTERMS + "identifier" and each.object.value.strip()
    }
    addresses = {node: _address(node, kind, called.get(node), city) for node, kind in named.items()}
    renamed = [_renamed(each, addresses) for each in triples]
    reader = _Own(name, renamed, city, now)
    records: list[Record] = []
    held: list[str] = []
    unnamed = 0
    taken: dict[str, str] = {}
    for node in sorted(named):
        iri = addresses[node]
        if iri is None:
            unnamed += 1
            findings.append(reader.finding("error", node, None, say("own-unnamed")))
            continue
        held.append(iri)
        if iri in taken:
            findings.append(reader.finding("error", iri, None, say("own-twice", other=taken[iri])))
            continue
        taken[iri] = node
        record, told = reader.record(iri, named[node])
        findings.extend(told)
        if record is not None:
            records.append(record)
    return Reading(
        records=tuple(records),
        findings=tuple(findings),
        rows=len(named),
        held=tuple(dict.fromkeys(held)),
        unnamed=unnamed,
    )


def _address(node: str, kind: type[Record], identifier: str | None, city: City) -> str | None:
    """Give the IRI of a record: its own, or one made of its identifier; None without either."""
    if not node.startswith(_BLANK):
        return node
    return None if identifier is None else f"{city.base}{kind.room}/{slug(identifier)}"


def _renamed(triple: Triple, addresses: Mapping[str, str | None]) -> Triple:
    subject, predicate, value = triple
    if isinstance(value, Iri):
        value = Iri(addresses.get(value.value) or value.value)
    return Triple(addresses.get(subject) or subject, predicate, value)


class _Own:
    """Reads the records of one file."""

    def __init__(self, name: str, triples: list[Triple], city: City, now: datetime) -> None:
        self._name, self._city = name, city
        self._now = now.strftime("%Y-%m-%dT%H:%M:%SZ")
        self._about: dict[str, list[Triple]] = {}
        for each in triples:
            self._about.setdefault(each.subject, []).append(each)

    def record(self, iri: str, kind: type[Record]) -> tuple[Record | None, list[Finding]]:
        """Read one record, with what was noticed."""
        prefix = f"{self._city.base}{kind.room}/"
        if not iri.startswith(prefix) or not re.fullmatch(r"[^/?#]+", iri.removeprefix(prefix)):
            told = say("own-elsewhere", city=self._city.name, address=f"{prefix}…")
            return None, [self.finding("error", iri, None, told)]
        mine = self._reachable(iri)
        kept, findings = self._with_names(iri, mine)
        try:
            record = from_facts(Facts([*kept, *self._missing(iri, kind, kept)]), iri)
            record = replace(record, modified=self._now)
            payload = to_payload(record)
        except VocabError as error:
            told = say("own-unfit", reason=str(error))
            return None, [self.finding("error", iri, None, told)]
        findings.extend(self._lost(iri, kept, payload))
        return record, findings

    def finding(self, severity: Any, iri: str, value: object, told: Any) -> Finding:
        """Say something about a record."""
        return Finding(
            severity=severity, said=told, sheet=self._name, cell=short(iri), value=shown(value)
        )

    def _reachable(self, iri: str) -> list[Triple]:
        """Give what is said of a record and its parts; other records are only named."""
        found: list[Triple] = []
        seen, level = {iri}, [iri]
        for _ in range(_DEEPEST):
            after: list[str] = []
            for node in level:
                for each in self._about.get(node, ()):
                    found.append(each)
                    to = each.object.value if isinstance(each.object, Iri) else ""
                    if to not in seen and to in self._about and self._is_part(to, iri):
                        seen.add(to)
                        after.append(to)
            level = after
        return found

    def _is_part(self, node: str, iri: str) -> bool:
        if node.startswith((_BLANK, f"{iri}#")):
            return True
        kinds = {kind.rdf_type for kind in KINDS}
        return not any(
            each.predicate == RDF_TYPE and each.object.value in kinds for each in self._about[node]
        )

    def _with_names(self, iri: str, mine: list[Triple]) -> tuple[list[Triple], list[Finding]]:
        """Leave out what should name something in the world, and names nothing."""
        kept: list[Triple] = []
        findings: list[Finding] = []
        nowhere: set[str] = set()
        for each in mine:
            blank = isinstance(each.object, Iri) and each.object.value.startswith(_BLANK)
            if blank and each.predicate in _links() and each.predicate not in _steps():
                told = say("own-no-iri", property=short(each.predicate))
                findings.append(self.finding("warning", iri, None, told))
                nowhere.add(each.object.value)
            elif each.subject not in nowhere:
                kept.append(each)
        return kept, findings

    def _missing(self, iri: str, kind: type[Record], kept: list[Triple]) -> Iterator[Triple]:
        """Say what the node knows itself, where the record does not say it."""
        city = self._city
        there = {each.predicate for each in kept if each.subject == iri}
        dated = Literal(self._now, XSD_DATETIME)
        for predicate, value in (
            (DCTERMS + "identifier", Literal(iri.rsplit("/", 1)[1])),
            (DCTERMS + "language", Iri(authority(city.language))),
            (DCTERMS + "license", Iri(city.licence)),
            (DCTERMS + "issued", dated),
            (DCTERMS + "modified", dated),
        ):
            if predicate not in there:
                yield Triple(iri, predicate, value)
        if ADMS + "status" not in there and kind is KINDS[0]:
            yield Triple(iri, ADMS + "status", Iri(f"{SCHEMES}lifecycle/unknown"))
        if DCTERMS + "publisher" not in there:
            part = f"{iri}#publisher"
            yield Triple(iri, DCTERMS + "publisher", Iri(part))
            yield Triple(part, FOAF + "name", Literal(city.publisher))
            if city.homepage:
                yield Triple(part, FOAF + "homepage", Iri(city.homepage))

    def _lost(self, iri: str, kept: list[Triple], payload: bytes) -> Iterator[Finding]:
        """Tell what was said and did not become part of the record."""
        written = {_leaf(each) for each in lines.triples(payload)}
        nodes = {each.subject for each in kept}
        lost = [
            each
            for each in kept
            if each.predicate not in _UNWRITTEN
            and each.object.value not in nodes
            and _leaf(each) not in written
        ]
        for each in sorted(lost, key=str)[:_MOST_LOST]:
            told = say("own-lost", property=short(each.predicate))
            yield self.finding("warning", iri, each.object.value, told)


def _leaf(triple: Triple) -> tuple[str, str]:
    """Give what a statement says, whatever it is about and however its value is tagged."""
    value = triple.object.value
    with suppress(ArithmeticError):
        value = str(Decimal(value).normalize())
    return triple.predicate, value


_UNWRITTEN: Final = frozenset((RDF_TYPE, CN + "position", DCTERMS + "modified"))


@cache
def _links() -> frozenset[str]:
    """Name the properties whose values are things of the world, not parts."""
    return frozenset(
        each.said.predicate
        for each in every(KINDS)
        if isinstance(each.said, said.Link | said.Links)
    )


@cache
def _steps() -> frozenset[str]:
    """Name the properties that lead to parts."""
    parts = {each.said.predicate for each in every(KINDS) if isinstance(each.said, said.Part)}
    return frozenset(parts | {each.said.via.predicate for each in every(KINDS) if each.said.via})
