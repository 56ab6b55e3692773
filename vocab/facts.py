"""The statements of a payload, looked up by subject and property.

A record may say more than we ask, or say it twice: lookups overlook what they cannot use and give
the first in order where one value is meant.
"""

from collections.abc import Iterable

from vocab.fields import LanguageMap
from vocab.lines import Iri, Literal, Object, Triple


class Facts:
    """Statements by subject and property, in their order."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self._objects: dict[tuple[str, str], list[Object]] = {}
        for subject, predicate, value in triples:
            self._objects.setdefault((subject, predicate), []).append(value)

    def has(self, subject: str | None, predicate: str) -> bool:
        """Tell whether anything is said by a property."""
        return (subject or "", predicate) in self._objects

    def iris(self, subject: str | None, predicate: str) -> tuple[str, ...]:
        """Give all IRIs of a property, in order."""
        found = self._objects.get((subject or "", predicate), [])
        return tuple(sorted({each.value for each in found if isinstance(each, Iri)}))

    def iri(self, subject: str | None, predicate: str) -> str | None:
        """Give the first IRI of a property."""
        return next(iter(self.iris(subject, predicate)), None)

    def literals(self, subject: str | None, predicate: str) -> list[Literal]:
        """Give all literals of a property, in order."""
        found = self._objects.get((subject or "", predicate), [])
        return sorted(each for each in found if isinstance(each, Literal))

    def text(self, subject: str | None, predicate: str) -> str | None:
        """Give the first text of a property, whatever its language."""
        return next((each.value for each in self.literals(subject, predicate)), None)

    def texts(self, subject: str | None, predicate: str, language: str) -> LanguageMap:
        """Give text by language; text without a tag counts as written in the record's language."""
        found: dict[str, str] = {}
        for each in self.literals(subject, predicate):
            found.setdefault(each.language or language, each.value)
        return dict(sorted(found.items()))

    def tagged(
        self, subject: str | None, predicate: str, language: str
    ) -> tuple[tuple[str, str], ...]:
        """Give the texts of a property as a set of language and text."""
        found = self.literals(subject, predicate)
        return tuple(sorted({(each.language or language, each.value) for each in found}))
