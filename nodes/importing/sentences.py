"""The sentences an officer reads about a file, in five languages.

They are data: `sentences.toml` holds each kind with its words in every language. A sentence is
kept as its kind and its facts, so that whoever tells it chooses the language; a fact may be a
sentence, or several, and is then told in the same one.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from vocab.errors import NoGeometry

LANGUAGES: Final = ("en", "it", "fr", "de", "es")
_CATALOGUE: Final = Path(__file__).with_name("sentences.toml")


@dataclass(frozen=True)
class Sentence:
    """A kind of the catalogue and what is put into it."""

    kind: str
    facts: "tuple[tuple[str, Fact], ...]" = ()

    def __str__(self) -> str:
        """Tell it in English."""
        return self.told("en")

    def told(self, language: str) -> str:
        """Tell it in a language, in English where the catalogue does not have it."""
        words = catalogue()[self.kind]
        facts = {name: _told(fact, language) for name, fact in self.facts}
        return words.get(language.split("-", maxsplit=1)[0], words["en"]).format_map(facts)


@dataclass(frozen=True)
class Words:
    """What others say already, by language, such as a rule of the shapes."""

    said: tuple[tuple[str, str], ...]

    def told(self, language: str) -> str:
        """Tell it in a language, in English where there are no words in it."""
        words = dict(self.said)
        return words.get(language.split("-", maxsplit=1)[0], words["en"])


Fact = str | int | Sentence | Words | tuple[Sentence, ...]


def say(kind: str, /, **facts: Fact) -> Sentence:
    """Make a sentence of a kind."""
    return Sentence(kind, tuple(facts.items()))


def no_geometry(error: NoGeometry) -> Sentence:
    """Say why something is no geometry."""
    return say(f"geometry-{error.kind}", **error.facts)


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Give every kind with its words by language."""
    return tomllib.loads(_CATALOGUE.read_text("utf-8"))


def _told(fact: Fact, language: str) -> str:
    if isinstance(fact, tuple):
        return ", ".join(each.told(language) for each in fact)
    return fact.told(language) if isinstance(fact, Sentence | Words) else str(fact)
