"""Whoever looks up a word of ours finds it, with its meaning in words."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import rdflib
from rdflib import RDF, RDFS, URIRef

from vocab import fields as said
from vocab import shelf
from vocab.fields import declared
from vocab.records import KINDS
from vocab.terms import CN

LANGUAGES = {"en", "it", "fr", "de", "es"}


@cache
def ontology() -> rdflib.Graph:
    return rdflib.Graph().parse(data=shelf.read("ns.ttl"), format="turtle")


def classes_used(kind: type[Any]) -> Iterator[str]:
    yield kind.rdf_type
    for each in declared(kind):
        if each.said.via is not None:
            yield each.said.via.type
        if each.part is not None:
            yield from classes_used(each.part)


def properties_used(kind: type[Any]) -> Iterator[tuple[str, bool]]:
    """Give the properties with whether they lead to a node."""
    for each in declared(kind):
        if each.said.via is not None:
            yield each.said.via.predicate, True
        leads = isinstance(each.said, said.Part | said.Link | said.Links)
        yield each.said.predicate, leads
        if each.part is not None:
            yield from properties_used(each.part)


def ours(names: set[Any]) -> list[Any]:
    return sorted(
        each for each in names if str(each[0] if isinstance(each, tuple) else each).startswith(CN)
    )


CLASSES = ours({name for kind in KINDS for name in classes_used(kind)})
PROPERTIES = ours({each for kind in KINDS for each in properties_used(kind)})


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_of_the_model_is_told(name: str) -> None:
    assert (URIRef(name), RDF.type, RDFS.Class) in ontology()
    assert (URIRef(name), RDFS.subClassOf, None) in ontology()


@pytest.mark.parametrize(("name", "leads"), PROPERTIES)
def test_every_property_of_the_model_is_told_for_what_it_is(name: str, leads: bool) -> None:
    kind = "ObjectProperty" if leads else "DatatypeProperty"

    types = set(ontology().objects(URIRef(name), RDF.type))

    assert types == {RDF.Property, URIRef(f"http://www.w3.org/2002/07/owl#{kind}")}


@pytest.mark.parametrize("name", CLASSES + [name for name, _ in PROPERTIES])
def test_every_word_of_the_model_has_names_and_a_meaning(name: str) -> None:
    labels = {str(each.language) for each in ontology().objects(URIRef(name), RDFS.label)}
    meanings = {str(each.language) for each in ontology().objects(URIRef(name), RDFS.comment)}

    assert labels >= LANGUAGES
    assert meanings >= {"en", "it"}
