"""Checks on a feed for data portals: SEMIC DCAT-AP Feeds and its closed activity shape."""

from collections.abc import Iterator
from typing import Final

from federation.doctor.seeing import MemberSeen
from federation.doctor.survey import Survey, Visit
from federation.doctor.terms import iri
from federation.doctor.values import Evidence, Judged, judged, over
from vocab.terms import AS, DCAT, DCTERMS, FOAF, LDES, RDF_TYPE, VCARD

_ALLOWED: Final = frozenset((RDF_TYPE, AS + "object", AS + "published"))
_ENTITIES: Final = frozenset(
    f"<{each}>"
    for each in (
        DCAT + "Catalog",
        DCAT + "Dataset",
        DCAT + "DatasetSeries",
        DCAT + "Distribution",
        DCAT + "DataService",
        FOAF + "Agent",
        VCARD + "Kind",
        DCTERMS + "LicenseDocument",
    )
)
_DEEDS: Final = frozenset(f"<{AS}{each}>" for each in ("Create", "Update", "Delete"))
_SYNTAXES: Final = ("application/ld+json", "application/trig")


def syntax(seen: Survey) -> Judged:
    """Check that the feed is had as JSON-LD or TriG."""
    if not seen.portal:
        return _NOT_ONE
    forms = (seen.root, *seen.forms.values())
    had = [each.answer.media_type for each in forms if each.page is not None and each.answer]
    if set(had) & set(_SYNTAXES):
        return judged(1, [])
    return judged(1, [Evidence(url=seen.root.url, said=f"it is had as {', '.join(had)}")])


def paths(seen: Survey) -> Judged:
    """Check that the stream goes by as:published, its members by as:object."""
    if not seen.portal:
        return _NOT_ONE
    expected = {"timestampPath": "published", "versionOfPath": "object"}
    faults = [
        Evidence(url=seen.root.url, said=f"ldes:{name} {', '.join(said) or 'not stated'}")
        for name, term in expected.items()
        if (said := seen.stream.get(LDES + name, ())) != (f"<{AS}{term}>",)
    ]
    return judged(2, faults)


def closed(seen: Survey) -> Judged:
    """Check that an activity has a type, an object and a time, and nothing else."""
    if not seen.portal:
        return _NOT_ONE

    def more(each: tuple[Visit, MemberSeen]) -> Evidence | None:
        found = set(each[1].said) - _ALLOWED
        return _about(each, f"it also says {', '.join(sorted(found))}") if found else None

    return over(seen.members(), more)


def whole(seen: Survey) -> Judged:
    """Check that an activity has one verb at the most, one object and one time."""
    if not seen.portal:
        return _NOT_ONE

    def lacking(each: tuple[Visit, MemberSeen]) -> Evidence | None:
        member = each[1]
        verbs = [deed for deed in member.deeds if deed in _DEEDS]
        objects = [entity for entity in member.versions if iri(entity)]
        if len(verbs) == len(member.deeds) <= 1 and len(objects) == len(member.stamps) == 1:
            return None
        said = (*member.deeds, *member.versions, *member.stamps)
        return _about(each, f"type, object and time: {', '.join(said) or 'none'}")

    return over(seen.members(), lacking)


def payload(seen: Survey) -> Judged:
    """Check that what is created or updated is described in the graph that the activity names."""
    if not seen.portal:
        return _NOT_ONE
    return over(
        _upserts(seen),
        lambda each: None if each[1].graph else _about(each, "its graph is empty"),
    )


def entities(seen: Survey) -> Judged:
    """Check that what is described is an entity of DCAT-AP."""
    if not seen.portal:
        return _NOT_ONE
    return over(
        (each for each in _upserts(seen) if each[1].graph),
        lambda each: (
            None
            if _ENTITIES & set(each[1].classes)
            else _about(
                each,
                f"{', '.join(each[1].versions)} is {', '.join(each[1].classes) or 'of no class'}",
            )
        ),
    )


def deletions(seen: Survey) -> Judged:
    """Check that a deletion describes nothing."""
    if not seen.portal:
        return _NOT_ONE
    return over(
        (each for each in seen.members() if f"<{AS}Delete>" in each[1].deeds),
        lambda each: (
            _about(each, f"its graph has {each[1].graph} statements") if each[1].graph else None
        ),
    )


def _upserts(seen: Survey) -> Iterator[tuple[Visit, MemberSeen]]:
    yield from (each for each in seen.members() if f"<{AS}Delete>" not in each[1].deeds)


def _about(each: tuple[Visit, MemberSeen], said: str) -> Evidence:
    return Evidence(url=each[0].url, said=said, member=each[1].name)


_NOT_ONE: Final = Judged(note="no feed of DCAT-AP")
