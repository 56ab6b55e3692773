"""By which texts the meaning of a record is known. Plain functions, without library or disk.

A record has one vector, the middle of at most four: of its titles with their summaries, of its
keywords, of the English labels of its concepts, and of the beginnings of its descriptions. A text
in a language that the model has not learned would only bring noise, so it is left aside where
anything else is said. `benchmarks/search` is where this was tried.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from nodes.findable import concepts
from vocab.languages import primary
from vocab.records import Record
from vocab.schemes import NAMES, concept, scheme

Telling = tuple[tuple[float, tuple[str, ...]], ...]
"""Groups of texts with what each counts, however many texts it holds."""

LANGUAGES: Final = frozenset(
    ("ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "zh")
)
"""The languages that the model has learned."""

LONGEST: Final = 300
"""Characters of a text that are read; more would cost much and say little."""

_MOST: Final = 24


def told(record: Record) -> Telling:
    """Give the texts by which a record is known; none for a record without any text."""
    return _groups(record, LANGUAGES) or _groups(record, None)


def middle() -> tuple[str, ...]:
    """Give texts about all that cities say, whose middle is where no meaning is: English labels.

    Texts of one kind lie on one side of the model's space; seen from their middle, they differ.
    """
    return tuple(
        dict.fromkeys(_english(each.iri) for name in NAMES for each in scheme(name).concepts)
    )


def _groups(record: Record, known: frozenset[str] | None) -> Telling:
    found: tuple[tuple[float, Iterable[str]], ...] = (
        (1.0, _entitled(record, known)),
        (0.5, (text for language, text in record.keywords if _knows(known, language))),
        (1.0, (_english(iri) for iri in concepts(record))),
        (1.0, (text for language, text in record.description.items() if _knows(known, language))),
    )
    return tuple((worth, group) for worth, texts in found if (group := _some(texts)))


def _entitled(record: Record, known: frozenset[str] | None) -> Iterator[str]:
    """Give each title with the summary in its language, and further summaries with a title.

    The title as written goes before a summary in another language, in whatever it is written:
    names stand in it.
    """
    written = record.title.get(record.language) or next(iter(record.title.values()), "")
    for language, title in record.title.items():
        if _knows(known, language):
            yield f"{title}. {record.summary.get(language, '')}"
    for language, summary in record.summary.items():
        if language not in record.title and _knows(known, language):
            yield f"{written}. {summary}"


def _knows(known: frozenset[str] | None, language: str) -> bool:
    return known is None or primary(language) in known


def _english(iri: str) -> str:
    found = concept(iri)
    return found.labels.get("en", "") if found is not None else ""


def _some(texts: Iterable[str]) -> tuple[str, ...]:
    """Keep what says something, each once, and neither too much nor too long."""
    cut = (" ".join(text[: 4 * LONGEST].split())[:LONGEST] for text in texts)
    found: dict[str, None] = {}
    for text in cut:
        if any(sign.isalnum() for sign in text):
            found[text] = None
        if len(found) == _MOST:
            break
    return tuple(found)
