"""Datasets of an event stream as records: DCAT-AP Feeds, and any LDES of versions of datasets.

An officer chooses them like those of a catalogue (`federation.dcat.choosing`). But a stream tells
what happens to each dataset, also when it is gone, so nothing need be compared: a version is read
like any other of a feed that nobody signs, and its record stands at the address of the dataset
itself. All that is known of a version is its own member: what that names and does not describe, and
what is said once for a whole catalogue, an officer has to say (`Observing`).
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from federation.dcat.choosing import chosen, read_choices
from federation.dcat.datasets import read_record
from federation.dcat.said import Catalogue
from federation.ldes.dataset import Statement, first, moment
from federation.ldes.records import Versions, node_of, renamed
from federation.peers import Observing
from vocab import lines
from vocab.records import KINDS, Experiment, Record
from vocab.terms import DCAT, DCTERMS
from vocab.triples import to_payload

_DATASET: Final = frozenset((f"<{DCAT}Dataset>",))


def versions(told: Observing) -> Versions | None:
    """Read versions of the datasets that an officer chose; None when none were."""
    choices = read_choices(told.about)

    def read(
        said: Sequence[Statement], entity: str, member: str, stamp: str | None
    ) -> bytes | None:
        node = node_of(_DATASET, said, entity, member)
        if node is None:
            return None
        text = "".join(f"{s} <{p}> {o} .\n" for s, p, o in renamed(said, node, entity))
        page = Catalogue(text, member)
        return (
            to_payload(_record(page, entity, told, stamp))
            if chosen(page, entity, choices)
            else None
        )

    return read if choices else None


def _record(page: Catalogue, dataset: str, told: Observing, stamp: str | None) -> Record:
    """Write a dataset as a record of the times that it bears, else of the member's."""
    types = page.nodes(dataset, DCTERMS + "type")
    kind = next((each for each in KINDS if each.rdf_type in types), Experiment)
    issued, modified = (_time(page, dataset, DCTERMS + each) for each in ("issued", "modified"))
    if (known := issued or stamp or modified) is None:
        raise ValueError("it says no time (dcterms:issued), and the stream orders by none")
    record = read_record(page, dataset, told, iri=dataset, kind=kind, now=_written(known))
    return replace(record, modified=_written(max(known, modified or stamp or known)))


def _time(page: Catalogue, dataset: str, predicate: str) -> str | None:
    return first(moment(lines.term(each)) for each in page.facts.literals(dataset, predicate))


def _written(time: str) -> str:
    return f"{time[:19]}Z"
