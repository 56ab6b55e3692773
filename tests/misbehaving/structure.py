"""The structure of a feed: pages, relations, bounds and heads that lie, and documents that harm."""

import json
from dataclasses import replace

import httpx

from federation import keys
from federation.page import nquads
from tests.city import body
from tests.misbehaving.registry import Rogue, misbehaves, misbehaviour, some
from vocab.terms import TREE

JSONLD = "application/ld+json"


@misbehaves("cuts a line in the middle", "is not N-Quads|did not|syntax|Parser|expected")
def _cut(rogue: Rogue) -> None:
    some(3)(rogue)
    text = rogue.text()
    rogue.answers(text[: len(text) // 2])


@misbehaves("cuts JSON in the middle", "not JSON")
def _cut_json(rogue: Rogue) -> None:
    rogue.answers('{"@context": {}, "@graph": [{"@id": "urn:x:a"', JSONLD)


@misbehaves("cuts TriG in the middle", "feed: .*(expected|end|unexpected|Parser|syntax)")
def _cut_trig(rogue: Rogue) -> None:
    rogue.answers("<urn:a> { <urn:b> <urn:c> ", "application/trig")


@misbehaves("names a context on another host", "which is not held here; none is fetched")
def _context(rogue: Rogue) -> None:
    context = f"{rogue.trap.city.base}context.jsonld"
    rogue.answers(json.dumps({"@context": context, "@id": "urn:x:a"}), JSONLD)


@misbehaves("imports a context from cloud metadata", "contexts are never fetched")
def _import(rogue: Rogue) -> None:
    said = {"@context": {"@version": 1.1, "@import": "http://169.254.169.254/x"}, "@id": "urn:a"}
    rogue.answers(json.dumps(said), JSONLD)


@misbehaves("nests JSON ten thousand levels deep", "nested deeper than 64 levels")
def _deep(rogue: Rogue) -> None:
    rogue.answers('{"a":' * 10_000 + "1" + "}" * 10_000, JSONLD)


@misbehaves("nests lists a hundred thousand levels deep", "nested deeper than 64 levels")
def _deep_lists(rogue: Rogue) -> None:
    rogue.answers("[" * 100_000, JSONLD)


@misbehaves(
    "nests Turtle ten thousand levels deep", "nested deeper than 64 levels|brought its reader"
)
def _deep_turtle(rogue: Rogue) -> None:
    rogue.answers("<urn:a> <urn:b> " + "[ <urn:b> " * 10_000, "text/turtle")


@misbehaves("nests quoted triples", "nested deeper|brought its reader down|feed: |N-Quads")
def _quoted(rogue: Rogue) -> None:
    inner = "<urn:a>"
    for _ in range(3_000):
        inner = f"<<( <urn:a> <urn:b> {inner} )>>"
    rogue.answers(f"<urn:a> <urn:b> {inner} .\n")


@misbehaves("says a key of JSON twice", "names the same key twice")
def _keys_twice(rogue: Rogue) -> None:
    rogue.answers('{"@id": "urn:x:a", "@id": "urn:x:b"}', JSONLD)


@misbehaves("writes a number that fills the memory", "feed")
def _number(rogue: Rogue) -> None:
    rogue.answers('{"@id": "urn:x:a", "urn:x:b": 1' + "0" * 5_000 + "}", JSONLD)


@misbehaves("leads its pages in a circle", "runs in a circle, or never ends")
def _circle(rogue: Rogue) -> None:
    some(400)(rogue)
    page = rogue.page()
    [link, *_] = page.links
    here = nquads(replace(page, url=link.node, entries=(), head=None))
    rogue.answers(here.replace(link.node + "> <" + TREE + "x", ""), path="feed/pages/0")


@misbehaves("has pages that never end", "runs in a circle, or never ends")
def _never_ends(rogue: Rogue) -> None:
    some(1)(rogue)
    page = rogue.page()
    root = nquads(replace(page, head=rogue.city.head(page.stream, rogue.city.entries(0, 1) * 5)))

    def links(url: str) -> str:
        return "".join(
            f"<{url}> <{TREE}relation> _:x{n} .\n"
            f"_:x{n} <{TREE}node> <{rogue.feed}/{n}/{len(url)}> .\n"
            for n in range(990)
        )

    rogue.city.answers["*"] = lambda request, _: body(
        root + links(rogue.feed) if request.url.path == "/feed" else links(str(request.url))
    )


@misbehaves("has sixty thousand relations on a page", "too many relations")
def _relations(rogue: Rogue) -> None:
    some(1)(rogue)
    links = "".join(
        f"<{rogue.feed}> <{TREE}relation> _:x{n} .\n_:x{n} <{TREE}node> <{rogue.feed}/{n}> .\n"
        for n in range(60_000)
    )
    rogue.answers(rogue.text() + links)


@misbehaves("has a million relations on a page", "more than 32000000 bytes|no answer within")
def _million(rogue: Rogue) -> None:
    row = f"<{rogue.feed}> <{TREE}relation> _:x .\n"
    rogue.answers(row * 1_000_000)


@misbehaves("has a relation to an endless address", "a relation to an address of")
def _long(rogue: Rogue) -> None:
    some(1)(rogue)
    rogue.answers(rogue.text() + relation(rogue, f"{rogue.feed}/pages/{'9' * 3_000}"))


@misbehaves("has a relation to nowhere", "a relation without exactly one tree:node")
def _nowhere(rogue: Rogue) -> None:
    some(1)(rogue)
    rogue.answers(rogue.text() + f"<{rogue.feed}> <{TREE}relation> _:x .\n")


def relation(rogue: Rogue, node: str) -> str:
    """Lead from the root to an address."""
    return f"<{rogue.feed}> <{TREE}relation> _:x .\n_:x <{TREE}node> <{node}> .\n"


AWAY = {
    "leads to another city": lambda rogue: f"{rogue.trap.city.base}feed",
    "leads to the loopback": lambda rogue: f"{rogue.other.city.base}admin",
    "leads to cloud metadata": lambda _: "http://169.254.169.254/latest/meta-data/",
    "leads to a file": lambda _: "file:///etc/passwd",
    "leads behind a user name that looks like itself": lambda rogue: (
        rogue.base.rstrip("/") + f"@127.0.0.2:{rogue.other.port}/"
    ),
    "leads to another port that begins like its own": lambda rogue: rogue.base.rstrip("/") + "0/",
    "leads to another scheme": lambda rogue: rogue.feed.replace("http:", "https:"),
}


def _leads(rogue: Rogue, node: str) -> None:
    some(1)(rogue)
    page = rogue.page()
    more = rogue.city.head(page.stream, rogue.city.entries(0, 1) * 2)
    rogue.answers(nquads(replace(page, head=more)) + relation(rogue, node))


for _name, _node in AWAY.items():
    misbehaviour(
        _name,
        "a relation leads away from",
        lambda rogue, node=_node: _leads(rogue, node(rogue)),
    )


@misbehaves("says it is two views", "names 2 views of a stream")
def _two_views(rogue: Rogue) -> None:
    some(1)(rogue)
    rogue.answers(rogue.text() + f"<urn:x:stream> <{TREE}view> <{rogue.feed}> .\n")


@misbehaves("says it is no view", "names 0 views of a stream")
def _no_view(rogue: Rogue) -> None:
    some(1)(rogue)
    rows = rogue.text().splitlines(keepends=True)
    rogue.answers("".join(row for row in rows if f"<{TREE}view>" not in row))


@misbehaves("says it is the view of another stream", "is a page of another view")
def _other_view(rogue: Rogue) -> None:
    some(1)(rogue)
    view = f"<{TREE}view> <"
    rogue.answers(rogue.text().replace(f"{view}{rogue.feed}>", f"{view}{rogue.base}other>"))


@misbehaves("answers with the feed of another city", "is a page of another view|does not state")
def _another(rogue: Rogue) -> None:
    page = rogue.victim.city.page("feed")
    assert page is not None
    rogue.answers(nquads(page))


@misbehaves("lies about the bounds of its pages", "can be found|dated|missing")
def _bounds(rogue: Rogue) -> None:
    some(600)(rogue)
    page = rogue.page()
    links = tuple(replace(link, upper="1970-01-01T00:00:00.000000Z") for link in page.links)
    rogue.answers(nquads(replace(page, links=links[:1])))


@misbehaves("leaves a page out", "can be found|which comes before it, is missing")
def _left_out(rogue: Rogue) -> None:
    some(600)(rogue)
    page = rogue.page()
    rogue.answers(nquads(replace(page, links=page.links[1:])))


@misbehaves("loses a page", "status 404")
def _lost(rogue: Rogue) -> None:
    some(300)(rogue)
    rogue.refuses(404, path="feed/pages/0")


@misbehaves("empties a page", "can be found")
def _emptied(rogue: Rogue) -> None:
    some(300)(rogue)
    rogue.city.answers["feed/pages/0"] = lambda *_: httpx.Response(410)


@misbehaves("puts five thousand members on a page", "members on one page")
def _members(rogue: Rogue) -> None:
    some(1)(rogue)
    stream = f"{rogue.feed}#stream"
    rogue.answers(
        rogue.text() + "".join(f"<{stream}> <{TREE}member> <urn:m:{n}> .\n" for n in range(5_000))
    )


@misbehaves("hides the head of its feed", "does not state the head")
def _headless(rogue: Rogue) -> None:
    some(1)(rogue)
    rogue.city.hides_head = True


@misbehaves("has its head signed by a stranger", "is not signed with its key")
def _strange_head(rogue: Rogue) -> None:
    some(1)(rogue)
    rogue.city.head_key = keys.generate()


@misbehaves("counts more members than there are", "counts 5 members, but only 1 can be found")
def _counts(rogue: Rogue) -> None:
    some(1)(rogue)
    page = rogue.page()
    more = rogue.city.head(page.stream, rogue.city.entries(0, 1) * 5)
    rogue.answers(nquads(replace(page, head=more)))
