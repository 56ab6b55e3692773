"""How much another city could act on a record, and what would help most next.

What is asked for, what it is worth and why is a catalogue, `files/readiness.toml`: criteria with
the field that meets them and a sentence in five languages. Here they are only weighed. The score
is the share of what can be asked for at the stage the record is at: a trial that has not ended is
not blamed for missing results. Nothing a record says ever lowers its score.

The shapes (`vocab.validation`) decide what may be published; what they merely wish for is asked
for here too.
"""

import math
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from statistics import median
from typing import Any, Final

from vocab import shelf
from vocab.languages import primary
from vocab.records import Experiment, Record

LANGUAGES: Final = ("en", "it", "fr", "de", "es")
_FILE: Final = "readiness.toml"
_KEYS: Final = frozenset({"field", "at_least", "from", "experiments", "testbeds", "calls"})


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing to add: where, how many points it brings, and why, by language.

    `field` names the place in the model, such as `outcome.lessons`.
    """

    criterion: str
    field: str
    points: int
    texts: Mapping[str, str]

    def told(self, language: str) -> str:
        """Tell it in a language, in English where the catalogue does not have it."""
        return self.texts.get(primary(language), self.texts["en"])


@dataclass(frozen=True, kw_only=True)
class Readiness:
    """A score from 0 to 100, the criteria that are met, and what to add, most gain first."""

    score: int
    met: tuple[str, ...]
    next: tuple[Step, ...]


@dataclass(frozen=True, kw_only=True)
class Survey:
    """Many records together: the median score and each missing thing with how many lack it.

    `missing` begins with what would gain most over all of them.
    """

    records: int
    median: int
    missing: tuple[tuple[Step, int], ...]


@dataclass(frozen=True)
class Place:
    """Where something is said: `names` of fields to walk, and what must (not) be found there."""

    names: tuple[str, ...]
    wanted: frozenset[str] = frozenset()
    unlike: bool = False

    def __str__(self) -> str:
        """Give the path without what must be found there."""
        return ".".join(self.names)

    def found_in(self, record: Record) -> int:
        """Count what a record says here."""
        first = getattr(record, self.names[0], None)
        if _is_nothing(first):  # so it is with most
            return 0
        found = _values(first, self.names[1:])
        if not self.wanted:
            return len(found)
        ends = [_end(str(each)).lower() for each in found]
        return sum((each in self.wanted) is not self.unlike for each in ends)


@dataclass(frozen=True, kw_only=True)
class Criterion:
    """One entry of the catalogue: any of `places` meets it; `worth` is by kind of record."""

    name: str
    places: tuple[Place, ...]
    at_least: int
    stages: frozenset[str] | None
    worth: Mapping[str, int]
    texts: Mapping[str, str]
    fields: frozenset[str]
    """The fields of a record in which the places begin."""

    def asked_of(self, record: Record) -> bool:
        """Tell whether a record of this kind can be asked for it, at its stage."""
        return self.fits(record.room, _stage(record))

    def fits(self, room: str, stage: str | None) -> bool:
        """Tell whether records of a kind, at a stage if that kind has stages, can be asked."""
        return room in self.worth and (stage is None or self.stages is None or stage in self.stages)

    def met_by(self, record: Record) -> bool:
        """Tell whether a record says it."""
        return any(place.found_in(record) >= self.at_least for place in self.places)


def readiness(record: Record) -> Readiness:
    """Weigh a record."""
    asked = [each for each in catalogue() if each.asked_of(record)]
    worth = {each.name: each.worth[record.room] for each in asked}
    met = tuple(each.name for each in asked if each.met_by(record))
    total = sum(worth.values())
    gained = sum(worth[name] for name in met)
    score = _share(gained, total)
    steps = [
        Step(
            criterion=each.name,
            field=str(each.places[0]),
            points=_share(gained + worth[each.name], total) - score,
            texts=each.texts,
        )
        for each in sorted(asked, key=lambda each: -worth[each.name])
        if each.name not in met
    ]
    return Readiness(score=score, met=met, next=tuple(steps))


def score(record: Record) -> int:
    """Give the score of a record alone, which takes less than to say what to add."""
    room = record.room
    asked = _asked(room, _stage(record))
    unsaid = {name for name, value in vars(record).items() if _is_nothing(value)}
    met = [each for each in asked if not each.fields <= unsaid and each.met_by(record)]
    total = sum([each.worth[room] for each in asked])
    return _share(sum([each.worth[room] for each in met]), total)


def survey(records: Iterable[Record]) -> Survey:
    """Weigh many records together."""
    weighed = [readiness(each) for each in records]
    steps: dict[str, list[Step]] = {}
    for each in weighed:
        for step in each.next:
            steps.setdefault(step.criterion, []).append(step)
    ranked = sorted(steps.values(), key=lambda found: -sum(step.points for step in found))
    return Survey(
        records=len(weighed),
        median=math.floor(median(each.score for each in weighed)) if weighed else 0,
        missing=tuple((found[0], len(found)) for found in ranked),
    )


@cache
def catalogue() -> tuple[Criterion, ...]:
    """Give the criteria in the order of their file."""
    said = tomllib.loads(shelf.read(_FILE).decode())
    times = {name: frozenset(stages) for name, stages in said["times"].items()}
    return tuple(_criterion(name, each, times) for name, each in said["criteria"].items())


@lru_cache(maxsize=256)
def _asked(room: str, stage: str | None) -> tuple[Criterion, ...]:
    """Give what records of a kind can be asked for at a stage."""
    return tuple(each for each in catalogue() if each.fits(room, stage))


def _is_nothing(value: object) -> bool:
    return value is None or (not value and isinstance(value, tuple | dict | str))


def _stage(record: Record) -> str | None:
    return _end(record.stage) if isinstance(record, Experiment) else None


def _criterion(
    name: str, said: Mapping[str, Any], times: Mapping[str, frozenset[str]]
) -> Criterion:
    field = said["field"]
    places = tuple(map(_place, [field] if isinstance(field, str) else field))
    return Criterion(
        name=name,
        places=places,
        fields=frozenset(each.names[0] for each in places),
        at_least=said.get("at_least", 1),
        stages=times[said["from"]] if "from" in said else None,
        worth={room: said[room] for room in ("experiments", "testbeds", "calls") if room in said},
        texts={language: text for language, text in said.items() if language not in _KEYS},
    )


def _place(written: str) -> Place:
    path, _, wanted = written.partition("=")
    names = tuple(path.removesuffix("!").split("."))
    return Place(names, frozenset(wanted.split("|")) - {""}, path.endswith("!"))


def _values(value: Any, names: tuple[str, ...]) -> Sequence[Any]:
    """Walk from a value along names of fields; give what is really said at the end."""
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,) if not names and value.strip() else ()
    if isinstance(value, tuple):
        return [found for each in value for found in _values(each, names)]
    if isinstance(value, (dict, Mapping)):  # most are, and the other takes long to tell
        wanted = (text for tag, text in value.items() if not names or primary(tag) == names[0])
        return [text for text in wanted if text.strip()]
    if not names:
        return (value,)
    # A place is looked for in records of every kind; what this kind does not have says nothing.
    return _values(getattr(value, names[0], None), names[1:])


def _share(part: int, whole: int) -> int:
    return 100 * part // whole if whole else 0


def _end(iri: str) -> str:
    return iri.rsplit("/", 1)[-1]
