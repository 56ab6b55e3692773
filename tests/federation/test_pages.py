"""Pages and their tree: a wrong bound or lost line and a follower misses a city's experiment."""

from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import Graph, URIRef

from federation import feed, layout
from federation.errors import PageUnreadable
from federation.examining import Signature, examine
from federation.foreign import to_jsonld
from federation.layout import Node
from federation.limits import Limits
from federation.member import digest
from federation.page import Entry, nquads, ntriples, trig
from federation.reading import read_page
from tests.city import City, experiment
from vocab.terms import AS, LDES, TREE

SYNTAXES = {
    "application/n-quads": lambda page: nquads(page).encode(),
    "application/trig": lambda page: trig(page).encode(),
    "application/ld+json": lambda page: to_jsonld(nquads(page)),
}


ADDRESSES = ["/experiments/", "/experiments/a", "/x\\u0041/"]


@cache
def _rows_of_three() -> tuple[list[str], str]:
    torino = City("torino")
    for slug in ("uno", "due", "tre"):
        torino.publish(slug)
    page = torino.page("feed")
    assert page is not None
    return nquads(page).splitlines(), page.url


@given(st.integers(0, 4_000_000))
def test_each_member_is_reached_by_exactly_one_way(size: int) -> None:
    children = layout.root_children(size)

    spans = [(node.first, min(node.end, size)) for node in children]
    assert sum(end - first for first, end in spans) == size
    assert all(one[1] == other[0] for one, other in pairwise(spans))
    for level in range(1, 5):
        assert sum(node.level == level for node in children) < layout.FANOUT
    assert sum(node.level == 0 for node in children) <= layout.FANOUT
    assert all(layout.sealed(node, size) for node in children[:-1])


@given(st.integers(1, 3), st.integers(0, 5_000))
def test_an_index_node_spans_just_its_children(level: int, number: int) -> None:
    node = Node(level, number)

    children = node.children()

    assert children[0].first == node.first
    assert children[-1].end == node.end
    assert len(children) == layout.FANOUT
    assert feed.node_at(node.path) == node


@pytest.mark.parametrize(
    "path", ["pages/", "pages/01", "pages/-1", "index/0-1", "index/1-", "pages/1/2", "../key.pem"]
)
def test_an_address_that_is_no_page_is_none(path: str) -> None:
    assert feed.node_at(path) is None


def test_a_sealed_page_never_changes_while_the_feed_grows() -> None:
    torino = City("torino")
    for number in range(251):
        torino.publish(f"prova-{number}")
    before = torino.page("feed/pages/0")
    for number in range(300):
        torino.publish(f"altra-{number}")

    after = torino.page("feed/pages/0")

    assert before is not None
    assert after is not None
    assert before.sealed
    assert nquads(before) == nquads(after)


@pytest.mark.parametrize("media_type", list(SYNTAXES))
def test_every_syntax_brings_the_same_members_with_good_signatures(media_type: str) -> None:
    torino = City("torino")
    torino.publish("uno", 'Perché «no»?\n\t"È" \\ 😀\u2028', summary={"en": "Why not"})
    torino.publish("due")
    torino.withdraw("due")
    page = torino.page("feed")
    assert page is not None

    examined = examine(
        SYNTAXES[media_type](page), media_type, page.url, {torino.base: [torino.public]}, Limits()
    )

    assert {each.carried.member for each in examined.checked} == set(torino.members)
    assert {each.signature for each in examined.checked} == {Signature.GOOD}
    assert {each.digest for each in examined.checked} == {digest(each) for each in torino.members}
    assert examined.head_signed
    assert examined.page.head == page.head
    assert examined.page.interval == 60


def test_a_page_says_what_ldes_and_tree_ask_for() -> None:
    torino = City("torino")
    for number in range(300):
        torino.publish(f"prova-{number}")
    page = torino.page("feed")
    assert page is not None

    graph = Graph()
    graph.parse(data=ntriples(page), format="nt")

    stream, root = URIRef(page.stream.iri), URIRef(page.url)
    assert list(graph.objects(stream, URIRef(TREE + "view"))) == [root]
    for term in ("timestampPath", "versionOfPath", "pollingInterval", "versionDeleteObject"):
        assert len(list(graph.objects(stream, URIRef(LDES + term)))) == 1
    relations = list(graph.objects(root, URIRef(TREE + "relation")))
    for relation in relations:
        for term in ("node", "path", "value"):
            assert len(list(graph.objects(relation, URIRef(TREE + term)))) == 1
    assert len(relations) == 3  # the sealed page has two bounds, the open one a lower bound
    members = len(list(graph.objects(stream, URIRef(TREE + "member"))))
    assert feed.INLINE // 2 < members <= feed.INLINE


def test_members_lie_within_the_bounds_of_their_page() -> None:
    torino = City("torino")
    for number in range(600):
        torino.publish(f"prova-{number}")
    root = torino.page("feed")
    assert root is not None

    for link in root.links:
        page = torino.page(link.node.removeprefix(torino.base))
        assert page is not None
        stamps = [entry.stamp for entry in page.entries]
        assert stamps == sorted(stamps)
        assert all(link.lower <= stamp for stamp in stamps)
        assert link.upper is None or all(stamp < link.upper for stamp in stamps)


def test_a_relayed_member_keeps_its_own_words_and_gets_a_time_beside_them() -> None:
    torino, ghent = City("torino"), City("ghent")
    torino.publish("uno")
    ghent.relayed = list(torino.members)
    page = ghent.page("feed/all")
    assert page is not None

    read = read_page(nquads(page), page.url, Limits())

    [carried] = read.carried
    assert carried.member == torino.members[0]
    assert carried.received == page.entries[0].received


@pytest.mark.parametrize(
    ("change", "defect"),
    [
        (("as:Create", "as:Like"), "no Create, Update or Delete"),
        (('#published> "2026', '#published> "20x6'), "no UTC time"),
        ((" <https://torino.example/#node> .", " <https://ghent.example/#node> ."), "feed"),
        (("/experiments/uno#partner-1>", "/experiments/uno#part ner-1>"), ""),
    ],
)
def test_a_member_that_does_not_hold_together_is_kept_with_its_defect(
    change: tuple[str, str], defect: str
) -> None:
    torino = City("torino")
    torino.publish("uno")
    page = torino.page("feed")
    assert page is not None
    old, new = (text.replace("as:", AS) for text in change)

    text = nquads(replace(page, head=None)).replace(old, new)

    if " ner" in new:
        with pytest.raises(Exception, match="is not N-Quads"):
            read_page(text, page.url, Limits())
    else:
        [carried] = read_page(text, page.url, Limits()).carried
        assert carried.member is None
        assert defect in (carried.defect or "")
        assert carried.quads


@given(st.data())
@settings(max_examples=40)
def test_a_page_says_the_same_in_whatever_order_its_lines_stand(data: st.DataObject) -> None:
    rows, url = _rows_of_three()
    about_records = [row for row in rows if "/experiments/" in row]
    more = data.draw(st.sampled_from(about_records))
    rows = [*rows, more.replace("/experiments/", data.draw(st.sampled_from(ADDRESSES)))]

    said, apart = (
        {each.iri: each for each in read_page("\n".join(found), url, Limits()).carried}
        for found in (rows, data.draw(st.permutations(rows)))
    )

    assert said.keys() == apart.keys()
    for iri, each in said.items():
        assert apart[iri].member == each.member
        assert (apart[iri].defect is None) == (each.defect is None)


@pytest.mark.parametrize("place", [0, 20, -1])
def test_the_line_that_spoils_a_page_is_told_by_its_number(place: int) -> None:
    torino = City("torino")
    torino.publish("uno")
    page = torino.page("feed")
    assert page is not None
    rows = nquads(page).splitlines()
    rows.insert(place, "no line of N-Quads")

    number = rows.index("no line of N-Quads") + 1
    with pytest.raises(PageUnreadable, match=f"line {number} is not N-Quads"):
        read_page("\n".join(rows), page.url, Limits())


def test_limits_hold_for_each_member() -> None:
    torino = City("torino")
    record = experiment(torino.base, "uno")
    torino.publish("uno")
    page = torino.page("feed")
    assert page is not None
    text = nquads(page)

    few = read_page(text, page.url, Limits(quads_per_member=5)).carried[0]
    short = read_page(text, page.url, Limits(literal_chars=60)).carried[0]

    assert "the limit is 5" in (few.defect or "")
    assert "longer than 60 characters" in (short.defect or "")
    assert Entry(member=torino.members[0]).member.object == record.iri
