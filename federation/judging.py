"""Judging: which members of a page are believed. Trust can be read here, in one place.

`judge` is a plain function: no network, no disk, no clock. A member is refused when

1. it does not hold together, or its proof does not fit its bytes;
2. no pinned key of its origin made the proof: who carried it does not matter;
3. it comes on the peer's own feed but speaks for another city, or from a city that is not known;
4. it speaks about an IRI that is not its origin's to speak about, or its own name does not fit it;
5. its time lies in the future, or not after the member before it;
6. its number is taken by a different member, or it does not follow the one before it;
7. the shapes find an error in the record.

A member whose predecessor was never delivered *waits*: it is good, but somebody left something out.
When the predecessor was delivered and refused, nothing is hidden and the member is accepted; the
hole can be filled later by the true one, proved by the digest its successor names.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from federation.examining import Checked, Signature
from federation.member import Kind, Member, digest, name
from federation.peers import Follow, History, Outcome, Peer, Verdict
from federation.times import stamp
from vocab import lines


@dataclass(kw_only=True)
class Ledger:
    """The chains of the origins on a page, growing as its members are judged."""

    histories: dict[str, History] = field(default_factory=dict)

    def of(self, origin: str) -> History:
        """Return what is known of an origin by now."""
        return self.histories.get(origin, History())

    def add(self, member: Member, known_as: str) -> None:
        """Note an authentic member."""
        old = self.of(member.origin)
        grown = replace(
            old,
            digests={**old.digests, member.sequence: known_as},
            previous={**old.previous, member.sequence - 1: member.previous},
            missing=old.missing - {member.sequence},
        )
        if member.sequence > old.sequence:
            grown = replace(
                grown,
                sequence=member.sequence,
                digest=known_as,
                published=member.published,
            )
        self.histories[member.origin] = grown

    def miss(self, member: Member) -> None:
        """Note that a number was delivered, but only in a form that is refused."""
        old = self.of(member.origin)
        if member.sequence not in old.digests:
            self.histories[member.origin] = replace(old, missing=old.missing | {member.sequence})


def judge(
    page: Iterable[Checked],
    peer: Peer,
    bases: Sequence[str],
    histories: Mapping[str, History],
    now: datetime,
    *,
    clock_skew: float = 300.0,
) -> Iterator[Verdict]:
    """Decide on each member of a page, in the page's order.

    `bases` are the nodes this one knows, itself included; `clock_skew` is in seconds.
    """
    ledger = Ledger(histories=dict(histories))
    latest = stamp(now + timedelta(seconds=clock_skew))
    for checked in page:
        verdict = _judge_one(checked, peer, bases, ledger, latest)
        member = verdict.member
        if member is not None and verdict.authentic:
            ledger.add(member, digest(member))
        elif member is not None and verdict.hole:
            ledger.miss(member)
        yield verdict


def authority(iri: str, bases: Iterable[str]) -> str | None:
    """Tell which known node may speak about an IRI: the longest base it begins with."""
    return max((base for base in bases if iri.startswith(base)), key=len, default=None)


def _judge_one(
    checked: Checked, peer: Peer, bases: Sequence[str], ledger: Ledger, latest: str
) -> Verdict:
    member = checked.carried.member
    if member is None:
        return _refused(checked, checked.carried.defect or "the member does not hold together")
    if reason := _stranger(member, peer, bases):
        return _refused(checked, reason)
    if reason := _distrust(checked, member):
        return _refused(checked, reason, hole=True)
    if reason := _untrue(member, bases, latest):
        return _refused(checked, reason)
    return _in_chain(checked, member, ledger.of(member.origin))


def _stranger(member: Member, peer: Peer, bases: Sequence[str]) -> str:
    if peer.follow is Follow.OWN and member.origin != peer.base:
        return f"it speaks for {member.origin}, but {peer.name} may speak only for itself here"
    if member.origin not in bases:
        return f"no key of {member.origin} is known here; add it as a peer first"
    return ""


def _distrust(checked: Checked, member: Member) -> str:
    if checked.signature is Signature.MISSING:
        return "it is not signed"
    if checked.signature is Signature.STRANGER:
        return f"no key of {member.origin} signed it"
    if checked.signature is Signature.BAD:
        return f"it was changed after {member.origin} signed it: the signature does not fit"
    return ""


def _untrue(member: Member, bases: Sequence[str], latest: str) -> str:
    if authority(member.object, bases) != member.origin:
        return f"{member.object} is not for {member.origin} to speak about"
    if "#" in member.object or "?" in member.object:
        return f"{member.object} is not the address of a record"
    about = (f"<{member.object}> ", f"<{member.object}#")
    for row in lines.rows(member.payload):
        if not row.startswith(about):
            return f"it speaks about something else than its record: {row[:120]}"
    if (member.kind is Kind.DELETE) != (not member.payload):
        return "a deletion carries no record, everything else does"
    if name(member.origin, member.sequence, member) != member.iri:
        return "its name does not fit what it says"
    if member.published > latest:
        return f"it is dated in the future: {member.published}"
    return ""


def _in_chain(checked: Checked, member: Member, known: History) -> Verdict:
    own = digest(member)
    number = member.sequence
    if number <= known.sequence:
        return _earlier(checked, member, own, known)
    between = range(known.sequence + 1, number)
    if len(between) > len(known.missing) or any(each not in known.missing for each in between):
        reason = (
            f"member {known.sequence + 1} of {member.origin}, which comes before it, is missing"
        )
        return _refused(checked, reason, waits=True)
    if not between and member.previous != known.digest:
        return _refused(checked, f"it does not follow member {known.sequence} of {member.origin}")
    if known.published is not None and member.published <= known.published:
        return _refused(checked, "it is not dated after the member before it")
    return _content(checked)


def _earlier(checked: Checked, member: Member, own: str, known: History) -> Verdict:
    number = member.sequence
    held = known.digests.get(number)
    if held == own:
        return Verdict(checked=checked, outcome=Outcome.KNOWN)
    if held is not None:
        reason = f"{member.origin} has published another member under number {number}"
        return _refused(checked, reason)
    if known.previous.get(number) != own:
        return _refused(checked, f"it does not fit between the members around number {number}")
    return _content(checked)


def _content(checked: Checked) -> Verdict:
    if checked.faults:
        return Verdict(
            checked=checked,
            outcome=Outcome.REFUSED,
            reason="; ".join(checked.faults)[:2_000],
            authentic=True,
        )
    return Verdict(checked=checked, outcome=Outcome.ACCEPTED, authentic=True)


def _refused(checked: Checked, reason: str, *, waits: bool = False, hole: bool = False) -> Verdict:
    return Verdict(checked=checked, outcome=Outcome.REFUSED, reason=reason, waits=waits, hole=hole)
