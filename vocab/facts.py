"""The statements of a payload, looked up by subject and property.

A record may say more than we ask, or say it twice: lookups overlook what they cannot use and give
the first in order where one value is meant.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Self

from vocab import lines
from vocab.fields import LanguageMap
from vocab.lines import Iri, Literal, Object, Triple

_NOTHING: Final[Mapping[str, Sequence[Object]]] = {}


class Facts:
    """Statements by subject and property, in their order."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self._said: dict[str, dict[str, list[Object]]] = {}
        for subject, predicate, value in triples:
            self._said.setdefault(subject, {}).setdefault(predicate, []).append(value)

    @classmethod
    def read(cls, payload: bytes) -> Self:
        """Read canonical bytes; raises NotCanonical for anything else."""
        facts = cls(())
        before, said = "", {}
        for subject, predicate, value in lines.split(payload):
            if subject != before:
                before, said = subject, facts._said.setdefault(subject[1:-1], {})
            term = Iri(value[1:-1]) if value[0] == "<" else lines.parse_term(value)
            said.setdefault(predicate[1:-1], []).append(term)
        return facts

    def of(self, subject: str | None) -> Mapping[str, Sequence[Object]]:
        """Give what is said of a subject, by property."""
        return self._said.get(subject or "", _NOTHING)

    def iris(self, subject: str | None, predicate: str) -> tuple[str, ...]:
        """Give all IRIs of a property, in order."""
        found = self.of(subject).get(predicate, ())
        if len(found) == 1:
            return (found[0].value,) if isinstance(found[0], Iri) else ()
        return tuple(sorted({each.value for each in found if isinstance(each, Iri)}))

    def iri(self, subject: str | None, predicate: str) -> str | None:
        """Give the first IRI of a property."""
        return next(iter(self.iris(subject, predicate)), None)

    def literals(self, subject: str | None, predicate: str) -> list[Literal]:
        """Give all literals of a property, in order."""
        found = self.of(subject).get(predicate, ())
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
