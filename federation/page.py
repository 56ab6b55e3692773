"""A page of a feed as text: N-Quads and TriG in the order of the TREE profile, Turtle, N-Triples.

Hypermedia comes first and once; then one block for each member, opened by its `tree:member`
statement, in the order of publication. All of it is written from canonical lines, so a page costs
one pass over text. JSON-LD is made from the N-Quads in `federation.foreign`.

Sources: TREE (W3C CG), TREE profile, LDES 1.0, and ../docs/decisions for what is ours.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from federation import digests, signing
from federation import gap as gapping
from federation import head as heads
from federation.digests import LiveSet
from federation.gap import Gap
from federation.head import Head
from federation.layout import PAGE, Node
from federation.member import Member, Proof, activity, deed
from vocab import lines
from vocab.lines import Iri, Literal
from vocab.terms import AS, CN, DCTERMS, LDES, RDF_TYPE, SEC, TREE, XSD, XSD_DATETIME

_PROOF: Final = lines.iri(SEC + "proof")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A member as a stream carries it; `received` is the relay's own time, None at the origin."""

    member: Member
    received: str | None = None

    @property
    def stamp(self) -> str:
        """The time by which the stream is ordered."""
        return self.member.published if self.received is None else self.received


@dataclass(frozen=True, kw_only=True)
class Note:
    """A member of a stream that is no city's: what it says, in lines, and when."""

    iri: str
    stamp: str
    said: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What a stream keeps: everything for `log` days, then the last version, if it has versions.

    `deletions` is how many days a deletion is kept that no version followed; None is for ever.
    """

    log: int
    deletions: int | None = None


@dataclass(frozen=True, kw_only=True)
class Stream:
    """An event stream. `path` is the property members are ordered by; `interval` is in seconds.

    A sealed page holds `page` members. The activities of a `bare` stream say what was done, to
    what and when, and nothing else. `suffix` ends the address of every page where a plain web
    host serves them, which knows the type of a file by it. Members of a stream without `versions`
    are about nothing that changes.
    """

    iri: str
    root: str
    path: str
    title: str
    shape: str
    interval: int
    page: int = PAGE
    bare: bool = False
    suffix: str = ""
    versions: bool = True
    kept: Kept | None = None

    @property
    def view(self) -> str:
        """The address of the root page."""
        return self.root + self.suffix

    def at(self, node: Node, edition: int = 0) -> str:
        """Give the address of a page or index node in an edition (`federation.feed.edition`)."""
        number = f"-{edition}" if edition else ""
        return f"{self.root}/{node.path}{number}{self.suffix}"


@dataclass(frozen=True, kw_only=True)
class Link:
    """A relation to another page and the times its members lie between: lower <= t < upper."""

    node: str
    lower: str
    upper: str | None


@dataclass(frozen=True, kw_only=True)
class FeedPage:
    """One page. `head` and `live` stand on the root only; `sealed` pages never change.

    `gaps` stand where members stood, or are made by the members here; `count` is how many members
    the stream has up to the end of the page, where some of them are given no longer.
    """

    url: str
    stream: Stream
    links: tuple[Link, ...] = ()
    entries: tuple[Entry | Note, ...] = ()
    sealed: bool = False
    head: Head | None = None
    live: LiveSet | None = None
    gaps: tuple[Gap, ...] = ()
    count: int | None = None


def nquads(page: FeedPage) -> str:
    """Write a page as N-Quads, hypermedia first."""
    parts = list(_hypermedia(page))
    for number, entry in enumerate(page.entries, start=1):
        parts.extend(_about(page.stream, entry, number))
        if isinstance(entry, Entry):
            graph = f"{lines.iri(entry.member.iri)} ."
            parts.extend(f"{row[:-1]}{graph}" for row in lines.rows(entry.member.payload))
    return _text(parts)


def trig(page: FeedPage) -> str:
    """Write a page as TriG: the lines of N-Quads, with each record in its graph block."""
    parts = list(_hypermedia(page))
    for number, entry in enumerate(page.entries, start=1):
        parts.extend(_about(page.stream, entry, number))
        if isinstance(entry, Entry) and entry.member.payload:
            rows = "\n".join(f"  {row}" for row in lines.rows(entry.member.payload))
            parts.append(f"{lines.iri(entry.member.iri)} {{\n{rows}\n}}")
    return _text(parts)


def ntriples(page: FeedPage) -> str:
    """Write the default graph alone: hypermedia and activities. This is Turtle as well."""
    parts = list(_hypermedia(page))
    for number, entry in enumerate(page.entries, start=1):
        parts.extend(_about(page.stream, entry, number))
    return _text(parts)


def live_nquads(live: LiveSet) -> str:
    """Write a digest of a live set with its proof; this is Turtle as well."""
    return _text(list(_live(live)))


def _live(live: LiveSet) -> Iterator[str]:
    yield from digests.statements(live)
    if live.proof is not None:
        yield from proof_lines(live.iri, live.proof, "_:d")


def member_nquads(entry: Entry) -> str:
    """Write one member with its proof, as a page would carry it, without hypermedia."""
    graph = f"{lines.iri(entry.member.iri)} ."
    rows = (f"{row[:-1]}{graph}" for row in lines.rows(entry.member.payload))
    return _text([*_said(entry, 1), *rows])


def proof_lines(subject: str, proof: Proof, label: str) -> Iterator[str]:
    """Write a proof as a blank node, which extraction of a member brings along (LDES 1.0)."""
    yield f"{lines.iri(subject)} {_PROOF} {label} ."
    for predicate, value in signing.statements(proof):
        yield f"{label} {lines.iri(predicate)} {lines.term(value)} ."


def _about(stream: Stream, entry: Entry | Note, number: int) -> Iterator[str]:
    if isinstance(entry, Note):
        yield lines.line(stream.iri, TREE + "member", Iri(entry.iri))
        yield from entry.said
        return
    yield lines.line(stream.iri, TREE + "member", Iri(entry.member.iri))
    yield from deed(entry.member) if stream.bare else _said(entry, number)


def _said(entry: Entry, number: int) -> Iterator[str]:
    member = entry.member
    yield from activity(member)
    if entry.received is not None:
        yield lines.line(member.iri, CN + "received", Literal(entry.received, XSD_DATETIME))
    if member.proof is not None:
        yield from proof_lines(member.iri, member.proof, f"_:p{number}")


def _hypermedia(page: FeedPage) -> Iterator[str]:
    stream = page.stream
    yield lines.line(stream.iri, RDF_TYPE, Iri(LDES + "EventStream"))
    yield lines.line(stream.iri, TREE + "view", Iri(stream.view))
    yield lines.line(page.url, RDF_TYPE, Iri(TREE + "Node"))
    if page.url == stream.view:
        yield from _description(stream)
        if stream.kept is not None:
            yield from _retention(stream, stream.kept)
    if page.sealed:
        yield lines.line(page.url, LDES + "immutable", Literal("true", XSD + "boolean"))
    if page.head is not None:
        yield from heads.statements(page.head)
        if page.head.proof is not None:
            yield from proof_lines(page.head.iri, page.head.proof, "_:h")
    if page.live is not None:
        yield from _live(page.live)
    if page.count is not None:
        yield lines.line(page.url, CN + "memberCount", Literal(str(page.count), XSD + "integer"))
    for number, gap in enumerate(page.gaps, start=1):
        yield lines.line(stream.iri, CN + "gap", Iri(gap.iri))
        yield from gapping.statements(gap)
        if gap.proof is not None:
            yield from proof_lines(gap.iri, gap.proof, f"_:g{number}")
    bounds = 0
    for link in page.links:
        for kind, value in (
            ("GreaterThanOrEqualToRelation", link.lower),
            ("LessThanRelation", link.upper),
        ):
            if value is not None:
                bounds += 1
                yield from _relation(page, f"_:r{bounds}", link.node, kind, value)


def _relation(page: FeedPage, label: str, node: str, kind: str, value: str) -> Iterator[str]:
    yield f"{lines.iri(page.url)} {lines.iri(TREE + 'relation')} {label} ."
    for predicate, said in (
        (RDF_TYPE, Iri(TREE + kind)),
        (TREE + "node", Iri(node)),
        (TREE + "path", Iri(page.stream.path)),
        (TREE + "value", Literal(value, XSD_DATETIME)),
    ):
        yield f"{label} {lines.iri(predicate)} {lines.term(said)} ."


def _retention(stream: Stream, kept: Kept) -> Iterator[str]:
    """Declare what is kept, in the terms of LDES 1.0."""
    policy = f"{stream.root}#retention"
    yield lines.line(stream.view, LDES + "retentionPolicy", Iri(policy))
    yield lines.line(policy, RDF_TYPE, Iri(LDES + "RetentionPolicy"))
    yield lines.line(policy, LDES + "fullLogDuration", _days(kept.log))
    if stream.versions:
        yield lines.line(policy, LDES + "versionAmount", Literal("1", XSD + "integer"))
    if kept.deletions is not None:
        days = max(kept.log, kept.deletions)
        yield lines.line(policy, LDES + "versionDeleteDuration", _days(days))


def _days(number: int) -> Literal:
    return Literal(f"P{number}D", XSD + "duration")


def _description(stream: Stream) -> Iterator[str]:
    about: list[tuple[str, lines.Object]] = [
        (DCTERMS + "title", Literal(stream.title, language="en")),
        (LDES + "timestampPath", Iri(stream.path)),
        (LDES + "pollingInterval", Literal(str(stream.interval), XSD + "integer")),
        (TREE + "shape", Iri(stream.shape)),
    ]
    if stream.versions:
        about.append((LDES + "versionOfPath", Iri(AS + "object")))
        kinds = ("Create", "Update", "Delete")
        about.extend((LDES + f"version{kind}Object", Iri(AS + kind)) for kind in kinds)
    if stream.versions and stream.path != AS + "published":
        about.append((LDES + "versionTimestampPath", Iri(AS + "published")))
    for predicate, value in about:
        yield lines.line(stream.iri, predicate, value)


def _text(parts: list[str]) -> str:
    return "".join(f"{part}\n" for part in parts)
