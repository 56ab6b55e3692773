"""Reading one page of a foreign feed. Everything that touches a stranger's bytes.

This is what a worker process does with a page, knowing neither the journal nor the network: parse,
find the root's description, cut out the members, tell what each does to which entity, write its
record as ours, and validate it. A member that does not hold together comes out with a `defect`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from federation.errors import PageUnreadable
from federation.examining import faults
from federation.foreign import to_nquads
from federation.ldes import members
from federation.ldes.dataset import Dataset, Statement, literal, moment, read_dataset
from federation.ldes.origins import document, secured
from federation.ldes.paths import Path, follow, step
from federation.ldes.records import Versions, payload, record_node
from federation.ldes.relations import Lead, read_relations
from federation.ldes.roots import View, stream_of
from federation.ldes.stream import Act, Stream, read_stream
from federation.limits import Limits
from federation.member import Kind
from federation.statements import iri_of
from vocab import lines
from vocab.errors import VocabError
from vocab.terms import AS, LDES, RDF_TYPE, TREE, XSD

_IRI_CHARS: Final = 2_000
_SHOWN_CHARS: Final = 16_000
_REASON_CHARS: Final = 1_000
_MOST: Final = 20
_SHOWN: Final = 3
_ACTS: Final = {f"<{AS}{kind}>": kind for kind in Kind} | {f"<{AS}Remove>": Kind.DELETE}

Order = tuple[str, str]
"""When a version was made, and its place among those made at once; compared as text."""


@dataclass(frozen=True, kw_only=True)
class Heard:
    """A member of a foreign feed.

    `stamp` is the time by which the stream is ordered, `order` what tells versions of one entity
    apart, where anything does. `payload` is the record, empty for a deletion and for what is `no
    record` of the model. `defect` is a sentence, `quads` what a person may look at then.
    """

    iri: str
    object: str = ""
    kind: Kind = Kind.UPDATE
    stamp: str | None = None
    order: Order | None = None
    payload: bytes = b""
    digest: str = ""
    is_record: bool = False
    defect: str | None = None
    faults: tuple[str, ...] = ()
    quads: str = ""
    transaction: str | None = None
    final: bool = False


@dataclass(frozen=True, kw_only=True)
class HeardPage:
    """What a page says. `stream` is the description, when this page is the root of one.

    `told` describes streams whose roots are other pages.
    """

    url: str
    views: tuple[View, ...] = ()
    told: tuple[Stream, ...] = ()
    stream: Stream | None = None
    immutable: bool = False
    leads: tuple[Lead, ...] = ()
    members: tuple[Heard, ...] = ()


def hear(
    body: bytes,
    media_type: str,
    url: str,
    asked: str,
    stream: Stream | None,
    *,
    limits: Limits,
    also: Versions | None = None,
) -> HeardPage:
    """Read a page that was found at `url` after asking for `asked`; raises PageUnreadable.

    `also` reads what is described in other words than those of the model.

    Without a `stream` the page must tell of which it is the root; else only its views are read.
    With one nothing else is believed about how it is ordered: what says so is the root alone.
    """
    dataset = read_dataset(to_nquads(body, media_type, url, limits, mend=True), url)
    names = frozenset(_names(document(url), document(asked)))
    views = _views(dataset, url)
    described = stream
    if stream is None and (root := stream_of(views, names)) is not None:
        described = read_stream(dataset, root, document(url))
    found = HeardPage(
        url=url,
        views=views,
        stream=described if stream is None else None,
        immutable=any(_says_immutable(dataset, name) for name in names),
    )
    if described is None:
        told = {each.stream: read_stream(dataset, each.stream, each.node) for each in views[:_MOST]}
        return replace(found, told=tuple(each for each in told.values() if not each.bare))
    try:
        leads = read_relations(dataset, names, described, limits)
    except PageUnreadable as error:
        raise PageUnreadable(f"{url}: {error}") from None
    leads = tuple(replace(each, node=secured(each.node, url)) for each in leads)
    return replace(found, leads=leads, members=_members(dataset, described, url, limits, also))


def _names(*addresses: str) -> Iterator[str]:
    """Give the names of a page: its addresses, also as a host behind a proxy may write them."""
    for each in addresses:
        yield each
        if each.startswith("https:"):
            yield f"http{each.removeprefix('https')}"


def _views(dataset: Dataset, url: str) -> tuple[View, ...]:
    found: list[View] = []
    for subject, said in dataset.default.items():
        stream = iri_of(subject)
        if stream is not None and any(predicate == TREE + "view" for predicate, _ in said):
            nodes = map(iri_of, dataset.values(subject, TREE + "view"))
            found.extend(
                View(stream=stream, node=secured(node, url)) for node in nodes if node is not None
            )
    return tuple(found)


def _says_immutable(dataset: Dataset, name: str) -> bool:
    said = literal(dataset.one(f"<{name}>", LDES + "immutable"))
    return said is not None and said.value in ("true", "1")


def _members(
    dataset: Dataset, stream: Stream, url: str, limits: Limits, also: Versions | None
) -> tuple[Heard, ...]:
    terms = list(dict.fromkeys(dataset.values(f"<{stream.iri}>", TREE + "member")))
    if len(terms) > limits.members_per_page:
        raise PageUnreadable(f"{url}: {len(terms)} members on one page")
    heard = [_member(dataset, term, stream, limits, also) for term in terms]
    found = faults([(each.iri, each.object, each.payload) for each in heard if each.payload])
    return tuple(
        replace(each, faults=found[each.iri]) if each.iri in found else each for each in heard
    )


def _member(
    dataset: Dataset, term: str, stream: Stream, limits: Limits, also: Versions | None
) -> Heard:
    name = iri_of(term)
    if name is None or len(name) > _IRI_CHARS:
        return Heard(iri=term[:_IRI_CHARS], defect="the member has no IRI, or one too long")
    bare = Heard(iri=name)
    said: list[Statement] = []
    try:
        lines.iri(name)
        said = members.statements(dataset, name, limits)
        bare = replace(bare, stamp=_stamp(stream, name, said))
        said = members.named(said, name, limits)
        bare = _facts(bare, said, stream)
        lines.iri(bare.object)
        if bare.kind is Kind.DELETE:
            return bare
        written = _written(bare, said, also)
        if written is None:
            return bare
        if len(written) > limits.member_bytes:
            raise ValueError(f"the record takes more than {limits.member_bytes} bytes")
        return replace(bare, is_record=True, payload=written)
    except (VocabError, ValueError) as error:
        shown = "\n".join(" ".join((s, f"<{p}>", o, ".")) for s, p, o in said)
        return replace(bare, defect=str(error)[:_REASON_CHARS], quads=shown[:_SHOWN_CHARS])


def _written(bare: Heard, said: Sequence[Statement], also: Versions | None) -> bytes | None:
    """Write the record that a member is or is a version of; None for what is none."""
    node = record_node(said, bare.object, bare.iri)
    if node is not None:
        return payload(said, node, bare.object, bare.stamp)
    return None if also is None else also(said, bare.object, bare.iri, bare.stamp)


def _stamp(stream: Stream, name: str, said: Sequence[Statement]) -> str | None:
    """Read the time by which the stream orders the member; raises ValueError when it has none."""
    if stream.timestamp is None:
        return None
    return _time(stream.timestamp, name, said)


def _facts(bare: Heard, said: Sequence[Statement], stream: Stream) -> Heard:
    start = f"<{bare.iri}>"
    transaction = _values(stream.transaction, start, said)
    return replace(
        bare,
        digest=members.fingerprint(said),
        object=_entity(stream, bare.iri, said),
        kind=_kind(stream, start, said),
        order=_order(stream, bare, said),
        transaction=transaction[0] if len(transaction) == 1 else None,
        final=_does(stream.finalized, start, said),
    )


def _entity(stream: Stream, name: str, said: Sequence[Statement]) -> str:
    """Tell of what the member is a version: itself, in a stream that does not say."""
    start = f"<{name}>"
    if stream.version_of is not None:
        found = _values(stream.version_of, start, said)
    elif any(value in _ACTS for value in follow(step(RDF_TYPE), start, said)):
        found = follow(step(AS + "object"), start, said) or [start]
    else:
        found = [start]
    entity = iri_of(found[0]) if len(found) == 1 else None
    if entity is None:
        raise ValueError(f"it is a version of {len(found)} things, not of exactly one IRI")
    if len(entity) > _IRI_CHARS:
        raise ValueError(f"it is a version of an IRI of {len(entity)} characters")
    return entity


def _kind(stream: Stream, start: str, said: Sequence[Statement]) -> Kind:
    """Tell what the member does; a missing type is an upsert (DCAT-AP Feeds)."""
    declared = ((stream.delete, Kind.DELETE), (stream.update, Kind.UPDATE))
    for act, kind in (*declared, (stream.create, Kind.CREATE)):
        if _does(act, start, said):
            return kind
    if stream.delete is None and stream.version_of in (None, step(AS + "object")):
        for value in follow(step(RDF_TYPE), start, said):
            if value in _ACTS:
                return _ACTS[value]
    return Kind.UPDATE


def _order(stream: Stream, bare: Heard, said: Sequence[Statement]) -> Order | None:
    """Tell when the version was made; by its place in the stream where nothing else says so."""
    if not stream.versioned:
        return None
    start = f"<{bare.iri}>"
    time = bare.stamp or ""
    if stream.version_timestamp is not None:
        time = _time(stream.version_timestamp, bare.iri, said)
    path = stream.version_sequence or (
        stream.sequence if stream.version_timestamp is None else None
    )
    places = _values(path, start, said)
    return time, _sortable(places[0]) if places else ""


def _time(path: Path, name: str, said: Sequence[Statement]) -> str:
    found = follow(path, f"<{name}>", said)
    time = moment(found[0]) if len(found) == 1 else None
    if time is None:
        shown = ", ".join(each[:100] for each in sorted(found)[:_SHOWN]) or "none"
        raise ValueError(
            "it does not bear exactly one time (xsd:dateTime) where the stream says it does: "
            f"{shown}"
        )
    return time


def _sortable(term: str) -> str:
    """Write a place in a sequence so that places sort as text: numbers before words."""
    said = literal(term)
    if said is None:
        return f"2{term}"
    digits = said.value.strip().lstrip("+")
    if said.datatype.startswith(XSD) and digits.lstrip("-").isdecimal() and digits.isascii():
        size = len(digits.lstrip("-").lstrip("0"))
        if not digits.startswith("-"):
            return f"1{size:05d}{digits.lstrip('0')}"
        turned = digits[1:].lstrip("0").translate(str.maketrans("0123456789", "9876543210"))
        return f"0{99_999 - size:05d}{turned}"
    return f"2{moment(term) or said.value}"


def _values(path: Path | None, start: str, said: Sequence[Statement]) -> list[str]:
    return [] if path is None else follow(path, start, said)


def _does(act: Act | None, start: str, said: Sequence[Statement]) -> bool:
    if act is None:
        return False
    return act.object in follow(act.path, start, said)
