"""What a feed that nobody signs must bring here, however its publisher writes it."""

import json
from dataclasses import replace
from pathlib import Path

import pyoxigraph
import pytest
from pyoxigraph import RdfFormat

from federation.limits import Limits
from tests.federation.ldes.publisher import (
    LIMITS,
    PREFIXES,
    STREAM,
    Page,
    Publisher,
    Reader,
    at,
    counts,
    leads,
    publisher,
    said,
    version,
)
from tests.federation.test_signing import STANDARDS
from vocab import shelf

PUBLISHED = STANDARDS / "ldes"
SYNTAXES = {
    "text/turtle": RdfFormat.TURTLE,
    "application/trig": RdfFormat.TRIG,
    "application/n-quads": RdfFormat.N_QUADS,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/ld+json": RdfFormat.JSON_LD,
}


def written(city: Publisher, turtle: str, media_type: str) -> bytes:
    """The same page in another syntax."""
    quads = pyoxigraph.parse((PREFIXES + turtle).encode(), RdfFormat.TRIG, base_iri=city.feed)
    return pyoxigraph.serialize(quads, format=SYNTAXES[media_type]) or b""


async def test_a_feed_made_by_hand_is_read(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", STREAM + version("uno", 1) + version("due", 2, "Lampioni"))

        done = await reader.reads(city.peer)
        again = await reader.reads(city.peer)

    assert done.failure is None
    assert counts(done) == (2, 0, 0, 0, 0), reader.reasons()
    assert reader.titles() == {"uno": "Navetta", "due": "Lampioni"}
    assert (counts(again), again.requests, again.received_bytes) == ((0, 0, 0, 0, 0), 1, 0)


@pytest.mark.parametrize("media_type", SYNTAXES)
async def test_c4_a_feed_is_read_in_each_of_the_five_syntaxes(
    tmp_path: Path, media_type: str
) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        body = written(city, STREAM + version("uno", 1), media_type)
        city.pages["feed"] = Page(body, media_type)

        done = await reader.reads(city.peer)

        asked = city.headers[0]["Accept"]
    assert counts(done) == (1, 0, 0, 0, 0), reader.reasons()
    assert all(each in asked for each in SYNTAXES)


async def test_c4_the_context_of_ldes_is_held_here_and_not_asked_for(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        record = json.loads(
            written(
                city, f"<urn:x:uno> dct:created {at(1)} ; {said('uno')} .", "application/ld+json"
            )
        )
        [graph] = [json.dumps(record).replace("urn:x:uno", f"{city.base}id/uno")]
        document = {
            "@context": ["https://w3id.org/ldes/context", {"dct": "http://purl.org/dc/terms/"}],
            "@id": "#stream",
            "@type": "EventStream",
            "view": "feed",
            "timestampPath": "dct:created",
            "member": [f"{city.base}id/uno"],
            "@included": json.loads(graph),
        }
        city.pages["feed"] = Page(json.dumps(document), "application/ld+json")

        done = await reader.reads(city.peer)

    assert (done.failure, counts(done)) == (None, (1, 0, 0, 0, 0)), reader.reasons()
    assert city.asked == ["feed"]


@pytest.mark.parametrize(
    "context",
    [
        "http://127.0.0.1:1/context.jsonld",
        ["https://w3id.org/ldes/context", "https://elsewhere.example/c.jsonld"],
        {"@import": "https://elsewhere.example/c.jsonld"},
        {"inner": {"@id": "urn:i", "@context": "https://elsewhere.example/c.jsonld"}},
    ],
)
async def test_c4_no_context_is_ever_fetched(tmp_path: Path, context: object) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        document = {"@context": context, "@id": "#stream", "view": "feed"}
        city.pages["feed"] = Page(json.dumps(document), "application/ld+json")

        done = await reader.reads(city.peer)

    assert "context" in (done.failure or "")
    assert city.asked == ["feed"]


async def test_c4_the_tree_profile_is_read_as_what_it_says(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        body = (
            PREFIXES
            + STREAM
            + (
                "<#stream> tree:member <m/1> .\n"
                f"<m/1> dct:isVersionOf <id/uno> ; dct:created {at(1)} .\n"
                f"<m/1> {{ <id/uno> {said('uno')} . }}\n"
            )
        )
        media_type = 'application/trig;profile="https://w3id.org/tree/profile"'
        city.pages["feed"] = Page(body, media_type)

        done = await reader.reads(city.peer)

    assert counts(done) == (1, 0, 0, 0, 0), reader.reasons()


async def test_c10_a_member_is_its_star_its_graph_and_the_blank_nodes_they_lead_to(
    tmp_path: Path,
) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        body = (
            PREFIXES
            + STREAM
            + (
                "<#stream> tree:member <m/1> .\n"
                f"<m/1> dct:isVersionOf <id/uno> ; dct:created {at(1)} .\n"
                f"<m/1> {{ <id/uno> {said('uno', more='; dct:spatial _:place')} . }}\n"
                '_:place <http://www.w3.org/ns/locn#geographicName> "Torino"@it .\n'
                "<id/uno> foaf:page <https://example.org/not-of-this-member> .\n"
            )
        )
        city.pages["feed"] = Page(body, "application/trig")

        done = await reader.reads(city.peer)

    [entry] = reader.journal.records()
    payload = entry.member.payload.decode()
    assert done.failure is None
    assert (
        f'<{city.base}id/uno#place> <http://www.w3.org/ns/locn#geographicName> "Torino"@it'
        in payload
    )
    assert "not-of-this-member" not in payload
    assert "_:" not in payload


async def test_c10_a_member_keeps_its_name_and_digest_whatever_its_blank_nodes_are_called(
    tmp_path: Path,
) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", STREAM + version("uno", 1))
        await reader.reads(city.peer)
        body = written(city, "# again\n" + STREAM + version("uno", 1), "application/n-quads")
        city.pages["feed"] = Page(body, "application/n-quads")

        done = await reader.reads(city.peer)

    assert counts(done) == (0, 0, 0, 1, 0), reader.reasons()


async def test_c2_a_stream_without_a_time_is_read_unordered(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        stream = "<#stream> tree:view <feed> .\n"
        more = f"<#stream> tree:member <id/uno> . <id/uno> {said('uno')} ; dct:created {at(1)} .\n"
        city.turtle("feed", stream + more + leads("page2"))
        city.turtle("page2", more.replace("uno", "due").replace("<#stream>", "<feed#stream>"))

        done = await reader.reads(city.peer)
        city.turtle("feed", stream + more + more.replace("uno", "tre") + leads("page2"))
        next_ = await reader.reads(city.peer)

    assert counts(done) == (2, 0, 0, 0, 0), reader.reasons()
    assert counts(next_) == (1, 0, 0, 1, 0), reader.reasons()
    assert set(reader.titles()) == {"uno", "due", "tre"}


async def test_c3_a_member_on_several_pages_is_taken_once(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        more = version("uno", 1).replace("<#stream>", "<feed#stream>")
        city.turtle("feed", STREAM + version("uno", 1) + leads("page1"))
        city.turtle("page1", more)

        done = await reader.reads(city.peer)

    assert (done.new, done.changed, done.refused) == (1, 0, 0)
    assert reader.journal.db().execute("SELECT count(*) FROM members").fetchone()[0] == 1


async def test_c3_where_nothing_orders_versions_only_a_whole_reading_counts(
    tmp_path: Path,
) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        stream = "<#stream> tree:view <feed> ; ldes:versionOfPath dct:isVersionOf .\n"
        city.turtle("feed", stream + version("uno", 1) + leads("page2"))
        city.turtle("page2", "<> foaf:name 1 .", status=503)

        broken = await reader.reads(city.peer)
        nothing = reader.titles()
        city.turtle("page2", "<> foaf:name 1 .")
        whole = await reader.reads(city.peer)

    assert broken.failure is not None
    assert nothing == {}
    assert (whole.failure, whole.new) == (None, 1)


async def test_a_dataset_that_is_no_record_is_passed_over_and_not_kept(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        dataset = (
            f"<#stream> tree:member <act/1> . <act/1> a as:Create ; as:object <data/1> ; "
            f"as:published {at(1)} .\n"
            '<act/1> { <data/1> a dcat:Dataset ; dct:title "Alberi"@it . }\n'
        )
        stream = "<#stream> tree:view <feed> ; ldes:timestampPath as:published .\n"
        city.pages["feed"] = Page(PREFIXES + stream + dataset, "application/trig")

        done = await reader.reads(city.peer)

    assert (done.failure, done.others, done.seen) == (None, 1, 0)
    assert reader.journal.db().execute("SELECT count(*) FROM members").fetchone()[0] == 0


async def test_what_is_certain_is_filled_in_and_what_is_not_is_asked_for(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        whole = version("uno", 1)
        bare = whole.replace('dct:identifier "uno" ;', "")
        lost = version("due", 2).replace(
            'dct:publisher [ a foaf:Agent ; foaf:name "Città di Prova" ] ;', ""
        )
        city.turtle("feed", STREAM + bare + lost)

        done = await reader.reads(city.peer)

    assert set(reader.titles()) == {"uno"}
    assert (done.new, done.refused) == (1, 1)
    assert "publisher" in reader.reasons()[0]


async def test_a_member_that_nobody_signed_is_never_relayed_as_ours(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", STREAM + version("uno", 1))

        await reader.reads(city.peer)

    [entry] = reader.journal.records()
    assert entry.position < 0
    assert entry.member.proof is None
    assert entry.member.source == f"{city.base}versions/uno/1"
    assert entry.member.iri.startswith("https://me.example/unsigned/")
    assert reader.journal.size() == 0
    assert reader.journal.stream(0, 10, relayed=True) == []


async def test_the_members_of_a_page_are_bounded(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    async with publisher() as city:
        city.turtle("feed", STREAM + "".join(version(f"e{n}", n) for n in range(5)))

        done = await reader.reads(city.peer, replace(LIMITS, members_per_page=4))

    assert "5 members on one page" in (done.failure or "")
    assert Limits().members_per_page > 4


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published example is not here")
async def test_the_example_of_the_specification_is_followed_and_holds_no_record(
    tmp_path: Path,
) -> None:
    reader = Reader(tmp_path)
    example = (PUBLISHED / "example.ttl").read_text()
    async with publisher() as city:
        for there, here in (
            ("https://semiceu.github.io/linkeddataeventstreams/example.ttl", city.feed),
            ("http://marineregions.org/feed", f"{city.base}page"),
        ):
            example = example.replace(there, here)
        link = leads("page?page=2021-09-07T09%3A00%3A00Z%2F2021-09-07T10%3A00%3A00Z")
        city.turtle("page?page=2021-09-07T09%3A00%3A00Z%2F2021-09-07T10%3A00%3A00Z", example)
        city.turtle("feed", example.replace(f"{city.base}page?", f"{city.feed}> , <urn:x:?") + link)

        done = await reader.reads(city.peer)

    assert (done.failure, done.others, done.seen) == (None, 2, 0)


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published context is not here")
def test_c4_the_context_held_here_says_what_the_published_one_does() -> None:
    published = json.loads((PUBLISHED / "context.jsonld").read_text())["@context"]
    ours = json.loads(shelf.read("context-ldes.jsonld"))["@context"]
    document = {
        "@id": "urn:x:root",
        "@type": [term for term in published if term[0].isupper()],
        **{term: ["urn:x:value"] for term in published if term[0].islower() and term != "xsd"},
    }
    prefixes = {"tree", "ldes", "xsd"}
    said = {key: value for key, value in document.items() if key not in prefixes}

    first, second = (expanded({"@context": each, **said}) for each in (published, ours))

    assert len(first) > 30
    assert first == second


def expanded(document: dict[str, object]) -> set[str]:
    """The statements of a document, whatever its blank nodes are called."""
    quads = pyoxigraph.parse(json.dumps(document).encode(), RdfFormat.JSON_LD, base_iri="urn:x:y")
    dataset = pyoxigraph.Dataset(quads)
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.UNSTABLE)
    return {str(each) for each in dataset}
