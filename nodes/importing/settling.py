"""The settings of a proposal that many cells decide together: date order, decimal mark, words."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from typing import Final

from nodes.importing.fitting import role_key
from nodes.importing.lexicon import is_nothing, meanings
from nodes.importing.partners import form_pattern
from nodes.importing.proposal import SCHEMES_OF, Word
from nodes.importing.rows import Sheet
from nodes.importing.sentences import Sentence, say
from nodes.importing.texts import REMARK, split
from nodes.importing.traits import Traits, found_in
from vocab import schemes
from vocab.schemes import fold

_NUMERIC: Final = re.compile(r"\b(\d{1,2})\s*[./-]\s*(\d{1,2})\s*[./-]\s*\d{4}\b")
_MONTH_FIRST: Final = {"US", "PH", "FM"}
_MOST_WORDS: Final = 200


def date_order(texts: Iterable[str], country: str) -> tuple[str, Sentence]:
    """Tell in which order dates are written, and how that is known."""
    pairs = [(int(each[1]), int(each[2])) for text in texts for each in _NUMERIC.finditer(text)]
    days = sum(first > 12 for first, _ in pairs)
    months = sum(second > 12 for _, second in pairs)
    if not pairs:
        return "year-month-day", say("why-no-order")
    if days > months:
        return "day-month-year", say("why-day-first", count=days)
    if months > days:
        return "month-day-year", say("why-month-first", count=months)
    if country in _MONTH_FIRST:
        return "month-day-year", say("why-usual-order", country=country)
    return "day-month-year", say("why-usual-order", country=country)


def decimal_mark(texts: Iterable[str]) -> tuple[str, Sentence]:
    """Tell the decimal mark of coordinates, and how that is known."""
    found = list(texts)
    commas = sum(bool(re.search(r"\d,\d", each)) for each in found)
    points = sum(bool(re.search(r"\d\.\d", each)) for each in found)
    if commas > points:
        return ",", say("why-mark", count=commas)
    return ".", say("why-mark", count=points) if points else say("why-usual-mark")


def nothing_words(sheet: Sheet) -> list[str]:
    """List the words for "nothing" that stand in cells."""
    found: dict[str, str] = {}
    for row in sheet.rows:
        for cell in row.cells.values():
            if isinstance(cell, str) and len(cell) < 40 and is_nothing(cell):
                found.setdefault(fold(cell), cell.strip())
    return list(found.values())


def languages_of_halves(column: Traits, field: str, main: str) -> list[str] | None:
    """Tell the two languages of a column whose items are `completed / päättynyt`.

    The words themselves say it where a scheme knows them; else the halves of the heading do.
    """
    items = column.items
    if not items or sum(item.count("/") == 1 for item in items) < 0.7 * len(items):
        return None
    halves = [each.strip() for each in column.heading.split("/")]
    if len(halves) != 2:
        return None
    tags: list[set[str]] = []
    for place, half in enumerate(halves):
        said = max(meanings(half).values(), key=lambda each: each.sure, default=None)
        by_heading = set(said.languages) if said else set()
        by_words = _tongues((item.split("/")[place] for item in items if "/" in item), field)
        tags.append(by_words & by_heading or by_words or by_heading)
    chosen = [_one(each, main, other) for each, other in zip(tags, reversed(tags), strict=True)]
    return chosen if len(set(chosen)) == 2 and all(chosen) else None


def _tongues(words: Iterable[str], field: str) -> set[str]:
    """Give the languages that have the most of these words in the scheme of a field."""
    known = _words_by_language(SCHEMES_OF.get(field, "theme"))
    counted = Counter(tag for word in words for tag in known.get(fold(word), ()))
    return {tag for tag, count in counted.items() if count == max(counted.values())}


def words_language(column: Traits, field: str, main: str) -> str:
    """Tell the language of a column of scheme words, when it is surely not the main one."""
    known = _words_by_language(SCHEMES_OF.get(field, "theme"))
    items = [fold(REMARK.sub("", each)) for each in column.items]
    counted = Counter(tag for item in items for tag in known.get(item, ()))
    best = max(counted, key=lambda tag: (counted[tag], tag == main, tag == "en"), default=main)
    return (
        best if counted[best] > counted[main.split("-", maxsplit=1)[0]] + 0.3 * len(items) else main
    )


def unknown_words(
    taken: Mapping[str, Sequence[Traits]], forms: Mapping[str, tuple[str, tuple[str, ...]]]
) -> tuple[Word, ...]:
    """List the words that no scheme has, the most frequent first, with what they are close to."""
    found: list[Word] = []
    for section, scheme in SCHEMES_OF.items():
        if section == "roles":
            words = Counter(_role_words(taken, forms))
        else:
            words = Counter(REMARK.sub("", i) for c in taken.get(section, ()) for i in c.items)
        unknown = [word for word, _ in words.most_common() if found_in(scheme, word) is None]
        for word in unknown[:_MOST_WORDS]:
            label = _close(scheme, word) if len(word) < 80 else None
            like = found_in(scheme, label) if label else None
            found.append(
                Word(section=section, word=word, like=like and like.rsplit("/", 1)[1], label=label)
            )
    return tuple(found)


def _role_words(
    taken: Mapping[str, Sequence[Traits]], forms: Mapping[str, tuple[str, tuple[str, ...]]]
) -> Iterator[str]:
    for column in taken.get("roles", ()):
        yield from column.items
    for column in taken.get("partners", ()):
        if column.objects:
            _, key = role_key(column)
            for value in column.values:
                for item in value if isinstance(value, list) else [value]:
                    if isinstance(item, dict) and isinstance(item.get(key), str):
                        yield item[key]
            continue
        form, marks = forms[column.heading]
        if "role" in form:
            for text in column.texts:
                for item in split(text, marks):
                    if match := form_pattern(form).fullmatch(item):
                        yield match["role"].strip()


def _close(scheme: str, word: str) -> str | None:
    """Find a label that is nearly the word, or that the word holds whole."""
    labels = _labels(scheme)
    folded = fold(word)
    if near := get_close_matches(folded, labels, n=1, cutoff=0.86):
        return near[0]
    inside = [each for each in labels if len(each) >= 4 and f" {each} " in f" {folded} "]
    return max(inside, key=len, default=None)


@cache
def _labels(scheme: str) -> tuple[str, ...]:
    words = (word for word in _words_by_language(scheme) if schemes.find(scheme, word))
    return tuple(dict.fromkeys(words))


@cache
def _words_by_language(scheme: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for concept in schemes.scheme(scheme).concepts:
        for tag, word in concept.words():
            found.setdefault(fold(word), set()).add(tag)
    return {word: tuple(sorted(tags)) for word, tags in found.items()}


def _one(tags: set[str], main: str, others: set[str]) -> str:
    if main in tags and main not in others:
        return main
    rest = tags - {main} or tags
    return "en" if "en" in rest else min(rest, default="")
