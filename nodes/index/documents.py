"""How a record lies in the index: the schema, the words of its texts and their stems.

The words of a record are kept in their order, for phrases and beginnings of words; and once more
each with its weight, as it stands and as a stem marked with its language, so that *guida* finds
*guide* in an Italian text. Concepts are kept as what they are: which words mean them, in any
language, is known to the question.
"""

from collections.abc import Iterator
from functools import cache, lru_cache
from hashlib import sha256
from math import exp2
from typing import Final

import tantivy
from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from nodes.findable import Findable
from nodes.index.weights import weigh
from nodes.searches import FACETS
from nodes.words import fold, spoken, words

SIDES: Final = ("west", "south", "east", "north")
POINT: Final = ("latitude", "longitude")
COUNTED: Final = tuple(name for name in FACETS if name != "fresh")
"""The facets that are a record's own; how fresh its origin is changes without it."""

RECORD: Final = "record"
DATE, UPDATED, READINESS, TITLE, CITY = (
    "by_date", "by_updated", "by_readiness", "by_title", "by_city",
)  # fmt: skip
TIE: Final = "tie"
PRIOR: Final = "prior"

STEMMERS: Final = {
    "ar": "Arabic", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "fi": "Finnish", "fr": "French", "hu": "Hungarian", "it": "Italian",
    "nb": "Norwegian", "nl": "Dutch", "nn": "Norwegian", "no": "Norwegian", "pt": "Portuguese",
    "ro": "Romanian", "ru": "Russian", "sv": "Swedish", "ta": "Tamil", "tr": "Turkish",
}  # fmt: skip
_MARK: Final = "\x1f"
WEIGHT: Final = "\x1e"
"""Stands between a form of a word and the place of its weight."""

_LONGEST_KEY: Final = 1_000
_MOST_STARTS: Final = 6
_LIFT: Final = 0.02


def schema() -> tantivy.Schema:
    """Name the fields: the key, the words, the facets and what is sorted and measured by."""
    builder = tantivy.SchemaBuilder()
    for name in ("is", "key", "concept", "mentions", "at", "tongue", "name"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in ("iri", "format"):
        builder.add_text_field(name, stored=True, tokenizer_name="raw", index_option="basic")
    for name in ("title", "names", "words"):
        builder.add_text_field(name, tokenizer_name="words")
    builder.add_text_field("weighed", tokenizer_name="words", index_option="basic")
    builder.add_text_field("terms", tokenizer_name="words", index_option="freq")
    for name in (*COUNTED, TITLE, CITY):
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("marks", fast=True, tokenizer_name="raw", index_option="basic")
    for name in (DATE, UPDATED, READINESS, TIE, "first", "last"):
        builder.add_unsigned_field(name, fast=True)
    for name in (*SIDES, *POINT):
        builder.add_float_field(name, indexed=True, fast=True)
    builder.add_float_field(PRIOR, fast=True)
    builder.add_unsigned_field("position", stored=True)
    builder.add_bytes_field("card", stored=True)
    return builder.build()


def analyzer() -> TextAnalyzer:
    """Split at spaces only: texts arrive as words already."""
    return TextAnalyzerBuilder(Tokenizer.whitespace()).build()


def key(iri: str) -> str:
    """Give the word by which a record is replaced: its IRI, or a digest of a very long one."""
    return iri if len(iri) < _LONGEST_KEY else sha256(iri.encode(errors="replace")).hexdigest()


def tie(iri: str) -> int:
    """Give the number that orders records which are otherwise equal."""
    return int.from_bytes(sha256(iri.encode(errors="replace")).digest()[:8]) >> 1


def weighed(form: str, weight: int | str) -> str:
    """Write a form of a word with the place of its weight; with "", what all its places have."""
    return f"{form}{WEIGHT}{weight}"


def point(latitude: float, longitude: float) -> str:
    """Write the point at which a record lies."""
    return f"{latitude!r},{longitude!r}"


def document(known: Findable, card: bytes = b"") -> tantivy.Document:
    """Write a record down for the index, with the card that is given with its hits."""
    found = tantivy.Document(**{"is": RECORD, "key": key(known.iri), "iri": known.iri})
    found.add_bytes("card", card)
    _write_words(found, known)
    said = {
        **known.facets,
        "concept": tuple(map(key, known.concepts)),
        "mentions": tuple(map(key, known.mentions)),
        "marks": known.marks,
        "name": tuple(_names(known)),
    }
    for name, values in said.items():
        for value in values:
            found.add_text(name, value)
    _write_orders(found, known)
    if known.days is not None:
        found.add_unsigned("first", known.days[0])
        found.add_unsigned("last", known.days[1])
    if known.box is not None:
        for side in SIDES:
            found.add_float(side, getattr(known.box, side))
    if known.point is not None:
        found.add_text("at", point(*known.point))
        for name, degrees in zip(POINT, known.point, strict=True):
            found.add_float(name, degrees)
    return found


def terms_of(text: str, language: str | None) -> list[str]:
    """Give what a text is compared by: its stems where its language has them, else its words."""
    stemmer = STEMMERS.get(language or "")
    return _stemmed(spoken(text), stemmer) if stemmer else words(text)


def named(term: str) -> tuple[str, str]:
    """Read facet and value from a term of the field `name`."""
    _, facet, value = term.split(_MARK, 2)
    return facet, value


@lru_cache(maxsize=20_000)
def stems(text: str, stemmer: str) -> tuple[str, ...]:
    """Stem spoken words; each stem is folded and marked with its language."""
    found = fold(" ".join(_analyzer_of(stemmer).analyze(text)))
    return tuple(stemmer + _MARK + stem for stem in found.split(" ") if stem)


def _write_words(found: tantivy.Document, known: Findable) -> None:
    texts: dict[str, list[str]] = {}
    tongues = set()
    for said in known.said:
        plain = words(said.text)
        forms = texts.setdefault(said.field, [])
        forms += plain
        found.add_text("words", " ".join(plain))
        if said.field == "title":
            found.add_text("title", " ".join(plain))
        if said.names:
            found.add_text("names", " ".join(plain))
        terms = plain
        if stemmer := STEMMERS.get(said.language or ""):
            tongues.add(stemmer)
            terms = _stemmed(spoken(said.text), stemmer)
            forms += terms
        found.add_text("terms", " ".join(terms))
    found.add_text("weighed", " ".join(weighed(*each) for each in weigh(texts).items()))
    for stemmer in sorted(tongues):
        found.add_text("tongue", stemmer)


def _write_orders(found: tantivy.Document, known: Findable) -> None:
    number = tie(known.iri)
    found.add_unsigned(TIE, number)
    found.add_unsigned(DATE, ((known.started or 0) << 36) + (number >> 27))
    found.add_unsigned(UPDATED, (known.updated << 18) + (number >> 45))
    found.add_unsigned(READINESS, (known.readiness << 36) + (number >> 27))
    found.add_text(TITLE, known.title)
    found.add_text(CITY, known.town + _MARK + known.title)
    share = (known.readiness * 8 + (number >> 60)) / 808 + (number & 0xFFFF) / (1 << 27)
    found.add_float(PRIOR, exp2(1 + _LIFT * share) - 2)


def _names(known: Findable) -> Iterator[str]:
    """Give the cities and partners of a record, to be completed from any of their words."""
    for facet in ("city", "partner"):
        for value in known.facets.get(facet, ()):
            for start in _starts(value):
                yield _MARK.join((start, facet, value))


def _starts(name: str) -> list[str]:
    """Give a folded name from each of its first words on."""
    parts = words(name)
    return [" ".join(parts[at:]) for at in range(min(len(parts), _MOST_STARTS))]


def _stemmed(text: str, stemmer: str) -> list[str]:
    found = fold(" ".join(_analyzer_of(stemmer).analyze(text)))
    return [stemmer + _MARK + stem for stem in found.split(" ") if stem]


@cache
def _analyzer_of(stemmer: str) -> TextAnalyzer:
    builder = TextAnalyzerBuilder(Tokenizer.whitespace())
    return builder.filter(Filter.stemmer(stemmer)).build()
