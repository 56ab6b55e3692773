"""Verifying a node: chain, signatures and views, each compared with the journal."""

from collections.abc import Callable
from dataclasses import dataclass, field

from federation import signing, succession
from federation.member import Kind, Member, digest, document
from federation.succession import Ring
from nodes.journal import Journal, gaps
from nodes.store import Store, as_stored
from vocab.membership import is_membership
from vocab.profile import is_city


@dataclass(kw_only=True)
class Report:
    """What was compared, sentences about what does not fit, and views that wait to be made anew."""

    members: int = 0
    records: int = 0
    faults: list[str] = field(default_factory=list)
    outdated: list[str] = field(default_factory=list)


def check_journal(
    journal: Journal,
    pinned: dict[str, Ring],
    report: Report,
    told: Callable[[int], None],
) -> None:
    """Check every member: its proof where its key is known, and its place in the chain."""
    before: dict[str, Member] = {}
    for start in range(0, journal.size(), 500):
        for entry in journal.stream(start, start + 500, relayed=True):
            member = entry.member
            report.members += 1
            if member.sequence < 1:
                continue  # set aside by an officer, of another history
            if fault := _unsigned(member, pinned.get(member.origin, ())):
                report.faults.append(f"{member.iri} {fault}")
            known = before.get(member.origin)
            if (
                known is not None
                and member.sequence == known.sequence + 1
                and member.previous != digest(known)
            ):
                report.faults.append(f"{member.iri} does not follow {known.iri}")
            if known is None or member.sequence > known.sequence:
                before[member.origin] = member
        told(report.members)


def _unsigned(member: Member, ring: Ring) -> str:
    """Tell why a member is not proved by the keys of its origin; empty when it is, or none known.

    One that was taken back with its key is still what was signed.
    """
    proof = member.proof
    if proof is None:
        return "has no proof"
    keys = {key.method: key.multibase for key in ring}
    if not ring:
        return ""
    if proof.method not in keys or not signing.verify(document(member), proof, keys[proof.method]):
        return "is not what its origin signed"
    doubt = succession.doubt(ring, member)
    return f"is not believed: {doubt}" if doubt else ""


def check_chains(journal: Journal, report: Report) -> None:
    """Check that no member of a signed chain is missing that no gap of its origin stands for.

    One that came only in forms that were refused is no fault: it never was here.
    """
    query = "SELECT DISTINCT origin FROM members WHERE origin <> ? AND proof_method <> ''"
    for row in journal.db().execute(query, (journal.base,)).fetchall():
        for first, last in gaps.missing(journal.db(), row["origin"]):
            numbers = f"member {first} is" if first == last else f"members {first} to {last} are"
            report.faults.append(f"of {row['origin']} no {numbers} here, and no gap says why")


def check_own_chain(journal: Journal, report: Report) -> None:
    """Check that the node's own feed has no gap."""
    query = "SELECT sequence FROM members WHERE origin = ? ORDER BY sequence"
    for place, row in enumerate(journal.db().execute(query, (journal.base,)), start=1):
        if row["sequence"] != place:
            report.faults.append(f"member {place} of the own feed is missing")
            return


def check_store(journal: Journal, store: Store, report: Report) -> None:
    """Compare the RDF store with the live records, triple by triple."""
    stored = store.objects()
    for entry in journal.records():
        report.records += 1
        member = entry.member
        if stored.pop(member.object, None) != member.iri:
            report.faults.append(f"the RDF store does not hold {member.iri}")
        elif store.payload(member.iri) != as_stored(member.payload):
            report.faults.append(f"the RDF store holds other triples for {member.object}")
    for record, iri in stored.items():
        kept = journal.record(record)
        if kept is None or kept.member.iri != iri or kept.member.kind is not Kind.DELETE:
            report.faults.append(f"the RDF store still holds {record}")


def check_index(journal: Journal, indexed: frozenset[str], report: Report) -> None:
    """Compare the search index with the live records; memberships and cities are not searched."""
    live = frozenset(
        entry.member.object
        for entry in journal.records()
        if not is_membership(entry.member.payload, entry.member.object)
        and not is_city(entry.member.payload, entry.member.object)
    )
    report.faults.extend(f"the search index does not know {iri}" for iri in sorted(live - indexed))
    report.faults.extend(f"the search index still knows {iri}" for iri in sorted(indexed - live))
