"""A record is pleasant as plain JSON and loses nothing; a member's document verifies anywhere."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from pyld import jsonld as pyld

from federation import signing
from federation.member import Kind, Member, Proof, document
from tests.vocab.generated import BASE, full, records
from tests.vocab.test_triples import SHUTTLE, escaped, with_rows
from vocab import lines
from vocab.errors import BadDocument, BadTerm, UnknownContext
from vocab.jsonld import (
    context,
    expand_to_payload,
    expand_to_quads,
    loads,
    member_document,
    record_document,
)
from vocab.lines import Iri, Literal
from vocab.records import KINDS, Record
from vocab.terms import CN, CONTEXT, DCTERMS, SEC
from vocab.triples import to_payload

HERE = "https://torino.example/context/v1.jsonld"
PROOF = Proof(created="2026-11-22T10:00:01Z", method="did:web:torino.example#key-1", value="z3fa")


def member(record: Record, *, kind: Kind = Kind.UPDATE) -> Member:
    return Member(
        iri="https://torino.example/feed/7-0a1b2c3d",
        sequence=7,
        kind=kind,
        object=record.iri,
        actor="https://torino.example/#node",
        published="2026-11-22T10:00:00.000001Z",
        previous="zQmFirst",
        payload=b"" if kind is Kind.DELETE else to_payload(record),
    )


def loader(url: str, _options: object) -> dict[str, Any]:
    assert url in (CONTEXT, HERE)
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": context(),
    }


def normalized(document: dict[str, Any]) -> bytes:
    """Canonicalise as any Data Integrity verifier built on PyLD does."""
    options = {
        "algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": loader,
    }  # fmt: skip
    found = escaped(pyld.normalize(document, options))
    return lines.canonical(found[:-1].split("\n"))


def read_by_pyoxigraph(document: dict[str, Any]) -> bytes:
    """Read with another library, the context written into the document."""
    text = json.dumps({**document, **context()})
    written = ox.serialize(
        ox.parse(text, format=ox.RdfFormat.JSON_LD), format=ox.RdfFormat.N_QUADS
    ).decode()
    return lines.canonical(written[:-1].split("\n"))


@given(records)
@settings(max_examples=40, deadline=None)
def test_a_record_comes_back_from_its_document(record: Record) -> None:
    payload = to_payload(record)

    written = loads(json.dumps(record_document(record, HERE)))

    assert expand_to_payload(written, {HERE}) == payload
    assert normalized(written) == payload
    assert read_by_pyoxigraph(written) == payload


@given(records)
@settings(max_examples=40, deadline=None)
def test_a_verifier_gets_exactly_the_bytes_that_were_signed(record: Record) -> None:
    signed = document(member(record))

    secured = loads(json.dumps(member_document(signed, HERE, PROOF)))
    unsecured = {key: value for key, value in secured.items() if key != "proof"}

    assert normalized(unsecured) == signed
    assert expand_to_quads(unsecured, {HERE}) == signed
    assert read_by_pyoxigraph(unsecured) == signed


def test_the_proof_options_are_the_bytes_that_were_signed() -> None:
    secured = member_document(document(member(SHUTTLE)), HERE, PROOF)

    config = {"@context": HERE, **secured["proof"]}
    del config["proofValue"]
    canonical = normalized(config)

    said = signing.hash_data(b"", PROOF.created, PROOF.method)[:32]
    assert hashlib.sha256(canonical).digest() == said


def test_the_proof_of_a_document_is_a_graph_of_its_own() -> None:
    secured = member_document(document(member(SHUTTLE)), CONTEXT, PROOF)

    found = normalized(secured).decode()

    proof = re.search(f"<{re.escape(SEC)}proof> (_:c14n[0-9]) .", found)
    assert proof
    value = f'<{SEC}proofValue> "z3fa"^^<{SEC}multibase> {proof[1]} .'
    assert value in found
    assert f"<{SEC}proofPurpose> <{SEC}assertionMethod> {proof[1]} ." in found
    assert read_by_pyoxigraph(secured).count(b"\n") == found.count("\n")


def test_a_deletion_has_no_record() -> None:
    signed = document(member(SHUTTLE, kind=Kind.DELETE))

    secured = member_document(signed)

    assert secured == {
        "@context": CONTEXT,
        "id": "https://torino.example/feed/7-0a1b2c3d",
        "type": "Delete",
        "published": "2026-11-22T10:00:00.000001Z",
        "object": SHUTTLE.iri,
        "actor": "https://torino.example/#node",
        "previous": "zQmFirst",
    }
    assert expand_to_quads(secured) == signed


def test_a_record_reads_as_plain_json() -> None:
    found = record_document(replace(SHUTTLE, partners=SHUTTLE.partners[:1]))

    assert list(found)[:5] == ["@context", "id", "type", "identifier", "title"]
    assert found["type"] == "UrbanExperiment"
    assert found["title"] == {"en": "Olli, the driverless shuttle", "it": "Navetta autonoma Olli"}
    assert found["themes"] == ["https://w3id.org/citynode/theme/mobility"]
    assert found["keywords"] == {"it": ["guida autonoma"]}
    assert found["period"]["startDate"] == "2020-01-16"
    assert found["period"]["endYear"] == "2020"
    assert found["place"]["geometry"]["wkt"] == "POINT(7.679 45.035)"
    assert found["place"]["address"]["city"] == "Torino"
    [partner] = found["partners"]
    assert (partner["position"], partner["agent"]["name"]) == (1, "Partner 1")
    assert found["outcome"]["description"] == {"it": "Quattro mesi."}
    assert found["contact"]["email"] == "mailto:lab@torino.example"


def test_a_member_holds_its_record() -> None:
    found = member_document(document(member(SHUTTLE)), HERE, PROOF)

    assert set(found) == {
        "@context",
        "id",
        "type",
        "published",
        "object",
        "actor",
        "previous",
        "record",
        "proof",
    }
    [record] = found["record"]
    assert record["id"] == SHUTTLE.iri
    assert record["title"]["it"] == "Navetta autonoma Olli"


def test_every_term_of_a_record_is_in_the_context() -> None:
    def keys(value: object) -> set[str]:
        if isinstance(value, list):
            return set().union(*map(keys, value))
        if isinstance(value, dict):
            return set(value).union(*map(keys, value.values()))
        return set()

    found = member_document(document(member(SHUTTLE)), HERE, PROOF)

    assert not {key for key in keys(found) if ":" in key}


def test_statements_of_others_keep_their_full_names() -> None:
    down = ((f"{SHUTTLE.iri}#{n}", f"{SHUTTLE.iri}#{n + 1}") for n in range(200))
    up = ((f"{SHUTTLE.iri}#b{n + 1}", f"{SHUTTLE.iri}#b{n}") for n in range(200))
    payload = with_rows(
        to_payload(SHUTTLE),
        lines.line(SHUTTLE.iri, "https://later.example/costBand", Literal("B")),
        lines.line(SHUTTLE.iri, DCTERMS + "subject", Literal("loose", language="en")),
        lines.line(SHUTTLE.iri + "#place", CN + "later", Iri(SHUTTLE.iri + "#place")),
        lines.line("https://else.example/x", DCTERMS + "title", Literal("untagged")),
        *(lines.line(one, CN + "next", Iri(other)) for one, other in (*down, *up)),
    )

    found = record_document(payload)

    assert expand_to_payload(loads(json.dumps(found))) == payload


@pytest.mark.parametrize(
    ("named", "reason"),
    [
        ("https://www.w3.org/ns/activitystreams", "not held here"),
        ([CONTEXT, "https://schema.org/"], "not held here"),
        ({"title": "http://purl.org/dc/terms/title"}, "written into the document"),
        ([CONTEXT, {"name": None}], "written into the document"),
        (None, "written into the document"),
    ],
)
def test_any_other_context_is_refused(named: object, reason: str) -> None:
    with pytest.raises(UnknownContext, match=reason):
        expand_to_payload({**record_document(SHUTTLE), "@context": named})


def test_a_context_inside_a_document_is_refused() -> None:
    found = record_document(SHUTTLE)
    found["place"]["@context"] = {"city": "http://xmlns.com/foaf/0.1/name"}

    with pytest.raises(UnknownContext, match="top"):
        expand_to_payload(found)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"colour": "red"}, "'colour' is not in the context"),
        ({"created": "2026-11-22T10:00:00Z"}, "'created' is not in the context"),
        ({"type": "Banana"}, "'Banana' is neither"),
        ({"stage": "running"}, "'running' is neither"),
        ({"id": "olli"}, "'olli' is neither"),
        ({"publisher": {"name": "Torino"}}, "needs an id"),
        ({"@reverse": {}}, "'@reverse' is not in the context"),
        ({"title": {"it": {"x": "y"}}}, "not JSON-LD"),
        ({"record": [{"id": "urn:x", "identifier": "x"}]}, "not the document of a record"),
    ],
)
def test_what_would_be_lost_in_silence_is_refused(change: dict[str, object], reason: str) -> None:
    with pytest.raises(BadDocument, match=reason):
        expand_to_payload({**record_document(SHUTTLE), **change})


def test_a_bad_language_tag_is_refused() -> None:
    with pytest.raises((BadDocument, BadTerm)):
        expand_to_payload({**record_document(SHUTTLE), "title": {"it_IT": "Olli"}})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"id": "a", "id": "b"}', "'id' stands twice"),
        ('{"a": {"b": 1, "b": 1}}', "'b' stands twice"),
        ('{"a": NaN}', "NaN"),
        ('{"a": -Infinity}', "Infinity"),
        ('{"a": ', "not JSON"),
        (b'{"a": "\xff"}', "not JSON"),
        ("[" * 100_000, "too deeply"),
        ('{"a":' * 40 + "1" + "}" * 40, "deeper than 32"),
        ('{"a": ' + "9" * 5000 + "}", "not JSON"),
    ],
)
def test_json_that_readers_read_differently_is_refused(text: str | bytes, reason: str) -> None:
    with pytest.raises(BadDocument, match=reason):
        loads(text)


@pytest.mark.parametrize("kind", KINDS)
def test_every_property_has_a_word_in_the_context(kind: type[Record]) -> None:
    written = record_document(full(kind, f"{BASE}{kind.room}/x"))

    keys = set(every_key(written))

    assert not {key for key in keys if ":" in key}
    assert {"startDate", "partners", "name"} <= keys


def every_key(value: Any) -> Iterator[str]:
    inner = value if isinstance(value, list) else []
    if isinstance(value, dict):
        yield from value
        inner = list(value.values())
    for each in inner:
        yield from every_key(each)


def test_counts_and_truth_are_plain_json() -> None:
    said = replace(SHUTTLE, participants=1500, trl_at_end=8, seeks_replication=True)

    written = record_document(said)

    assert (written["participantCount"], written["trlAtEnd"]) == (1500, 8)
    assert written["seeksReplication"] is True
