"""What an operator says of a city arrives as it was said, and nonsense is kept out in words."""

import re
from dataclasses import replace

import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st

from federation import keys
from vocab import shelf
from vocab.errors import NotARecord
from vocab.jsonld import expand_to_payload, record_document
from vocab.membership import Key, Membership, from_payload, is_membership, to_payload
from vocab.terms import CN
from vocab.validation import validate

BASE = "https://network.example/"
KEY = keys.generate().public("https://ghent.example/")
GHENT = Membership(
    iri=f"{BASE}members/ghent.example",
    operator=BASE,
    city="https://ghent.example/",
    name="Gent",
    country="BE",
    keys=(Key(method=KEY.method, multibase=KEY.multibase),),
    since="2026-11-22",
    feed="https://ghent.example/feed.nq",
)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cn"]), min_size=1)


@given(name=TEXT, country=st.from_regex("[A-Z]{2}", fullmatch=True), ended=st.booleans())
def test_a_membership_arrives_as_it_was_said(name: str, country: str, ended: bool) -> None:
    said = replace(GHENT, name=name, country=country, until="2027-01-01" if ended else None)

    payload = to_payload(said)

    assert from_payload(payload, said.iri) == said
    assert is_membership(payload, said.iri)
    assert expand_to_payload(record_document(payload)) == payload


def test_a_good_membership_has_no_findings() -> None:
    found = validate({GHENT.iri: to_payload(GHENT)})

    assert found == {GHENT.iri: ()}


@pytest.mark.parametrize(
    ("rule", "before", "after"),
    [
        ("network", b"https://network.example/#node", b"https://network.example/"),
        ("city", b"https://ghent.example/#node", b"ftp://ghent.example/#node"),
        ("name", b'"Gent"', b'" "'),
        ("country", b'"BE"', b'"be"'),
        ("since", b'"2026-11-22"', b'"2026-13-22"'),
        ("until", b"startDate", b"endDate"),
        ("key", b'"z6Mk', b'"z7Mk'),
        ("key-name", b'"did:web:', b'"did:key:'),
        ("feed", b"https://ghent.example/feed.nq", b"urn:ghent:feed.nq"),
    ],
)
def test_each_rule_of_a_membership_says_what_is_wrong(
    rule: str, before: bytes, after: bytes
) -> None:
    payload = to_payload(replace(GHENT, until="2027-01-01" if rule == "until" else None))
    changed = b"".join(sorted(payload.replace(before, after).splitlines(keepends=True)))

    found = validate({GHENT.iri: changed})[GHENT.iri]

    assert f"membership-{rule}" in {each.rule for each in found}
    assert {each.severity for each in found} == {"error"}


def test_the_rules_of_memberships_speak_five_languages() -> None:
    shapes = rdflib.Graph().parse(data=shelf.read("shapes/memberships.ttl"), format="turtle")
    rules = list(shapes.objects(None, rdflib.SH.property))

    assert len(rules) == 9
    for rule in rules:
        for predicate in (rdflib.SH.message, rdflib.URIRef(CN + "advice")):
            said = list(shapes.objects(rule, predicate))
            assert sorted(text.language for text in said) == sorted(shelf.TONGUES), rule
            assert all(re.fullmatch(r"\S.*[.]", text) for text in said), rule


def test_a_membership_beside_a_record_is_not_judged_with_it() -> None:
    other = "https://network.example/experiments/x"

    found = validate({GHENT.iri: to_payload(GHENT), other: b""})

    assert found[GHENT.iri] == ()
    assert "kind" in {each.rule for each in found[other]}


def test_what_names_no_node_or_two_is_no_membership() -> None:
    two = to_payload(GHENT) + to_payload(replace(GHENT, city="https://liege.example/"))
    payload = b"".join(sorted(set(two.splitlines(keepends=True))))

    with pytest.raises(NotARecord, match="does not name one node"):
        from_payload(payload, GHENT.iri)


def test_every_word_of_a_membership_is_in_the_context() -> None:
    document = record_document(to_payload(replace(GHENT, until="2027-01-01")))

    assert not [key for key in document if ":" in key]
    assert document["member"] == "https://ghent.example/#node"
    assert document["keys"][0]["publicKeyMultibase"] == KEY.multibase
    assert document["memberDuring"]["endDate"] == "2027-01-01"
