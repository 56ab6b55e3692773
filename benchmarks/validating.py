"""What judging a hundred records costs, by our engine and by others, and whether they agree.

The records are those of the tests: a hundred without a fault and a hundred spoilt ones. All engines
get the same canonical lines and the same shapes, and give back faults as focus node, rule and
severity. What each finds is held to the reference engine, pySHACL.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

import pyrudof
import shacl

from benchmarks.measuring import Measurement, measure
from tests.vocab.broken import garbled
from tests.vocab.reference import reference
from tests.vocab.valid import valid
from vocab import lines, shelf
from vocab.lines import Iri
from vocab.records import KINDS
from vocab.terms import CN, RDF_TYPE
from vocab.triples import to_payload
from vocab.validation import validate

BATCH: Final = 100

Payloads = Mapping[str, bytes]
Fault = tuple[str, str, str]
Engine = Callable[[Payloads], set[Fault]]


def measurements() -> Iterator[Measurement]:
    """Judge both batches with each engine."""
    sound = [valid(KINDS[n % len(KINDS)], n, share=0.1) for n in range(BATCH)]
    batches = {
        "sound": {record.iri: to_payload(record) for record in sound},
        "spoilt": dict(map(garbled, range(BATCH))),
    }
    engines: dict[str, Engine] = {
        "pyshacl (reference)": _pyshacl,
        "vocab.shacl (ours)": _ours,
        "pyrudof": _rudof,
        "shacl": _shacl(),
    }
    for kind, batch in batches.items():
        statements = sum(payload.count(b"\n") for payload in batch.values()) / BATCH
        yield Measurement(name=f"{kind} records", figure=statements, unit="statements a record")
        right = _known(_pyshacl(batch), batch)
        slowest = 0.0
        for name, engine in engines.items():
            found = measure(f"  {name}", "records", BATCH, partial(engine, batch))
            slowest = slowest or found.figure
            yield found
            yield Measurement(
                name="    beside the reference", figure=found.figure / slowest, unit="times"
            )
            faults = _known(engine(batch), batch)
            yield Measurement(name="    faults found", figure=len(faults & right), unit="")
            yield Measurement(name="    missed", figure=len(right - faults), unit="")
            yield Measurement(name="    invented", figure=len(faults - right), unit="")


def _known(faults: set[Fault], batch: Payloads) -> set[Fault]:
    """Keep what is said of the records and their parts."""
    return {each for each in faults if each[0].split("#", 1)[0] in batch}


def _ours(batch: Payloads) -> set[Fault]:
    return {
        (each.part, each.rule, each.severity) for said in validate(batch).values() for each in said
    }


def _pyshacl(batch: Payloads) -> set[Fault]:
    return {(part, rule, severity) for part, _, rule, severity in reference(batch)}


def _shacl() -> Engine:
    shapes = shacl.Shapes.from_turtle(shelf.rules().decode())

    def run(batch: Payloads) -> set[Fault]:
        report = shapes.validate_text(_claimed(batch), format="ntriples")
        return {
            _fault(each.focus_node, each.source_shape, each.severity) for each in report.results
        }

    return run


def _rudof(batch: Payloads) -> set[Fault]:
    """Make the engine anew: it would keep the records of the batch before."""
    engine = pyrudof.Rudof(pyrudof.RudofConfig())
    engine.read_shacl(shelf.rules().decode())
    engine.read_data(_claimed(batch), pyrudof.RDFFormat.NTriples)
    report = engine.validate_shacl()
    return {_fault(each.focus_node, each.source_shape, each.severity) for each in report}


def _fault(part: object, rule: object, severity: object) -> Fault:
    severe = str(severity).endswith("Violation")
    name = str(rule).strip("<>").rsplit("#", 1)[-1].rsplit(":", 1)[-1]
    return str(part).strip("<>"), name, "error" if severe else "warning"


def _claimed(batch: Payloads) -> str:
    """Write a batch as the shapes want to see it (`vocab.validation`)."""
    marks = (lines.line(iri, RDF_TYPE, Iri(CN + "Claimed")) for iri in batch)
    return b"".join(batch.values()).decode() + "".join(f"{mark}\n" for mark in marks)
