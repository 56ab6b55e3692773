"""A catalogue to ask: made-up records that differ, as N-Quads, and ten queries of it."""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks.sample import BASE, experiment
from vocab.fields import Moment
from vocab.parts import Place
from vocab.terms import AS, SCHEMES
from vocab.triples import to_payload

Query = Callable[[random.Random], str]

_THEMES: Final = ("energy", "mobility", "lighting", "waste", "water", "health", "culture", "air")
_STAGES: Final = ("running", "completed", "planned")
_KINDS: Final = 120
_MARK: Final = "trial-0123456789"
_PREFIXES: Final = """\
PREFIX adms: <http://www.w3.org/ns/adms#>
PREFIX as: <https://www.w3.org/ns/activitystreams#>
PREFIX cn: <https://w3id.org/citynode/ns#>
PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX geo: <http://www.opengis.net/ont/geosparql#>
PREFIX locn: <http://www.w3.org/ns/locn#>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""


def write(file: Path, records: int) -> None:
    """Write so many records, each in a graph of its own with what its member says of it."""
    drafts = [_draft(kind) for kind in range(_KINDS)]
    with file.open("w", encoding="utf-8") as out:
        for number in range(records):
            name = f"trial-{number}"
            graph = f"<{BASE}feed/{number + 1}-{number:08x}>"
            rows = drafts[number % _KINDS].replace(_MARK, name)
            out.write(rows.replace(" .\n", f" {graph} .\n"))
            out.write(f"{graph} <{AS}object> <{BASE}experiments/{name}> .\n")
            out.write(f"{graph} <{AS}actor> <{BASE}#node> .\n")


def _draft(kind: int) -> str:
    chance = random.Random(kind)
    east, north = 7.4 + kind % 12 / 20, 44.9 + kind % 10 / 25
    record = replace(
        experiment(kind),
        iri=f"{BASE}experiments/{_MARK}",
        identifier=_MARK,
        title={"en": f"Trial {_MARK} of sort {kind}"},
        themes=tuple(SCHEMES + "theme/" + each for each in chance.sample(_THEMES, 2)),
        stage=f"{SCHEMES}lifecycle/{_STAGES[kind % 3]}",
        start=Moment(value=f"{2010 + kind % 15}-0{1 + kind % 9}"),
        place=Place(name={"it": f"Quarter {kind % 30}"}, wkt=f"POINT({east:.3f} {north:.3f})"),
    )
    return to_payload(record).decode()


def _lookup(chance: random.Random) -> str:
    return f"SELECT ?p ?o {{ <{BASE}experiments/trial-{chance.randrange(10_000)}> ?p ?o }}"


def _facet(chance: random.Random) -> str:
    return f"""SELECT ?stage (COUNT(?e) AS ?n)
{{ ?e dcterms:subject <{SCHEMES}theme/{chance.choice(_THEMES)}> ; adms:status ?stage
FILTER(?stage != <urn:{chance.random()}>) }} GROUP BY ?stage"""


def _text(chance: random.Random) -> str:
    return f"""SELECT ?e ?t {{ ?e dcterms:title ?t
FILTER(CONTAINS(LCASE(STR(?t)), "{chance.randrange(10_000)} of sort")) }} LIMIT 20"""


def _join(chance: random.Random) -> str:
    return f"""SELECT ?e ?name {{
?e dcterms:spatial/locn:geographicName "Quarter {chance.randrange(30)}"@it ;
   prov:qualifiedAssociation/prov:agent/foaf:name ?name
FILTER(?name != "{chance.random()}") }} LIMIT 200"""


def _box(chance: random.Random) -> str:
    west = 7.4 + chance.random() / 2
    return f"""SELECT ?e {{ ?e dcterms:spatial/geo:hasGeometry/geo:asWKT ?wkt
BIND(xsd:decimal(STRBEFORE(STRAFTER(STR(?wkt), "("), " ")) AS ?x)
FILTER(?x > {west:.6f} && ?x < {west + 0.05:.6f}) }} LIMIT 100"""


def _aggregate(chance: random.Random) -> str:
    return f"""SELECT ?theme ?stage (COUNT(DISTINCT ?e) AS ?n)
{{ ?e dcterms:subject ?theme ; adms:status ?stage
FILTER(?stage != <urn:{chance.random()}>) }} GROUP BY ?theme ?stage ORDER BY DESC(?n)"""


def _construct(chance: random.Random) -> str:
    return f"""CONSTRUCT {{ ?e dcterms:title ?t ; dcterms:subject ?theme }}
{{ ?e dcterms:spatial/locn:geographicName "Quarter {chance.randrange(30)}"@it ;
   dcterms:title ?t ; dcterms:subject ?theme }}
LIMIT {chance.randrange(150, 250)}"""


def _page(chance: random.Random) -> str:
    return f"""SELECT ?e ?issued {{ ?e a cn:UrbanExperiment ; dcterms:issued ?issued ;
adms:status <{SCHEMES}lifecycle/{chance.choice(_STAGES)}> }}
ORDER BY ?e LIMIT 20 OFFSET {chance.randrange(1000)}"""


def _path(chance: random.Random) -> str:
    return f"""SELECT DISTINCT ?x {{ <{BASE}experiments/trial-{chance.randrange(10_000)}>
(dcterms:spatial|geo:hasGeometry|locn:address|prov:qualifiedAssociation|prov:agent)+ ?x }}"""


def _count(chance: random.Random) -> str:
    return f"""SELECT (COUNT(*) AS ?n) {{ GRAPH ?m {{ ?e a cn:UrbanExperiment }} ?m as:actor ?city
FILTER(?city != <urn:{chance.random()}>) }}"""


def _prefixed(query: Query) -> Query:
    return lambda chance: _PREFIXES + query(chance)


QUERIES: Final[Mapping[str, Query]] = {
    "lookup": _prefixed(_lookup),
    "facet": _prefixed(_facet),
    "text": _prefixed(_text),
    "join": _prefixed(_join),
    "box": _prefixed(_box),
    "aggregate": _prefixed(_aggregate),
    "construct": _prefixed(_construct),
    "page": _prefixed(_page),
    "path": _prefixed(_path),
    "count": _prefixed(_count),
}
"""The queries, each with constants that change from one time to the next."""
