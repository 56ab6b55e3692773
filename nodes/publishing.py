"""Publishing: what a file or form says becomes signed members of the city's own feed.

`plan` compares records with what is published and decides; `compose` turns decisions into
members that continue the chain. Both are plain functions. A record that says the same as before,
apart from `issued` and `modified`, is left alone: importing twice changes nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from federation import signing
from federation.keys import SigningKey
from federation.member import Kind, Member, digest, document, name
from federation.times import spread
from vocab import lines
from vocab.records import Record
from vocab.terms import DCTERMS
from vocab.triples import from_payload, to_payload

_DATES = (f"<{DCTERMS}issued>", f"<{DCTERMS}modified>")


@dataclass(frozen=True, kw_only=True)
class Draft:
    """Something the city is about to say.

    `source` is where it observed the record of another; `erases` names gaps that it makes.
    """

    kind: Kind
    object: str
    payload: bytes = b""
    source: str | None = None
    erases: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What publishing a set of records would do; `vanished` are record IRIs."""

    drafts: tuple[Draft, ...]
    unchanged: int = 0
    vanished: tuple[str, ...] = ()

    def count(self, kind: Kind) -> int:
        """Count the drafts of one kind."""
        return sum(draft.kind is kind for draft in self.drafts)


def plan(
    records: Iterable[Record],
    current: Callable[[str], Member | None],
    published: Sequence[str] = (),
    *,
    withdraw_vanished: bool = False,
) -> Plan:
    """Compare records with the members that speak for them now.

    `published` lists the live records that came from the same source before: those that are not
    among the records have vanished, and are withdrawn only when asked.
    """
    drafts: list[Draft] = []
    unchanged = 0
    named: set[str] = set()
    for record in records:
        named.add(record.iri)
        member = current(record.iri)
        draft = _draft(record, member)
        if draft is None:
            unchanged += 1
        else:
            drafts.append(draft)
    vanished = tuple(iri for iri in published if iri not in named)
    if withdraw_vanished:
        drafts.extend(Draft(kind=Kind.DELETE, object=iri) for iri in vanished)
    return Plan(drafts=tuple(drafts), unchanged=unchanged, vanished=vanished)


def compose(
    base: str,
    key: SigningKey,
    newest: Member | None,
    now: datetime,
    drafts: Sequence[Draft],
) -> list[Member]:
    """Sign drafts as the members that follow `newest`, dated up to `now`."""
    method = key.public(base).method
    sequence = newest.sequence if newest is not None else 0
    previous = digest(newest) if newest is not None else None
    times = spread(newest.published if newest is not None else None, now, len(drafts))
    said: list[Member] = []
    for offset, (draft, published) in enumerate(zip(drafts, times, strict=True), start=1):
        bare = Member(
            iri="",
            sequence=sequence + offset,
            kind=draft.kind,
            object=draft.object,
            actor=f"{base}#node",
            published=published,
            previous=previous,
            payload=draft.payload,
            source=draft.source,
            erases=draft.erases,
        )
        member = replace(bare, iri=name(base, bare.sequence, bare))
        proof = signing.sign(document(member), key, method=method, created=published[:19] + "Z")
        said.append(replace(member, proof=proof))
        previous = digest(member)
    return said


def same(first: bytes, second: bytes) -> bool:
    """Tell whether two payloads say the same, apart from when they were written."""
    return _undated(first) == _undated(second)


def _draft(record: Record, member: Member | None) -> Draft | None:
    payload = to_payload(record)
    if member is None:
        return Draft(kind=Kind.CREATE, object=record.iri, payload=payload)
    if member.kind is Kind.DELETE:
        return Draft(kind=Kind.CREATE, object=record.iri, payload=payload)
    if same(payload, member.payload):
        return None
    issued = from_payload(member.payload, member.object).issued
    payload = to_payload(replace(record, issued=issued))
    return Draft(kind=Kind.UPDATE, object=record.iri, payload=payload)


def _undated(payload: bytes) -> list[str]:
    return [row for row in lines.rows(payload) if row.split(" ", 2)[1] not in _DATES]
