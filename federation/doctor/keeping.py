"""Checks on retention: what is stated, and whether it is what is kept (S14)."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from federation.doctor.seeing import MemberSeen, PolicySeen, Said
from federation.doctor.survey import Survey, Visit, stamp_of
from federation.doctor.terms import duration, has_zone, iri, moment, number
from federation.doctor.values import Evidence, Judged, judged, over
from vocab.terms import LDES, RDF_TYPE, TREE

_DURATIONS: Final = ("fullLogDuration", "versionDuration", "versionDeleteDuration")
_BUFFER: Final = timedelta(days=2)
"""How much longer than stated something may stay: publishers clear up now and then."""


def one_policy(seen: Survey) -> Judged:
    """S14: at most one policy, on the root or its view description."""
    page = seen.root.page
    if page is None:
        return Judged()
    named = [policy for policy in page.policies if _right(policy, seen)]
    faults = [
        Evidence(url=seen.root.url, said=f"a policy on {policy.on}")
        for policy in page.policies
        if not _right(policy, seen)
    ]
    if len(named) > 1:
        faults.append(Evidence(url=seen.root.url, said=f"{len(named)} policies on the root"))
    return judged(1, faults, "a policy is stated" if named else "none: everything is kept")


def named_policy(seen: Survey) -> Judged:
    """S14: the policy has an IRI."""
    return over(
        _policies(seen),
        lambda each: (
            None
            if iri(each.name) is not None
            else Evidence(url=seen.root.url, said="the policy is a blank node")
        ),
    )


def typed_policy(seen: Survey) -> Judged:
    """S14: what the policy states can be read."""

    def unreadable(policy: PolicySeen) -> Evidence | None:
        said = policy.said
        wrong = [
            *(f"ldes:{name} {each}" for name in _DURATIONS for each in _bad_durations(said, name)),
            *(
                f"ldes:{name} {each}"
                for name in ("versionAmount", "amount")
                for each in said.get(LDES + name, ())
                if (number(each) or 0) < 1
            ),
            *(
                f"ldes:{name} {each}"
                for name in ("startingFrom", "pointInTime")
                for each in said.get(LDES + name, ())
                if moment(each) is None or not has_zone(each)
            ),
        ]
        return Evidence(url=seen.root.url, said="; ".join(wrong)) if wrong else None

    return over(_policies(seen), unreadable)


def kept(seen: Survey) -> Judged:
    """S14: nothing is there that the policy says is gone."""
    policies = list(_policies(seen))
    if len(policies) != 1:
        return Judged(note="no policy is stated" if not policies else "")
    said = policies[0].said
    if set(said) <= {RDF_TYPE}:
        faults = [
            Evidence(url=visit.url, said="the policy keeps nothing", member=member.name)
            for visit, member in seen.members()
        ]
        return judged(len(faults) or 1, faults)
    members = [(visit, member) for visit, member in seen.members() if stamp_of(member)]
    faults = [
        *_too_old(members, said),
        *_too_many(members, said, seen),
        *_old_deletions(members, said, seen),
    ]
    return judged(len(members), faults)


def _too_old(members: list[tuple[Visit, MemberSeen]], said: Said) -> Iterator[Evidence]:
    floor = _moment(said, "startingFrom") or _moment(said, "pointInTime")
    for visit, member in members if floor is not None else ():
        time = stamp_of(member)
        if time is not None and floor is not None and time < floor:
            told = f"{time.isoformat()} lies before {floor.isoformat()}"
            yield Evidence(url=visit.url, said=told, member=member.name)


def _too_many(
    members: list[tuple[Visit, MemberSeen]], said: Said, seen: Survey
) -> Iterator[Evidence]:
    """Find what lies outside of the full log and is not among the versions that are kept."""
    log, amount = _length(said, "fullLogDuration"), _number(said, "versionAmount", "amount")
    if log is None and amount is None:
        return
    edge = seen.now - log - _BUFFER if log is not None else seen.now
    within = _length(said, "versionDuration")
    newest = _newest(members, amount or 0)
    deeds = seen.deeds()
    for visit, member in members:
        time = stamp_of(member)
        deletion = any(deeds.get(deed) == "Delete" for deed in member.deeds)
        if time is None or time >= edge or (deletion and LDES + "versionDeleteDuration" in said):
            continue
        expired = within is not None and time < seen.now - within - _BUFFER
        if member.name not in newest or expired:
            told = f"{time.isoformat()} is outside of what the policy keeps"
            yield Evidence(url=visit.url, said=told, member=member.name)


def _old_deletions(
    members: list[tuple[Visit, MemberSeen]], said: Said, seen: Survey
) -> Iterator[Evidence]:
    length, log = _length(said, "versionDeleteDuration"), _length(said, "fullLogDuration")
    if length is None:
        return
    edge = seen.now - max(length, log or timedelta(0)) - _BUFFER
    deeds = seen.deeds()
    for visit, member in members:
        time = stamp_of(member)
        if (
            time is not None
            and time < edge
            and any(deeds.get(deed) == "Delete" for deed in member.deeds)
        ):
            told = f"a deletion of {time.isoformat()} is kept longer than the policy says"
            yield Evidence(url=visit.url, said=told, member=member.name)


def _newest(members: list[tuple[Visit, MemberSeen]], amount: int) -> set[str]:
    """Name the newest versions of each entity."""
    versions: dict[str, dict[str, datetime]] = {}
    for _, member in members:
        time = stamp_of(member)
        for entity in member.versions:
            if time is not None:
                versions.setdefault(entity, {})[member.name] = time
    return {
        name
        for times in versions.values()
        for name in sorted(times, key=lambda each: times[each], reverse=True)[:amount]
    }


def _policies(seen: Survey) -> Iterator[PolicySeen]:
    for policy in seen.root.page.policies if seen.root.page is not None else ():
        if _right(policy, seen):
            yield policy


def _right(policy: PolicySeen, seen: Survey) -> bool:
    """Tell whether a policy stands on the root or its view description."""
    page = seen.root.page
    described = page.node.get(TREE + "viewDescription", ()) if page is not None else ()
    return iri(policy.on) in seen.root.names or policy.on in described


def _bad_durations(said: Mapping[str, tuple[str, ...]], name: str) -> list[str]:
    return [each for each in said.get(LDES + name, ()) if duration(each) is None]


def _moment(said: Said, name: str) -> datetime | None:
    found = said.get(LDES + name, ())
    return moment(found[0]) if found else None


def _length(said: Said, name: str) -> timedelta | None:
    found = said.get(LDES + name, ())
    if not found and name == "fullLogDuration" and _old(said, "DurationAgoPolicy"):
        found = said.get(TREE + "value", ())
    return duration(found[0]) if found else None


def _number(said: Said, *names: str) -> int | None:
    found = [each for name in names for each in said.get(LDES + name, ())]
    return number(found[0]) if found else None


def _old(said: Said, name: str) -> bool:
    return f"<{LDES}{name}>" in said.get(RDF_TYPE, ())
