"""Is a record good enough? The SHACL shapes are the only rules; this file runs them.

What is typed as a membership or as a city is held to the rules for those, everything else to those
for records.

Records are handed in as canonical triples, and each is judged by itself: none can speak for
another. The shapes see it marked as `cn:Claimed`, so that one that merely forgets its type is
judged all the same.

A rule says what is wrong and what to write instead, each in the languages of `shelf.TONGUES`.

The shapes are compiled by `vocab.shacl` (docs/decisions/0022-compiled-shapes.md). What strangers
send is judged in a worker process, what the city itself has just written may be judged in place.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Literal

from vocab import graph, lines, shelf
from vocab.membership import is_membership
from vocab.profile import is_city
from vocab.shacl.paths import TooManySteps
from vocab.shacl.shapes import Fault, Rules, compile_rules
from vocab.shacl.values import is_iri, text_of
from vocab.terms import CN, RDF_TYPE, SH

Severity = Literal["error", "warning"]

_TYPE: Final = f"<{RDF_TYPE}>"
_CLAIMED: Final = f"<{CN}Claimed>"
_VALUE_LENGTH: Final = 200
_KNOTTED: Final = {
    "en": "The parts of the record name each other far too often to be followed.",
    "it": "Le parti del record si nominano fra loro troppe volte per essere seguite.",
    "fr": "Les parties de la fiche se nomment bien trop souvent entre elles pour être suivies.",
    "de": "Die Teile des Datensatzes nennen einander viel zu oft, um ihnen zu folgen.",
    "es": "Las partes del registro se nombran entre sí demasiadas veces para seguirlas.",
}


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
    return {iri: _judge(iri, payload) for iri, payload in payloads.items()}


def _judge(iri: str, payload: bytes) -> tuple[Finding, ...]:
    statements = [*lines.split(payload), (lines.iri(iri), _TYPE, _CLAIMED)]
    rules = _rules_for(payload, iri)
    try:
        found = {_told(fault) for fault in rules.judge(statements) if is_iri(fault.focus)}
    except TooManySteps:
        return (_knotted(iri),)
    return tuple(finding(*each) for each in sorted(found))


def _rules_for(payload: bytes, iri: str) -> Rules:
    if is_membership(payload, iri):
        return _rules_apart("memberships")
    return _rules_apart("cities") if is_city(payload, iri) else _rules()


def _told(fault: Fault) -> tuple[Severity, str, str, str, str]:
    """Name a fault; a text in place of a part is told by the rule about the part's form."""
    shape = fault.shape
    rule = shape.name.rsplit("#", 1)[-1]
    path = text_of(shape.predicate) if shape.predicate else rule
    value = "" if fault.value is None else text_of(fault.value)[:_VALUE_LENGTH]
    return "warning" if shape.warning else "error", rule, text_of(fault.focus), path, value


def _knotted(iri: str) -> Finding:
    return Finding(
        severity="error",
        rule="knotted",
        part=iri,
        path="knotted",
        value="",
        message=_KNOTTED["en"],
        messages=_KNOTTED,
    )


def finding(severity: Severity, rule: str, part: str, path: str, value: str) -> Finding:
    """Say what a rule says, of a part and a value."""
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


@cache
def _rules() -> Rules:
    return compile_rules(graph.written(shelf.rules()))


@cache
def _rules_apart(name: str) -> Rules:
    return compile_rules(graph.written(shelf.read(f"shapes/{name}.ttl")))


@cache
def _words(predicate: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name in (*(f"words/{tag}" for tag in shelf.TONGUES), "memberships", "cities"):
        for rule, said in graph.texts(shelf.read(f"shapes/{name}.ttl"), predicate).items():
            found.setdefault(rule.rsplit("#", 1)[-1], {}).update(said)
    return found
