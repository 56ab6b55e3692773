"""What a member of a foreign feed becomes here: a record of the model, or nothing.

Only what is typed as one of our kinds is a record, and what an officer chose of things that are
described in other words (`Versions`). It is read into the model and written again as a payload
without blank nodes, which is what is validated and what is kept. The record may be the entity
itself, or a version of it that bears the member's name. What every record must say and this one
leaves out is taken from the member where that is certain: an identifier from the address, the
language from the texts, times from when it was created.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from typing import Final

from federation.ldes.dataset import Statement, moment, object_of
from vocab import lines
from vocab.facts import Facts
from vocab.languages import authority, primary
from vocab.lines import Iri, Literal, Triple
from vocab.reading import from_facts
from vocab.records import KINDS
from vocab.terms import ADMS, DCTERMS, RDF_TYPE, SCHEMES, XSD_DATETIME
from vocab.triples import to_payload

_KINDS: Final = frozenset(f"<{kind.rdf_type}>" for kind in KINDS)
_TEXTS: Final = (DCTERMS + "title", DCTERMS + "description", DCTERMS + "abstract")


Versions = Callable[[Sequence[Statement], str, str, str | None], bytes | None]
"""Writes what a member says of an entity as its record, None where that is not wanted: of the
statements, entity, member and its time. Raises VocabError or ValueError, in words."""


def record_node(said: Sequence[Statement], entity: str, member: str) -> str | None:
    """Tell which node of a member is a record: the entity, or the member as a version of it."""
    return node_of(_KINDS, said, entity, member)


def node_of(kinds: Set[str], said: Sequence[Statement], entity: str, member: str) -> str | None:
    """Tell which node of a member is of these classes: the entity, or the member."""
    typed = {s for s, p, value in said if p == RDF_TYPE and value in kinds}
    return next((each for each in (entity, member) if f"<{each}>" in typed), None)


def payload(said: Sequence[Statement], node: str, entity: str, stamp: str | None) -> bytes:
    """Write the record at a node as that of `entity`; raises VocabError, in words."""
    triples = [
        Triple(subject[1:-1], predicate, object_of(value))
        for subject, predicate, value in renamed(said, node, entity)
    ]
    return to_payload(from_facts(Facts([*triples, *implied(triples, entity, stamp)]), entity))


def renamed(said: Iterable[Statement], node: str, entity: str) -> Iterator[Statement]:
    """Say of an entity what is said of its version."""
    old, new = f"<{node}>", f"<{entity}>"
    for subject, predicate, value in said:
        named = new if value == old and predicate != RDF_TYPE else value
        yield (new if subject == old else subject), predicate, named


def implied(triples: Iterable[Triple], entity: str, stamp: str | None) -> Iterator[Triple]:
    """Say what every record must and this one leaves out, where that is certain."""
    mine = [each for each in triples if each.subject == entity]
    there = {each.predicate for each in mine}
    if DCTERMS + "identifier" not in there:
        slug = entity.rstrip("/").rsplit("/", 1)[1]
        yield Triple(entity, DCTERMS + "identifier", Literal(slug))
    if DCTERMS + "language" not in there:
        tags = {
            primary(each.object.language)
            for each in mine
            if each.predicate in _TEXTS
            and isinstance(each.object, Literal)
            and each.object.language is not None
        }
        if len(tags) == 1:
            yield Triple(entity, DCTERMS + "language", Iri(authority(tags.pop())))
    for name, others in (("issued", ("created",)), ("modified", ("issued", "created"))):
        if DCTERMS + name not in there:
            times = [_time(mine, DCTERMS + other) for other in others]
            dated = next((each for each in (*times, stamp) if each is not None), None)
            if dated is not None:
                yield Triple(entity, DCTERMS + name, Literal(f"{dated[:19]}Z", XSD_DATETIME))
    if ADMS + "status" not in there and KINDS[0].rdf_type in {
        each.object.value for each in mine if each.predicate == RDF_TYPE
    }:
        yield Triple(entity, ADMS + "status", Iri(f"{SCHEMES}lifecycle/unknown"))


def _time(said: Iterable[Triple], predicate: str) -> str | None:
    """Read the time of a property, as UTC."""
    for each in said:
        if each.predicate == predicate and isinstance(each.object, Literal):
            return moment(lines.term(each.object))
    return None
