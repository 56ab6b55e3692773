"""Is a record good enough? The SHACL shapes are the only rules; this file runs them.

Records are handed in as canonical triples and judged together, because a batch of a hundred costs
little more than a handful. The shapes see each record marked as `cn:Claimed`, so that one that
merely forgets its type is judged all the same. A record that makes statements about anything but
itself is judged alone: it could speak for its neighbours in the batch otherwise.

The engine is pyshacl-turbo (docs/decisions/0002-shacl-engine.md). It is native code on foreign
input: call this in a worker process.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from pyshacl_turbo import CompiledShapes, compile_shapes
from pyshacl_turbo.rdf import Input

from vocab import graph, lines, shelf
from vocab.lines import Iri
from vocab.terms import CN, DCAT, DCTERMS, PROV, RDF_TYPE, SH

Severity = Literal["error", "warning"]

_CLAIMED: Final = Iri(CN + "Claimed")
_VALUE_LENGTH: Final = 200
_PART_OF: Final = frozenset(
    f"<{each}>"
    for each in (
        DCTERMS + "temporal",
        DCTERMS + "spatial",
        DCTERMS + "publisher",
        DCAT + "contactPoint",
        PROV + "qualifiedAssociation",
        CN + "hasOutcome",
    )
)
"""Properties whose objects the shapes look at as parts of the record."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a rule has to say about a record: an error keeps it out, a warning does not.

    `rule` is the local name of the shape, `part` the node it is about (the record or one of its
    parts), `path` the property (the rule again when the path has several steps), `value` the start
    of the offending value. `messages` holds the rule's words by language, `message` those in
    English.
    """

    severity: Severity
    rule: str
    part: str
    path: str
    value: str
    message: str
    messages: Mapping[str, str]


def validate(payloads: Mapping[str, bytes]) -> dict[str, tuple[Finding, ...]]:
    """Judge records by IRI; each gets its findings, errors first, none when all is well.

    Raises NotCanonical when a payload is not canonical triples.
    """
    alone: list[str] = []
    together: list[str] = []
    marked: dict[str, list[str]] = {}
    for iri, payload in payloads.items():
        rows = lines.rows(payload)
        marked[iri] = [*rows, lines.line(iri, RDF_TYPE, _CLAIMED)]
        (together if _speaks_of_itself(iri, rows) else alone).append(iri)
    found: dict[str, tuple[Finding, ...]] = {}
    for batch in ([together] if together else []) + [[iri] for iri in alone]:
        found |= _judge(batch, [row for iri in batch for row in marked[iri]])
    return {iri: found[iri] for iri in payloads}


def _speaks_of_itself(iri: str, rows: Iterable[str]) -> bool:
    """Tell whether all subjects and all parts of a record are the record's own."""
    if "#" in iri:
        return False
    for row in rows:
        subject, predicate, value = lines.check_triple(row)
        if not subject.startswith((f"<{iri}>", f"<{iri}#")) or value == f"<{_CLAIMED.value}>":
            return False
        if predicate in _PART_OF and not value.startswith(f"<{iri}#"):
            return False
    return True


def _judge(batch: list[str], rows: Iterable[str]) -> dict[str, tuple[Finding, ...]]:
    found: dict[str, set[tuple[Severity, str, str, str, str]]] = {iri: set() for iri in batch}
    for result in _results("\n".join(rows) + "\n"):
        part = result["focusNode"]
        iri = batch[0] if len(batch) == 1 else part.split("#", 1)[0]
        severe = result["resultSeverity"] == SH + "Violation"
        rule = result["sourceShape"].rsplit("#", 1)[-1]
        path = result.get("resultPath", "")
        path = path if ":" in path else rule  # of a longer path only a blank node is told
        value = result.get("value", "")[:_VALUE_LENGTH]
        found[iri].add(("error" if severe else "warning", rule, part, path, value))
    return {iri: tuple(_finding(*each) for each in sorted(said)) for iri, said in found.items()}


def _finding(severity: Severity, rule: str, part: str, path: str, value: str) -> Finding:
    messages = _messages().get(rule, {})
    return Finding(
        severity=severity,
        rule=rule,
        part=part,
        path=path,
        value=value,
        message=messages.get("en", rule),
        messages=messages,
    )


def _results(triples: str) -> Iterable[dict[str, str]]:
    """Run the shapes; give each result's properties by their local names."""
    _, report, _ = _shapes().validate(Input(triples, "nquads", None, {}))
    found: dict[str, dict[str, str]] = {}
    for subject, predicate, value in report:
        found.setdefault(str(subject), {})[str(predicate).removeprefix(SH)] = str(value)
    return (each for each in found.values() if "focusNode" in each)


@cache
def _shapes() -> CompiledShapes:
    return compile_shapes(shelf.read("shapes.ttl").decode(), shacl_graph_format="turtle")


@cache
def _messages() -> dict[str, dict[str, str]]:
    found = graph.texts(shelf.read("shapes.ttl"), SH + "message")
    return {shape.rsplit("#", 1)[-1]: dict(sorted(said.items())) for shape, said in found.items()}
