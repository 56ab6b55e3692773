"""What stands beside what: the classes of the model and their properties, as VoID partitions.

Made from the declarations of the model. Editors of queries read it at an endpoint to complete
properties by the class of their subject. Source: Describing Linked Datasets with the VoID
Vocabulary, section 4.5; without counts, for what is known changes by the minute.
"""

from collections.abc import Iterator
from typing import Any, Final

from vocab.fields import Part, declared
from vocab.lines import Iri, Triple
from vocab.records import KINDS
from vocab.terms import RDF_TYPE, SCHEMES, VOID

KNOWN: Final = SCHEMES + "known"
"""The IRI of all that a node knows, as a `void:Dataset`."""


def statements() -> Iterator[Triple]:
    """Say the partitions in RDF."""
    yield Triple(KNOWN, RDF_TYPE, Iri(VOID + "Dataset"))
    for number, (owner, uses) in enumerate(sorted(_uses().items()), start=1):
        part = f"{KNOWN}#class-{number}"
        yield Triple(KNOWN, VOID + "classPartition", Iri(part))
        yield Triple(part, VOID + "class", Iri(owner))
        for place, (predicate, target) in enumerate(sorted(uses), start=1):
            use = f"{part}-{place}"
            yield Triple(part, VOID + "propertyPartition", Iri(use))
            yield Triple(use, VOID + "property", Iri(predicate))
            if target:
                yield Triple(use, VOID + "classPartition", Iri(f"{use}-object"))
                yield Triple(f"{use}-object", VOID + "class", Iri(target))


def _uses() -> dict[str, set[tuple[str, str]]]:
    """List, by class, its properties with the class of what they lead to, where it has one."""
    found: dict[str, set[tuple[str, str]]] = {}
    waiting: list[type[Any]] = list(KINDS)
    seen: set[type[Any]] = set()
    while waiting:
        kind = waiting.pop()
        if kind in seen:
            continue
        seen.add(kind)
        uses = found.setdefault(kind.rdf_type, set())
        for each in declared(kind):
            said, target = each.said, each.part.rdf_type if each.part else ""
            if said.via is not None:
                uses.add((said.via.predicate, said.via.type))
                found.setdefault(said.via.type, set()).add((said.predicate, target))
            else:
                uses.add((said.predicate, target))
            if isinstance(said, Part) and each.part is not None:
                waiting.append(each.part)
    return found
