"""`/suggest`: what the words being typed into a search may become. JSON, for pages and programs.

Titles of records, concepts by their label in any language, cities and partners: a few of each,
and each with the address that it leads to.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import hdrs, web

from nodes.catalogue import Known, Wording, wording
from nodes.errors import BadParameter
from nodes.searches import SCHEME_OF, Proposal
from nodes.web import given
from nodes.web.answers import answer
from nodes.web.keys import CATALOGUE, CITY
from nodes.web.labels import short
from nodes.web.reader import languages
from nodes.web.twins import address_of
from nodes.words import words
from vocab.schemes import scheme_of

LONGEST: Final = 200
_KEPT: Final = "public, max-age=60"
_FACET_OF: Final = {scheme: facet for facet, scheme in SCHEME_OF.items()}


def routes() -> list[web.RouteDef]:
    """Give the address."""
    return [web.get("/suggest", suggest)]


async def suggest(request: web.Request) -> web.Response:
    """Say what the words being typed may become."""
    given.only(request, "q")
    typed = request.query.get("q", "")
    if len(typed) > LONGEST:
        raise BadParameter("q", typed, f"at most {LONGEST} characters")
    proposals, records = await request.app[CATALOGUE].propose(typed)
    found = [*_titles(request, typed, records), *_others(request, proposals)]
    body = json.dumps({"q": typed, "suggestions": found}, ensure_ascii=False, indent=1)
    return answer(
        request,
        body.encode(errors="replace"),
        "application/json",
        vary="Accept-Encoding, Accept-Language",
        headers={hdrs.CACHE_CONTROL: _KEPT},
    )


def _titles(request: web.Request, typed: str, records: Sequence[Known]) -> Iterator[dict[str, Any]]:
    for known in records:
        title = _title(known, typed, languages(request))
        if title is not None:
            yield {
                "kind": "title",
                "text": title.text,
                "language": title.language,
                "iri": known.record.iri,
                "href": address_of(request, known),
            }


def _title(known: Known, typed: str, reader: Sequence[str]) -> Wording | None:
    """Give the title that was typed, in whatever language, else that for the reader."""
    wanted = words(typed)
    for language, text in known.record.title.items():
        there = words(text)
        if wanted and all(any(word.startswith(each) for word in there) for each in wanted):
            return Wording(language=language, text=text)
    return wording(known.record.title, reader, known.record.language)


def _others(request: web.Request, proposals: Sequence[Proposal]) -> Iterator[dict[str, Any]]:
    base = request.app[CITY].base
    for each in proposals:
        said: dict[str, Any] = {"kind": each.kind, "text": each.text}
        leads = {each.kind: each.text}
        if each.concept is not None:
            said |= {"language": each.language, "iri": each.concept}
            facet = _FACET_OF.get(scheme_of(each.concept) or "")
            leads = {facet: short(facet, each.concept)} if facet else {"q": each.text}
        yield {**said, "href": f"{base}search?{urlencode(leads, errors='replace')}"}
