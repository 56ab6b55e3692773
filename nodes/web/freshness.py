"""How fresh an answer is: said with each, and on a page of its own, `/freshness`.

An answer of search and SPARQL carries the age of its oldest part, a summary, and a link to the
whole account. `Cache-Control: max-age=60` on a request asks for data no older than a minute, and
`no-cache` for the newest: stale peers are then asked first, and those that could not be reached
are named.
"""

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from aiohttp import hdrs, web

from nodes.freshness import Freshness
from nodes.harvesting import utc_now
from nodes.refreshing import Unreached
from nodes.web import instants
from nodes.web.answers import answer
from nodes.web.keys import CITY, FRESHNESS, REFRESHING
from nodes.web.negotiation import accepted, choose
from nodes.web.rendering import page
from vocab.terms import DCTERMS, PROV, RDFS, SCHEMA, VOID, XSD

SUMMARY: Final = "Citynode-Freshness"
_LD: Final = "application/ld+json"
_MEDIA: Final = (_LD, "application/json", "text/html")
_MAX_AGE: Final = re.compile(r"max-age\s*=\s*\"?([0-9]{1,9})\"?", re.IGNORECASE)
_NAMED: Final = 20
_CONTEXT: Final = {
    "generated": {"@id": PROV + "generatedAtTime", "@type": XSD + "dateTime"},
    "origins": {"@id": DCTERMS + "hasPart", "@container": "@set"},
    "name": DCTERMS + "title",
    "records": {"@id": VOID + "entities", "@type": XSD + "integer"},
    "verified": {"@id": SCHEMA + "lastReviewed", "@type": XSD + "dateTime"},
    "through": {"@id": PROV + "hadPrimarySource", "@type": "@id"},
    "excluded": {"@id": SCHEMA + "comment", "@container": "@set"},
    "origin": {"@id": SCHEMA + "about", "@type": "@id"},
    "reason": RDFS + "comment",
    "members": {"@id": VOID + "entities", "@type": XSD + "integer"},
    "age": None,
    "oldest": None,
    "failures": None,
}


def routes() -> list[web.RouteDef]:
    """List the address."""
    return [web.get("/freshness", freshness)]


async def freshness(request: web.Request) -> web.Response:
    """Tell how old and how complete the node's knowledge is, or was."""
    if (text := instants.named(request.query.items())) is not None:
        return await _then(request, text)
    unreached = await _brought(request)
    found = await _freshness(request, anew=True)
    said = summary(request, found, unreached)
    media = choose(accepted(request), _MEDIA)
    if media is None:
        raise web.HTTPNotAcceptable(text=f"This can be had as {', '.join(_MEDIA)}.")
    if media == "text/html":
        shown = {"freshness": found, "unreached": unreached}
        return page(request, "freshness.html", shown, headers=said)
    document = json.dumps(_document(request, found, unreached), ensure_ascii=False, indent=1)
    return answer(request, document.encode(errors="replace"), media, headers=said)


async def _then(request: web.Request, text: str) -> web.Response:
    """Tell what an earlier state was made of."""
    media = choose(accepted(request), _MEDIA[:2])
    if media is None:
        raise web.HTTPNotAcceptable(text=f"This can be had as {', '.join(_MEDIA[:2])}.")
    then = await instants.moment(request, text)
    found = await instants.summary(request, then)
    said = await instants.headers(request, then)
    return answer(request, instants.document(request, then, found, _CONTEXT), media, headers=said)


async def fresh(request: web.Request) -> Mapping[str, str]:
    """Bring peers up to date if the request asks for it; return what to say of freshness."""
    unreached = await _brought(request)
    found = await _freshness(request, anew=bool(unreached))
    return summary(request, found, unreached)


def wanted(header: str) -> float | None:
    """Read how old data may be from a request's Cache-Control, in seconds; None: any age."""
    said = header[:1_000]
    if re.search(r"(?:^|[,\s])no-cache(?:$|[,\s])", said, re.IGNORECASE):
        return 0.0
    found = [int(age) for age in _MAX_AGE.findall(said)]
    return float(min(found)) if found else None


def summary(
    request: web.Request, found: Freshness, unreached: Sequence[Unreached]
) -> Mapping[str, str]:
    """Write the headers: `Age`, a summary (a dictionary of RFC 9651), a link to the account."""
    said = _summary(found, request.app[CITY].base)
    if unreached:
        named = " ".join(f'"{_plain(each.base)}"' for each in unreached[:_NAMED])
        said = {**said, SUMMARY: f"{said[SUMMARY]}, unreached=({named});of={len(unreached)}"}
    return said


@lru_cache(maxsize=4)
def _summary(found: Freshness, base: str) -> Mapping[str, str]:
    """Write what holds for all who ask at this moment."""
    members = (
        f"origins={len(found.origins)}",
        f"oldest={found.oldest}",
        f"failing={found.failing}",
        f"excluded={len(found.excluded)}",
    )
    said = {
        hdrs.AGE: str(found.oldest),
        hdrs.LINK: f'<{base}freshness>; rel="describedby"; type="{_LD}"',
        SUMMARY: ", ".join(members),
    }
    return MappingProxyType(said)


async def _brought(request: web.Request) -> tuple[Unreached, ...]:
    age = wanted(", ".join(request.headers.getall(hdrs.CACHE_CONTROL, ())))
    return () if age is None else await request.app[REFRESHING].bring(age)


async def _freshness(request: web.Request, *, anew: bool) -> Freshness:
    source = request.app[FRESHNESS]
    if anew:
        return await asyncio.to_thread(source.now, utc_now())
    return await source.recent(utc_now())


def _document(
    request: web.Request, found: Freshness, unreached: Sequence[Unreached]
) -> dict[str, Any]:
    late = {each.base: each.reason for each in unreached}
    return {
        "@context": _CONTEXT,
        "@id": f"{request.app[CITY].base}freshness",
        "generated": found.at.isoformat(),
        "oldest": found.oldest,
        "origins": [
            {
                "@id": each.base,
                "name": each.name,
                "records": each.records,
                **({"verified": each.verified.isoformat()} if each.verified else {}),
                "age": found.age(each),
                **({"through": each.through} if each.through else {}),
                "failures": each.failures,
                **({"reason": late[each.base]} if each.base in late else {}),
            }
            for each in found.origins
        ],
        "excluded": [
            {"origin": each.origin, "reason": each.reason, "members": each.members}
            for each in found.excluded
        ],
    }


def _plain(base: str) -> str:
    return "".join(char for char in base[:300] if " " < char < "\x7f" and char not in '"\\')
