"""The city's words and the concepts they mean.

A word is looked up in the mapping's value table, then among the labels of the scheme in the
word's language. Every theme and technology word stays in the record as a keyword, because it
often says more than its concept (`sosta` is mobility, but also parking); one without concept is
reported besides. A status word is looked up whole, then without a remark in brackets at its end.
"""

from collections.abc import Iterable
from collections.abc import Mapping as Table
from dataclasses import dataclass
from typing import Final

from nodes.importing.columns import Column, Status
from nodes.importing.rows import nearest
from nodes.importing.sentences import Sentence, say
from nodes.importing.texts import REMARK, Reader, Said
from vocab import schemes
from vocab.schemes import fold
from vocab.terms import SCHEMES

UNKNOWN: Final = SCHEMES + "lifecycle/unknown"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What the status cell says: the city's word, the stage and perhaps a verdict."""

    iri: str = UNKNOWN
    word: str | None = None
    verdict: str | None = None


@dataclass(frozen=True, kw_only=True)
class Subjects:
    """The concepts of a list of words, and the words themselves as keywords."""

    concepts: tuple[str, ...] = ()
    keywords: tuple[tuple[str, str], ...] = ()


def iri(scheme: str, concept: str) -> str:
    """Give a concept's IRI."""
    return schemes.folder(scheme) + concept


def subjects(
    reader: Reader, columns: Iterable[Column], scheme: str, table: Table[str, str]
) -> Subjects:
    """Look up the words of list columns."""
    concepts: dict[str, None] = {}
    keywords: dict[tuple[str, str], None] = {}
    for column, said in reader.said(columns):
        known, concept = look_up(said, scheme, table)
        if concept is not None:
            concepts[concept] = None
        keywords.update(dict.fromkeys(said.texts.items()))
        if not known:
            close = nearest(said.whole, table)
            reader.notes.warn(column.column, said.whole, f"{scheme}-unknown", advice=advice(close))
    return Subjects(concepts=tuple(concepts), keywords=tuple(keywords))


def look_up(said: Said, scheme: str, table: Table[str, str]) -> tuple[bool, str | None]:
    """Tell whether a word is known, and the concept it means, which may deliberately be none."""
    for text in (said.whole, *said.texts.values()):
        if (concept := table.get(fold(text))) is not None:
            return True, iri(scheme, concept) if concept else None
    for language, text in said.texts.items():
        if (found := schemes.find(scheme, text, language)) is not None:
            return True, found
    return False, None


def stage(reader: Reader, columns: Iterable[Column], table: Table[str, Status]) -> Stage:
    """Look up the status word; one nobody knows gives the stage `unknown` and a warning."""
    for column, text in reader.filled(columns):
        texts = reader.by_language(column, text)
        word = texts.get(reader.mapping.language, text)
        said = Said(whole=text, texts=texts)
        for each in _with_and_without_remark(said):
            if (meaning := table.get(fold(each))) is not None:
                verdict = meaning.verdict and iri("verdict", meaning.verdict)
                return Stage(iri=iri("lifecycle", meaning.stage), word=word, verdict=verdict)
        for language, part in texts.items():
            if found := schemes.find("lifecycle", REMARK.sub("", part), language):
                return Stage(iri=found, word=word)
        close = nearest(REMARK.sub("", text), table)
        reader.notes.warn(column.column, text, "status-unknown", advice=advice(close))
        return Stage(word=word)
    return Stage()


def verdict(reader: Reader, columns: Iterable[Column], table: Table[str, str]) -> str | None:
    """Look up the verdict of a column of its own."""
    for column, said in reader.said(columns):
        known, concept = look_up(said, "verdict", table)
        if known:
            return concept
        reader.notes.warn(
            column.column,
            said.whole,
            "verdict-unknown",
        )
    return None


def advice(close: str | None) -> Sentence:
    """Say what to do about a word nobody knows."""
    return say("add-word-or", word=close) if close else say("add-word")


def _with_and_without_remark(said: Said) -> tuple[str, ...]:
    texts = (said.whole, *said.texts.values())
    return (*texts, *(REMARK.sub("", each) for each in texts))
