"""Weighing: which members of an unsigned feed are kept. A plain function, so it can be read.

`weigh` knows no network, disk or clock. Nothing is proved here, so a member may say little:

1. one that is no record of the model is passed over, and not kept;
2. a member that was kept before is known; one that came with other content is refused, for
   members of an event stream never change;
3. one dated in the future waits until its time has come;
4. a record must stand on the host of the feed, or below an address the officer allowed, and never
   below the base of a node that signs for itself; nor may another origin speak for it already;
5. the shapes must find no error;
6. it must not be older than what is held of its entity: the newest version wins, in whatever order
   versions come.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from federation.errors import plain
from federation.iris import lies_below
from federation.iris import plain as plain_iri
from federation.judging import authority
from federation.ldes.hearing import Heard, Order
from federation.ldes.origins import below, same_origin, web_origin
from federation.ldes.progress import Holding, Progress, Weighed
from federation.member import Kind
from federation.peers import Outcome, Peer

_REASON_CHARS: Final = 2_000
_AT_STAMP: Final = 10_000


@dataclass(kw_only=True)
class Ledger:
    """What is held, growing as members are weighed."""

    digests: dict[str, str]
    orders: dict[str, Order | None]
    living: set[str]
    taken: Mapping[str, str] = field(default_factory=dict)
    blocked: Sequence[str] = ()

    def note(self, heard: Heard) -> None:
        """Let a member be the last word on its entity."""
        self.digests[heard.iri] = heard.digest
        self.orders[heard.object] = heard.order
        if heard.kind is Kind.DELETE:
            self.living.discard(heard.object)
        else:
            self.living.add(heard.object)


def weigh(
    members: Iterable[Heard],
    peer: Peer,
    bases: Sequence[str],
    holding: Holding,
    progress: Progress,
    *,
    latest: str,
    blocked: Sequence[str] = (),
) -> Iterator[Weighed]:
    """Decide on members in their order; `latest` is the time after which nothing is believed.

    Nothing is taken in about what lies below the `blocked` bases.
    """
    ledger = Ledger(
        digests=dict(holding.digests),
        orders=dict(holding.orders),
        living=set(holding.living),
        taken=holding.taken,
        blocked=blocked,
    )
    for heard in members:
        found = _weigh(heard, peer, bases, ledger, latest)
        if passed(heard, progress) and found.outcome is Outcome.REFUSED:
            found = replace(found, outcome=Outcome.KNOWN, reason="")
        if found.newest:
            ledger.note(heard)
        yield replace(found, reason=plain(found.reason[:_REASON_CHARS]))


def passed(heard: Heard, progress: Progress) -> bool:
    """Tell whether the bookmark says that a member was read before."""
    if heard.stamp is None or progress.stamp is None:
        return False
    return heard.stamp < progress.stamp or (
        heard.stamp == progress.stamp and heard.iri in progress.at_stamp
    )


def moved(progress: Progress, read: Iterable[Heard], latest: str) -> Progress:
    """Move the bookmark over members that were read; those dated in the future never move it."""
    timed = [each for each in read if each.stamp is not None and each.stamp <= latest]
    newest = max((each.stamp or "" for each in timed), default="")
    if not newest or newest < (progress.stamp or ""):
        return progress
    here = [each.iri for each in timed if each.stamp == newest]
    if newest == progress.stamp:
        here = [*progress.at_stamp, *here]
    return replace(progress, stamp=newest, at_stamp=tuple(dict.fromkeys(here))[:_AT_STAMP])


def arranged(members: Iterable[Heard]) -> list[Heard]:
    """Put members in the order of their versions; those without one stay as they came."""
    return sorted(members, key=lambda each: (each.stamp or "", each.order or ("", "")))


def _weigh(heard: Heard, peer: Peer, bases: Sequence[str], ledger: Ledger, latest: str) -> Weighed:
    if heard.defect is not None:
        return _refused(heard, heard.defect)
    held = ledger.digests.get(heard.iri)
    if held == heard.digest:
        return Weighed(heard=heard, outcome=Outcome.KNOWN)
    if held is not None:
        return _refused(heard, "it came with other content before: a member never changes")
    if not heard.is_record and heard.kind is not Kind.DELETE:
        if heard.object in ledger.living and not _older(heard, ledger):
            return _refused(heard, "the newer version of this record is none of the model")
        return Weighed(heard=heard, outcome=Outcome.KNOWN, is_record=False)
    if heard.stamp is not None and heard.stamp > latest:
        return replace(_refused(heard, f"it is dated in the future: {heard.stamp}"), early=True)
    if reason := _foreign(heard, peer, bases, ledger):
        if heard.kind is Kind.DELETE:
            return Weighed(heard=heard, outcome=Outcome.KNOWN, is_record=False)
        return _refused(heard, reason)
    return _version(heard, ledger)


def _version(heard: Heard, ledger: Ledger) -> Weighed:
    if _older(heard, ledger):
        return Weighed(heard=heard, outcome=Outcome.KNOWN, reason="a newer version is held")
    if heard.kind is Kind.DELETE:
        known = heard.object in ledger.living
        outcome = Outcome.ACCEPTED if known else Outcome.KNOWN
        return Weighed(heard=heard, outcome=outcome, is_record=known, held=known, newest=True)
    if heard.faults:
        return _refused(heard, "; ".join(heard.faults))
    kind = Kind.UPDATE if heard.object in ledger.living else Kind.CREATE
    heard = replace(heard, kind=kind)
    return Weighed(heard=heard, outcome=Outcome.ACCEPTED, newest=True)


def _older(heard: Heard, ledger: Ledger) -> bool:
    before = ledger.orders.get(heard.object)
    return heard.order is not None and before is not None and heard.order < before


def _foreign(heard: Heard, peer: Peer, bases: Sequence[str], ledger: Ledger) -> str:
    """Tell why a feed may not speak about an entity; empty when it may."""
    entity = heard.object
    if web_origin(entity) is None:
        return f"{entity[:300]} is no address on the web that a record could have"
    if not plain_iri(entity):
        return f"{entity[:300]} leads to another place than is written there"
    if lies_below(entity, ledger.blocked):
        return f"{entity} is of an origin that is blocked here"
    if signer := authority(entity, bases):
        return f"{entity} is for {signer} to speak about, which signs what it says"
    if not same_origin(entity, peer.base) and not below(entity, peer.about):
        return f"{entity} is not on the host of {peer.base}; allow it with --about"
    if other := ledger.taken.get(entity):
        return f"{other} already speaks for {entity}"
    return ""


def _refused(heard: Heard, reason: str) -> Weighed:
    return Weighed(heard=heard, outcome=Outcome.REFUSED, reason=reason)
