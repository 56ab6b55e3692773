"""Records broken on purpose: `broken(rule, seed)` against one rule, `garbled(seed)` anyhow.

Where a rule looks and at which property is read from the shapes, so that a new rule is broken
without a word here; only rules about several values together need a hand (`_TOGETHER`).
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Final, NamedTuple

import rdflib
from rdflib.collection import Collection

from tests.vocab.valid import BASE, valid
from vocab import lines, schemes, shelf
from vocab.lines import Iri, Literal
from vocab.records import KINDS
from vocab.terms import (
    ADMS,
    CN,
    DCAT,
    DCTERMS,
    GEO,
    M8G,
    PROV,
    RDF_TYPE,
    SCHEMES,
    XSD,
    XSD_DATETIME,
)
from vocab.triples import to_payload

SHAPES: Final = "https://w3id.org/citynode/shapes#"

_MOMENTS: Final = (
    ("19", "gYear"),
    ("2019\n", "gYear"),
    ("0019", "gYear"),
    ("2019-13", "gYearMonth"),
    ("2019-02-31", "date"),
    ("2019-02-28Z", "date"),
    ("2019", "date"),
    ("1066-10-14", "date"),
    ("1850", "gYear"),
    ("2999-12", "gYearMonth"),
)
_INSTANTS: Final = (
    "2021-03-04T10:00:00",
    "2021-03-04T24:00:00Z",
    "2021-02-30T10:00:00Z",
    "2021-03-04T10:00:00+14:30",
    "2021-03-04",
    "2999-03-04T10:00:00.5+02:00",
    "2021-03-04T10:00:00Z\n",
    "yesterday",
)
_NUMBERS: Final = (
    ("0", "integer"),
    ("-1", "integer"),
    ("10", "integer"),
    ("9", "decimal"),
    ("0.0", "decimal"),
    ("-0.5", "decimal"),
    ("1" + "0" * 18, "integer"),
    ("1" + "0" * 18, "decimal"),
    ("1.5", "integer"),
    ("1,5", "decimal"),
    ("1e3", "double"),
    ("five", "integer"),
    ("5", "string"),
    ("P1M", "duration"),
    ("-P3D", "duration"),
    ("P5D", "duration"),
    ("P5D\n", "duration"),
    ("maybe", "boolean"),
    ("1", "boolean"),
)
BAD: Final[tuple[lines.Object, ...]] = (
    Literal("x"),
    Literal(""),
    Literal(" \t", language="it"),
    Literal("\n"),
    Literal("IT\n"),
    Literal("it"),
    Literal("👩‍🚀é" * 100, language="pt-br"),
    Literal("y" * 600, language="fi"),
    Literal("ä" * 20_001, language="en"),
    Literal("z" * 20_001),
    Literal("uno", language="x-klingon"),
    Literal("<b>due</b>", language="zh-hans"),
    Literal("POINT(190 45)"),
    Literal("POINT(7 45)\n", GEO + "wktLiteral"),
    Literal("2021-03-04", XSD + "date"),
    Iri("https://a.example/"),
    Iri("https://a.example/" + "a" * 2000),
    Iri("urn:x:y"),
    Iri("ftp://a.example/"),
    Iri("javascript:alert(1)"),
    Iri("mailto:lab"),
    Iri("mailto:a@b.example?subject=x"),
    Iri(f"{SCHEMES}theme/mobility"),
    Iri(f"{SCHEMES}theme/"),
    Iri("http://metadata.un.org/sdg/18"),
    Iri("http://publications.europa.eu/resource/authority/language/it"),
    *(Literal(value, XSD + kind) for value, kind in (*_MOMENTS, *_NUMBERS)),
    *(Literal(value, XSD_DATETIME) for value in _INSTANTS),
)
"""Values that are wrong almost everywhere, each in its own way."""

SURELY_BAD: Final = (Iri("urn:x:y"), Literal("z" * 600))
"""One of the two is wrong in every field."""

Rows = list[tuple[str, str, lines.Object]]
"""Statements: subject, property and object."""


class Rule(NamedTuple):
    """A rule of the shapes: where it looks, at which properties, and how badly it takes it."""

    name: str
    classes: frozenset[str]
    objects_of: frozenset[str]
    properties: tuple[str, ...]
    needed: bool
    severity: str


@cache
def rules() -> Mapping[str, Rule]:
    """Read all rules from the shapes: those that have something to say."""
    graph = rdflib.Graph().parse(data=shelf.read("shapes.ttl"), format="turtle")
    found = {}
    for rule in set(graph.subjects(rdflib.SH.message)):
        holders = set(graph.subjects(rdflib.SH.property, rule)) | {rule}
        severe = graph.value(rule, rdflib.SH.severity) != rdflib.SH.Warning
        name = str(rule).removeprefix(SHAPES)
        found[name] = Rule(
            name=name,
            classes=_all(graph, holders, rdflib.SH.targetClass),
            objects_of=_all(graph, holders, rdflib.SH.targetObjectsOf),
            properties=tuple(_properties(graph, graph.value(rule, rdflib.SH.path))),
            needed=(rule, rdflib.SH.minCount, None) in graph,
            severity="error" if severe else "warning",
        )
    return found


def broken(rule: Rule, seed: int) -> tuple[str, bytes]:
    """Make a valid record and break it where a rule looks; gives its IRI and triples."""
    chance = random.Random(f"{rule.name} {seed}")
    for attempt in range(1000):
        kind = KINDS[(seed + attempt) % len(KINDS)]
        share = 0.0 if attempt < len(KINDS) else 0.3
        record = valid(kind, chance.randrange(10**6), share=share)
        record = replace(record, iri=f"{BASE}{kind.room}/{rule.name}-{seed}")
        rows: Rows = [tuple(each) for each in lines.triples(to_payload(record))]  # type: ignore[misc]
        places = _places(rule, rows, record.iri)
        if places:
            _break(rule, seed, rows, chance.choice(places), chance)
            return record.iri, _canonical(rows)
    raise AssertionError(f"no valid record has a place for the rule {rule.name}")


def garbled(seed: int) -> tuple[str, bytes]:
    """Make a valid record and spoil a few statements of it, whichever they are."""
    chance = random.Random(seed)
    kind = KINDS[seed % len(KINDS)]
    record = valid(kind, seed, share=chance.choice([0, 0, 0, 0.1, 0.3]))
    rows: Rows = [tuple(each) for each in lines.triples(to_payload(record))]  # type: ignore[misc]
    for _ in range(chance.randrange(5)):
        chance.choice(_SPOILING)(rows, chance)
    return record.iri, _canonical(rows)


def _break(rule: Rule, seed: int, rows: Rows, place: str, chance: random.Random) -> None:
    if rule.name in _TOGETHER:
        _TOGETHER[rule.name](rows, place, chance)
    elif rule.needed:
        rows[:] = [each for each in rows if each[1] not in rule.properties]
    else:
        bad = chance.choice(BAD) if seed % 2 else SURELY_BAD[seed // 2 % 2]
        if chance.random() < 0.7:
            rows[:] = [each for each in rows if each[:2] != (place, rule.properties[-1])]
        rows.append((place, rule.properties[-1], bad))


def _places(rule: Rule, rows: Rows, iri: str) -> list[str]:
    """Give the nodes a rule looks at, of which it can say something when they are spoilt."""
    if CN + "Claimed" in rule.classes:
        found = {iri}
    else:
        found = {s for s, p, o in rows if p == RDF_TYPE and o[0] in rule.classes}
        found |= {o.value for _, p, o in rows if p in rule.objects_of and isinstance(o, Iri)}
    if rule.name in _TOGETHER:
        wanted = _WANTED.get(rule.name, frozenset())
        found = {each for each in found if wanted <= {p for s, p, _ in rows if s == each}}
    return sorted(found)


def _drop(rows: Rows, place: str, predicate: str) -> None:
    rows[:] = [each for each in rows if each[:2] != (place, predicate)]


def _put(rows: Rows, place: str, predicate: str, value: lines.Object) -> None:
    _drop(rows, place, predicate)
    rows.append((place, predicate, value))


def _dates(first: str, second: str) -> Callable[[Rows, str, random.Random], None]:
    def swap(rows: Rows, place: str, chance: random.Random) -> None:
        length, kind = chance.choice([(4, "gYear"), (7, "gYearMonth"), (10, "date")])
        _put(rows, place, first, Literal("2021-12-31"[:length], XSD + kind))
        _put(rows, place, second, Literal("2020-01-01"[:length], XSD + kind))

    return swap


def _instants(rows: Rows, place: str, chance: random.Random) -> None:
    zone = chance.choice(["Z", "+02:00"])
    _put(rows, place, PROV + "startedAtTime", Literal("2021-03-04T10:00:00Z", XSD_DATETIME))
    _put(rows, place, PROV + "endedAtTime", Literal(f"2021-03-04T09:00:00{zone}", XSD_DATETIME))


def _kind(rows: Rows, place: str, chance: random.Random) -> None:
    if chance.random() < 0.5:
        _drop(rows, place, RDF_TYPE)
    else:
        rows.extend((place, RDF_TYPE, Iri(CN + each)) for each in ("Testbed", "Call"))


def _part_type(rows: Rows, place: str, chance: random.Random) -> None:
    _drop(rows, place, RDF_TYPE)
    if chance.random() < 0.5:
        rows.append((place, RDF_TYPE, Iri(CN + "Thing")))


def _summary(rows: Rows, place: str, chance: random.Random) -> None:
    tag = chance.choice(["it", "eng", "en-gb"])
    _put(rows, place, DCTERMS + "abstract", Literal("Una prova.", language=tag))


def _ended(rows: Rows, place: str, chance: random.Random) -> None:
    stage = chance.choice(["completed", "evaluated", "archived"])
    _put(rows, place, ADMS + "status", Iri(f"{SCHEMES}lifecycle/{stage}"))
    _drop(rows, place, CN + "hasOutcome")


def _failed(rows: Rows, place: str, chance: random.Random) -> None:
    verdict = chance.choice(["failed", "discontinued"])
    _put(rows, place, CN + "verdict", Iri(f"{SCHEMES}verdict/{verdict}"))
    _drop(rows, place, CN + "causeOfFailure")


def _stage(predicate: str) -> Callable[[Rows, str, random.Random], None]:
    def change(rows: Rows, place: str, chance: random.Random) -> None:
        stage = chance.choice(schemes.scheme("lifecycle").concepts).iri
        _put(rows, place, predicate, Iri(stage))

    return change


def _position(rows: Rows, place: str, chance: random.Random) -> None:
    _put(rows, place, CN + "position", Literal(chance.choice(["1", "2", "x"]), XSD + "integer"))


def _beginning(rows: Rows, place: str, chance: random.Random) -> None:
    rows[:] = [each for each in rows if each[1] != PROV + "wasInformedBy"]
    step = f"{place}#transition-9"
    rows.append((place, CN + "transition", Iri(step)))
    if chance.random() < 0.5:
        rows.append((step, PROV + "wasInformedBy", Iri(f"{place}#transition-1")))


def _backwards(rows: Rows, place: str, chance: random.Random) -> None:
    [before] = [o.value for s, p, o in rows if s == place and p == PROV + "wasInformedBy"]
    length, kind = chance.choice([(4, "gYear"), (7, "gYearMonth"), (10, "date")])
    _put(rows, before, DCTERMS + "date", Literal("2021-12-31"[:length], XSD + kind))
    _put(rows, place, DCTERMS + "date", Literal("2020-01-01"[:length], XSD + kind))


def _point(rows: Rows, place: str, chance: random.Random) -> None:
    point = chance.choice(["POINT(190 45)", "POINT(7 95)", "POINT(-181.5 0)"])
    _put(rows, place, GEO + "asWKT", Literal(point, GEO + "wktLiteral"))


def _currency(rows: Rows, place: str, chance: random.Random) -> None:
    _drop(rows, place, CN + "currency")
    _put(rows, place, M8G + "value", Literal("250", XSD + "decimal"))


_TOGETHER: Final[Mapping[str, Callable[[Rows, str, random.Random], None]]] = {
    "kind": _kind,
    "part-type": _part_type,
    "summary-wanted": _summary,
    "outcome-wanted": _ended,
    "instants-order": _instants,
    "period-order": _dates(DCAT + "startDate", DCAT + "endDate"),
    "permit-order": _dates(CN + "submittedOn", CN + "grantedOn"),
    "cause-wanted": _failed,
    "currency-wanted": _currency,
    "point-range": _point,
    "step": _stage(CN + "toStage"),
    "step-follows": _stage(CN + "fromStage"),
    "step-order": _backwards,
    "last-step": _stage(CN + "toStage"),
    "after-place": _position,
    "one-beginning": _beginning,
}
_WANTED: Final[Mapping[str, frozenset[str]]] = {
    "currency-wanted": frozenset({CN + "currency"}),
    "step-follows": frozenset({PROV + "wasInformedBy"}),
    "step-order": frozenset({PROV + "wasInformedBy"}),
    "after-place": frozenset({PROV + "wasInformedBy"}),
    "one-beginning": frozenset({CN + "transition"}),
}


def _lose(rows: Rows, chance: random.Random) -> None:
    rows.remove(chance.choice(rows))


def _forget(rows: Rows, chance: random.Random) -> None:
    _, predicate, _ = chance.choice(rows)
    rows[:] = [each for each in rows if each[1] != predicate] or rows


def _double(rows: Rows, chance: random.Random) -> None:
    subject, predicate, _ = chance.choice(rows)
    rows.append((subject, predicate, chance.choice(rows)[2]))


def _replace(rows: Rows, chance: random.Random) -> None:
    place = chance.randrange(len(rows))
    rows[place] = (*rows[place][:2], chance.choice(BAD))


def _add(rows: Rows, chance: random.Random) -> None:
    rows.append((*chance.choice(rows)[:2], chance.choice(BAD)))


def _retag(rows: Rows, chance: random.Random) -> None:
    tagged = [place for place, row in enumerate(rows) if getattr(row[2], "language", None)]
    if tagged:
        place = chance.choice(tagged)
        tag = chance.choice(["en", "en-gb", "tlh", "x-nobody", None])
        value = rows[place][2].value
        rows[place] = (*rows[place][:2], Literal(value, language=tag))


def _retype(rows: Rows, chance: random.Random) -> None:
    typed = [place for place, row in enumerate(rows) if isinstance(row[2], Literal)]
    if typed:
        place = chance.choice(typed)
        kind = chance.choice(["string", "integer", "decimal", "date", "gYear", "anyURI"])
        rows[place] = (*rows[place][:2], Literal(rows[place][2].value, XSD + kind))


def _exchange(rows: Rows, chance: random.Random) -> None:
    dates = [place for place, row in enumerate(rows) if XSD in str(row[2])]
    if len(dates) > 1:
        one, two = chance.sample(dates, 2)
        rows[one], rows[two] = (*rows[one][:2], rows[two][2]), (*rows[two][:2], rows[one][2])


def _concept(rows: Rows, chance: random.Random) -> None:
    """Take a concept of any list for another."""
    named = [place for place, row in enumerate(rows) if schemes.concept(row[2][0])]
    if named:
        place = chance.choice(named)
        name = chance.choice(schemes.NAMES)
        rows[place] = (*rows[place][:2], Iri(chance.choice(schemes.scheme(name).concepts).iri))


def _astray(rows: Rows, chance: random.Random) -> None:
    """Let a part belong where it does not."""
    parts = [row[0] for row in rows if "#" in row[0]]
    if parts:
        subject, predicate, _ = chance.choice(rows)
        rows.append((subject, predicate, Iri(chance.choice(parts))))


_SPOILING: Final = (
    _lose,
    _forget,
    _double,
    _replace,
    _replace,
    _add,
    _add,
    _retag,
    _retype,
    _exchange,
    _concept,
    _astray,
)


def _canonical(rows: Rows) -> bytes:
    return lines.canonical(lines.line(*each) for each in rows)


def _all(graph: rdflib.Graph, shapes: set[rdflib.term.Node], said: rdflib.URIRef) -> frozenset[str]:
    return frozenset(str(each) for shape in shapes for each in graph.objects(shape, said))


def _properties(graph: rdflib.Graph, path: rdflib.term.Node | None) -> list[str]:
    """Give the properties of a path: of a sequence the last one, of alternatives all."""
    if path is None:
        return []
    if isinstance(path, rdflib.URIRef):
        return [str(path)]
    choice = graph.value(path, rdflib.SH.alternativePath)
    if choice is not None:
        return [name for each in Collection(graph, choice) for name in _properties(graph, each)]
    return _properties(graph, list(Collection(graph, path))[-1])
