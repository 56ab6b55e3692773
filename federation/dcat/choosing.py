"""Which datasets of a catalogue are records: what says so itself, and what an officer chose.

A choice is `word=value`. Choices with the same word are alternatives, those with different words
narrow each other. Values are compared without regard to case; `*` stands for anything.

| word | compared with |
|---|---|
| `keyword` | the keywords |
| `theme` | the addresses of themes and subjects, their last part (`TRAN`) and their names |
| `type` | the address of the type, its last part and its name |
| `publisher` | the publisher's name and address |
| `catalogue` | the title and address of the catalogue or series that lists it |
| `title` | the title, in any language |
| `text` | title, description and keywords, anywhere in them |
| `dcterms:subject`, `http://…` | any property: its texts and addresses |
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from federation.dcat.said import Catalogue, is_link
from federation.errors import BadChoice
from vocab.terms import DCAT, DCTERMS, FOAF, PREFIXES, RDFS, SKOS

_LONGEST: Final = 300
_MOST: Final = 50
_PROPERTIES: Final = {
    "keyword": (DCAT + "keyword",),
    "theme": (DCAT + "theme", DCTERMS + "subject"),
    "type": (DCTERMS + "type",),
    "publisher": (DCTERMS + "publisher",),
    "title": (DCTERMS + "title",),
    "text": (DCTERMS + "title", DCTERMS + "description", DCAT + "keyword"),
}
_NAMES: Final = (SKOS + "prefLabel", FOAF + "name", DCTERMS + "title", RDFS + "label")


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One choice: the word, the properties it stands for, the value cut at its wildcards."""

    word: str
    properties: tuple[str, ...]
    pieces: tuple[str, ...]

    def fits(self, text: str) -> bool:
        """Compare a text; takes no longer than the text is long, whatever both are."""
        first, *others = self.pieces
        said = fold(text)
        if not others:
            return said == first
        if not said.startswith(first):
            return False
        at, end = len(first), len(said) - len(others[-1])
        for piece in others[:-1]:
            found = said.find(piece, at)
            if found < 0:
                return False
            at = found + len(piece)
        return at <= end and said.endswith(others[-1])


def read_choices(said: Sequence[str]) -> tuple[Choice, ...]:
    """Read what an officer wrote; raises BadChoice, in words, for what means nothing."""
    if len(said) > _MOST:
        raise BadChoice("--about", f"more than {_MOST} choices")
    return tuple(_choice(each) for each in said)


def chosen(catalogue: Catalogue, dataset: str, choices: Sequence[Choice]) -> bool:
    """Tell whether a dataset is among those an officer chose; never when nothing was chosen."""
    words = {each.word for each in choices}
    return bool(words) and all(
        any(_fits(catalogue, dataset, each) for each in choices if each.word == word)
        for word in words
    )


def _choice(said: str) -> Choice:
    word, equals, value = said.partition("=")
    word, value = word.strip(), fold(value)
    if not equals or not value or len(said) > _LONGEST:
        raise BadChoice(said[:_LONGEST], "a choice is written word=value, such as keyword=trial")
    properties = _PROPERTIES.get(word.lower(), ())
    if properties or word.lower() in ("catalogue", "catalog"):
        word = "catalogue" if not properties else word.lower()
    else:
        properties = (_property(word),)
    pieces = tuple(value.split("*"))
    if word == "text":
        pieces = ("", *pieces, "")
    return Choice(word=word, properties=properties, pieces=pieces)


def _property(word: str) -> str:
    prefix, colon, local = word.partition(":")
    known = {**PREFIXES, "dct": DCTERMS}
    iri = known[prefix] + local if colon and prefix in known else word
    if not is_link(iri):
        words = ", ".join((*_PROPERTIES, "catalogue"))
        raise BadChoice(
            word[:_LONGEST],
            f"no word to choose by: write {words}, or a property such as dcat:theme",
        )
    return iri


def _fits(catalogue: Catalogue, dataset: str, choice: Choice) -> bool:
    if choice.word == "catalogue":
        nodes: Iterable[str] = catalogue.listing(dataset)
        return any(_named(catalogue, each, choice) for each in nodes)
    for name in choice.properties:
        texts = catalogue.facts.literals(dataset, name)
        if any(choice.fits(each.value) for each in texts):
            return True
        if any(_named(catalogue, each, choice) for each in catalogue.facts.iris(dataset, name)):
            return True
    return False


def _named(catalogue: Catalogue, node: str, choice: Choice) -> bool:
    """Compare a thing by its address, the end of it, and what the page calls it."""
    short = re.split(r"[/#:]", node.rstrip("/#"))[-1]
    names = [each.value for name in _NAMES for each in catalogue.facts.literals(node, name)]
    return any(choice.fits(each) for each in (node, short, *names))


def fold(text: str) -> str:
    """Fold a text for comparison: composed, without case, single spaces."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
