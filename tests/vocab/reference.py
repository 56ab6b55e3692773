"""The reference engine, pySHACL, over the same records: slow, and right.

Values are judged as they were written. rdflib would write them anew while it reads, `2019-02-28Z`
as `2019-02-28`, so it is told to let them be.
"""

import logging
import warnings
from collections.abc import Mapping
from functools import cache

import pyshacl
import rdflib

from vocab import shelf
from vocab.terms import CN, SH

logging.getLogger("rdflib.term").setLevel(logging.CRITICAL)

Fault = tuple[str, str, str, str]
"""Focus node, property (the rule's name for longer paths), rule, and severity."""


def reference(payloads: Mapping[str, bytes]) -> set[Fault]:
    """Judge records, each without blank nodes, all together; texts are no parts to judge."""
    normal, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False
    try:
        with warnings.catch_warnings(action="ignore", category=UserWarning):  # of odd values
            return _judged(payloads)
    finally:
        rdflib.NORMALIZE_LITERALS = normal


def _judged(payloads: Mapping[str, bytes]) -> set[Fault]:
    data = rdflib.Graph(bind_namespaces="none")
    for iri, payload in payloads.items():
        data.parse(data=payload, format="nt")
        data.add((rdflib.URIRef(iri), rdflib.RDF.type, rdflib.URIRef(CN + "Claimed")))
    _, report, _ = pyshacl.validate(data, shacl_graph=_shapes())
    assert isinstance(report, rdflib.Graph)
    return {
        _fault(report, result)
        for result in report.objects(None, rdflib.SH.result)
        if isinstance(report.value(result, rdflib.SH.focusNode), rdflib.URIRef)
    }


def _fault(report: rdflib.Graph, result: rdflib.term.Node) -> Fault:
    rule = str(report.value(result, rdflib.SH.sourceShape)).rsplit("#", 1)[1]
    path = report.value(result, rdflib.SH.resultPath)
    severe = str(report.value(result, rdflib.SH.resultSeverity)) == SH + "Violation"
    return (
        str(report.value(result, rdflib.SH.focusNode)),
        str(path) if isinstance(path, rdflib.URIRef) else rule,
        rule,
        "error" if severe else "warning",
    )


@cache
def _shapes() -> rdflib.Graph:
    return rdflib.Graph().parse(data=shelf.rules(), format="turtle")
