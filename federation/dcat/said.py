"""A page of a catalogue as statements, looked up in ways that do not depend on their order.

Blank nodes are named `urn:blank:…` after whatever a parser calls them, which means nothing: what is
read of several is put in order by what it says. Statements of named graphs count like those of the
default graph. Plain work on N-Quads that `federation.foreign` wrote.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from functools import cached_property
from typing import Final

from federation.ldes.dataset import Dataset, object_of, read_dataset
from vocab import lines
from vocab.errors import BadTerm, NotCanonical
from vocab.facts import Facts
from vocab.languages import primary
from vocab.lines import Iri, Literal, Object, Triple
from vocab.terms import DCAT, DCTERMS, RDF_TYPE, SCHEMA

BLANK: Final = "urn:blank:"
_SCHEMA: Final = "http://schema.org/"
_WEB: Final = re.compile(r"https?://[^/]", re.IGNORECASE)
_LONGEST: Final = 2_000
_NO_LANGUAGE: Final = frozenset(("i", "mis", "mul", "und", "x", "zxx"))
_SECURED: Final = re.compile(
    r"https(://(?:www\.w3\.org/(?:ns/(?:dcat|locn|adms)|2006/vcard/ns|2004/02/skos/core)#"
    r"|purl\.org/dc/terms/|xmlns\.com/foaf/0\.1/)[A-Za-z0-9]+)"
)
"""Terms whose names begin with http, as they are written by those who secure every address."""


class Catalogue:
    """The statements of one page."""

    def __init__(self, text: str, url: str) -> None:
        """Take N-Quads of the page at `url`; raises PageUnreadable for what is no statement."""
        self.url = url
        self.triples = tuple(_triples(read_dataset(text, url)))
        self.facts = Facts(self.triples)
        self._about: dict[str, list[Triple]] = {}
        self._saying: dict[str, list[Triple]] = {}
        self._typed: dict[str, list[str]] = {}
        self._listing: dict[str, list[str]] = {}
        for each in self.triples:
            value = each.object.value
            self._about.setdefault(each.subject, []).append(each)
            self._saying.setdefault(each.predicate, []).append(each)
            if each.predicate == RDF_TYPE:
                self._typed.setdefault(value, []).append(each.subject)
            elif each.predicate == DCAT + "dataset" and isinstance(each.object, Iri):
                self._listing.setdefault(value, []).append(each.subject)
            elif each.predicate in (DCAT + "inSeries", DCTERMS + "isPartOf"):
                self._listing.setdefault(each.subject, []).append(value)

    def triples_of(self, predicate: str) -> Sequence[Triple]:
        """List the statements of a property."""
        return self._saying.get(predicate, ())

    def typed(self, kind: str) -> list[str]:
        """List the subjects of a class, in order."""
        return sorted(set(self._typed.get(kind, ())))

    def listing(self, dataset: str) -> Sequence[str]:
        """List the catalogues and series that a dataset belongs to.

        Where nothing says so that is the catalogue of the page, when there is just one.
        """
        found = sorted(set(self._listing.get(dataset, ())))
        catalogues = self.typed(DCAT + "Catalog")
        return found or (catalogues if len(catalogues) == 1 else [])

    def around(self, node: str, stops: Set[str], most: int) -> list[Triple]:
        """Give what is said of a thing and its parts, not going on from `stops`.

        Raises ValueError for more than `most` statements.
        """
        found: list[Triple] = []
        seen, level = {node}, [node]
        while level:
            after: list[str] = []
            for each in (one for subject in level for one in self._about.get(subject, ())):
                found.append(each)
                if len(found) > most:
                    raise ValueError(f"more than {most} statements hang on it")
                to = each.object.value if isinstance(each.object, Iri) else ""
                if to not in seen and to in self._about and to not in stops:
                    seen.add(to)
                    after.append(to)
            level = after
        return found

    @cached_property
    def landing(self) -> Counter[str]:
        """Count for how many datasets a landing page stands."""
        said = {(each.subject, each.object.value) for each in self.triples_of(DCAT + "landingPage")}
        return Counter(page for _, page in said)

    @property
    def listed(self) -> list[str]:
        """List what catalogues on this page say that they hold."""
        said = self.triples_of(DCAT + "dataset")
        return sorted({each.object.value for each in said if isinstance(each.object, Iri)})

    def nodes(self, subject: str, *predicates: str) -> list[str]:
        """Give the nodes that properties lead to; blank ones in no order that means anything."""
        return [node for each in predicates for node in self.facts.iris(subject, each)]

    def links(self, subject: str, *predicates: str) -> list[str]:
        """Give the web addresses of properties, also those written as text, in order."""
        said = self.nodes(subject, *predicates)
        said += [one.value for each in predicates for one in self.facts.literals(subject, each)]
        return sorted({each for each in said if is_link(each)})

    def texts(self, subject: str, *predicates: str) -> list[str]:
        """Give the texts of properties whatever their language, in order and without blanks."""
        said = (
            one.value.strip() for each in predicates for one in self.facts.literals(subject, each)
        )
        return sorted({each for each in said if each})


def is_link(text: str) -> bool:
    """Tell whether a text is a web address that a record can name."""
    if len(text) > _LONGEST or not _WEB.match(text):
        return False
    try:
        lines.iri(text)
    except BadTerm:
        return False
    return True


def both_schemas(name: str) -> tuple[str, str]:
    """Name a term of schema.org in both ways that are in use."""
    return SCHEMA + name, _SCHEMA + name


def _triples(dataset: Dataset) -> Iterable[Triple]:
    for subject, said in dataset.default.items():
        yield from filter(None, (_triple(subject, *each) for each in said))
    for graph in dataset.graphs.values():
        yield from filter(None, (_triple(*each) for each in graph))


def _triple(subject: str, predicate: str, value: str) -> Triple | None:
    """Read a statement; None for a literal that has no canonical form, which is left out."""
    try:
        said = _object(value)
        if predicate == RDF_TYPE:
            said = Iri(_term(said.value))
        return Triple(_node(subject), _term(predicate), said)
    except NotCanonical:
        return None


def _term(name: str) -> str:
    found = _SECURED.fullmatch(name)
    return name if found is None else f"http{found[1]}"


def _object(term: str) -> Object:
    said = Iri(_node(term)) if term.startswith("_:") else object_of(term)
    if isinstance(said, Literal) and said.language is not None:
        return Literal(said.value, language=_tag(said.language))
    return said


def _tag(said: str) -> str | None:
    """Write a language tag as short as it goes; None for one that names no language."""
    language, dash, rest = said.partition("-")
    return None if language in _NO_LANGUAGE else f"{primary(language)}{dash}{rest}"


def _node(term: str) -> str:
    return f"{BLANK}{term[2:]}" if term.startswith("_:") else term[1:-1]
