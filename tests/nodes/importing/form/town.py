"""A city whose published records are at hand, without a journal."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from federation.member import Kind, Member
from nodes.importing import Finding
from tests.nodes.importing.small import CITY
from tests.vocab.generated import BASE
from vocab.records import Record
from vocab.triples import from_payload, to_payload

TOWN = replace(CITY, base=BASE)


class Town:
    """What a city has published."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._payloads = {each.iri: to_payload(each) for each in records}

    @property
    def records(self) -> list[Record]:
        """Everything that is published."""
        return [from_payload(payload, iri) for iri, payload in self._payloads.items()]

    def published(self, iri: str) -> Record | None:
        """Give a record as it is published."""
        payload = self._payloads.get(iri)
        return None if payload is None else from_payload(payload, iri)

    def current(self, iri: str) -> Member | None:
        """Stand for the journal."""
        payload = self._payloads.get(iri)
        return None if payload is None else said(iri, payload)


def said(iri: str, payload: bytes) -> Member:
    """Stand for the member that said it."""
    return Member(
        iri=f"{iri}#m",
        sequence=1,
        kind=Kind.CREATE,
        object=iri,
        actor=f"{BASE}#node",
        published="2026-11-22T10:00:00.000Z",
        payload=payload,
    )


def places(findings: Sequence[Finding]) -> list[tuple[str, str | None]]:
    """Give what was found by sheet and cell."""
    return [(each.sheet, each.cell) for each in findings]
