"""Checks on how the root describes its stream (S5)."""

from typing import Final

from federation.doctor.seeing import MemberSeen
from federation.doctor.survey import Survey, Visit
from federation.doctor.terms import iri, number
from federation.doctor.values import Evidence, Judged, judged, over
from vocab.terms import LDES, RDF_TYPE, TREE

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
        note=f"{seen.interval} s" if seen.interval else "",
    )


def shape(seen: Survey) -> Judged:
    """Check that the shape that is named is there, and is a shape."""
    named = set(seen.stream.get(TREE + "shape", ()))
    return over(
        seen.shapes.values(),
        lambda each: (
            None
            if each.page is not None and named & {one.name for one in each.page.shapes}
            else Evidence(
                url=each.url, said=each.trouble or "no sh:NodeShape of that name is there"
            )
        ),
    )


def fitting(seen: Survey) -> Judged:
    """Check that members meet the shape, as far as it says plain things; deletions need not."""
    deeds = seen.deeds()

    def broken(each: tuple[Visit, MemberSeen]) -> Evidence | None:
        visit, member = each
        if not member.unfit or any(deeds.get(deed) == "Delete" for deed in member.deeds):
            return None
        return Evidence(url=visit.url, said=member.unfit[0], member=member.name)

    return over((each for each in seen.members() if each[1].unfit is not None), broken)


def _list(views: tuple[tuple[str, str], ...]) -> str:
    return "; ".join(f"{stream} tree:view {view}" for stream, view in views[:5]) or "none"
