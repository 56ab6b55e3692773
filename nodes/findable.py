"""What a record is found by: its texts, its facets, its place in an order. No library, no disk.

Concepts are found by every label they have in every language: a record in Finnish about a
technology is found by an Italian who knows that technology's Italian name.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from nodes.places import box
from nodes.searches import Box
from nodes.words import fold
from vocab.experiment import Experiment, LanguageMap
from vocab.languages import primary
from vocab.schemes import concept

_LONGEST_VALUE: Final = 200
_MOST_VALUES: Final = 200
_MOST_LABELS: Final = 2_000
_MOST_YEARS: Final = 60
_YEAR: Final = re.compile(r"[0-9]{4}")
_DIGITS: Final = re.compile(r"[0-9]")


@dataclass(frozen=True, kw_only=True)
class Said:
    """A text of a record: the field it counts for, and its language where that is known."""

    field: str
    text: str
    language: str | None = None


@dataclass(frozen=True, kw_only=True)
class Findable:
    """A record as the index sees it; `started` and `updated` are numbers that sort as dates do."""

    iri: str
    said: tuple[Said, ...]
    facets: Mapping[str, tuple[str, ...]]
    title: str
    started: int | None
    updated: int
    box: Box | None


def findable(experiment: Experiment, origin: str) -> Findable:
    """Say what an experiment is found by; `origin` is the base of the node that tells it."""
    return Findable(
        iri=experiment.iri,
        said=tuple(_said(experiment)),
        facets={name: _values(found) for name, found in _facets(experiment, origin).items()},
        title=fold(_first(experiment.title, experiment.language))[:_LONGEST_VALUE],
        started=_started(experiment),
        updated=int("".join(_DIGITS.findall(experiment.modified))[:14] or 0),
        box=box(experiment.place.wkt) if experiment.place else None,
    )


def concepts(experiment: Experiment) -> Iterator[str]:
    """Give the concepts a record is about; stages and kinds of partners are facets only."""
    yield from experiment.themes
    yield from experiment.technologies
    if experiment.outcome and experiment.outcome.verdict:
        yield experiment.outcome.verdict


def _said(experiment: Experiment) -> Iterator[Said]:
    yield from _texts("title", experiment.title)
    yield from _texts("summary", experiment.summary)
    yield from _texts("body", experiment.description)
    if experiment.outcome:
        yield from _texts("body", experiment.outcome.text)
    for language, keyword in experiment.keywords[:_MOST_LABELS]:
        yield Said(field="about", text=keyword, language=primary(language))
    for partner in experiment.partners[:_MOST_VALUES]:
        yield Said(field="about", text=partner.name)
        yield from _texts("body", partner.task)
    if place := experiment.place:
        yield from _texts("about", place.name)
        for text in filter(None, (place.address, place.city)):
            yield Said(field="about", text=text)
    yield Said(field="about", text=experiment.identifier)
    for iri in dict.fromkeys(concepts(experiment)):
        yield from _labels(iri)


@lru_cache(maxsize=4_096)
def _labels(iri: str) -> tuple[Said, ...]:
    known = concept(iri)
    if known is None:
        return ()
    return tuple(
        Said(field="labels", text=text, language=primary(language))
        for language, label in known.labels.items()
        for text in (label, *known.others.get(language, ()))
    )


def _texts(field: str, texts: LanguageMap) -> Iterator[Said]:
    for language, text in list(texts.items())[:_MOST_LABELS]:
        yield Said(field=field, text=text, language=primary(language))


def _facets(experiment: Experiment, origin: str) -> dict[str, Iterable[str | None]]:
    place, outcome = experiment.place, experiment.outcome
    return {
        "theme": experiment.themes,
        "technology": experiment.technologies,
        "stage": [experiment.stage],
        "verdict": [outcome.verdict if outcome else None],
        "city": [place.city if place else None],
        "country": [place.country if place else None],
        "helix": [partner.helix for partner in experiment.partners],
        "partner": [partner.name for partner in experiment.partners],
        "year": _years(experiment),
        "language": [experiment.language],
        "origin": [origin],
    }


def _values(found: Iterable[str | None]) -> tuple[str, ...]:
    unique = dict.fromkeys(value.strip()[:_LONGEST_VALUE] for value in found if value)
    return tuple(value for value in unique if value)[:_MOST_VALUES]


def _years(experiment: Experiment) -> list[str]:
    moments = [moment.value for moment in (experiment.start, experiment.end) if moment]
    years = [int(found[0]) for value in moments if (found := _YEAR.match(value))]
    if not years:
        return []
    first, last = min(years), max(years)
    return [f"{year:04}" for year in range(first, min(last, first + _MOST_YEARS) + 1)]


def _started(experiment: Experiment) -> int | None:
    moment = experiment.start or experiment.end
    if moment is None:
        return None
    digits = "".join(_DIGITS.findall(moment.value))[:8]
    return int(digits.ljust(8, "0")) if digits else None


def _first(texts: LanguageMap, language: str) -> str:
    return texts.get(language) or next(iter(texts.values()), "")
