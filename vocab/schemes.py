"""The concept schemes: themes, stages, roles, permits and all the rest, with their words.

The files `vocab/files/schemes/*.ttl` are the source; each is read once per process, when first
asked for. A word is looked up exactly (case and spaces aside) and only counts when it can mean
one concept: guessing is left to the mapping files of the cities. Two schemes are not ours, the
goals of the United Nations and the themes of the European data portal: they keep their own IRIs.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from vocab import graph, lines, shelf
from vocab.errors import UnknownConcept
from vocab.terms import CN, DCTERMS, EU_THEME, SCHEMES, SKOS, UN_GOAL

NAMES: Final = (
    "theme",
    "technology",
    "lifecycle",
    "helix",
    "verdict",
    "role",
    "cause",
    "precondition",
    "involvement",
    "cost-band",
    "urban-topic",
    "permit",
    "agreement",
    "testbed",
    "service",
    "availability",
    "call-status",
    "indicator",
    "income",
    "climate",
    "goal",
    "data-theme",
)
FOREIGN: Final[Mapping[str, str]] = {"goal": UN_GOAL, "data-theme": EU_THEME}
"""Schemes of others, and where their concepts live; we only carry their names."""

_AND: Final = {
    "en": "and", "it": "e", "fr": "et", "de": "und", "nl": "en", "fi": "ja", "ca": "i", "da": "og",
    "es": "y", "sv": "och", "pt": "e", "el": "και", "et": "ja", "nb": "og", "pl": "i", "tr": "ve",
}  # fmt: skip
_JOINED: Final = ("theme", "technology")
"""Schemes whose labels may join things that are each the concept: *Tourism and culture*."""

_BASES: Final = {name: FOREIGN.get(name, f"{SCHEMES}{name}/") for name in NAMES}
_NAME_OF: Final = {base: name for name, base in _BASES.items()}
_TOP: Final = SKOS + "hasTopConcept"
_CONCEPTS: Final = re.compile(r"^[\w-]+:(\S+) a skos:Concept\b", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Concept:
    """One idea of a scheme, with its label and its other words by language."""

    iri: str
    labels: Mapping[str, str]
    others: Mapping[str, tuple[str, ...]]
    definition: Mapping[str, str]
    broad: str | None  # the theme of the European data portal
    notation: str | None  # the number of a goal, the letters of a climate
    may_become: tuple[str, ...]  # the stages that may follow a stage

    @property
    def id(self) -> str:
        """The concept's short name, the end of its IRI."""
        return self.iri.rsplit("/", 1)[1]

    def words(self) -> Iterator[tuple[str, str]]:
        """Give every word for it with its language, also where a language has no label."""
        for language in dict.fromkeys((*self.labels, *self.others)):
            own = (self.labels[language],) if language in self.labels else ()
            yield from ((language, word) for word in (*own, *self.others.get(language, ())))


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """A list of concepts, in the order of their file: a life's, a size's or a number's."""

    name: str
    iri: str
    title: Mapping[str, str]
    concepts: tuple[Concept, ...]


def folder(name: str) -> str:
    """Give what the IRIs of a scheme's concepts begin with."""
    return _BASES.get(name, f"{SCHEMES}{name}/")


def iri(name: str, concept_id: str) -> str:
    """Name a concept; raises UnknownConcept when the scheme has no such id."""
    found = folder(name) + concept_id
    if concept(found) is None:
        raise UnknownConcept(f"the scheme {name} has no concept {concept_id!r}")
    return found


@cache
def statements(name: str) -> tuple[lines.Triple, ...]:
    """Give all that a scheme's file says; raises UnknownConcept when there is no such scheme."""
    if name not in NAMES:
        raise UnknownConcept(f"there is no scheme {name!r}; there are {', '.join(NAMES)}")
    return tuple(sorted(graph.statements(shelf.read(f"schemes/{name}.ttl")), key=str))


def about(iri: str) -> tuple[lines.Triple, ...]:
    """Give what is said of one concept, with its scheme's own words; empty for what is none."""
    name = scheme_of(iri)
    if name is None or concept(iri) is None:
        return ()
    own = _BASES[name].rstrip("/")
    return tuple(
        each
        for each in statements(name)
        if each.subject == iri
        or (each.subject == own and (each.predicate != _TOP or each.object[0] == iri))
    )


@cache
def ids(name: str) -> tuple[str, ...]:
    """List the short names of a scheme's concepts, in its order, without reading it all."""
    return tuple(_CONCEPTS.findall(shelf.read(f"schemes/{name}.ttl").decode()))


@cache
def scheme(name: str) -> Scheme:
    """Read a scheme; raises UnknownConcept when there is none of that name."""
    facts: dict[str, list[lines.Triple]] = {}
    for triple in statements(name):
        facts.setdefault(triple.subject, []).append(triple)
    own = _BASES[name].rstrip("/")
    found = (_BASES[name] + each for each in ids(name))
    return Scheme(
        name=name,
        iri=own,
        title=_texts(facts[own], DCTERMS + "title"),
        concepts=tuple(_concept(each, facts[each]) for each in found),
    )


def concept(iri: str) -> Concept | None:
    """Find a concept by its IRI; None for what no scheme here holds."""
    name = scheme_of(iri)
    return _by_iri(name).get(iri) if name is not None else None


def scheme_of(iri: str) -> str | None:
    """Name the scheme in which an IRI would be a concept; None when there is no such scheme."""
    base, slash, _ = iri.rpartition("/")
    return _NAME_OF.get(base + slash)


def label(iri: str, languages: Sequence[str]) -> str:
    """Name a concept in the first of these languages it has, else in English, else by its id."""
    if (found := concept(iri)) is None:
        return iri.rstrip("/#").replace("#", "/").rsplit("/", 1)[-1]
    for language in (*languages, "en"):
        for tag in (language.lower(), language.lower().split("-", 1)[0]):
            if tag in found.labels:
                return found.labels[tag]
    return found.id


def find(name: str, word: str, language: str | None = None) -> str | None:
    """Find the one concept a word surely means; None when there is none or more than one.

    With a language its words go first, then those of all languages together. English words stand
    for one and for many. Last, a part of a label that joins several is a word for its concept.
    """
    folded = fold(word)
    tag = language.lower().split("-", 1)[0] if language is not None else None
    found: frozenset[str] = frozenset()
    for words in (_words(name), _undotted(name), _parts(name)):
        key = folded if words is not _undotted(name) else _without_dots(folded)
        found = found or words.get((tag, key), frozenset()) or words.get((None, key), frozenset())
    if not found and tag == "en":
        found = _singulars(name).get(_singular(folded), frozenset())
    return next(iter(found)) if len(found) == 1 else None


def broad_theme(iri: str) -> str | None:
    """Give the European data-theme that a theme falls under; None when it has none."""
    found = concept(iri)
    return found.broad if found is not None else None


def fold(word: str) -> str:
    """Fold a word for comparison: composed, without case, single spaces."""
    return " ".join(unicodedata.normalize("NFC", word).casefold().split())


@cache
def _by_iri(name: str) -> dict[str, Concept]:
    return {each.iri: each for each in scheme(name).concepts}


@cache
def _words(name: str) -> dict[tuple[str | None, str], frozenset[str]]:
    found: dict[tuple[str | None, str], set[str]] = {}
    for each in scheme(name).concepts:
        found.setdefault((None, fold(each.id)), set()).add(each.iri)
        for language, word in each.words():
            found.setdefault((language, fold(word)), set()).add(each.iri)
            found.setdefault((None, fold(word)), set()).add(each.iri)
    return {word: frozenset(iris) for word, iris in found.items()}


@cache
def _undotted(name: str) -> dict[tuple[str | None, str], frozenset[str]]:
    """Give the words of a scheme as the capitals of Turkish leave them."""
    found: dict[tuple[str | None, str], frozenset[str]] = {}
    for (language, word), iris in _words(name).items():
        key = (language, _without_dots(word))
        found[key] = found.get(key, frozenset()) | iris
    return found


def _without_dots(folded: str) -> str:
    """Write both letters i of Turkish as one; a capital with a dot was folded to i and the dot."""
    return folded.replace("i\u0307", "i").replace("\u0131", "i")


@cache
def _parts(name: str) -> dict[tuple[str | None, str], frozenset[str]]:
    """Give what the labels of a scheme join by commas and "and"."""
    found: dict[tuple[str | None, str], set[str]] = {}
    for each in scheme(name).concepts if name in _JOINED else ():
        for language, label in each.labels.items():
            parts = re.split(rf",\s+|\s+{_AND.get(language, ',')}\s+", label)
            for part in map(fold, parts if len(parts) > 1 else ()):
                found.setdefault((language, part), set()).add(each.iri)
                found.setdefault((None, part), set()).add(each.iri)
    return {word: frozenset(iris) for word, iris in found.items()}


@cache
def _singulars(name: str) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for (language, word), iris in _words(name).items():
        if language == "en":
            found[_singular(word)] = found.get(_singular(word), frozenset()) | iris
    return found


def _singular(word: str) -> str:
    """Take the mark of many off an English word, on both sides of a comparison."""
    if word.endswith("ies") and len(word) > len("ties"):
        return f"{word[:-3]}y"
    if word.endswith(("ses", "xes", "ches", "shes")):
        return word[:-2]
    return word if word.endswith(("ss", "us", "is")) else word.removesuffix("s")


def _concept(iri: str, said: Sequence[lines.Triple]) -> Concept:
    others: dict[str, tuple[str, ...]] = {}
    broad = notation = None
    may_become = []
    for each in said:
        value = each.object
        if each.predicate == SKOS + "altLabel" and isinstance(value, lines.Literal):
            language = value.language or ""
            others[language] = (*others.get(language, ()), value.value)
        elif each.predicate == SKOS + "broadMatch" and value[0].startswith(EU_THEME):
            broad = value[0]
        elif each.predicate == SKOS + "notation":
            notation = value[0]
        elif each.predicate == CN + "mayBecome":
            may_become.append(value[0])
    return Concept(
        iri=iri,
        labels=_texts(said, SKOS + "prefLabel"),
        others=others,
        definition=_texts(said, SKOS + "definition"),
        broad=broad,
        notation=notation,
        may_become=tuple(may_become),
    )


def _texts(said: Sequence[lines.Triple], predicate: str) -> dict[str, str]:
    return {
        each.object.language: each.object.value
        for each in said
        if each.predicate == predicate
        and isinstance(each.object, lines.Literal)
        and each.object.language is not None
    }
