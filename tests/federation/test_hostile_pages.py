"""Pages written to bring their reader down, or to take good members with them."""

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import PageUnreadable
from federation.examining import Examined, examine
from federation.foreign import to_nquads
from federation.limits import Limits
from federation.member import Kind, digest, name
from federation.page import nquads
from tests.city import City
from vocab.terms import AS, CN, SEC, TREE, XSD_DATETIME

FEED = "https://torino.example/feed"


def town(*slugs: str) -> City:
    torino = City("torino")
    for slug in slugs:
        torino.publish(slug)
    return torino


def read(torino: City, more: str = "") -> Examined:
    page = torino.page("feed")
    assert page is not None
    return look(torino, nquads(page) + more)


def look(torino: City, text: str) -> Examined:
    keys = {torino.base: (torino.public,)}
    return examine(text.encode(), "application/n-quads", FEED, keys, Limits())


def good(examined: Examined) -> int:
    return sum(each.signature == "good" for each in examined.checked)


def test_a_text_of_15_megabytes_spoils_only_its_own_member() -> None:
    torino = town("uno", "due")
    long = f'<{torino.members[0].iri}> <urn:p:p> "{"a" * 15_000_000}" .\n'

    examined = read(torino, long)

    assert good(examined) == 1
    assert all(len(each.carried.quads) < 100_000 for each in examined.checked)


def test_one_huge_proof_for_many_members_costs_what_it_is_long() -> None:
    torino = town("uno")
    members = "".join(
        f"<{FEED}#stream> <{TREE}member> <urn:m:{number}> .\n<urn:m:{number}> <{SEC}proof> _:q .\n"
        for number in range(1_900)
    )
    proof = "".join(f"_:q <urn:p:p> <urn:o:{number}> .\n" for number in range(150_000))
    started = time.process_time()

    examined = read(torino, members + proof)

    assert good(examined) == 1
    assert time.process_time() - started < 20
    assert sum(len(each.carried.quads) for each in examined.checked) < 4_000_000


@pytest.mark.parametrize("text", [r"\q", r"\u00e9", r"\uD800", r"\U0001F600", r"\u12"])
@pytest.mark.parametrize("predicate", [CN + "received", CN + "previous", AS + "published"])
def test_an_escape_that_means_nothing_spoils_only_its_own_member(predicate: str, text: str) -> None:
    torino = town("uno", "due")
    odd = f'<{torino.members[0].iri}> <{predicate}> "{text}"^^<{XSD_DATETIME}> .\n'

    examined = read(torino, odd)

    assert torino.members[1] in [each.carried.member for each in examined.checked]
    assert 1 <= good(examined) <= 2


@pytest.mark.parametrize("odd", ["nonsense", "https://torino.example/ex periment", "urn:%zz"])
def test_an_object_that_is_no_iri_spoils_only_its_own_member(odd: str) -> None:
    torino = town("uno", "due")
    whole = torino.sign(object="urn:the:record", kind=Kind.DELETE)
    torino.members.insert(1, whole)
    page = torino.page("feed")
    assert page is not None

    examined = look(torino, nquads(page).replace("urn:the:record", odd.replace(" ", "\u00a0")))

    assert good(examined) == 2


def test_a_relation_to_an_endless_address_is_refused() -> None:
    torino = town("uno")
    relation = f"<{FEED}> <{TREE}relation> _:x .\n_:x <{TREE}node> <{FEED}/pages/{'9' * 3_000}> .\n"

    with pytest.raises(PageUnreadable, match="an address of"):
        read(torino, relation)


def test_a_member_with_an_endless_name_is_told_in_short() -> None:
    torino = town("uno")
    endless = f"<{FEED}#stream> <{TREE}member> <urn:m:{'x' * 100_000}> .\n"

    examined = read(torino, endless)

    assert good(examined) == 1
    assert max(len(each.carried.iri) for each in examined.checked) <= 2_000


def test_a_number_beyond_every_counter_is_no_member() -> None:
    torino = town("uno")
    facts = {"sequence": 10**18, "previous": digest(torino.members[0])}
    huge = torino.sign(object=f"{torino.base}experiments/due", kind=Kind.DELETE, **facts)
    none = replace(huge, sequence=0)
    none = torino.resign(replace(none, iri=name(torino.base, 0, none)))
    torino.members += [huge, none]

    examined = read(torino)

    assert [each.carried.member for each in examined.checked][1:] == [None, None]


@given(st.text(alphabet="()[]{} ", max_size=60), st.integers(1, 8))
def test_brackets_are_counted_to_the_last_level(brackets: str, nesting: int) -> None:
    level = deepest = 0
    for char in brackets:
        level = level + (char in "([{") - (char in ")]}" and level > 0)
        deepest = max(deepest, level)

    try:
        to_nquads(brackets.encode(), "text/turtle", FEED, Limits(nesting=nesting))
        refused = ""
    except PageUnreadable as error:
        refused = str(error)

    assert ("nested deeper" in refused) == (deepest > nesting)
