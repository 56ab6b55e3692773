"""Search: `/search` for people and programs, and its twins by suffix.

One question, many shapes: a page, JSON, and the twins (`nodes.web.twins`), by Accept, by suffix
(`/search.csv`) or by `format=csv`. The page and JSON have a part of the hits, the twins all.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any, Final, TypeVar, TypeVarTuple

from aiohttp import hdrs, web

from nodes.cards import Card
from nodes.catalogue import Found, Known, Wording
from nodes.places import centre
from nodes.searches import DEEPEST, FACETS, SCHEME_OF, Match, Sort
from nodes.web import labels
from nodes.web.addresses import shown_below
from nodes.web.answers import answer
from nodes.web.asking import FORMATS, Asked, read
from nodes.web.freshness import fresh
from nodes.web.keys import CATALOGUE, CITY, NETWORK
from nodes.web.negotiation import accepted, choose
from nodes.web.reader import languages
from nodes.web.rendering import page
from nodes.web.twins import MEDIA, VARY, alternates, twin

_MEDIA: Final = {"json": "application/json", "html": "text/html", **MEDIA}
_SHOWN_CHOICES: Final = 12
_OFFERED: Final = 15
_LONGEST_KEPT: Final = 200
_written: Final = json.JSONEncoder(ensure_ascii=False).encode

_Hits = Found[Known] | Found[Card]
_More = TypeVarTuple("_More")
_Written = TypeVar("_Written")


def routes() -> list[web.RouteDef]:
    """Give the addresses of search."""
    return [
        web.get("/search", search),
        web.get("/search.{suffix:" + "|".join(FORMATS) + "}", search),
    ]


async def search(request: web.Request) -> web.StreamResponse:
    """Answer a search in the shape asked for."""
    asked = read(request.query.items())
    shape = request.match_info.get("suffix") or asked.format or _by_accept(request)
    said = alternates(request, asked)
    said.extend(await fresh(request))
    said.popall(hdrs.AGE)  # that of the hits is nearer the truth
    if shape in MEDIA:
        return await twin(request, asked, shape, said)
    if shape == "html":
        asked = replace(asked, request=replace(asked.request, facets=FACETS))
    catalogue = request.app[CATALOGUE]
    if shape == "json":
        response = await catalogue.listed(asked.request, partial(_json, request, asked))
    else:
        response = _page(request, asked, await catalogue.search(asked.request))
    response.headers.extend(said)
    return response


def _by_accept(request: web.Request) -> str:
    media = choose(accepted(request), tuple(_MEDIA.values()))
    if media is None:
        raise web.HTTPNotAcceptable(text=f"Search answers as {', '.join(_MEDIA.values())}.")
    return next(shape for shape, each in _MEDIA.items() if each == media)


def _page(request: web.Request, asked: Asked, found: Found[Known]) -> web.Response:
    size = asked.request.limit
    last = max(1, -(-min(found.total, DEEPEST) // size))
    said = {
        "asked": asked,
        "found": found,
        "by_meaning": "meaning" in request.app[CATALOGUE].ways,
        "kinds": _kinds(asked, found),
        "narrowed": list(_narrowed(asked)),
        "facets": {name: _choices(asked, name, found) for name in found.facets},
        "known_words": _known_words(request, found),
        "distance": lambda known: distance(asked, known.record.place and known.record.place.wkt),
        "last_page": last,
        "ages": _freshness(request, found),
    }
    return page(request, "search.html", said, headers=_age(request, found))


def _known_words(request: web.Request, found: Found[Known]) -> Sequence[Wording]:
    """Give words that find something, to be offered while somebody types without any script."""
    reader, network = languages(request), request.app[NETWORK]
    return [
        labels.worded(name, value, reader, network)
        for name in ("technology", "theme", "city")
        for value, _ in found.facets[name][:_OFFERED]
    ]


def _narrowed(asked: Asked) -> Iterator[tuple[tuple[str, ...], str]]:
    """Say in words what narrows a search beside its filters, with the parameters that do."""
    asks = asked.request
    if asks.box is not None:
        yield ("box",), "In a part of the map"
    if asks.period is not None:
        between = filter(None, (asks.period.first, asks.period.last))
        words = "On or after" if asks.period.last is None else "Up to"
        both = None not in (asks.period.first, asks.period.last)
        yield ("from", "to"), ("Between " if both else words + " ") + " and ".join(between)
    if asks.near is not None:
        within = asks.near.within
        far = "Measured from a point" if within is None else f"Within {within:g} km of a point"
        yield ("near", "within", *(("sort",) if asks.sort is Sort.DISTANCE else ())), far


def _kinds(asked: Asked, found: Found[Known]) -> Sequence[tuple[str, int]]:
    """Count the hits of each kind; the facet's own counts leave its filter out."""
    wanted = asked.request.filters.get("kind")
    counts = found.facets["kind"]
    return [each for each in counts if each[0] in wanted] if wanted else counts


def _choices(asked: Asked, facet: str, found: Found[Known]) -> Sequence[tuple[str, int, bool]]:
    """Give the choices of a facet that are shown: the chosen ones first, then the frequent."""
    counts = dict(found.facets[facet])
    chosen = asked.request.filters.get(facet, ())
    others = [value for value in counts if value not in chosen][: _SHOWN_CHOICES - len(chosen)]
    if facet == "year":
        others.sort(reverse=True)
    return [(value, counts.get(value, 0), value in chosen) for value in (*chosen, *others)]


def _json(request: web.Request, asked: Asked, found: Found[Card]) -> web.Response:
    reader = languages(request)
    base = request.app[CITY].base
    hits = ", ".join([_hit(base, asked, card, found, reader) for card in found.hits])
    facets = ", ".join(
        f'"{name}": [{", ".join(_choices_told(request, name, counts, reader))}]'
        for name, counts in found.facets.items()
    )
    counted = {
        "total": found.total,
        "page": None if asked.request.cursor else asked.page,
        "limit": asked.request.limit,
    }
    further = {
        "by": request.app[CATALOGUE].ways,
        "meant": [_meant(each, reader) for each in found.matches],
        "instead": _instead(request, asked, found),
        "links": _links(request, asked, found),
        "freshness": _freshness(request, found),
    }
    text = (
        f'{_written(counted)[:-1]}, "hits": [{hits}], {_written(further)[1:-1]}, '
        f'"facets": {{{facets}}}}}'
    )
    body = text.encode(errors="replace")
    return answer(request, body, _MEDIA["json"], vary=VARY, headers=_age(request, found))


def _hit(base: str, asked: Asked, card: Card, found: Found[Card], reader: tuple[str, ...]) -> str:
    """Write a hit as JSON, around what is written of it already."""
    said = card.said
    stage, verdict = (
        _concept(name, said[name], reader) if said[name] else "null"
        for name in ("stage", "verdict")
    )
    themes = ", ".join([_concept("theme", iri, reader) for iri in said["themes"]])
    technologies = ", ".join([_concept("technology", iri, reader) for iri in said["technologies"]])
    href = shown_below(base, card.iri, card.origin)
    return (
        f'{{"iri": {_written(card.iri)}, "href": {_written(href)}, {card.before}, "stage": {stage},'
        f' "themes": [{themes}], "technologies": [{technologies}], "verdict": {verdict}, '
        f"{card.after}, {_written(_found(asked, card, found, reader))[1:]}"
    )


def _found(asked: Asked, card: Card, found: Found[Card], reader: Sequence[str]) -> dict[str, Any]:
    """Say how a record was found: by which concepts of the question, how far from its point."""
    said: dict[str, Any] = {"matched": [_meant(each, reader) for each in found.matched(card)]}
    if card.iri in found.alike:
        said["likeness"] = round(found.alike[card.iri], 3)
    if asked.request.near is not None:
        said["distance"] = distance(asked, card.wkt)
    return said


def _meant(match: Match, reader: Sequence[str]) -> dict[str, str]:
    """Tell a concept with the words that mean it, and the label of it that they met."""
    return {
        "concept": match.concept,
        "label": labels.concept_word(match.concept, reader).text,
        "word": match.word,
        "as": match.label,
        "language": match.language,
    }


def distance(asked: Asked, wkt: str | None) -> float | None:
    """Give the kilometres from the point of a search to a place; None where one is not told."""
    near, middle = asked.request.near, centre(wkt)
    return round(near.kilometres(middle[1], middle[0]), 3) if near and middle else None


def _instead(request: web.Request, asked: Asked, found: Found[Card]) -> dict[str, str] | None:
    """Give a spelling that finds more, with its address."""
    if found.instead is None:
        return None
    base, other = request.app[CITY].base, asked.address(q=found.instead, page=None, cursor=None)
    return {"q": found.instead, "href": f"{base}search.json{other}"}


def _remembered(
    write: Callable[[str, str, *_More], _Written],
) -> Callable[[str, str, *_More], _Written]:
    """Remember what is written of a value of a facet, but for long ones: they have no end."""
    remember = lru_cache(maxsize=10_000)(write)

    def written(facet: str, value: str, /, *more: *_More) -> _Written:
        if len(value) > _LONGEST_KEPT:
            return write(facet, value, *more)
        return remember(facet, value, *more)

    return written


@_remembered
def _concept(facet: str, iri: str, reader: tuple[str, ...]) -> str:
    """Write a concept as JSON, with its name for a reader."""
    label = labels.concept_word(iri, reader).text
    return _written({"iri": iri, "id": labels.short(facet, iri), "label": label})


def _choices_told(
    request: web.Request, facet: str, counts: Sequence[tuple[str, int]], reader: tuple[str, ...]
) -> Iterator[str]:
    """Write the choices of a facet as JSON, around their counts."""
    network = request.app[NETWORK] if facet == "origin" else None  # whose names may change
    for value, count in counts:
        name = labels.word(facet, value, reader, network) if network else None
        before, after = _choice(facet, value, reader, name)
        yield f"{before}{count}{after}"


@_remembered
def _choice(facet: str, value: str, reader: tuple[str, ...], name: str | None) -> tuple[str, str]:
    """Write a value of a facet as JSON: what stands before its count and behind it."""
    label = labels.word(facet, value, reader, None) if name is None else name
    said = {"value": value, "label": label}
    further = {"id": labels.short(facet, value)} if facet in SCHEME_OF else {}
    before, after = (_written(each)[1:-1] for each in (said, further))
    return f'{{{before}, "count": ', f", {after}}}" if after else "}"


def _links(request: web.Request, asked: Asked, found: Found[Card]) -> dict[str, str]:
    base = request.app[CITY].base
    said = {"self": f"{base}search.json{asked.address()}"}
    if asked.page > 1:
        said["prev"] = f"{base}search.json{asked.address(page=asked.page - 1)}"
    if found.following is not None:
        said["next"] = f"{base}search.json{asked.address(page=None, cursor=found.following)}"
    return said | {shape: f"{base}search.{shape}{asked.everything}" for shape in FORMATS[2:]}


def _freshness(request: web.Request, found: _Hits) -> dict[str, dict[str, Any]]:
    """Say how old the data of each origin is that could have had a part in the answer."""
    network, ages = request.app[NETWORK], request.app[CATALOGUE].ages()
    said = {*ages, *(hit.origin for hit in found.hits)}
    return {
        origin: {"city": network.city(origin), "age": ages.get(origin)} for origin in sorted(said)
    }


def _age(request: web.Request, found: _Hits) -> Mapping[str, str]:
    """State the age of the oldest part of the answer, in seconds."""
    ages = request.app[CATALOGUE].ages()
    own = request.app[CITY].base
    origins = {hit.origin for hit in found.hits}
    known = [ages[origin] for origin in origins if origin in ages]
    return {"Age": str(max(known))} if known and origins - {own} else {}
