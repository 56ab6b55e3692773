"""The check that bounds are true: every member below a relation lies within them (S10)."""

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urldefrag

from federation.doctor.relations import LOWER, UPPER, kinds_of
from federation.doctor.seeing import MemberSeen
from federation.doctor.survey import Edge, Survey, Visit, stamp_of
from federation.doctor.terms import moment
from federation.doctor.values import Evidence, Judged, judged


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


def _bound(edge: Edge, path: str) -> tuple[str, datetime] | None:
    """Read a relation as a comparison by the stream's time; None for any other."""
    relation = edge.relation
    kinds = kinds_of(relation, (*LOWER, *UPPER))
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
