"""Reading a page: lines of N-Quads in, members and relations out.

This is text work on bytes that a stranger sent. It runs in a worker process, makes one pass, keeps
to the `Limits`, and never needs a graph library: a line either has the form of N-Quads or the page
is refused. Pages in other syntaxes are first turned into such lines by `federation.foreign`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from federation.carrying import IRI_CHARS, Carried, proof_of, read_member
from federation.digests import BUCKETS, Listed, LiveSet, Sum
from federation.errors import PageUnreadable
from federation.gap import Gap, read_gaps
from federation.head import Head
from federation.limits import Limits
from federation.statements import Statements, iri_of, number_of, only, time_of, value_of, word_of
from vocab import lines
from vocab.terms import AS, CN, LDES, RDF_TYPE, SEC, TREE

_LISTED: Final = 20_000
_SUM: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_NODE: Final = r"(?:<[^\x00-\x20<>\"]*+>|_:[A-Za-z0-9_.\-]++)"
_LINE: Final = re.compile(
    rf"({_NODE}) (<[^\x00-\x20<>\"]*+>) "
    rf"({_NODE}|\"(?:[^\"\\\n\r]++|\\.)*+\"(?:@[A-Za-z0-9\-]++|\^\^<[^\x00-\x20<>\"]*+>)?+)"
    rf"(?: ({_NODE}))?+ \."
)
_RUN: Final = re.compile(r"^[^\n]* (<[^\x00-\x20<>\"]*+>) \.\n(?:[^\n]* \1 \.\n)++", re.MULTILINE)
"""Lines one after the other that end with the same IRI: most often all of one graph."""


@dataclass(frozen=True, kw_only=True)
class Relation:
    """Where a page leads, and the times to be found there: lower <= t < upper."""

    node: str
    lower: str | None = None
    upper: str | None = None


@dataclass(frozen=True, kw_only=True)
class ReadPage:
    """What a page says, in its order.

    `gaps` stand where members stood; `count` is how many members the stream has up to the end of
    this page, those given up among them, where the page says so.
    """

    url: str
    stream: str | None = None
    views: tuple[str, ...] = ()
    path: str | None = None
    interval: int | None = None
    immutable: bool = False
    head: Head | None = None
    live: LiveSet | None = None
    relations: tuple[Relation, ...] = ()
    carried: tuple[Carried, ...] = ()
    gaps: tuple[Gap, ...] = ()
    count: int | None = None


def read_page(text: str, url: str, limits: Limits) -> ReadPage:
    """Read a page of N-Quads lines; raises PageUnreadable when it has not that form."""
    records, rest = _records(text)
    default, graphs = _sorted_out(rest, text, url)
    if not records.keys().isdisjoint(graphs):  # lines of a record stand elsewhere too
        records, (default, graphs) = {}, _sorted_out(text, text, url)
    members = [
        value
        for said in default.values()
        for predicate, value in said
        if predicate == TREE + "member"
    ]
    if len(members) > limits.members_per_page:
        raise PageUnreadable(f"{url}: {len(members)} members on one page")
    carried = (
        read_member(name, default, records.get(name) or graphs.get(name, []), limits)
        for name in dict.fromkeys(members)
    )
    return replace(
        _about(url, default),
        carried=tuple(carried),
        relations=_relations(url, default, limits),
        head=_head(default),
        gaps=_gaps(url, default, limits),
        live=_live(url, default),
    )


def _records(text: str) -> tuple[dict[str, bytes], str]:
    """Take out whole records that stand as they are to be kept; return the rest of the page too.

    So it is with most of what a page says, and their lines need not be looked at one by one.
    """
    found: dict[str, bytes] = {}
    rest: list[str] = []
    end = 0
    for run in _RUN.finditer(text):
        graph = run[1]
        record = run[0].replace(f" {graph} .\n", " .\n").encode(errors="surrogatepass")
        if graph not in found and lines.is_canonical(record):
            found[graph] = record
            rest.append(text[end : run.start()])
            end = run.end()
    rest.append(text[end:])
    return found, "".join(rest)


def _sorted_out(
    rest: str, text: str, url: str
) -> tuple[dict[str, list[tuple[str, str]]], dict[str, list[str]]]:
    """Sort lines by what they are about, or by their graph; raises PageUnreadable."""
    default: dict[str, list[tuple[str, str]]] = {}
    graphs: dict[str, list[str]] = {}
    for row in rest.split("\n"):
        match = _LINE.fullmatch(row)
        if match is None:
            if not row:
                continue
            number = [each for each in text.split("\n") if each].index(row) + 1
            raise PageUnreadable(f"{url}: line {number} is not N-Quads: {row[:120]!r}")
        subject, predicate, value, graph = match.groups()
        if graph is None:
            default.setdefault(subject, []).append((predicate[1:-1], value))
        else:
            graphs.setdefault(graph, []).append(f"{subject} {predicate} {value} .")
    return default, graphs


def _about(url: str, default: Statements) -> ReadPage:
    streams = {
        subject: value
        for subject, said in default.items()
        for predicate, value in said
        if predicate == TREE + "view"
    }
    stream = next(iter(streams), None)
    said = default.get(stream, ()) if stream else ()
    return ReadPage(
        url=url,
        stream=iri_of(stream),
        views=tuple(filter(None, (iri_of(view) for view in streams.values()))),
        path=iri_of(only(said, LDES + "timestampPath")),
        interval=number_of(only(said, LDES + "pollingInterval")),
        count=number_of(only(default.get(f"<{url}>", ()), CN + "memberCount")),
        immutable=(LDES + "immutable") in {each for each, _ in default.get(f"<{url}>", ())},
    )


def _gaps(url: str, default: Statements, limits: Limits) -> tuple[Gap, ...]:
    found = read_gaps(default)
    if len(found) > limits.members_per_page:
        raise PageUnreadable(f"{url}: {len(found)} gaps on one page")
    return found


def _relations(url: str, default: Statements, limits: Limits) -> tuple[Relation, ...]:
    found: dict[str, Relation] = {}
    count = 0
    for predicate, label in default.get(f"<{url}>", ()):
        if predicate != TREE + "relation":
            continue
        count += 1
        if count > 2 * limits.relations_per_page:
            raise PageUnreadable(f"{url}: too many relations on one page")
        said = default.get(label, ())
        node = iri_of(only(said, TREE + "node"))
        if node is None:
            raise PageUnreadable(f"{url}: a relation without exactly one tree:node")
        if len(node) > IRI_CHARS:
            raise PageUnreadable(f"{url}: a relation to an address of {len(node)} characters")
        kind, value = iri_of(only(said, RDF_TYPE)), time_of(only(said, TREE + "value"))
        old = found.get(node, Relation(node=node))
        lower, upper = old.lower, old.upper
        if kind in (TREE + "GreaterThanOrEqualToRelation", TREE + "GreaterThanRelation"):
            lower = max(filter(None, (lower, value)), default=None)
        elif kind == TREE + "LessThanRelation":
            upper = min(filter(None, (upper, value)), default=None)
        found[node] = Relation(node=node, lower=lower, upper=upper)
    return tuple(found.values())


def _head(default: Statements) -> Head | None:
    for subject, said in default.items():
        if (RDF_TYPE, f"<{CN}Head>") not in said:
            continue
        iri, actor = iri_of(subject), iri_of(only(said, AS + "actor"))
        count, published = number_of(only(said, CN + "memberCount")), only(said, AS + "published")
        if iri is None or actor is None or count is None or time_of(published) is None:
            return None
        return Head(
            feed=iri.removesuffix("#head"),
            actor=actor,
            count=count,
            published=value_of(published) or "",
            last=word_of(only(said, CN + "lastDigest")),
            proof=proof_of(default, only(said, SEC + "proof")),
        )
    return None


def _live(url: str, default: Statements) -> LiveSet | None:
    """Read the statement of a live set that a page makes; None when none holds together."""
    subject = next(
        (each for each, said in default.items() if (RDF_TYPE, f"<{CN}LiveSet>") in said), None
    )
    iri = iri_of(subject)
    if subject is None or iri is None:
        return None
    said = default[subject]
    parts = [value for predicate, value in said if predicate == CN + "bucket"]
    members = [value for predicate, value in said if predicate == CN + "lists"]
    if len(parts) > BUCKETS or len(members) > _LISTED:
        raise PageUnreadable(f"{url}: {len(parts)} buckets and {len(members)} records in a digest")
    actor, size = iri_of(only(said, AS + "actor")), number_of(only(said, CN + "memberCount"))
    published, summed = only(said, AS + "published"), _sum(said)
    buckets = {iri_of(each): _sum(default.get(each, ())) for each in parts}
    listed = [_listed(each, default) for each in members]
    numbers = {f"{iri}/{number}": number for number in range(BUCKETS)} if parts else {}
    if actor is None or size is None or time_of(published) is None or summed is None:
        return None
    return LiveSet(
        iri=iri,
        actor=actor,
        size=size,
        published=value_of(published) or "",
        sum=summed,
        buckets={
            numbers[name]: each
            for name, each in buckets.items()
            if name in numbers and each is not None
        },
        listed=tuple(each for each in listed if each is not None),
        proof=proof_of(default, only(said, SEC + "proof")),
    )


def _sum(said: Sequence[tuple[str, str]]) -> Sum | None:
    count, total = number_of(only(said, CN + "liveCount")), value_of(only(said, CN + "liveSum"))
    if count is None or total is None or not _SUM.fullmatch(total):
        return None
    return Sum(count=count, total=total)


def _listed(name: str, default: Statements) -> Listed | None:
    said = default.get(name, ())
    member, record = iri_of(name), iri_of(only(said, AS + "object"))
    digest = value_of(only(said, CN + "digest"))
    if member is None or record is None or digest is None:
        return None
    if max(len(member), len(record), len(digest)) > IRI_CHARS:
        return None
    return Listed(record=record, member=member, digest=digest)
