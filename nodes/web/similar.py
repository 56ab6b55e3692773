"""What is like an experiment, and how it went from city to city.

`/experiments/{slug}/similar` and `/replications`, for our copies of others' experiments at
`/catalogue/{origin}/{slug}/similar` and `/replications`; pages, and JSON by suffix or Accept. A
likeness is this node's own reckoning, told part by part; links between records are what cities
said, and whoever was named sees them too, because this node looks from both sides.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from aiohttp import web

from nodes.catalogue import Gone, Known
from nodes.errors import NotFound
from nodes.likeness import TRIAL_WEIGHTS
from nodes.web.addresses import local_path, origin_of, record_iri
from nodes.web.cities import likeness_json
from nodes.web.keys import CATALOGUE, CITY, SIMILARS
from nodes.web.kin import kin, pair_json, record_json, texts_json
from nodes.web.neighbours import around
from nodes.web.reader import languages
from nodes.web.rendering import links
from nodes.web.shapes import addresses, shaped
from vocab.parts import Replication
from vocab.records import Experiment

_MOST: Final = 20
_ROOM: Final = Experiment.room


def routes() -> list[web.RouteDef]:
    """Give the addresses of both, for own experiments and for copies."""
    return [
        web.get(path, handler)
        for name, handler in (("similar", similar), ("replications", replications))
        for place in (f"/{_ROOM}/{{slug}}", "/catalogue/{origin}/{slug}")
        for path in addresses(f"{place}/{name}", "json", "html")
    ]


async def similar(request: web.Request) -> web.Response:
    """Rank the experiments like one, and say why; raises NotFound."""
    known = await trial(request)
    found = await request.app[SIMILARS].like(known, _MOST)
    reader, base = languages(request), request.app[CITY].base
    here = _here(known, base)
    said = {
        **record_json(request, known, reader),
        "weights": dict(TRIAL_WEIGHTS),
        "similar": [
            {**record_json(request, each.known, reader), "likeness": likeness_json(each.likeness)}
            for each in found
        ],
        "links": {"self": f"{here}/similar.json", "describes": known.record.iri, "up": here},
    }
    context = {"known": known, "found": found, "weights": TRIAL_WEIGHTS, "at": _path(known, base)}
    return shaped(request, said, "similar.html", context, _links(known, here, "similar"))


async def replications(request: web.Request) -> web.Response:
    """Tell what an experiment repeats and inspired, from both sides; raises NotFound."""
    known = await trial(request)
    reader, base = languages(request), request.app[CITY].base
    around_it = await around(known.record, request.app[CATALOGUE])
    relatives = await kin(request, known)
    here, record = _here(known, base), known.record
    assert isinstance(record, Experiment)

    def told(those: Iterable[str]) -> list[dict[str, Any]]:
        return [_named(request, iri, around_it.named, record.replications, reader) for iri in those]

    def backwards(words: str) -> list[dict[str, Any]]:
        return [
            _naming(request, each, record.iri, reader) for each in around_it.naming.get(words, ())
        ]

    detailed = [each.experiment for each in record.replications]
    said = {
        **record_json(request, known, reader),
        "seeksReplication": record.seeks_replication,
        "offersVisit": record.offers_visit,
        "repeats": told(dict.fromkeys((*record.replicates, *detailed))),
        "repeatedBy": backwards("Repeated by"),
        "inspiredBy": told(record.inspired_by),
        "inspired": backwards("Inspired"),
        "sameSeries": [
            {"series": iri, "experiments": [record_json(request, each, reader) for each in those]}
            for iri, those in relatives.series
        ],
        "perhapsOneProject": [
            {**record_json(request, each, reader), **pair_json(pair)}
            for pair, each in relatives.projects
        ],
        "links": {"self": f"{here}/replications.json", "describes": record.iri, "up": here},
    }
    context = {
        "known": known,
        "record": record,
        "neighbours": around_it,
        "kin": relatives,
        "backwards": [
            (heading, [(each, _details(each, record.iri)) for each in those])
            for heading, those in around_it.naming.items()
        ],
        "at": _path(known, base),
    }
    return shaped(request, said, "replications.html", context, _links(known, here, "replications"))


async def trial(request: web.Request) -> Known:
    """Give the experiment an address is about; raises NotFound, or HTTPGone for one withdrawn."""
    base, place = request.app[CITY].base, request.match_info.get("origin")
    origin = base if place is None else origin_of(place)
    if origin is None:
        raise NotFound("No node has the base that this address names.")
    if place is not None and origin == base:
        raise web.HTTPMovedPermanently(f"{base}{_ROOM}/" + request.path.split("/catalogue/", 1)[1]
                                       .split("/", 1)[1])  # fmt: skip
    iri = record_iri(origin, _ROOM, request.match_info["slug"])
    known = await request.app[CATALOGUE].record(iri)
    if isinstance(known, Gone):
        raise web.HTTPGone(text="This experiment was withdrawn by its city.")
    if known is None or known.origin != origin or not isinstance(known.record, Experiment):
        raise NotFound(f"No experiment is known here as {iri[:300]}")
    return known


def _named(
    request: web.Request,
    iri: str,
    found: Mapping[str, Any],
    details: Sequence[Replication],
    reader: Sequence[str],
) -> dict[str, Any]:
    """Tell a record that is named, with what was kept, changed and dropped of it."""
    neighbour = found.get(iri)
    known: Mapping[str, Any] = {"iri": iri, "href": None, "title": {}, "known": False}
    if neighbour is not None:
        known = {**record_json(request, neighbour.known, reader), "known": True}
    return {**known, **_told(each for each in details if each.experiment == iri)}


def _naming(request: web.Request, known: Known, iri: str, reader: Sequence[str]) -> dict[str, Any]:
    return {**record_json(request, known, reader), "known": True, **_told(_details(known, iri))}


def _details(known: Known, iri: str) -> list[Replication]:
    """Give what a record says of how it repeats another one."""
    if not isinstance(known.record, Experiment):
        return []
    return [each for each in known.record.replications if each.experiment == iri]


def _told(details: Iterable[Replication]) -> Mapping[str, Any]:
    first = next(iter(details), None)
    if first is None:
        return {}
    said = (("kept", first.kept), ("adaptation", first.adaptation), ("dropped", first.dropped))
    return texts_json(said)


def _path(known: Known, base: str) -> str:
    return local_path(known.record.iri, known.origin, base)


def _here(known: Known, base: str) -> str:
    return base + _path(known, base)


def _links(known: Known, here: str, name: str) -> dict[str, str]:
    return links(
        [
            (f"{here}/{name}.json", "alternate", "application/json"),
            (here, "up", None),
            (known.record.iri, "about", None),
        ]
    )
