"""Checks on what may be kept: sealed pages for good, growing ones for a while (S3)."""

import re
from typing import Final

from federation.doctor.survey import Survey, Visit
from federation.doctor.values import Evidence, Judged, over
from vocab.terms import LDES

_MAX_AGE: Final = re.compile(r"max-age=(\d{1,9})")


def immutable_header(seen: Survey) -> Judged:
    """S3: a page that states it never changes says so in Cache-Control."""
    sealed = [each for each in seen.read() if each.says_immutable]
    return over(
        sealed,
        lambda each: (
            None
            if each.sent_immutable
            else Evidence(url=each.url, said=f"Cache-Control: {each.header('cache-control')!r}")
        ),
        note=sealed[0].header("cache-control") if sealed else "",
    )


def immutable_statement(seen: Survey) -> Judged:
    """S3: a page whose header says it never changes states it too."""
    return over(
        (each for each in seen.read() if each.sent_immutable),
        lambda each: (
            None
            if each.says_immutable
            else Evidence(url=each.url, said="Cache-Control has immutable, the page does not")
        ),
    )


def immutable_false(seen: Survey) -> Judged:
    """S3: nothing ever states that a page does change."""
    return over(
        (each for each in seen.read() if _stated(each)),
        lambda each: (
            None
            if each.says_immutable and len(_stated(each)) == 1
            else Evidence(url=each.url, said=f"ldes:immutable {', '.join(_stated(each))}")
        ),
    )


def immutable_kept(seen: Survey) -> Judged:
    """S3: what never changes was the same at the second look."""

    def changed(url: str) -> Evidence | None:
        before, after = seen.pages[url], seen.later[url]
        if after.page is None:
            return Evidence(url=url, said=f"it cannot be had again: {after.trouble}")
        if before.page is not None and before.page.whole == after.page.whole:
            return None
        count = before.page.rows if before.page is not None else 0
        return Evidence(url=url, said=f"{count} statements, then {after.page.rows} others")

    return over(
        (url for url in seen.later if url in seen.pages and seen.pages[url].sealed), changed
    )


def fresh(seen: Survey) -> Judged:
    """Pages that grow are kept by caches no longer than the polling interval."""
    interval = seen.interval
    if interval is None:
        return Judged(note="no polling interval")

    def too_long(visit: Visit) -> Evidence | None:
        said = visit.header("cache-control")
        found = _MAX_AGE.search(said)
        if found is None or int(found[1]) <= interval:
            return None
        return Evidence(url=visit.url, said=f"Cache-Control: {said}; the interval is {interval} s")

    growing = (each for each in seen.read() if each.url == seen.root.url or not each.sealed)
    return over(growing, too_long)


def _stated(visit: Visit) -> tuple[str, ...]:
    return visit.page.node.get(LDES + "immutable", ()) if visit.page is not None else ()
