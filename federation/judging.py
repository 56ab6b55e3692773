"""Judging: which members of a page are believed. Trust can be read here, in one place.

`judge` is a plain function: no network, no disk, no clock. A member is refused when

1. it does not hold together, or its proof does not fit its bytes;
2. no key of its origin that speaks for its number made the proof: who carried it does not matter,
   and a key that was retired or not yet announced is as good as none (`federation.succession`);
3. it comes on the peer's own feed but speaks for another city, or from a city that is not known;
4. it speaks about an IRI that is not its origin's to speak about, or its own name does not fit it;
5. its time lies in the future, or not after the member before it;
6. its number is taken by a different member, or it does not follow the one before it;
7. the shapes find an error in the record, or its origin took it back with the key that signed it;
8. it is about keys, and not the next step of the succession that is known;
9. its origin erased it, or it erases what its origin did not say it would: an erasing member
   comes with the gaps that it makes, each signed by its origin (`federation.gap`).

A signed gap stands for the members that it names: the chain goes on behind it. A member in a gap of
retention is known: its origin says that something newer took its place.

A member that its origin signed and that contradicts another one it signed is told as what it is:
two histories. The one that came first stays.

A member *waits* when it is good but cannot be placed yet: its predecessor was never delivered, so
somebody left something out, or its time has not come. When the predecessor was delivered and
refused, nothing is hidden and the member is accepted. If the refused one was not what its origin
signed, a hole is left, which the true one fills later, proved by the digest its successor names;
so holes that lie side by side are filled from the last one back, and their members wait for that.
A hole is filled at once by what its origin vouches for, in a signed digest of its live records.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from federation import succession
from federation.carrying import sequence_of
from federation.errors import plain
from federation.examining import Checked, Keys, Signature
from federation.gap import Reason, bridge, numbers_of
from federation.iris import plain as plain_iri
from federation.iris import within
from federation.keys import PublicKey
from federation.member import Kind, Member, digest, name
from federation.peers import Follow, History, Outcome, Peer, Verdict
from federation.times import stamp
from vocab import lines
from vocab.membership import LONGEST as LONGEST_MEMBERSHIP
from vocab.membership import ROOM as MEMBERS
from vocab.membership import is_membership
from vocab.profile import LONGEST as LONGEST_PROFILE
from vocab.profile import OWN as CITY
from vocab.profile import is_city
from vocab.records import ROOMS

_REASON_CHARS: Final = 2_000
_SLUG: Final = re.compile(r"(?!\.{1,2}$)[^/?#]+")


@dataclass(kw_only=True)
class Ledger:
    """The chains and keys of the origins on a page, growing as its members are judged."""

    histories: dict[str, History] = field(default_factory=dict)
    keys: dict[str, Sequence[PublicKey]] = field(default_factory=dict)

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
            names={**old.names, member.sequence: member.iri},
        )
        if member.sequence > old.sequence:
            grown = replace(
                grown,
                sequence=member.sequence,
                digest=known_as,
                published=member.published,
            )
        self.histories[member.origin] = grown

    def miss(self, origin: str, sequence: int) -> None:
        """Note that a number was delivered, but only in a form that is refused."""
        old = self.of(origin)
        if sequence not in old.digests:
            self.histories[origin] = replace(old, missing=old.missing | {sequence})


def judge(
    page: Iterable[Checked],
    peer: Peer,
    keys: Keys,
    histories: Mapping[str, History],
    now: datetime,
    *,
    clock_skew: float = 300.0,
) -> Iterator[Verdict]:
    """Decide on each member of a page, in the page's order.

    `keys` are those of the nodes this one knows, itself included; `clock_skew` is in seconds.
    """
    ledger = Ledger(histories=dict(histories), keys=dict(keys))
    bases = tuple(keys)
    latest = stamp(now + timedelta(seconds=clock_skew))
    for checked in page:
        verdict = _judge_one(checked, peer, bases, ledger, latest)
        member = verdict.member
        if member is not None and verdict.authentic:
            ledger.add(member, digest(member))
            if verdict.ring is not None:
                ledger.keys[member.origin] = verdict.ring
        elif verdict.hole:
            ledger.miss(verdict.origin, verdict.sequence)
        yield verdict


def authority(iri: str, bases: Iterable[str]) -> str | None:
    """Tell which known node may speak about an IRI: the longest base that it lies below.

    An IRI that leads elsewhere than its text says is nobody's.
    """
    return max((base for base in bases if within(iri, base)), key=len, default=None)


def unfit(member: Member, bases: Iterable[str]) -> str:
    """Tell why a member may not say what it says, whoever signed it; empty when it may."""
    if name(member.origin, member.sequence, member) != member.iri:
        return "its name does not fit what it says"
    if succession.about_keys(member):
        return _unfit_keys(member)
    if not plain_iri(member.object):
        return f"{member.object} leads to another place than is written there"
    if authority(member.object, bases) != member.origin:
        return f"{member.object} is not for {member.origin} to speak about"
    if misplaced := _misplaced(member):
        return misplaced
    about = (f"<{member.object}> ", f"<{member.object}#")
    for row in lines.rows(member.payload):
        if not row.startswith(about):
            return f"it speaks about something else than its record: {row[:120]}"
    if (member.kind is Kind.DELETE) != (not member.payload):
        return "a deletion carries no record, everything else does"
    for gap in member.erases:
        numbers = numbers_of(gap, member.origin)
        if numbers is None or numbers[1] >= member.sequence:
            return f"it erases what is not its own, or comes after it: {gap}"
    return ""


def _misplaced(member: Member) -> str:
    """Tell why what a member says may not stand at its address: each folder is for one kind."""
    below = member.object.removeprefix(member.origin)
    room, _, slug = below.partition("/")
    if below != CITY and (room not in {*ROOMS, MEMBERS} or not _SLUG.fullmatch(slug)):
        return f"{member.object} is not the address of a record"
    if member.payload and is_city(member.payload, member.object) != (below == CITY):
        return f"the city of a node, and nothing else, stands at {member.origin}{CITY}"
    if below == CITY and len(member.payload) > LONGEST_PROFILE:
        return f"a city's profile of more than {LONGEST_PROFILE:,} bytes"
    if member.payload and is_membership(member.payload, member.object) != (room == MEMBERS):
        return f"memberships, and nothing else, stand below {member.origin}{MEMBERS}/"
    if room == MEMBERS and len(member.payload) > LONGEST_MEMBERSHIP:
        return f"a membership of more than {LONGEST_MEMBERSHIP:,} bytes"
    return ""


def _unfit_keys(member: Member) -> str:
    if member.kind is not Kind.UPDATE or member.erases:
        return "keys are said by an Update that erases nothing"
    try:
        succession.read(member.payload, member.origin)
    except ValueError as error:
        return f"what it says of keys cannot be read: {error}"
    return ""


def _judge_one(
    checked: Checked, peer: Peer, bases: Sequence[str], ledger: Ledger, latest: str
) -> Verdict:
    member = checked.carried.member
    if member is None:
        return _defective(checked, peer, bases)
    if reason := _stranger(member, peer, bases):
        return _refused(checked, reason)
    keys = ledger.keys.get(member.origin, ())
    if reason := _distrust(checked, member) or succession.doubt(keys, member):
        return _refused(checked, reason, hole=True)
    if member.published > latest:
        return _refused(checked, f"it is dated in the future: {member.published}", waits=True)
    return _in_chain(checked, member, bases, ledger.of(member.origin), keys=keys)


def _defective(checked: Checked, peer: Peer, bases: Sequence[str]) -> Verdict:
    """Refuse what does not hold together; its number was delivered, and those after it may come."""
    carried = checked.carried
    verdict = _refused(checked, carried.defect or "the member does not hold together")
    for base in [peer.base] if peer.follow is Follow.OWN else bases:
        sequence = sequence_of(carried.iri, base)
        if sequence is not None:
            return replace(verdict, origin=base, sequence=sequence, hole=True)
    return replace(verdict, origin=peer.base)


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


def _in_chain(
    checked: Checked,
    member: Member,
    bases: Sequence[str],
    known: History,
    *,
    keys: Sequence[PublicKey],
) -> Verdict:
    own = digest(member)
    number = member.sequence
    here = [gap for gap in known.gaps if gap.covers(number)]
    if any(gap.reason is Reason.ERASURE for gap in here):
        return replace(_refused(checked, f"{member.origin} has erased it"), erased=True)
    if here and number not in known.digests:
        return _verdict(checked, Outcome.KNOWN)
    if set(member.erases) - {gap.iri for gap in known.gaps}:
        reason = f"it erases, and the gaps that {member.origin} signed for it are missing"
        return _refused(checked, reason, hole=True)
    for gap in bridge(known.gaps, known.sequence, number - 1):
        known = replace(known, sequence=gap.last, digest=gap.digest, published=gap.published)
    if number <= known.sequence:
        return _earlier(checked, member, bases, own, known, keys=keys)
    between = range(known.sequence + 1, number)
    if len(between) > len(known.missing) or any(each not in known.missing for each in between):
        reason = (
            f"member {known.sequence + 1} of {member.origin}, which comes before it, is missing"
        )
        return _refused(checked, reason, waits=True)
    if not between and member.previous != known.digest:
        return _forked(checked, member, known.sequence, known)
    if known.published is not None and member.published <= known.published:
        late = _refused(checked, "it is not dated after the member before it")
        return replace(late, authentic=True)
    return _content(checked, member, bases, keys)


def _earlier(
    checked: Checked,
    member: Member,
    bases: Sequence[str],
    own: str,
    known: History,
    *,
    keys: Sequence[PublicKey],
) -> Verdict:
    number = member.sequence
    held = known.digests.get(number)
    if held == own:
        return _verdict(checked, Outcome.KNOWN)
    if held is not None:
        return _forked(checked, member, number, known)
    before = known.digests.get(number - 1, member.previous)
    if known.vouched.get(number) == own and before == member.previous:
        return _content(checked, member, bases, keys)
    if number not in known.previous:
        reason = f"member {number + 1} of {member.origin}, which proves it, is missing"
        return _refused(checked, reason, waits=True)
    if known.previous[number] != own:
        return _forked(checked, member, number + 1, known)
    return _content(checked, member, bases, keys)


def _forked(checked: Checked, member: Member, number: int, known: History) -> Verdict:
    """Refuse a member of another history than the one that is known, naming one of that."""
    held = known.names.get(number, f"member {number}")
    reason = (
        f"{member.origin} has signed two histories: {member.iri} contradicts {held}, "
        "which came first and stays"
    )
    return replace(_refused(checked, reason), fork=held)


def _content(
    checked: Checked, member: Member, bases: Sequence[str], keys: Sequence[PublicKey]
) -> Verdict:
    faults = unfit(member, bases) or succession.disowned(keys, member) or "; ".join(checked.faults)
    if faults:
        return replace(_refused(checked, faults), authentic=True)
    accepted = replace(_verdict(checked, Outcome.ACCEPTED), authentic=True)
    if not succession.about_keys(member):
        return accepted
    try:
        said = succession.read(member.payload, member.origin)
        ring = succession.follow(tuple(keys), said, member.sequence, member.origin)
    except ValueError as error:
        reason = f"what it says of keys is not believed: {error}"
        return replace(_refused(checked, reason), authentic=True)
    return replace(accepted, ring=ring)


def _verdict(checked: Checked, outcome: Outcome, reason: str = "") -> Verdict:
    member = checked.carried.member
    return Verdict(
        checked=checked,
        outcome=outcome,
        reason=plain(reason[:_REASON_CHARS]),
        origin=member.origin if member is not None else "",
        sequence=member.sequence if member is not None else 0,
    )


def _refused(checked: Checked, reason: str, *, waits: bool = False, hole: bool = False) -> Verdict:
    return replace(_verdict(checked, Outcome.REFUSED, reason), waits=waits, hole=hole)
