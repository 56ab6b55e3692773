"""How a record lies in the index: the schema, the words of its texts and their stems.

The words of a record are kept in their order, for phrases and beginnings of words; and once more
each with its weight, as it stands and as a stem marked with its language, so that *guida* finds
*guide* in an Italian text. Concepts are kept as what they are: which words mean them, in any
language, is known to the question.
"""

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from hashlib import sha256
from math import exp2
from typing import Any, Final

import tantivy
from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from federation.member import Kind, Member
from nodes.cards import of_member, told
from nodes.findable import Findable, changed, findable, second
from nodes.index.weights import weigh
from nodes.prepared import Ready
from nodes.searches import FACETS
from nodes.words import fold, spoken, words
from vocab.errors import VocabError
from vocab.triples import from_payload

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
_LAST_TIME: Final = (1 << 46) - 1  # in the year 7036
_PLACES: Final = 9
_SHORT: Final = 60
"""Characters of a text that may come again and again: a place, a partner, a keyword."""

_MOST_STEMS: Final = 5_000
_STEMS: Final[dict[str, dict[str, list[str]]]] = {name: {} for name in STEMMERS.values()}


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


def prepared(member: Member) -> Ready | None:
    """Write what a member's record is found by; None for a deletion or what is no such record."""
    if member.kind is Kind.DELETE:
        return None
    try:
        record = from_payload(member.payload, member.object)
    except VocabError:
        return None
    known = findable(record, member.origin)
    return Ready(found_by=prepare(known), told=told(record, known.readiness))


def document(member: Member, ready: Ready) -> str:
    """Write a member's record down for the index, as JSON, with the card given with its hits.

    Whose it is follows from the member, whatever the prepared text says in its place; so does when
    it changed at the latest.
    """
    shown = of_member(ready.told, member).written()
    updated = second(changed(ready.told.modified, member))
    return _named(member.object, ready.found_by, updated, card=b64encode(shown).decode())


def bare(known: Findable) -> str:
    """Write a record down for an index without cards, as JSON."""
    return _named(known.iri, prepare(known), known.updated)


def prepare(known: Findable) -> str:
    """Write what a record is found by as JSON, all but its name and when it changed.

    It follows from `known` alone. Numbers have no more figures than every reader of JSON keeps.
    """
    found: dict[str, Any] = {name: values for name, values in known.facets.items() if values}
    found.update(_words(known))
    found["concept"] = [key(each) for each in known.concepts]
    found["mentions"] = [key(each) for each in known.mentions]
    found["marks"] = known.marks
    found["name"] = list(_names(known))
    found.update(_orders(known))
    if known.days is not None:
        found["first"], found["last"] = known.days
    if known.box is not None:
        found.update((side, round(getattr(known.box, side), _PLACES)) for side in SIDES)
    if known.point is not None:
        found["at"] = point(*known.point)
        found.update(zip(POINT, known.point, strict=True))
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def _named(iri: str, text: str, updated: int, **more: str) -> str:
    order = (min(updated, _LAST_TIME) << 18) + (tie(iri) >> 45)
    said = {**more, "is": RECORD, "key": key(iri), "iri": iri, UPDATED: order}
    return f"{text[:-1]},{json.dumps(said)[1:]}"


def terms_of(text: str, language: str | None) -> list[str]:
    """Give what a text is compared by: its stems where its language has them, else its words."""
    stemmer = STEMMERS.get(language or "")
    return _stemmed(spoken(text).split(" "), stemmer) if stemmer else words(text)


def naming(said: str, facet: str, value: str) -> str:
    """Write a term of the field `name`: folded words, the facet, and the value they end."""
    return _MARK.join((said, facet, value))


def named(term: str) -> tuple[str, str]:
    """Read facet and value from a term of the field `name`."""
    _, facet, value = term.split(_MARK, 2)
    return facet, value


@lru_cache(maxsize=20_000)
def stems(text: str, stemmer: str) -> tuple[str, ...]:
    """Stem spoken words; each stem is folded and marked with its language."""
    return tuple(_stemmed(text.split(" "), stemmer))


def _words(known: Findable) -> dict[str, Any]:
    texts: dict[str, list[str]] = {}
    tongues = set()
    found: dict[str, list[str]] = {"words": [], "title": [], "names": [], "terms": []}
    for said in known.said:
        stemmer = STEMMERS.get(said.language or "")
        read = _read if len(said.text) > _SHORT else _read_again
        plain, running, stemmed = read(said.text, stemmer)
        forms = texts.setdefault(said.field, [])
        forms += plain
        found["words"].append(running)
        if said.field == "title":
            found["title"].append(running)
        if said.names:
            found["names"].append(running)
        if stemmer:
            tongues.add(stemmer)
            forms += stemmed
        found["terms"].append(" ".join(stemmed) if stemmer else running)
    weights = " ".join([f"{form}{WEIGHT}{weight}" for form, weight in weigh(texts).items()])
    return {**found, "weighed": weights, "tongue": sorted(tongues)}


def _read(text: str, stemmer: str | None) -> tuple[Sequence[str], str, Sequence[str]]:
    """Give the words of a text, apart and running, and their stems where there is a stemmer."""
    plain = words(text)
    if stemmer is None:
        return plain, " ".join(plain), ()
    # Of a text in ASCII what is spoken is what is compared.
    said = plain if text.isascii() else spoken(text).split(" ")
    return plain, " ".join(plain), _stemmed(said, stemmer)


_read_again = lru_cache(maxsize=2_000)(_read)


def _orders(known: Findable) -> dict[str, Any]:
    number = tie(known.iri)
    share = (known.readiness * 8 + (number >> 60)) / 808 + (number & 0xFFFF) / (1 << 27)
    return {
        TIE: number,
        DATE: ((known.started or 0) << 36) + (number >> 27),
        READINESS: (known.readiness << 36) + (number >> 27),
        TITLE: known.title,
        CITY: known.town + _MARK + known.title,
        PRIOR: round(exp2(1 + _LIFT * share) - 2, 14),
    }


def _names(known: Findable) -> Iterator[str]:
    """Give the cities and partners of a record, to be completed from any of their words."""
    for facet in ("city", "partner"):
        for value in known.facets.get(facet, ()):
            for start in _starts(value):
                yield naming(start, facet, value)


def _starts(name: str) -> list[str]:
    """Give a folded name from each of its first words on."""
    parts = words(name)
    return [" ".join(parts[at:]) for at in range(min(len(parts), _MOST_STARTS))]


def _stemmed(said: Iterable[str], stemmer: str) -> list[str]:
    """Stem spoken words; those that came before are remembered, for most do."""
    known = _STEMS[stemmer]
    said = [word for word in said if word]
    if new := {word for word in said if word not in known}:
        if len(known) + len(new) > _MOST_STEMS:
            known = _STEMS[stemmer] = {}
            new = set(said)
        for word, stem in zip(new, _analyzer_of(stemmer).analyze(" ".join(new)), strict=True):
            known[word] = [stemmer + _MARK + each for each in fold(stem).split(" ") if each]
    found: list[str] = []
    for word in said:
        found += known[word]
    return found


@cache
def _analyzer_of(stemmer: str) -> TextAnalyzer:
    builder = TextAnalyzerBuilder(Tokenizer.whitespace())
    return builder.filter(Filter.stemmer(stemmer)).build()
