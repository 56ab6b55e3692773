"""Checks on how a feed is served: syntaxes, negotiation, versions, errors (S1, S2, S4)."""

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from federation.doctor.asking import GRAPHS, SYNTAXES
from federation.doctor.survey import Survey, Visit
from federation.doctor.values import Evidence, Judged, judged, over

_MOVED: Final = Judged(note="the root changed while it was looked at")
_FULL: Final = 20
_MEMBERS: Final = 1_000
_BYTES: Final = 2_000_000


def syntaxes(seen: Survey) -> Judged:
    """S1: the root is had in at least one syntax of RDF, and what it says it is, it is."""
    faults = [
        Evidence(url=each.url, said=f"Content-Type {_type(each)}: {each.trouble}")
        for each in {id(each): each for each in (seen.root, *seen.forms.values())}.values()
        if each.page is None
        and each.answer is not None
        and (each is seen.root or (each.status == 200 and each.answer.media_type in SYNTAXES))
    ]
    served = _served(seen)
    return judged(len(served), faults, f"{', '.join(served) or 'no syntax'}")


def vary(seen: Survey) -> Judged:
    """S1: an address with several syntaxes says Vary: Accept."""
    forms = [each for each in seen.forms.values() if each.status == 200]
    if len(_served(seen)) < 2:
        return Judged(note="one syntax only")
    return over(
        forms,
        lambda each: (
            None
            if {"accept", "*"} & {word.strip().lower() for word in each.header("vary").split(",")}
            else Evidence(url=each.url, said=f"{_type(each)} with Vary: {each.header('vary')!r}")
        ),
    )


def same_graph(seen: Survey) -> Judged:
    """Check that the syntaxes say the same, in named graphs too where they have them."""
    if seen.moved:
        return _MOVED
    forms = list(_served(seen).values())
    faults = []
    for one, other in combinations(forms, 2):
        if one.page is None or other.page is None:
            continue
        both = _type(one) in GRAPHS and _type(other) in GRAPHS
        if (one.page.whole != other.page.whole) if both else (one.page.plain != other.page.plain):
            said = f"{_type(one)} has {one.page.rows} statements, {_type(other)} {other.page.rows}"
            faults.append(Evidence(url=one.url, said=f"they differ: {said}"))
    return judged(len(forms) if len(forms) > 1 else 0, faults)


def etags(seen: Survey) -> Judged:
    """S2: every page has an ETag."""
    return over(
        (each for each in seen.pages.values() if each.status == 200),
        lambda each: None if each.header("etag") else Evidence(url=each.url, said="no ETag"),
    )


def etags_differ(seen: Survey) -> Judged:
    """Check that a strong ETag names one sequence of bytes: not two syntaxes."""
    forms = [each for each in _served(seen).values() if each.header("etag").startswith('"')]
    faults = [
        Evidence(
            url=one.url, said=f"{_type(one)} and {_type(other)} both have {one.header('etag')}"
        )
        for one, other in combinations(forms, 2)
        if one.header("etag") == other.header("etag")
    ]
    return judged(len(forms) if len(forms) > 1 else 0, faults)


def not_modified(seen: Survey) -> Judged:
    """S2: who names the version it holds gets 304."""
    answer = seen.probes.get("same")
    if seen.moved:
        return _MOVED
    if answer is None:
        return Judged(note="the root has neither ETag nor Last-Modified")
    if answer.status == 304:
        return judged(1, [], f"304 to {seen.root.header('etag') or 'the time of its change'}")
    said = f"asked with the version just given, it answers {answer.status}"
    return judged(1, [Evidence(url=answer.asked, said=said)])


def not_modified_in_lists(seen: Survey) -> Judged:
    """Check that the version is found in a list and behind W/."""
    if seen.moved or seen.probes.get("same") is None or seen.probes["same"].status != 304:
        return Judged()
    answers = [seen.probes[name] for name in ("list", "weak") if name in seen.probes]
    return over(
        answers,
        lambda each: (
            None
            if each.status == 304
            else Evidence(url=each.asked, said=f"{each.status} to a list of tags, or a weak one")
        ),
    )


def modified(seen: Survey) -> Judged:
    """Who names another version gets the page."""
    answer = seen.probes.get("other")
    if answer is None:
        return Judged()
    if answer.status == 200:
        return judged(1, [])
    said = f'If-None-Match: "no-such-version" is answered {answer.status}'
    return judged(1, [Evidence(url=answer.asked, said=said)])


def refusals(seen: Survey) -> Judged:
    """S4: who is told "not now" is told when."""
    return over(
        (each for each in seen.refusals if each.status == 429),
        lambda each: (
            None
            if each.headers.get("retry-after")
            else Evidence(url=each.asked, said="429 without Retry-After")
        ),
    )


def head(seen: Survey) -> Judged:
    """HEAD answers as GET does."""
    answer = seen.probes.get("head")
    if seen.moved or answer is None:
        return Judged()
    faults = []
    if answer.status != seen.root.status:
        faults.append(Evidence(url=answer.asked, said=f"HEAD {answer.status}"))
    else:
        for name in ("content-type", "etag"):
            said, expected = answer.headers.get(name, ""), seen.root.header(name)
            if said != expected:
                faults.append(
                    Evidence(url=answer.asked, said=f"HEAD {name}: {said!r}, GET {expected!r}")
                )
    return judged(1, faults)


def cors(seen: Survey) -> Judged:
    """Check that a page of another site may read the feed."""
    answer = seen.probes.get("origin")
    if answer is None:
        return Judged()
    said = answer.headers.get("access-control-allow-origin", "")
    if said in ("*", "https://portal.example"):
        return judged(1, [])
    return judged(1, [Evidence(url=answer.asked, said=f"Access-Control-Allow-Origin: {said!r}")])


def unknown(seen: Survey) -> Judged:
    """Check that a page that is not there is 404."""
    answer = seen.probes.get("unknown")
    if answer is None:
        return Judged()
    if answer.status in (404, 410):
        return judged(1, [])
    said = f"{answer.status} for a page that cannot be there"
    return judged(1, [Evidence(url=answer.asked, said=said)])


def compressed(seen: Survey) -> Judged:
    """Gzip on request, and not otherwise; then Vary says so."""
    packed, bare = seen.probes.get("gzip"), seen.probes.get("plain")
    if packed is None or bare is None:
        return Judged()
    faults = []
    if packed.headers.get("content-encoding", "").lower() != "gzip":
        faults.append(Evidence(url=packed.asked, said="no gzip for who asks for it"))
    elif "accept-encoding" not in packed.headers.get("vary", "").lower():
        said = f"gzip with Vary: {packed.headers.get('vary', '')!r}"
        faults.append(Evidence(url=packed.asked, said=said))
    if bare.headers.get("content-encoding", "identity").lower() != "identity":
        faults.append(Evidence(url=bare.asked, said="compressed for who asks for identity"))
    return judged(2, faults)


def answers(seen: Survey) -> Judged:
    """Every page that a relation leads to can be had and read."""
    return over(
        (each for each in seen.pages.values() if each.url != seen.root.url),
        lambda each: (
            None
            if each.page is not None or each.status == 410
            else Evidence(url=each.url, said=each.trouble)
        ),
    )


def sizes(seen: Survey) -> Judged:
    """Pages are neither huge nor, when they are full, nearly empty.

    Where a retention policy is stated, full pages may have lost members.
    """
    root = seen.root.page
    whole = root is None or not root.policies

    def odd(visit: Visit) -> Evidence | None:
        page = visit.page
        count = len(page.members) if page is not None else 0
        if count > _MEMBERS or visit.size > _BYTES:
            return Evidence(url=visit.url, said=f"{count} members, {visit.size} bytes")
        full = page is not None and visit.says_immutable and not page.relations
        if whole and full and count < _FULL:
            return Evidence(url=visit.url, said=f"a full page of {count} members")
        return None

    return over(seen.read(), odd)


def _served(seen: Survey) -> dict[str, Visit]:
    """Give the root in each syntax in which it was really had."""
    found = {_type(each): each for each in _good(seen) if _type(each) in SYNTAXES}
    return {media: found[media] for media in SYNTAXES if media in found}


def _good(seen: Survey) -> Iterator[Visit]:
    yield from (each for each in (seen.root, *seen.forms.values()) if each.page is not None)


def _type(visit: Visit) -> str:
    return visit.answer.media_type if visit.answer is not None else ""
