"""`/duplicates`: records that may be the same, and trials that may be of one project.

Proposed to people, with reasons, and never acted on: each city's word stands as it was said.
"""

from typing import Any, Final

from aiohttp import web

from nodes.catalogue import Known
from nodes.duplicates import CROWD, of_kind
from nodes.errors import NotFound
from nodes.pairing import ENOUGH, Kind, Pair
from nodes.web.given import only, whole
from nodes.web.keys import CATALOGUE, CITY, DUPLICATES
from nodes.web.kin import pair_json, record_json
from nodes.web.reader import languages
from nodes.web.rendering import links
from nodes.web.shapes import addresses, shaped

_SIZE: Final = 25


def routes() -> list[web.RouteDef]:
    """Give the addresses."""
    return [web.get(path, duplicates) for path in addresses("/duplicates", "json", "html")]


async def duplicates(request: web.Request) -> web.Response:
    """List a page of the pairs that are proposed; raises BadParameter, NotFound."""
    only(request, "page", "format")
    number = whole(request, "page", 1, 1_000)
    base, reader = request.app[CITY].base, languages(request)
    found = await request.app[DUPLICATES].every()
    last = max(1, -(-len(found.pairs) // _SIZE))
    if number > last:
        raise NotFound(f"There are {last} pages of pairs.")
    pairs = found.pairs[(number - 1) * _SIZE : number * _SIZE]
    known = await request.app[CATALOGUE].records(
        iri for pair in pairs for iri in (pair.first, pair.second)
    )
    shown = [
        (pair, known[pair.first], known[pair.second])
        for pair in pairs
        if pair.first in known and pair.second in known
    ]

    def told(pair: Pair, first: Known, second: Known) -> dict[str, Any]:
        records = [record_json(request, each, reader) for each in (first, second)]
        return {**pair_json(pair), "records": records}

    this = f"{base}duplicates.json"
    address = {"self": f"{this}?page={number}"}
    if number > 1:
        address["prev"] = f"{this}?page={number - 1}"
    if number < last:
        address["next"] = f"{this}?page={number + 1}"
    said = {
        "total": len(found.pairs),
        "page": number,
        "pages": last,
        "enough": ENOUGH,
        "pairs": [told(*each) for each in shown],
        "tooCommon": [{"mark": each.mark, "records": each.records} for each in found.crowds],
        "mostOfAMark": CROWD,
        "compared": found.compared,
        "whole": found.whole,
        "position": found.position,
        "links": address,
    }
    context = {
        "found": found,
        "shown": shown,
        "counts": {kind.value: len(of_kind(found.pairs, kind)) for kind in Kind},
        "number": number,
        "last": last,
        "crowd": CROWD,
    }
    headers = links([(this, "alternate", "application/json")])
    return shaped(request, said, "duplicates.html", context, headers)
