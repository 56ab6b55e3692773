"""Checks on relations: each well made, all of them a tree (S9, S10, S13)."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import urldefrag, urlsplit

from federation.doctor.seeing import RelationSeen
from federation.doctor.survey import Survey, Visit
from federation.doctor.terms import has_zone, iri, moment
from federation.doctor.values import Evidence, Judged, judged, over
from vocab.terms import TREE

LOWER: Final = ("GreaterThanOrEqualToRelation", "GreaterThanRelation")
UPPER: Final = ("LessThanRelation", "LessThanOrEqualToRelation")
_COMPARING: Final = (*LOWER, *UPPER, "EqualToRelation", "NotEqualToRelation")


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

    return over((each for each in _relations(seen) if kinds_of(each[1], _COMPARING)), wrong)


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
        (each for each in _relations(seen) if kinds_of(each[1], _COMPARING)),
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
    sides: dict[tuple[str, str], set[str]] = {}
    for edge in seen.edges:
        found = sides.setdefault((edge.parent, edge.node), set())
        found |= {"lower" for _ in kinds_of(edge.relation, LOWER)}
        found |= {"upper" for _ in kinds_of(edge.relation, UPPER)}

    def lacking(found: tuple[tuple[str, str], set[str]]) -> Evidence | None:
        (parent, node), bounds = found
        missing = {"lower", "upper"} - bounds
        if not missing:
            return None
        return Evidence(url=parent, said=f"no {' and no '.join(sorted(missing))} bound to {node}")

    closed = {
        place: found
        for place, found in sides.items()
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


def _relations(seen: Survey) -> Iterator[tuple[Visit, RelationSeen]]:
    for visit in seen.read():
        for relation in visit.page.relations if visit.page is not None else ():
            yield visit, relation


def kinds_of(relation: RelationSeen, names: tuple[str, ...]) -> tuple[str, ...]:
    """Tell which of some classes a relation has."""
    return tuple(name for name in names if f"<{TREE}{name}>" in relation.types)


def _reached(leads: dict[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    waiting = list(leads.get(start, ()))
    while waiting:
        here = waiting.pop()
        if here not in found:
            found.add(here)
            waiting.extend(leads.get(here, ()))
    return found
