"""The node's own rounds as a Linked Data Event Stream: `/feed/runs`.

Each round that brought or failed something is a member, a `prov:Activity` with its times, the feed
it read, what came of the members it saw, and why it failed. What is older than the node keeps it is
left out, as the stream's retention policy says. A page that was cut so has another address than
before, for what stands under an address that was sealed never changes.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from federation import feed, layout
from federation.feed import Outbox
from federation.foreign import to_jsonld
from federation.layout import Node
from federation.page import FeedPage, Note, Stream, nquads, ntriples, trig
from federation.times import stamp
from nodes.city import City
from nodes.feeds import SYNTAXES, Rendered, compress, etag
from nodes.journal import Journal, runs
from nodes.journal.runs import Run
from vocab import lines
from vocab.lines import Iri, Literal
from vocab.terms import CN, PROV, RDF_TYPE, XSD, XSD_DATETIME

_PAGES_IN_MEMORY: Final = 64
_COUNTS: Final = ("seen", "new", "changed", "deleted", "known", "refused", "repaired")
_PATH: Final = re.compile(r"((?:pages|index)/[\d-]+?)(?:-cut(\d{1,9}))?", re.ASCII)
_SECRET: Final = re.compile(r"(https?://)(?:[^\s/?#@]*@)?([^\s?#]*)(?:\?[^\s#]*)?")


@dataclass(frozen=True, kw_only=True)
class RunOutbox(Outbox):
    """The runs, counted from 0; the first `gone` of `end` are kept no longer."""

    journal: Journal
    base: str
    gone: int
    end: int

    def size(self) -> int:
        """Return how many runs there were in all."""
        return self.end

    def entries(self, first: int, end: int) -> Sequence[Note]:
        """Return the runs from index `first` up to, not including, `end`, that are kept."""
        return [_note(run, self.base) for run in runs.between(self.journal, first, end)]

    def stamp(self, index: int) -> str:
        """Return when the run at `index` ended; of one that is gone, the first that is kept."""
        [run] = runs.between(self.journal, max(index, self.gone), max(index, self.gone) + 1)
        return run.ended


@dataclass(kw_only=True)
class Runs:
    """The stream of runs as bytes, of `days` days. All methods block."""

    journal: Journal
    city: City
    interval: int
    days: int
    page: int = layout.PAGE
    _pages: dict[tuple[object, ...], Rendered] = field(default_factory=dict)

    def stream(self) -> Stream:
        """Describe the stream."""
        root = f"{self.city.base}feed/runs"
        return Stream(
            iri=f"{root}#stream",
            root=root,
            path=PROV + "endedAtTime",
            title=f"Rounds in which the node of {self.city.name} read other cities",
            shape=f"{root}/shape",
            interval=self.interval,
            page=self.page,
            versions=False,
            full_log=f"P{self.days}D",
        )

    def render(self, path: str, syntax: str, encoding: str) -> Rendered | None:
        """Give the root (`""`) or a page below it; None where there is none."""
        gone, end = runs.extent(self.journal)
        outbox = RunOutbox(journal=self.journal, base=self.city.base, gone=gone, end=end)
        node = self._node(path) if path else None
        if path and (node is None or not layout.exists(node, end)):
            return None
        if node is not None and node.end <= gone:
            return Rendered(body=b"", etag="", sealed=False, gone=True)
        if node is not None and not (place := self._address(node, gone)).endswith(f"/{path}"):
            return Rendered(body=b"", etag="", sealed=False, moved=place)
        asked = (path, syntax, encoding, gone, end)
        found = self._pages.get(asked)
        if found is None:
            while len(self._pages) >= _PAGES_IN_MEMORY:
                self._pages.pop(next(iter(self._pages)), None)
            page = self._page(outbox, node)
            body = compress(_written(page, syntax), encoding)
            found = Rendered(body=body, etag=etag(body, syntax, encoding), sealed=page.sealed)
            self._pages[asked] = found
        return found

    def _node(self, path: str) -> Node | None:
        """Read an address below the root, of now or of before."""
        match = _PATH.fullmatch(path)
        return feed.node_at(match[1], self.page) if match is not None else None

    def _address(self, node: Node, gone: int) -> str:
        """Give the address of a node, which names how many runs were cut from it."""
        cut = max(0, gone - node.first)
        return self.stream().at(node) + (f"-cut{cut}" if cut else "")

    def _page(self, outbox: RunOutbox, node: Node | None) -> FeedPage:
        stream, gone = self.stream(), outbox.gone
        if outbox.gone == outbox.end:  # every run is gone, or none was yet
            return FeedPage(url=stream.view, stream=stream)
        page = (
            feed.root_page(stream, outbox, outbox.end, None)
            if node is None
            else feed.node_page(stream, outbox, outbox.end, node)
        )
        nodes = layout.root_children(outbox.end, self.page) if node is None else node.children()
        links = tuple(
            replace(link, node=self._address(each, gone))
            for link, each in zip(page.links, nodes, strict=False)
            if each.end > gone
        )
        url = stream.view if node is None else self._address(node, gone)
        return replace(page, url=url, links=links)


def _written(page: FeedPage, syntax: str) -> bytes:
    assert syntax in SYNTAXES
    if syntax == "jsonld":
        return to_jsonld(nquads(page))
    return {"trig": trig, "nq": nquads}.get(syntax, ntriples)(page).encode()


def _note(run: Run, base: str) -> Note:
    name = f"{base}feed/runs#run-{run.number}"
    return Note(iri=name, stamp=run.ended, said=tuple(_said(name, run, base)))


def _said(name: str, run: Run, base: str) -> Iterator[str]:
    done = run.round
    yield lines.line(name, RDF_TYPE, Iri(PROV + "Activity"))
    started = min(stamp(done.started), run.ended)  # the clock may have been set back
    yield lines.line(name, PROV + "startedAtTime", Literal(started, XSD_DATETIME))
    yield lines.line(name, PROV + "endedAtTime", Literal(run.ended, XSD_DATETIME))
    yield lines.line(name, PROV + "wasAssociatedWith", Iri(f"{base}#node"))
    yield lines.line(name, PROV + "used", Iri(_public(done.peer)))
    for count in _COUNTS:
        number = Literal(str(getattr(done, count)), XSD + "integer")
        yield lines.line(name, f"{CN}{count}Count", number)
    for term, words in (("failure", done.failure), ("difference", done.differs)):
        if words is not None:
            yield lines.line(name, CN + term, Literal(_public(words), language="en"))


def _public(words: str) -> str:
    """Leave out what stands in addresses before the host and after the path: it may be a secret."""
    return _SECRET.sub(r"\1\2", words)
