"""The node's own rounds as a Linked Data Event Stream: `/feed/runs`.

Each round that brought or failed something is a member, a `prov:Activity` with its times, the feed
it read, what came of the members it saw, and why it failed. What is older than the node keeps it is
left out, as the stream's retention policy says; pages that lost some move as those of any feed do
(`federation.feed.edition`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from federation import feed, layout
from federation.feed import Outbox
from federation.page import Kept, Note, Stream
from federation.times import stamp
from nodes.city import City
from nodes.feeds import Rendered, compress, displaced, etag, write
from nodes.journal import Journal, runs
from nodes.journal.runs import Run
from nodes.remembering import Memory
from vocab import lines
from vocab.lines import Iri, Literal
from vocab.terms import CN, PROV, RDF_TYPE, XSD, XSD_DATETIME

COUNTS: Final = ("seen", "new", "changed", "deleted", "known", "refused", "repaired")
"""What a round counts; each is said by the property `cn:{count}Count`."""

_PAGES_IN_MEMORY: Final = 64
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

    def lost(self, first: int, end: int) -> int:
        """Count the runs from index `first` up to `end` that are kept no longer."""
        return max(0, min(end, self.gone) - first)

    def kept_before(self, index: int) -> int:
        """Return the index of the last run before `index` that is kept, or -1."""
        return index - 1 if index > self.gone else -1


@dataclass(kw_only=True)
class Runs:
    """The stream of runs as bytes, of `days` days. All methods block."""

    journal: Journal
    city: City
    interval: int
    days: int
    page: int = layout.PAGE
    _pages: Memory[Rendered] = field(default_factory=lambda: Memory(most=_PAGES_IN_MEMORY))

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
            kept=Kept(log=self.days),
        )

    def render(self, path: str, syntax: str, encoding: str) -> Rendered | None:
        """Give the root (`""`) or a page below it; None where there is none."""
        gone, end = runs.extent(self.journal)
        outbox = RunOutbox(journal=self.journal, base=self.city.base, gone=gone, end=end)
        stream, node = self.stream(), None
        if path:
            if (node := feed.node_at(path, self.page)) is None or not layout.exists(node, end):
                return None
            if elsewhere := displaced(stream, outbox, end, path):
                return elsewhere
        asked = (path, syntax, encoding)
        found = self._pages.recall((gone, end), asked)
        if found is None:
            page = (
                feed.root_page(stream, outbox, end, None)
                if node is None
                else feed.node_page(stream, outbox, end, node)
            )
            body = compress(write(page, syntax), encoding)
            found = Rendered(body=body, etag=etag(body, syntax, encoding), sealed=page.sealed)
            self._pages.keep((gone, end), asked, found, len(body))
        return found


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
    for count in COUNTS:
        number = Literal(str(getattr(done, count)), XSD + "integer")
        yield lines.line(name, f"{CN}{count}Count", number)
    for term, words in (("failure", done.failure), ("difference", done.differs)):
        if words is not None:
            yield lines.line(name, CN + term, Literal(_public(words), language="en"))


def _public(words: str) -> str:
    """Leave out what stands in addresses before the host and after the path: it may be a secret."""
    return _SECRET.sub(r"\1\2", words)
