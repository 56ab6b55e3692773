"""Cities and those like them: `/cities`, `/cities/{city}`, `/cities/{city}/like`.

A city is named by its node's base, written as one segment of a path; this node's own is `own`,
which is the city's IRI too. Each says what it says of itself, signed in its feed; a likeness is
this node's own reckoning, told part by part, with what is not known and so was not counted.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from nodes.cities import Alike, CityKnown
from nodes.errors import NotFound
from nodes.likeness import CITY_WEIGHTS, Likeness
from nodes.web import linked
from nodes.web.addresses import origin_of, segment
from nodes.web.answers import answer, typed
from nodes.web.keys import CITIES, CITY, FEEDS, JOURNAL
from nodes.web.negotiation import accepted, choose
from nodes.web.rendering import links, page
from nodes.web.shapes import HTML, addresses, shaped
from vocab.profile import OWN, ROOM, Profile

_FORMATS: Final = {each.media: each for each in linked.FORMATS if each.suffix != "html"}
_OFFERS: Final = (*_FORMATS, HTML, "application/json")
_SUFFIXES: Final = "|".join(each.suffix for each in linked.FORMATS)


def routes() -> list[web.RouteDef]:
    """Give the addresses of cities."""
    return [
        *(web.get(path, every) for path in addresses(f"/{ROOM}", "json", "html")),
        web.get(f"/{OWN}.{{suffix:{_SUFFIXES}}}", one),
        *(web.get(path, like) for path in addresses(f"/{ROOM}/{{city}}/like", "json", "html")),
        web.get(f"/{ROOM}/{{city}}", one),
    ]


async def every(request: web.Request) -> web.Response:
    """List the cities that are known, with what each says of itself."""
    base = request.app[CITY].base
    known = list((await request.app[CITIES].every()).values())
    said = {
        "cities": [{**city_json(each, base), "like": _at(each.base, base, "/like")}
                   for each in known],
        "links": {"self": f"{base}{ROOM}.json", "own": f"{base}{OWN}"},
    }  # fmt: skip
    found = [(each, path_of(each.base, base)) for each in known]
    headers = links([(f"{base}{ROOM}.json", "alternate", "application/json")])
    return shaped(request, said, "cities.html", {"found": found}, headers)


async def like(request: web.Request) -> web.Response:
    """Rank the cities by their likeness to one, and say why; raises NotFound."""
    base, city = request.app[CITY].base, await _city(request)
    ranked = await request.app[CITIES].like(city.base)
    this = f"{base}{path_of(city.base, base)}/like"
    said = {
        "city": city_json(city, base),
        "weights": dict(CITY_WEIGHTS),
        "like": [_alike(each, base) for each in ranked],
        "links": {"self": f"{this}.json", "up": f"{base}{ROOM}", "describes": city.base + OWN},
    }
    headers = links(
        [
            (f"{this}.json", "alternate", "application/json"),
            (f"{base}{ROOM}", "up", None),
            (f"{base}{path_of(city.base, base)}", "about", None),
        ]
    )
    found = [(each, path_of(each.city.base, base)) for each in ranked]
    told = {"about": city, "path": path_of(city.base, base), "found": found,
            "weights": CITY_WEIGHTS}  # fmt: skip
    return shaped(request, said, "like.html", told, headers)


async def one(request: web.Request) -> web.Response:
    """Tell of one city: a page for people, what it signed for programs; raises NotFound."""
    base = request.app[CITY].base
    city = await _city(request)
    entry = await asyncio.to_thread(request.app[JOURNAL].record, city.base + OWN)
    signed = entry is not None and city.profile is not None
    shape = _shape(request)
    relations: list[tuple[str, str, str | None]] = [
        (f"{base}{path_of(city.base, base)}/like", "related", None),
        (f"{base}{ROOM}", "collection", None),
    ]
    if signed and entry is not None:
        relations.append((city.base + OWN, "canonical", None))
        relations.append((entry.member.iri, "describedby", "application/ld+json"))
    if shape.suffix == "html":
        said = {
            "about": city,
            "path": path_of(city.base, base),
            "entry": entry if signed else None,
            "alike": (await request.app[CITIES].like(city.base))[:5],
            "path_of": lambda other: path_of(other, base),
        }
        return page(request, "city.html", said, headers=links(relations))
    if entry is None or not signed:
        raise NotFound(f"The node of {city.name} says nothing of its city itself.")
    key = request.app[FEEDS].key()
    body = await asyncio.to_thread(linked.write, entry.member, shape, base, key)
    return answer(request, body, typed(shape.media), headers=links(relations))


def path_of(origin: str, base: str) -> str | None:
    """Give the path at which this node tells of the city whose node has a base, if it has one."""
    if origin == base:
        return OWN
    place = segment(origin)
    return f"{ROOM}/{place}" if place else None


def city_json(city: CityKnown, base: str) -> dict[str, Any]:
    """Tell a city as JSON, with what it does not say."""
    profile = city.profile
    return {
        "name": city.name,
        "base": city.base,
        "href": _at(city.base, base),
        "records": city.records,
        "profile": profile_json(profile) if profile else None,
    }


def profile_json(profile: Profile) -> dict[str, Any]:
    """Tell a profile as JSON."""
    return {
        "iri": profile.iri,
        "names": dict(profile.name),
        "country": profile.country,
        "population": profile.population,
        "density": _float(profile.people_per_km2),
        "densityFrom": "the city" if profile.density is not None else "population and area",
        "area": _float(profile.area),
        "climate": profile.climate,
        "income": profile.income,
        "nuts": profile.nuts,
        "year": profile.year,
        "sources": list(profile.sources),
        "matches": list(profile.matches),
    }


def likeness_json(likeness: Likeness) -> dict[str, Any]:
    """Tell a likeness as JSON: the score, its parts, and what was not known."""
    return {
        "score": likeness.score,
        "known": likeness.known,
        "parts": [
            {"part": part.name, "weight": part.weight, "score": part.score and round(part.score, 4),
             "why": part.why}
            for part in likeness.parts
        ],
        "missing": [part.name for part in likeness.missing],
    }  # fmt: skip


def _alike(alike: Alike, base: str) -> Mapping[str, Any]:
    return {**city_json(alike.city, base), "likeness": likeness_json(alike.likeness)}


async def _city(request: web.Request) -> CityKnown:
    base, name = request.app[CITY].base, request.match_info.get("city", "own")
    origin = base if name == "own" else origin_of(name)
    if origin == base and name != "own":
        rest = "/like" if request.path.rstrip("/").endswith("/like") else ""
        raise web.HTTPMovedPermanently(f"{base}{OWN}{rest}")
    found = (await request.app[CITIES].every()).get(origin or "")
    if found is None:
        raise NotFound(f"No city is known here by the name {name[:200]!r}.")
    return found


def _shape(request: web.Request) -> linked.Format:
    suffix = request.match_info.get("suffix") or request.query.get("format")
    named = next((each for each in linked.FORMATS if each.suffix == suffix), None)
    if named is not None:
        return named
    media = choose(accepted(request), _OFFERS)
    if media is None:
        raise web.HTTPNotAcceptable(text=f"A city can be had as {', '.join(_OFFERS)}.")
    if media == HTML:
        return next(each for each in linked.FORMATS if each.suffix == "html")
    return _FORMATS.get(media, _FORMATS["application/ld+json"])


def _at(origin: str, base: str, rest: str = "") -> str | None:
    path = path_of(origin, base)
    return f"{base}{path}{rest}" if path else None


def _float(value: Any) -> float | None:
    return None if value is None else float(value)
