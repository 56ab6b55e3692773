"""Words for what a facet counts: concepts, languages, countries and cities, for a reader."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from babel import Locale, UnknownLocaleError

from nodes.catalogue import Wording, wording
from nodes.network import Network
from nodes.searches import NO, SCHEME_OF, YES
from nodes.web.addresses import segment
from vocab import schemes
from vocab.languages import primary
from vocab.schemes import concept, label, scheme_of

TITLES: Final = {
    "kind": "Kind",
    "theme": "Theme",
    "technology": "Technology",
    "stage": "Stage",
    "verdict": "Outcome",
    "city": "City",
    "country": "Country",
    "helix": "Kind of partner",
    "partner": "Partner",
    "year": "Year",
    "goal": "Goal of the UN",
    "role": "Role of a partner",
    "permit": "Permit",
    "language": "Language",
    "origin": "Node",
    "trl": "Readiness of the technology (TRL)",
    "outcome": "Tells how it ended",
    "replication": "Looks for cities that repeat it",
    "cost": "Cost",
    "testbed": "Kind of testbed",
    "fresh": "Data verified",
}

_REMEMBERED: Final = 10_000
"""Names of concepts that are kept, each for readers of the same languages."""

KINDS: Final = {"experiments": "Experiment", "testbeds": "Testbed", "calls": "Call"}
_WORDS: Final = {
    "kind": KINDS,
    "outcome": {YES: "yes", NO: "no"},
    "replication": {YES: "yes", NO: "no"},
    "fresh": {"day": "in the last day", "week": "in the last week", "month": "in the last month"},
}


def short(facet: str, value: str) -> str:
    """Write a value as it stands in an address: concepts by their id within the scheme."""
    return value.removeprefix(_folder(facet)) if facet in SCHEME_OF else value


def full(facet: str, value: str) -> str:
    """Read a value from an address back; the counterpart of `short`."""
    if facet in SCHEME_OF and "://" not in value:
        return _folder(facet) + value
    if facet == "country":
        return value.upper()
    return primary(value) if facet == "language" else value


def _folder(facet: str) -> str:
    return schemes.folder(SCHEME_OF[facet])


def concept_word(iri: str, languages: Sequence[str]) -> Wording:
    """Name a concept for a reader, with the language of the name."""
    if concept(iri) is None:  # one of strangers, who have no end of them
        return Wording(language="", text=label(iri, languages))
    return _named(iri, tuple(languages))


@lru_cache(maxsize=_REMEMBERED)
def _named(iri: str, languages: tuple[str, ...]) -> Wording:
    known = concept(iri)
    found = wording(known.labels, languages, "en") if known else None
    return found or Wording(language="", text=label(iri, languages))


def concept_path(iri: str) -> str | None:
    """Give the path on any node at which a concept is told; None for what no scheme here holds."""
    known = concept(iri)
    return f"schemes/{scheme_of(iri)}/{known.id}" if known else None


def word(facet: str, value: str, languages: Sequence[str], network: Network | None) -> str:
    """Give the words for a value of a facet; `network` knows the cities of origins."""
    if facet in SCHEME_OF:
        return concept_word(value, languages).text
    if facet in _WORDS:
        return _WORDS[facet].get(value, value)
    if facet == "country":
        return str(locale(languages).territories.get(value, value))
    if facet == "language":
        return str(locale(languages).languages.get(value, value))
    if facet == "origin":
        return (network and network.city(value)) or segment(value) or value
    return value


def worded(facet: str, value: str, languages: Sequence[str], network: Network) -> Wording:
    """Give the words for a value of a facet with their language; empty for a name."""
    if facet in SCHEME_OF:
        return concept_word(value, languages)
    text = word(facet, value, languages, network)
    if facet in {"country", "language"}:
        return Wording(language=locale(languages).language, text=text)
    return Wording(language="en" if facet in _WORDS else "", text=text)


def locale(languages: Sequence[str]) -> Locale:
    """Give the first of the reader's languages whose names are known, or English."""
    for language in (*languages, "en"):
        try:
            return Locale.parse(language, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")
