"""Counts and trends of experiments: by what they are about, how they stand and where they are.

Numbers come from the search index, so that a page needs no scan; each has a SPARQL query that
gives the same from the store, for whoever wants to check or to go on from there. Words and places
on a map cannot be asked in SPARQL as search understands them: then there is no query.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from nodes.index import Index
from nodes.index.trends import Trend, Trends
from nodes.remembering import Memory, weight
from nodes.searches import SearchRequest, Sort
from vocab import lines
from vocab.errors import BadTerm
from vocab.records import Experiment
from vocab.terms import ADMS, CN, DCAT, DCTERMS, LOCN

FACETS: Final = ("theme", "technology", "stage", "verdict", "city")
"""What experiments are counted by."""

_REMEMBERED: Final = 64
_MOST_YEARS: Final = 60  # of one record, as search has it
_PATHS: Final = {
    "theme": "dcterms:subject",
    "technology": "cn:technology",
    "stage": "adms:status",
    "verdict": "cn:hasOutcome/cn:verdict",
    "city": "dcterms:spatial/locn:address/locn:postName",
    "country": "dcterms:spatial/locn:address/locn:adminUnitL1",
}
_IN_WORDS: Final = frozenset({"city", "country"})
_QUERY: Final = """\
PREFIX adms: <{adms}>
PREFIX cn: <{cn}>
PREFIX dcat: <{dcat}>
PREFIX dcterms: <{dcterms}>
PREFIX locn: <{locn}>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

# Experiments by {facet}, in all (no year) and in each year from their first to their last date
SELECT ?value ?year (COUNT(DISTINCT ?experiment) AS ?experiments)
WHERE {{
  ?experiment a cn:UrbanExperiment ; {path} ?value .
{filters}  OPTIONAL {{ ?experiment dcterms:temporal/dcat:startDate ?start }}
  OPTIONAL {{ ?experiment dcterms:temporal/dcat:endDate ?end }}
  BIND(xsd:integer(SUBSTR(STR(?start), 1, 4)) AS ?began)
  BIND(xsd:integer(SUBSTR(STR(?end), 1, 4)) AS ?ended)
  BIND(COALESCE(IF(?ended < ?began, ?ended, ?began), ?began, ?ended) AS ?first)
  BIND(COALESCE(IF(?ended < ?began, ?began, ?ended), ?ended, ?began) AS ?last)
  VALUES ?year {{ UNDEF {years} }}
  FILTER(!BOUND(?year) || (?first <= ?year && ?year <= ?last && ?year <= ?first + {most}))
}}
GROUP BY ?value ?year
ORDER BY ?value ?year
"""


@dataclass(kw_only=True)
class Observatory:
    """Counts, and remembers what it counted until the index moves on."""

    index: Index
    _memory: Memory[Trends] = field(default_factory=lambda: Memory(most=_REMEMBERED))

    def trends(self, request: SearchRequest, facet: str) -> Trends:
        """Count the experiments that a search finds by a facet. Blocks."""
        asked = of_experiments(request)
        position, key = self.index.position, (repr(asked), facet)
        found = self._memory.recall(position, key)
        if found is None:
            found = self.index.trends(asked, facet)
            self._memory.keep(position, key, found, weight(found))
        return found


def of_experiments(request: SearchRequest) -> SearchRequest:
    """Hold a search to experiments, whatever else it asks for; order and page do not count."""
    filters = {**request.filters, "kind": (Experiment.room,)}
    return replace(
        request, filters=filters, offset=0, limit=0, sort=Sort.RELEVANCE, cursor=None, facets=()
    )


def years(found: Iterable[Trend]) -> tuple[int, ...]:
    """Give the years in which anything was under way."""
    return tuple(sorted({year for trend in found for year in trend.years}))


def query(request: SearchRequest, facet: str, shown: Sequence[int]) -> str | None:
    """Write the SPARQL query that gives the same numbers; None where none can."""
    asked = of_experiments(request)
    plain = replace(SearchRequest(filters=asked.filters, limit=0), facets=())
    if asked != plain or asked.filters.keys() - _PATHS.keys() - {"kind"}:
        return None
    try:
        filters = "".join(
            _filter(name, values) for name, values in asked.filters.items() if name != "kind"
        )
    except BadTerm:
        return None
    return _QUERY.format(
        adms=ADMS, cn=CN, dcat=DCAT, dcterms=DCTERMS, locn=LOCN, facet=facet,
        path=_PATHS[facet], filters=filters, years=" ".join(map(str, shown)), most=_MOST_YEARS,
    )  # fmt: skip


def _filter(name: str, values: Sequence[str]) -> str:
    written = (lines.literal(each) if name in _IN_WORDS else lines.iri(each) for each in values)
    chosen = f"  VALUES ?of_{name} {{ {' '.join(written)} }}\n"
    return f"{chosen}  ?experiment {_PATHS[name]} ?of_{name} .\n"
