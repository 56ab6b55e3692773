"""The records around a record: those it names, and those that name it.

What a city says about another city's record is that city's word alone; here it only becomes a
link between two pages of this node. What is not known here stays a link to its own address.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final
from urllib.parse import urldefrag

from nodes.catalogue import Catalogue, Known
from nodes.findable import mentions
from vocab.fields import LanguageMap
from vocab.records import Call, Record, Testbed

_MOST: Final = 60
_MOST_BACK: Final = 100
_BACKWARDS: Final = {
    "replicates": "Repeated by",
    "inspired_by": "Inspired",
    "testbeds": "Used by",
    "services": "Used by",
    "calls": "Answered by",
    "challenges": "Answered by",
}


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """A record, or a part of one, as a link to it: `part` is the title of the part."""

    known: Known
    fragment: str = ""
    part: LanguageMap | None = None


@dataclass(frozen=True, kw_only=True)
class Neighbours:
    """What a record names, by IRI, and which records name it, by what they say of it."""

    named: Mapping[str, Neighbour]
    naming: Mapping[str, tuple[Known, ...]]


NOBODY: Final = Neighbours(named={}, naming={})


async def around(record: Record, catalogue: Catalogue) -> Neighbours:
    """Look the neighbours of a record up."""
    named = list(islice((iri for _, iri in mentions(record)), _MOST))
    found = await catalogue.records(urldefrag(iri)[0] for iri in named)
    back = await catalogue.mentioning(record.iri, _MOST_BACK)
    return Neighbours(named=dict(_named(named, found)), naming=naming(record.iri, back))


def _named(iris: list[str], found: Mapping[str, Known]) -> Iterator[tuple[str, Neighbour]]:
    for iri in iris:
        whole, fragment = urldefrag(iri)
        known = found.get(whole)
        if known is not None:
            yield iri, Neighbour(known=known, fragment=fragment, part=_part(known.record, fragment))


def _part(record: Record, fragment: str) -> LanguageMap | None:
    """Give the title of `#service-2` of a testbed or `#challenge-2` of a call."""
    name, _, position = fragment.rpartition("-")
    if not (position.isascii() and position.isdigit() and len(position) < 5 and int(position)):
        return None
    if isinstance(record, Testbed) and name == "service":
        return next((each.title for each in record.services[int(position) - 1 :]), None)
    if isinstance(record, Call) and name == "challenge":
        return next((each.title for each in record.challenges[int(position) - 1 :]), None)
    return None


def naming(iri: str, known: Iterable[Known]) -> dict[str, tuple[Known, ...]]:
    """Tell which of some records name one, or a part of it, by what they say of it.

    A record may name another one hundreds of times, and as many others beside it: each is looked
    up by its address and compared with nothing.
    """
    found: dict[str, dict[str, Known]] = {}
    for each in known:
        if each.record.iri == iri:
            continue
        for field, named in mentions(each.record):
            words = _words(field, each.record)
            if words and named.partition("#")[0] == iri:
                found.setdefault(words, {})[each.record.iri] = each
    return {words: tuple(those.values()) for words, those in found.items()}


def _words(field: str, record: Record) -> str | None:
    return "On offer in" if isinstance(record, Call) else _BACKWARDS.get(field)
