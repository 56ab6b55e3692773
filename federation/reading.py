"""Reading a page: lines of N-Quads in, members and relations out.

This is text work on bytes that a stranger sent. It runs in a worker process, makes one pass, keeps
to the `Limits`, and never needs a graph library: a line either has the form of N-Quads or the page
is refused. Pages in other syntaxes are first turned into such lines by `federation.foreign`.

A member that does not hold together is not dropped: it comes out with a `defect`, a sentence for
the officer, and its own lines, so that it can be looked at and released.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain, pairwise
from typing import Final

from federation.errors import PageUnreadable
from federation.head import Head
from federation.limits import Limits
from federation.member import Kind, Member, Proof
from federation.signing import CRYPTOSUITE
from federation.times import stamp
from vocab import lines
from vocab.errors import NotCanonical, VocabError
from vocab.lines import Iri, Literal
from vocab.terms import AS, CN, DCTERMS, LDES, RDF_TYPE, SEC, TREE, XSD_DATETIME

_NODE: Final = r"(?:<[^\x00-\x20<>\"]*+>|_:[A-Za-z0-9_.\-]++)"
_LINE: Final = re.compile(
    rf"({_NODE}) (<[^\x00-\x20<>\"]*+>) "
    rf"({_NODE}|\"(?:[^\"\\\n\r]++|\\.)*+\"(?:@[A-Za-z0-9\-]++|\^\^<[^\x00-\x20<>\"]*+>)?+)"
    rf"(?: ({_NODE}))?+ \."
)
_TIME: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+\-]\d\d:\d\d)", re.ASCII
)
_IRI_CHARS: Final = 2_000
_PROOF_LINES: Final = 6
_KEPT_CHARS: Final = 64_000
_NAME: Final = re.compile(r"feed/([1-9]\d{0,17})-[0-9a-f]{8}", re.ASCII)

Statements = Mapping[str, Sequence[tuple[str, str]]]


@dataclass(frozen=True, kw_only=True)
class Carried:
    """A member as a page carried it: `member` when it holds together, else a `defect`.

    `quads` are the lines of a member with a defect, as far as a person would read them.
    `published` and `received` are the times it bears, whatever else is wrong with it.
    """

    iri: str
    quads: str = ""
    member: Member | None = None
    published: str | None = None
    received: str | None = None
    defect: str | None = None


@dataclass(frozen=True, kw_only=True)
class Relation:
    """Where a page leads, and the times to be found there: lower <= t < upper."""

    node: str
    lower: str | None = None
    upper: str | None = None


@dataclass(frozen=True, kw_only=True)
class ReadPage:
    """What a page says, in its order."""

    url: str
    stream: str | None = None
    views: tuple[str, ...] = ()
    path: str | None = None
    interval: int | None = None
    immutable: bool = False
    head: Head | None = None
    relations: tuple[Relation, ...] = ()
    carried: tuple[Carried, ...] = ()


def read_page(text: str, url: str, limits: Limits) -> ReadPage:
    """Read a page of N-Quads lines; raises PageUnreadable when it has not that form."""
    rows = [row for row in text.split("\n") if row]
    default: dict[str, list[tuple[str, str]]] = {}
    graphs: dict[str, list[str]] = {}
    for number, row in enumerate(rows, start=1):
        match = _LINE.fullmatch(row)
        if match is None:
            raise PageUnreadable(f"{url}: line {number} is not N-Quads: {row[:120]!r}")
        subject, predicate, value, graph = match.groups()
        if graph is None:
            default.setdefault(subject, []).append((predicate[1:-1], value))
        else:
            graphs.setdefault(graph, []).append(f"{subject} {predicate} {value} .")
    members = [
        value
        for said in default.values()
        for predicate, value in said
        if predicate == TREE + "member"
    ]
    if len(members) > limits.members_per_page:
        raise PageUnreadable(f"{url}: {len(members)} members on one page")
    carried = (
        _carried(name, default, graphs.get(name, []), limits) for name in dict.fromkeys(members)
    )
    return replace(
        _about(url, default),
        carried=tuple(carried),
        relations=_relations(url, default, limits),
        head=_head(default),
    )


def sequence_of(iri: str, origin: str) -> int | None:
    """Read a member's number out of its IRI, or None when it is not one of that origin."""
    match = _NAME.fullmatch(iri.removeprefix(origin)) if iri.startswith(origin) else None
    return int(match[1]) if match else None


def weight(iri: str, rows: Sequence[str]) -> int:
    """Count the bytes that the record of a member takes on a page."""
    return sum(len(row.encode()) for row in rows) + len(rows) * (len(iri.encode()) + 4)


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
        stream=_iri(stream),
        views=tuple(filter(None, (_iri(view) for view in streams.values()))),
        path=_iri(_one(said, LDES + "timestampPath")),
        interval=_number(_one(said, LDES + "pollingInterval")),
        immutable=(LDES + "immutable") in {each for each, _ in default.get(f"<{url}>", ())},
    )


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
        node = _iri(_one(said, TREE + "node"))
        if node is None:
            raise PageUnreadable(f"{url}: a relation without exactly one tree:node")
        if len(node) > _IRI_CHARS:
            raise PageUnreadable(f"{url}: a relation to an address of {len(node)} characters")
        kind, value = _iri(_one(said, RDF_TYPE)), _time(_one(said, TREE + "value"))
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
        iri, actor = _iri(subject), _iri(_one(said, AS + "actor"))
        count, published = _number(_one(said, CN + "memberCount")), _one(said, AS + "published")
        if iri is None or actor is None or count is None or _time(published) is None:
            return None
        return Head(
            feed=iri.removesuffix("#head"),
            actor=actor,
            count=count,
            published=_value(published) or "",
            last=_value(_one(said, CN + "lastDigest")),
            proof=_proof(default, _one(said, SEC + "proof")),
        )
    return None


def _carried(name: str, default: Statements, payload: Sequence[str], limits: Limits) -> Carried:
    iri, said = _iri(name), default.get(name, ())
    bare = Carried(
        iri=(iri or name)[:_IRI_CHARS],
        published=_time(_one(said, AS + "published")),
        received=_time(_one(said, CN + "received")),
    )
    try:
        if iri is None or len(iri) > _IRI_CHARS:
            raise ValueError("the member has no IRI of its own, or one that is far too long")
        proof = _proof(default, _one(said, SEC + "proof"))
        return replace(bare, member=_member(iri, said, payload, proof, limits))
    except (VocabError, ValueError) as error:
        return replace(bare, defect=str(error), quads=_shown(name, default, payload))


def _shown(name: str, default: Statements, payload: Sequence[str]) -> str:
    """Write the lines of a member for a person to look at, up to a length."""
    said = default.get(name, ())
    label = _one(said, SEC + "proof")
    proof = default.get(label, ())[:_PROOF_LINES] if label is not None else ()
    found = chain(
        (f"{name} <{predicate}> {value} ." for predicate, value in said),
        (f"{label} <{predicate}> {value} ." for predicate, value in proof),
        (f"{row[:-1]}{name} ." for row in payload),
    )
    kept: list[str] = []
    room = _KEPT_CHARS
    for row in found:
        kept.append(row[:room])
        room -= len(row) + 1
        if room <= 0:
            break
    return "".join(f"{row}\n" for row in kept)


def _member(
    iri: str,
    said: Sequence[tuple[str, str]],
    payload: Sequence[str],
    proof: Proof | None,
    limits: Limits,
) -> Member:
    known = {RDF_TYPE, AS + "published", AS + "object", AS + "actor", CN + "previous"}
    for predicate, _ in said:
        if predicate not in known and predicate not in (SEC + "proof", CN + "received"):
            raise ValueError(f"the activity says something unknown: {predicate[:200]}")
    rows = _record(iri, payload, limits)
    kind, published = _required(said, RDF_TYPE), _required(said, AS + "published")
    target, actor = _iri(_required(said, AS + "object")), _iri(_required(said, AS + "actor"))
    if not kind.startswith(f"<{AS}") or kind[len(AS) + 1 : -1] not in set(Kind):
        raise ValueError(f"the activity is no Create, Update or Delete: {kind[:200]}")
    if _time(published) is None or _time(published) != _value(published):
        raise ValueError(f"as:published is no UTC time to the microsecond: {published[:80]}")
    if target is None or actor is None or not actor.endswith("#node"):
        raise ValueError("as:object and as:actor must be IRIs, the actor one that ends in #node")
    for each in (iri, target, actor):
        lines.iri(each)
        if len(each) > _IRI_CHARS:
            raise ValueError(f"an IRI of {len(each)} characters: {each[:80]}")
    sequence = sequence_of(iri, actor.removesuffix("#node"))
    if sequence is None:
        raise ValueError(f"the member's IRI is not one of its actor's feed: {iri[:200]}")
    previous = [value for predicate, value in said if predicate == CN + "previous"]
    if len(previous) > 1 or any(_value(each) is None for each in previous):
        raise ValueError("cn:previous is no text, or stands more than once")
    return Member(
        iri=iri,
        sequence=sequence,
        kind=Kind(kind[len(AS) + 1 : -1]),
        object=target,
        actor=actor,
        published=_time(published) or "",
        previous=_value(previous[0]) if previous else None,
        payload="".join(f"{row}\n" for row in rows).encode(),
        proof=proof,
    )


def _record(iri: str, payload: Sequence[str], limits: Limits) -> list[str]:
    """Order the lines of a record, each of which must be canonical and none too much."""
    if len(payload) > limits.quads_per_member:
        raise ValueError(f"{len(payload)} statements; the limit is {limits.quads_per_member}")
    if weight(iri, payload) > limits.member_bytes:
        raise ValueError(f"the record takes more than {limits.member_bytes} bytes of a page")
    rows = sorted(payload)
    if any(first == second for first, second in pairwise(rows)):
        raise ValueError("a statement stands twice")
    for row in rows:
        if len(row) > limits.literal_chars:
            raise ValueError(f"a text is longer than {limits.literal_chars} characters")
        lines.check_triple(row)
    return rows


def _proof(default: Statements, label: str | None) -> Proof | None:
    said = default.get(label, ()) if label else ()
    if len(said) != _PROOF_LINES:
        return None
    suite = _value(_one(said, SEC + "cryptosuite"))
    purpose = _iri(_one(said, SEC + "proofPurpose"))
    method = _iri(_one(said, SEC + "verificationMethod"))
    created = _value(_one(said, DCTERMS + "created"))
    value = _value(_one(said, SEC + "proofValue"))
    if suite != CRYPTOSUITE or purpose != SEC + "assertionMethod":
        return None
    if method is None or created is None or value is None:
        return None
    return Proof(created=created, method=method, value=value)


def _one(said: Iterable[tuple[str, str]], predicate: str) -> str | None:
    found = [value for each, value in said if each == predicate]
    return found[0] if len(found) == 1 else None


def _required(said: Iterable[tuple[str, str]], predicate: str) -> str:
    value = _one(said, predicate)
    if value is None:
        raise ValueError(f"the activity needs exactly one {predicate}")
    return value


def _iri(text: str | None) -> str | None:
    return text[1:-1] if text is not None and text.startswith("<") else None


def _value(text: str | None) -> str | None:
    if text is None or not text.startswith('"'):
        return None
    try:
        said = lines.parse_term(text)
    except NotCanonical:
        return None
    return said.value if isinstance(said, Literal | Iri) else None


def _time(text: str | None) -> str | None:
    """Read an xsd:dateTime with a timezone, as UTC to the microsecond: sorts as text."""
    if text is None or not text.endswith(f"^^<{XSD_DATETIME}>"):
        return None
    value = _value(text)
    if value is None or not _TIME.fullmatch(value):
        return None
    try:
        moment = datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return stamp(moment)


def _number(text: str | None) -> int | None:
    value = _value(text)
    if value is None or len(value) > 15 or not value.isascii() or not value.isdigit():
        return None
    return int(value)
