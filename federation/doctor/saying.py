"""Checks on members: names, times, versions, deeds, and the TREE profile (S6, S8, S11)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from federation.doctor.seeing import MemberSeen
from federation.doctor.survey import Survey, Visit, stamp_of
from federation.doctor.terms import has_zone, iri
from federation.doctor.values import Evidence, Judged, judged, over

_SKEW: Final = timedelta(minutes=5)
_PROFILE: Final = "tree/profile"
_BEGINNING: Final = datetime.min.replace(tzinfo=UTC)


def named(seen: Survey) -> Judged:
    """S6: a member has an IRI."""
    return over(
        seen.members(),
        lambda each: (
            None
            if iri(each[1].name) is not None
            else _about(each, f"tree:member {each[1].name} is no IRI")
        ),
    )


def of_the_stream(seen: Survey) -> Judged:
    """S6: members are those of the stream that the root is a view of."""
    page = seen.root.page
    streams = {stream for stream, _ in page.views} if page is not None else set()
    return over(
        seen.members(),
        lambda each: None if each[1].of in streams else _about(each, f"a member of {each[1].of}"),
    )


def with_content(seen: Survey) -> Judged:
    """S6: a member's own statements are on the page that names it."""
    return over(
        seen.members(),
        lambda each: None if each[1].own else _about(each, "nothing is said of it on this page"),
    )


def unchanged(seen: Survey) -> Judged:
    """S6, S7: a member says the same on each page, and at each look."""
    first: dict[str, tuple[Visit, MemberSeen]] = {}
    faults, looked = [], 0
    for each in (*seen.members(), *_later(seen)):
        member = each[1]
        if member.name in first:
            looked += 1
            before, known = first[member.name]
            if known.content != member.content:
                faults.append(_about(each, f"it said something else at {before.url}"))
        else:
            first[member.name] = each
    return judged(looked, faults)


def one_time(seen: Survey) -> Judged:
    """S8: a member has exactly one time by which the stream is ordered."""
    if seen.paths.stamp is None:
        return Judged(note="the stream names no timestampPath")
    return over(
        seen.members(),
        lambda each: (
            None
            if stamp_of(each[1]) is not None
            else _about(each, f"times: {', '.join(each[1].stamps) or 'none'}")
        ),
    )


def zoned(seen: Survey) -> Judged:
    """S8: times say their timezone."""
    return over(
        (each for each in seen.members() if stamp_of(each[1]) is not None),
        lambda each: None if has_zone(each[1].stamps[0]) else _about(each, each[1].stamps[0]),
    )


def not_ahead(seen: Survey) -> Judged:
    """Nothing was published in the future."""
    latest = seen.now + _SKEW

    def ahead(each: tuple[Visit, MemberSeen]) -> Evidence | None:
        time = stamp_of(each[1])
        late = time is not None and time > latest
        return _about(each, f"{each[1].stamps[0]}; now it is {seen.now}") if late else None

    return over((each for each in seen.members() if each[1].stamps), ahead)


def never_before(seen: Survey) -> Judged:
    """S8: what came between the two looks is not older than what was there before."""
    known = seen.distinct()
    times = [time for each in known.values() if (time := stamp_of(each)) is not None]
    if not times or not seen.later:
        return Judged(note="there was no second look")
    newest = max(times)
    came = {member.name: (visit, member) for visit, member in _later(seen)}
    new = [each for name, each in came.items() if name not in known]
    faults = [
        _about(each, f"{each[1].stamps[0]} came after {newest.isoformat()} was published")
        for each in new
        if (time := stamp_of(each[1])) is not None and time < newest
    ]
    whole = seen.stopped is None
    return judged(len(seen.later), faults if whole else [], f"{len(new)} came meanwhile")


def in_profile(seen: Survey) -> Judged:
    """S11: where the TREE profile is announced, statements stand in its order."""
    return over(
        (each for each in seen.read() if _PROFILE in each.header("content-type")),
        lambda each: (
            Evidence(url=each.url, said=each.page.disorder[0])
            if each.page is not None and each.page.disorder
            else None
        ),
    )


def in_time(seen: Survey) -> Judged:
    """S11: where the TREE profile is announced, members stand in the order of their times."""
    if seen.paths.stamp is None:
        return Judged(note="the stream names no timestampPath")

    def turned(visit: Visit) -> Evidence | None:
        members = visit.page.members if visit.page is not None else ()
        for before, after in pairwise(members):
            one, other = stamp_of(before), stamp_of(after)
            if one is not None and other is not None and other < one:
                said = f"{after.stamps[0]} stands after {before.stamps[0]}"
                return _about((visit, after), said)
        return None

    return over((each for each in seen.read() if _PROFILE in each.header("content-type")), turned)


def one_entity(seen: Survey) -> Judged:
    """Check that a member is a version of one entity, which is not the member itself."""
    if seen.paths.version is None:
        return Judged(note="the stream names no versionOfPath")
    return over(
        seen.members(),
        lambda each: (
            None
            if len(each[1].versions) == 1
            and iri(each[1].versions[0]) is not None
            and each[1].versions[0] != each[1].name
            else _about(each, f"a version of {', '.join(each[1].versions) or 'nothing'}")
        ),
    )


def one_deed(seen: Survey) -> Judged:
    """Check that a member creates, updates or deletes: one of what the stream names for it."""
    deeds = seen.deeds()
    if not deeds:
        return Judged(note="the stream names no deeds")

    def strange(each: tuple[Visit, MemberSeen]) -> Evidence | None:
        said = [deed for deed in each[1].deeds if deed in deeds]
        if len(said) == 1 or (not each[1].deeds and seen.portal):
            return None
        return _about(each, f"its deed: {', '.join(each[1].deeds) or 'none'}")

    return over(seen.members(), strange)


def of_the_known(seen: Survey) -> Judged:
    """Check that what is deleted was published before."""
    deeds = seen.deeds()
    if "Delete" not in deeds.values():
        return Judged(note="the stream names no deletions")
    if seen.stopped is not None or any(page.page is None for page in seen.pages.values()):
        return Judged(note="not the whole feed was read")
    if any(visit.page is not None and visit.page.policies for visit in seen.read()):
        return Judged(note="with a retention policy the first versions may be gone")
    born: dict[str, datetime] = {}
    gone: list[tuple[Visit, MemberSeen]] = []
    for each in seen.members():
        member = each[1]
        if any(deeds.get(deed) == "Delete" for deed in member.deeds):
            gone.append(each)
        else:
            time = stamp_of(member) or _BEGINNING
            for entity in member.versions:
                born[entity] = min(time, born.get(entity, time))
    return over(
        gone,
        lambda each: (
            None
            if all(
                entity in born and born[entity] <= (stamp_of(each[1]) or seen.now)
                for entity in each[1].versions
            )
            else _about(each, f"{', '.join(each[1].versions)} was not published before")
        ),
    )


def _later(seen: Survey) -> Iterator[tuple[Visit, MemberSeen]]:
    for visit in seen.later.values():
        for member in visit.page.members if visit.page is not None else ():
            yield visit, member


def _about(each: tuple[Visit, MemberSeen], said: str) -> Evidence:
    return Evidence(url=each[0].url, said=said, member=each[1].name)
