"""How a record lies in the index: the schema, the words of its texts and their stems.

Each text is kept twice over: as folded words, by which any language, name or phrase is found,
and as stems marked with their language, so that *guida* finds *guide* in an Italian text.
"""

from collections.abc import Iterator
from functools import cache, lru_cache
from hashlib import sha256
from typing import Final

import tantivy
from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from nodes.findable import Findable, Said
from nodes.searches import FACETS
from nodes.words import fold, spoken, words

FIELDS: Final = ("title", "summary", "about", "labels", "body")
SIDES: Final = ("west", "south", "east", "north")
RECORD: Final = "record"

_STEMMERS: Final = {
    "ar": "Arabic", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "fi": "Finnish", "fr": "French", "hu": "Hungarian", "it": "Italian",
    "nb": "Norwegian", "nl": "Dutch", "nn": "Norwegian", "no": "Norwegian", "pt": "Portuguese",
    "ro": "Romanian", "ru": "Russian", "sv": "Swedish", "ta": "Tamil", "tr": "Turkish",
}  # fmt: skip
_MARK: Final = "\x1f"
_LONGEST_KEY: Final = 1_000


def schema() -> tantivy.Schema:
    """Name the fields: the key, the texts, the facets and what is sorted and measured by."""
    builder = tantivy.SchemaBuilder()
    for name in ("is", "key"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in ("iri", "format"):
        builder.add_text_field(name, stored=True, tokenizer_name="raw", index_option="basic")
    for name in FIELDS:
        builder.add_text_field(name, tokenizer_name="words")
    for name in FACETS:
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("mentions", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("marks", fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("order", fast=True, tokenizer_name="raw", index_option="basic")
    for name in ("started", "updated"):
        builder.add_integer_field(name, fast=True)
    for name in SIDES:
        builder.add_float_field(name, indexed=True, fast=True)
    builder.add_unsigned_field("position", stored=True)
    return builder.build()


def analyzer() -> TextAnalyzer:
    """Split at spaces only: texts arrive as words already."""
    return TextAnalyzerBuilder(Tokenizer.whitespace()).build()


def key(iri: str) -> str:
    """Give the word by which a record is replaced: its IRI, or a digest of a very long one."""
    return iri if len(iri) < _LONGEST_KEY else sha256(iri.encode()).hexdigest()


def document(known: Findable) -> tantivy.Document:
    """Write a record down for the index."""
    found = tantivy.Document(
        **{"is": RECORD, "key": key(known.iri), "iri": known.iri, "order": known.title}
    )
    for said in known.said:
        for text in _texts_of_label(said) if said.field == "labels" else _texts(said):
            found.add_text(said.field, text)
    for name, values in known.facets.items():
        for value in values:
            found.add_text(name, value)
    for iri in known.mentions:
        found.add_text("mentions", key(iri))
    for mark in known.marks:
        found.add_text("marks", mark)
    found.add_integer("updated", known.updated)
    if known.started is not None:
        found.add_integer("started", known.started)
    if known.box is not None:
        for side in SIDES:
            found.add_float(side, getattr(known.box, side))
    return found


def terms_of(text: str, language: str | None) -> list[str]:
    """Give what a text is compared by: its stems where its language has them, else its words."""
    stemmer = _STEMMERS.get(language or "")
    return _stems(spoken(text), stemmer) if stemmer else words(text)


def stems_of_any(word: str) -> Iterator[str]:
    """Give the stems a spoken word has, each in its language."""
    for stemmer in dict.fromkeys(_STEMMERS.values()):
        yield from _stems(word, stemmer)


def _texts(said: Said) -> tuple[str, ...]:
    plain = " ".join(words(said.text))
    stemmer = _STEMMERS.get(said.language or "")
    return (plain, " ".join(_stems(spoken(said.text), stemmer))) if stemmer else (plain,)


@lru_cache(maxsize=50_000)
def _texts_of_label(said: Said) -> tuple[str, ...]:
    """Concepts come again and again, with all their labels."""
    return _texts(said)


def _stems(text: str, stemmer: str) -> list[str]:
    stems = fold(" ".join(_analyzer_of(stemmer).analyze(text)))
    return [stemmer + _MARK + stem for stem in stems.split(" ") if stem]


@cache
def _analyzer_of(stemmer: str) -> TextAnalyzer:
    builder = TextAnalyzerBuilder(Tokenizer.whitespace())
    return builder.filter(Filter.stemmer(stemmer)).build()
