"""Is a record good enough? The SHACL shapes are the only rules; this file runs them.

What is typed as a membership or as a city is held to the rules for those, everything else to those
for records.

Records are handed in as canonical triples and judged together, because a batch of a hundred costs
little more than a handful. The shapes see each record marked as `cn:Claimed`, so that one that
merely forgets its type is judged all the same. A record that makes statements about anything but
itself is judged alone: it could speak for its neighbours in the batch otherwise.

A rule says what is wrong and what to write instead, each in the languages of `shelf.TONGUES`.

The engine is pyshacl-turbo (docs/decisions/0002-shacl-engine.md). It is native code: what strangers
send is judged in a worker process, what the city itself has just written may be judged in place.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Literal

from pyshacl_turbo import CompiledShapes, compile_shapes

from vocab import graph, lines, shelf
from vocab.fields import Part, every
from vocab.lines import Iri, Object
from vocab.membership import is_membership
from vocab.profile import is_city
from vocab.records import KINDS
from vocab.terms import CN, RDF_TYPE, SH

Severity = Literal["error", "warning"]

_CLAIMED: Final = Iri(CN + "Claimed")
_VALUE_LENGTH: Final = 200
_STATEMENT: Final = re.compile(rf"^(_:\S+) <{re.escape(SH)}(\w+)> (.+?) \.$", re.MULTILINE)
_PLAINLY: Final = (False, 100, 15, False, False, False, False, (), (), ())
"""No rules that add statements, no stop at the first fault, every shape over every node."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a rule has to say about a record: an error keeps it out, a warning does not.

    `rule` is the local name of the shape, `part` the node it is about (the record or one of its
    parts), `path` the property (the rule again when the path has several steps), `value` the start
    of the offending value. `messages` says what is wrong and `advices` what to write instead, by
    language; `message` and `advice` are those in English.
    """

    severity: Severity
    rule: str
    part: str
    path: str
    value: str
    message: str
    messages: Mapping[str, str]
    advice: str = ""
    advices: Mapping[str, str] = field(default_factory=dict)

    def told(self, language: str) -> str:
        """Say what is wrong and what to write instead in a language, else in English."""
        tag = language.lower().split("-", 1)[0]
        message = self.messages.get(tag, self.message)
        return f"{message} {self.advices.get(tag, self.advice)}".rstrip()


def validate(payloads: Mapping[str, bytes]) -> dict[str, tuple[Finding, ...]]:
    """Judge records by IRI; each gets its findings, errors first, none when all is well.

    Raises NotCanonical when a payload is not canonical triples.
    """
    alone: list[str] = []
    together: list[str] = []
    others: list[tuple[str, str]] = []
    marked: dict[str, list[str]] = {}
    for iri, payload in payloads.items():
        rows = lines.rows(payload)
        marked[iri] = [*rows, lines.line(iri, RDF_TYPE, _CLAIMED)]
        if is_membership(payload, iri):
            others.append((iri, "memberships"))
        elif is_city(payload, iri):
            others.append((iri, "cities"))
        else:
            (together if _speaks_of_itself(iri, rows) else alone).append(iri)
    found: dict[str, tuple[Finding, ...]] = {}
    for batch in ([together] if together else []) + [[iri] for iri in alone]:
        found |= _judge(batch, [row for iri in batch for row in marked[iri]], _shapes())
    for iri, rules in others:
        found |= _judge([iri], marked[iri], _shapes_apart(rules))
    return {iri: found[iri] for iri in payloads}


def _speaks_of_itself(iri: str, rows: Iterable[str]) -> bool:
    """Tell whether all subjects and all parts of a record are the record's own."""
    if "#" in iri:
        return False
    for row in rows:
        subject, predicate, value = lines.check_triple(row)
        if not subject.startswith((f"<{iri}>", f"<{iri}#")) or value == f"<{_CLAIMED.value}>":
            return False
        if predicate in _part_of() and not value.startswith(f"<{iri}#"):
            return False
    return True


@cache
def _part_of() -> frozenset[str]:
    """Give the properties whose objects the shapes look at as parts of the record."""
    found: set[str] = set()
    for each in every(KINDS):
        if each.said.via is not None:
            found.add(each.said.via.predicate)
        if isinstance(each.said, Part):
            found.add(each.said.predicate)
    return frozenset(f"<{each}>" for each in found)


def _judge(
    batch: list[str], rows: Iterable[str], shapes: CompiledShapes
) -> dict[str, tuple[Finding, ...]]:
    found: dict[str, set[tuple[Severity, str, str, str, str]]] = {iri: set() for iri in batch}
    for result in _results("\n".join(rows) + "\n", shapes):
        if not isinstance(result["focusNode"], Iri):
            continue  # a text in place of a part: the rule about the part's form says so
        part = result["focusNode"].value
        iri = batch[0] if len(batch) == 1 else part.split("#", 1)[0]
        severe = result["resultSeverity"].value == SH + "Violation"
        rule = result["sourceShape"].value.rsplit("#", 1)[-1]
        path = result["resultPath"].value if "resultPath" in result else rule
        value = result["value"].value[:_VALUE_LENGTH] if "value" in result else ""
        found[iri].add(("error" if severe else "warning", rule, part, path, value))
    return {iri: tuple(_finding(*each) for each in sorted(said)) for iri, said in found.items()}


def _finding(severity: Severity, rule: str, part: str, path: str, value: str) -> Finding:
    messages = _words(SH + "message").get(rule, {})
    advices = _words(CN + "advice").get(rule, {})
    return Finding(
        severity=severity,
        rule=rule,
        part=part,
        path=path,
        value=value,
        message=messages.get("en", rule),
        messages=messages,
        advice=advices.get("en", ""),
        advices=advices,
    )


def _results(triples: str, shapes: CompiledShapes) -> Iterator[dict[str, Object]]:
    """Run the shapes; give each result's properties by their local names.

    The engine's report is read as the N-Triples it is: what the library makes of it, a graph of
    rdflib, takes three times as long as the engine itself and complains of every odd value in
    the log. Paths of several steps and results within results are blank nodes, and left out.
    """
    report = shapes._native.validate(triples, "nquads", None, *_PLAINLY)[1]
    found: dict[str, dict[str, Object]] = {}
    told: list[str] = []
    for subject, name, value in _STATEMENT.findall(report):
        if name == "result":
            told.append(value)
        elif not value.startswith("_:"):
            found.setdefault(subject, {})[name] = lines.parse_term(value)
    return (found[each] for each in told)


@cache
def _shapes() -> CompiledShapes:
    return compile_shapes(shelf.rules().decode(), shacl_graph_format="turtle")


@cache
def _shapes_apart(name: str) -> CompiledShapes:
    rules = shelf.read(f"shapes/{name}.ttl").decode()
    return compile_shapes(rules, shacl_graph_format="turtle")


@cache
def _words(predicate: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name in (*(f"words/{tag}" for tag in shelf.TONGUES), "memberships", "cities"):
        for rule, said in graph.texts(shelf.read(f"shapes/{name}.ttl"), predicate).items():
            found.setdefault(rule.rsplit("#", 1)[-1], {}).update(said)
    return found
