"""Checks on the stream's description and its tree of pages (S5, S9, S10, S13)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from urllib.parse import urldefrag, urlsplit

from federation.doctor.seeing import MemberSeen, RelationSeen
from federation.doctor.survey import Edge, Survey, Visit, stamp_of
from federation.doctor.terms import has_zone, iri, moment, number
from federation.doctor.values import Evidence, Judged, judged, over
from vocab.terms import LDES, RDF_TYPE, SH, TREE

_LOWER: Final = ("GreaterThanOrEqualToRelation", "GreaterThanRelation")
_UPPER: Final = ("LessThanRelation", "LessThanOrEqualToRelation")
_COMPARING: Final = (*_LOWER, *_UPPER, "EqualToRelation", "NotEqualToRelation")
_ONCE: Final = (
    "timestampPath",
    "sequencePath",
    "versionOfPath",
    "versionTimestampPath",
    "versionSequencePath",
    "versionCreatePath",
    "versionUpdatePath",
    "versionDeletePath",
    "versionCreateObject",
    "versionUpdateObject",
    "versionDeleteObject",
    "transactionPath",
    "transactionFinalizedPath",
    "transactionFinalizedObject",
    "pollingInterval",
)


def one_view(seen: Survey) -> Judged:
    """S5: the root is the view of exactly one stream."""
    page = seen.root.page
    if page is None:
        return Judged()
    streams = {stream for stream, view in page.views if iri(view) in seen.root.names}
    if len(streams) == 1:
        return judged(1, [], f"stream {next(iter(streams))}")
    said = f"tree:view names it for {len(streams)} streams; all views there: {_list(page.views)}"
    return judged(1, [Evidence(url=seen.root.url, said=said)])


def pages_name_it(seen: Survey) -> Judged:
    """S5: every page names the same stream and the same view, and no other."""
    root = seen.root.page
    if root is None or not root.views:
        return Judged()
    expected = set(root.views)
    return over(
        (each for each in seen.read() if each.url != seen.root.url),
        lambda each: (
            None
            if each.page is None or not each.page.views or set(each.page.views) == expected
            else Evidence(url=each.url, said=f"views: {_list(each.page.views)}")
        ),
    )


def typed(seen: Survey) -> Judged:
    """S5: the stream says that it is an ldes:EventStream."""
    if seen.root.page is None or not seen.root.page.views:
        return Judged()
    if f"<{LDES}EventStream>" in seen.stream.get(RDF_TYPE, ()):
        return judged(1, [])
    said = f"its classes: {', '.join(seen.stream.get(RDF_TYPE, ())) or 'none'}"
    return judged(1, [Evidence(url=seen.root.url, said=said)])


def said_once(seen: Survey) -> Judged:
    """S5: each property of the stream stands at most once."""
    stated = [name for name in _ONCE if LDES + name in seen.stream]
    return over(
        stated,
        lambda name: (
            None
            if len(seen.stream[LDES + name]) == 1
            else Evidence(
                url=seen.root.url, said=f"ldes:{name} {', '.join(seen.stream[LDES + name])}"
            )
        ),
    )


def said_alike(seen: Survey) -> Judged:
    """S5: no page says something else of the stream than the root does."""

    def other(visit: Visit) -> Evidence | None:
        said = visit.page.stream if visit.page is not None else {}
        for name in _ONCE:
            here, there = said.get(LDES + name), seen.stream.get(LDES + name)
            blank = any(each.startswith("_:") for each in (*(here or ()), *(there or ())))
            if here is not None and here != there and not blank:
                return Evidence(url=visit.url, said=f"ldes:{name} {here}, on the root {there}")
        return None

    return over((each for each in seen.read() if each.url != seen.root.url), other)


def interval(seen: Survey) -> Judged:
    """Check that the polling interval is a whole number of seconds."""
    said = seen.stream.get(LDES + "pollingInterval", ())
    return over(
        said,
        lambda each: (
            None
            if (number(each) or 0) > 0 and each.endswith("integer>")
            else Evidence(url=seen.root.url, said=f"ldes:pollingInterval {each}")
        ),
    )


def shape(seen: Survey) -> Judged:
    """Check that the shape that is named is there, and is a shape."""
    return over(
        seen.shapes.values(),
        lambda each: (
            None
            if each.page is not None and f"<{SH}NodeShape>" in each.page.classes
            else Evidence(url=each.url, said=each.trouble or "no sh:NodeShape stands there")
        ),
    )


def one_node(seen: Survey) -> Judged:
    """S10: each relation leads to exactly one address."""
    return over(
        _relations(seen),
        lambda each: (
            None
            if len(each[1].nodes) == 1 and iri(each[1].nodes[0]) is not None
            else Evidence(url=each[0].url, said=f"tree:node {', '.join(each[1].nodes) or 'none'}")
        ),
    )


def one_value(seen: Survey) -> Judged:
    """S10: each comparison has exactly one path and one value, a time with its zone."""
    ordered = f"<{seen.paths.stamp}>"

    def wrong(found: tuple[Visit, RelationSeen]) -> Evidence | None:
        visit, relation = found
        if len(relation.paths) != 1 or len(relation.values) != 1:
            said = f"{len(relation.paths)} tree:path, {len(relation.values)} tree:value"
            return Evidence(url=visit.url, said=f"{said} to {', '.join(relation.nodes)}")
        [value] = relation.values
        if relation.paths[0] == ordered and (moment(value) is None or not has_zone(value)):
            return Evidence(url=visit.url, said=f"tree:value {value}")
        return None

    return over((each for each in _relations(seen) if _kinds(each[1], _COMPARING)), wrong)


def on_page(seen: Survey) -> Judged:
    """S10: relations are those of the page they stand on."""
    return over(
        _relations(seen),
        lambda each: (
            None
            if iri(each[1].on) in each[0].names
            else Evidence(url=each[0].url, said=f"a relation of {each[1].on}")
        ),
    )


def by_time(seen: Survey) -> Judged:
    """S9: relations compare the property by which the stream is ordered."""
    path = seen.paths.stamp
    if path is None:
        return Judged(note="the stream names no timestampPath")
    return over(
        (each for each in _relations(seen) if _kinds(each[1], _COMPARING)),
        lambda each: (
            None
            if each[1].paths == (f"<{path}>",)
            else Evidence(url=each[0].url, said=f"tree:path {', '.join(each[1].paths) or 'none'}")
        ),
    )


def both_bounds(seen: Survey) -> Judged:
    """S9: a page that is closed has a lower and an upper bound."""
    if seen.paths.stamp is None:
        return Judged(note="the stream names no timestampPath")
    kinds: dict[tuple[str, str], set[str]] = {}
    for edge in seen.edges:
        found = kinds.setdefault((edge.parent, edge.node), set())
        found |= {"lower" for _ in _kinds(edge.relation, _LOWER)}
        found |= {"upper" for _ in _kinds(edge.relation, _UPPER)}

    def lacking(found: tuple[tuple[str, str], set[str]]) -> Evidence | None:
        (parent, node), bounds = found
        missing = {"lower", "upper"} - bounds
        if not missing:
            return None
        return Evidence(url=parent, said=f"no {' and no '.join(sorted(missing))} bound to {node}")

    closed = {
        place: found
        for place, found in kinds.items()
        if (visit := seen.visit(urldefrag(place[1]).url)) is not None and visit.sealed
    }
    return over(closed.items(), lacking)


def one_parent(seen: Survey) -> Judged:
    """S9: each page but the root is reached from exactly one other."""
    parents: dict[str, set[str]] = {}
    for edge in seen.edges:
        if edge.parent != edge.node:
            parents.setdefault(urldefrag(edge.node).url, set()).add(edge.parent)
    return over(
        parents.items(),
        lambda each: (
            None
            if len(each[1]) == 1
            else Evidence(url=each[0], said=f"reached from {', '.join(sorted(each[1]))}")
        ),
    )


def no_circle(seen: Survey) -> Judged:
    """S9: no relation leads back to where it came from."""
    leads: dict[str, set[str]] = {}
    for edge in seen.edges:
        target = seen.visit(urldefrag(edge.node).url)
        if target is not None:
            leads.setdefault(edge.parent, set()).add(target.url)
    faults = [
        Evidence(url=start, said="its relations lead back to itself")
        for start in leads
        if start in _reached(leads, start)
    ]
    return judged(len(leads), faults)


def own_host(seen: Survey) -> Judged:
    """Pages stay on the host of the root."""
    host = urlsplit(seen.root.url)[:2]
    return over(
        seen.edges,
        lambda each: (
            None
            if urlsplit(each.node)[:2] == host
            else Evidence(url=each.parent, said=f"a relation to {each.node}")
        ),
    )


def none_gone(seen: Survey) -> Judged:
    """S13: no relation leads to a page that is gone for good; such pages are redirected."""
    return over(
        (each for each in seen.pages.values() if each.status is not None),
        lambda each: (
            Evidence(url=each.url, said="410, and a relation still leads there")
            if each.status == 410
            else None
        ),
    )


def true_bounds(seen: Survey) -> Judged:
    """S10: every member below a relation lies within its bounds."""
    path = seen.paths.stamp
    if path is None:
        return Judged(note="the stream names no timestampPath")
    faults, looked = [], 0
    children: dict[str, list[str]] = {}
    for edge in seen.edges:
        children.setdefault(edge.parent, []).append(urldefrag(edge.node).url)
    for edge in seen.edges:
        bound = _bound(edge, path)
        if bound is None:
            continue
        for visit, member in _below(seen, children, urldefrag(edge.node).url):
            looked += 1
            time = stamp_of(member)
            if time is not None and not _within(time, *bound):
                said = f"{member.stamps[0]} is not {bound[0]} {edge.relation.values[0]}"
                faults.append(Evidence(url=visit.url, said=said, member=member.name))
    return judged(looked, faults)


def _relations(seen: Survey) -> Iterator[tuple[Visit, RelationSeen]]:
    for visit in seen.read():
        for relation in visit.page.relations if visit.page is not None else ():
            yield visit, relation


def _kinds(relation: RelationSeen, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if f"<{TREE}{name}>" in relation.types)


def _bound(edge: Edge, path: str) -> tuple[str, datetime] | None:
    """Read a relation as a comparison by the stream's time; None for any other."""
    relation = edge.relation
    kinds = _kinds(relation, (*_LOWER, *_UPPER))
    if len(kinds) != 1 or relation.paths != (f"<{path}>",) or len(relation.values) != 1:
        return None
    value = moment(relation.values[0])
    return None if value is None else (kinds[0].removesuffix("Relation"), value)


def _within(time: datetime, kind: str, value: datetime) -> bool:
    return {
        "GreaterThanOrEqualTo": time >= value,
        "GreaterThan": time > value,
        "LessThanOrEqualTo": time <= value,
        "LessThan": time < value,
    }[kind]


def _below(
    seen: Survey, children: dict[str, list[str]], node: str
) -> Iterator[tuple[Visit, MemberSeen]]:
    """Walk over the members of a page and of all that lies below it."""
    waiting, done = [node], set()
    while waiting:
        here = waiting.pop()
        visit = seen.visit(here)
        if here in done or visit is None:
            continue
        done.add(here)
        for member in visit.page.members if visit.page is not None else ():
            yield visit, member
        waiting.extend(children.get(visit.url, ()))


def _reached(leads: dict[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    waiting = list(leads.get(start, ()))
    while waiting:
        here = waiting.pop()
        if here not in found:
            found.add(here)
            waiting.extend(leads.get(here, ()))
    return found


def _list(views: tuple[tuple[str, str], ...]) -> str:
    return "; ".join(f"{stream} tree:view {view}" for stream, view in views[:5]) or "none"
