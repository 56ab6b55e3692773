"""What a page says, read for the doctor: everything that a clause may ask, and nothing judged.

This is what a worker process does with a stranger's bytes. Blank nodes are welcome; terms stay as
they stand in N-Quads, so that what is wrong with them can be shown.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from federation.doctor.contents import Contents, fingerprint
from federation.doctor.order import disorder
from federation.doctor.shapes import ShapeSeen, read_shapes, unfit
from federation.doctor.terms import Row, iri, read_rows
from federation.errors import PageUnreadable
from federation.foreign import to_nquads
from federation.limits import Limits
from vocab.terms import LDES, RDF_TYPE, TREE

_TERM_CHARS: Final = 4_000
_MOST: Final = 20_000
_SHAPES: Final = 50
_FAULTS: Final = 5

Said = Mapping[str, tuple[str, ...]]
"""Statements about one thing: values by property."""


@dataclass(frozen=True, kw_only=True)
class Paths:
    """By which properties members tell their time, their entity and their deed.

    `shapes` are those that members shall meet, once they are known.
    """

    stamp: str | None = None
    version: str | None = None
    deed: str = RDF_TYPE
    shapes: tuple[ShapeSeen, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RelationSeen:
    """A relation: `on` is the node that has it."""

    on: str
    types: tuple[str, ...]
    nodes: tuple[str, ...]
    paths: tuple[str, ...]
    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PolicySeen:
    """A retention policy: `on` is what has it, `name` its own term."""

    on: str
    name: str
    said: Said


@dataclass(frozen=True, kw_only=True)
class MemberSeen:
    """A member. `content` is a digest of all that is said of it, however blank nodes are called.

    `own` counts the statements about it, `graph` those in the graph it names; `said` are the
    properties in the default graph; `classes` the classes of its entity in its graph. `unfit` says
    where it breaks a shape, and is None while none was known.
    """

    name: str
    of: str
    content: str
    own: int
    graph: int
    said: tuple[str, ...]
    stamps: tuple[str, ...]
    versions: tuple[str, ...]
    deeds: tuple[str, ...]
    classes: tuple[str, ...] = ()
    unfit: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class PageSeen:
    """A page. `views` are pairs of stream and view; `stream` and `node` what is said of each.

    `whole` is a digest of all statements, `plain` of those in the default graph; `disorder` says
    where the TREE profile's order is broken.
    """

    url: str
    views: tuple[tuple[str, str], ...] = ()
    stream: Said = field(default_factory=dict)
    node: Said = field(default_factory=dict)
    relations: tuple[RelationSeen, ...] = ()
    policies: tuple[PolicySeen, ...] = ()
    members: tuple[MemberSeen, ...] = ()
    disorder: tuple[str, ...] = ()
    shapes: tuple[ShapeSeen, ...] = ()
    rows: int = 0
    whole: str = ""
    plain: str = ""


def see(
    body: bytes, media_type: str, url: str, names: Sequence[str], *, paths: Paths, limits: Limits
) -> PageSeen:
    """Read a page that is called by any of `names`; raises PageUnreadable."""
    rows = read_rows(to_nquads(body, media_type, url, limits))
    if rows is None:
        raise PageUnreadable(f"{url}: it holds statements about statements, which no feed has")
    contents = Contents.of(rows)
    here = {f"<{name}>" for name in names}
    views = tuple(
        (_cut(row.subject), _cut(row.value)) for row in rows if row.predicate == TREE + "view"
    )
    stream = _said(contents, next(iter(views), ("", ""))[0], but=TREE + "member")
    own = {name: _said(contents, name, but=TREE + "relation") for name in here}
    found = _paths(stream, paths)
    members = {row.value: row.subject for row in rows if row.predicate == TREE + "member"}
    return PageSeen(
        url=url,
        views=views[:_MOST],
        stream=stream,
        node=_merged(own.values()),
        relations=tuple(_relations(rows, contents)),
        policies=tuple(_policies(rows, contents)),
        members=tuple(
            _member(name, of, contents, found) for name, of in list(members.items())[:_MOST]
        ),
        disorder=tuple(disorder(rows, here, members)),
        shapes=tuple(islice(read_shapes(contents), _SHAPES)),
        rows=len(rows),
        whole=fingerprint(rows),
        plain=fingerprint([row for row in rows if not row.graph]),
    )


def _paths(stream: Said, known: Paths) -> Paths:
    """Take what is not known yet out of a stream's description, where it is a single property."""
    return Paths(
        stamp=known.stamp or _property(stream, "timestampPath"),
        version=known.version or _property(stream, "versionOfPath"),
        deed=_property(stream, "versionCreatePath") or known.deed,
        shapes=known.shapes,
    )


def _property(stream: Said, name: str) -> str | None:
    said = stream.get(LDES + name, ())
    return iri(said[0]) if len(said) == 1 else None


def _relations(rows: Iterable[Row], contents: Contents) -> Iterable[RelationSeen]:
    for row in rows:
        if row.predicate == TREE + "relation":
            about = _said(contents, row.value)
            yield RelationSeen(
                on=_cut(row.subject),
                types=about.get(RDF_TYPE, ()),
                nodes=about.get(TREE + "node", ()),
                paths=about.get(TREE + "path", ()),
                values=about.get(TREE + "value", ()),
            )


def _policies(rows: Iterable[Row], contents: Contents) -> Iterable[PolicySeen]:
    for row in rows:
        if row.predicate == LDES + "retentionPolicy":
            yield PolicySeen(
                on=_cut(row.subject), name=_cut(row.value), said=_said(contents, row.value)
            )


def _member(name: str, of: str, contents: Contents, paths: Paths) -> MemberSeen:
    star, graph, all_rows = contents.member(name)
    about = [*star, *(row for row in graph if row.subject == name)]
    versions = _values(about, paths.version)
    classes: dict[str, list[str]] = {}
    for row in graph:
        if row.predicate == RDF_TYPE:
            classes.setdefault(row.subject, []).append(_cut(row.value))
    return MemberSeen(
        name=_cut(name),
        of=_cut(of),
        content=fingerprint(all_rows),
        own=len(all_rows),
        graph=len(graph),
        said=tuple(sorted({_cut(row.predicate) for row in star})),
        stamps=_values(about, paths.stamp),
        versions=versions,
        deeds=_values(about, paths.deed),
        classes=tuple(each for version in versions for each in classes.get(version, ())),
        unfit=_unfit(about, paths.shapes),
    )


def _unfit(about: Sequence[Row], shapes: Sequence[ShapeSeen]) -> tuple[str, ...] | None:
    found = (_cut(fault) for shape in shapes for fault in unfit(shape, about))
    return tuple(islice(found, _FAULTS)) if shapes else None


def _values(rows: Iterable[Row], predicate: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_cut(row.value) for row in rows if row.predicate == predicate))


def _said(contents: Contents, subject: str, but: str = "") -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for row in contents.about.get(subject, ()):
        if row.predicate != but:
            found.setdefault(row.predicate, []).append(_cut(row.value))
    return {_cut(name): tuple(dict.fromkeys(values)) for name, values in found.items()}


def _merged(all_said: Iterable[Said]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for said in all_said:
        for name, values in said.items():
            found[name] = tuple(dict.fromkeys((*found.get(name, ()), *values)))
    return found


def _cut(term: str) -> str:
    return term[:_TERM_CHARS]
