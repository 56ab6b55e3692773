"""What belongs with a record without being named by it, for its page: the like, doubles, siblings.

Everything here is proposed by this node and says why; nothing is merged, and no city said it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from nodes.cards import outcome, standing
from nodes.catalogue import Catalogue, Known
from nodes.duplicates import of_kind
from nodes.pairing import Kind, Pair
from nodes.similar import FEW, RESTING, Similar
from nodes.web.keys import CATALOGUE, DUPLICATES, NETWORK, SIMILARS
from nodes.web.labels import concept_word
from nodes.web.twins import address_of
from vocab.fields import LanguageMap
from vocab.records import Experiment, Record

SHORT: Final = 3
_MOST_PAIRS: Final = 20
_MOST_SIBLINGS: Final = 50


@dataclass(frozen=True, kw_only=True)
class Kin:
    """The records around one: pairs with the other record, series with their other trials."""

    similar: tuple[Similar, ...] = ()
    doubles: tuple[tuple[Pair, Known], ...] = ()
    projects: tuple[tuple[Pair, Known], ...] = ()
    series: tuple[tuple[str, tuple[Known, ...]], ...] = ()


async def kin(request: web.Request, known: Known) -> Kin:
    """Look the kin of a record up."""
    app = request.app
    pairs = await app[DUPLICATES].around(known)
    others = await app[CATALOGUE].records(pair.other(known.record.iri) for pair in pairs)

    def beside(kind: Kind) -> tuple[tuple[Pair, Known], ...]:
        iri = known.record.iri
        found = ((pair, others.get(pair.other(iri))) for pair in of_kind(pairs, kind))
        return tuple((pair, each) for pair, each in found if each is not None)[:_MOST_PAIRS]

    return Kin(
        similar=await app[SIMILARS].like(known, SHORT, age=RESTING, candidates=FEW),
        doubles=beside(Kind.DUPLICATE),
        projects=beside(Kind.PROJECT),
        series=tuple([each async for each in _series(known.record, app[CATALOGUE])]),
    )


async def _series(record: Record, catalogue: Catalogue) -> Any:
    for iri in record.series[:10] if isinstance(record, Experiment) else ():
        found = await catalogue.mentioning(iri, _MOST_SIBLINGS)
        others = tuple(
            each
            for each in found
            if each.record.iri != record.iri
            and isinstance(each.record, Experiment)
            and iri in each.record.series
        )
        if others:
            yield iri, others


def record_json(request: web.Request, known: Known, reader: Sequence[str]) -> dict[str, Any]:
    """Tell a record in a few words: what, where, how it stands and how it ended."""
    record = known.record
    stage, ended = standing(record), outcome(record)
    return {
        "iri": record.iri,
        "href": address_of(request, known),
        "title": dict(record.title),
        "language": record.language,
        "city": record.place.city if record.place else None,
        "node": request.app[NETWORK].city(known.origin),
        "origin": known.origin,
        "stage": concept_json(stage, reader) if stage else None,
        "verdict": concept_json(ended.verdict, reader) if ended and ended.verdict else None,
        "start": record.start.value if record.start else None,
        "end": record.end.value if record.end else None,
    }


def concept_json(iri: str, reader: Sequence[str]) -> dict[str, str]:
    """Tell a concept by its IRI and its name."""
    return {"iri": iri, "label": concept_word(iri, reader).text}


def pair_json(pair: Pair) -> dict[str, Any]:
    """Tell what a pair may be and why."""
    return {
        "may_be": pair.kind.value,
        "score": pair.score,
        "records": [pair.first, pair.second],
        "reasons": [
            {"reason": each.name, "weight": each.weight, "why": each.why} for each in pair.reasons
        ],
    }


def texts_json(texts: Iterable[tuple[str, LanguageMap]]) -> Mapping[str, Mapping[str, str]]:
    """Tell texts by language, without those that say nothing."""
    return {name: dict(said) for name, said in texts if said}
