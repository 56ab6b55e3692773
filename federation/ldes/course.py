"""What one round with a foreign feed carries along, and how what it read is kept.

Members are kept in the order of their time, as far as no page that is still to be visited can hold
earlier ones; the bookmark never goes beyond that. The members of a transaction are kept together,
once its last one has come; those of an unfinished one, and those dated in the future, wait in the
journal. A page counts as read only when all its members are kept or wait there, so a round may
break off anywhere.
"""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from federation.errors import PageUnreadable
from federation.fetch import Client
from federation.ldes.hearing import Heard
from federation.ldes.origins import same_origin
from federation.ldes.progress import Inbox, Node, Progress, Weighed
from federation.ldes.relations import Lead
from federation.ldes.stream import Stream
from federation.ldes.weighing import arranged, moved, weigh
from federation.limits import Limits
from federation.member import Kind
from federation.peers import Outcome, Peer, Round
from federation.times import stamp

_PLACE = 400
"""About how many bytes a member takes besides its record."""


@dataclass(kw_only=True)
class Course:
    """The state of a round.

    `queue` holds nodes to visit, earliest first; `nodes` those known, by address; `pending` members
    that were read and may still be preceded by others; `waiting` those that wait for a transaction
    or their time, `noted` of these what was told before. `fresh` are records that were not here
    before the round, `confirmed` all that the feed was seen to hold, `skipped` nodes that could not
    be read. A round that is `blocked` by members that wait keeps no more.
    """

    client: Client
    peer: Peer
    inbox: Inbox
    limits: Limits
    now: datetime
    deadline: float
    bases: Sequence[str]
    shut: Sequence[str]
    progress: Progress
    round: Round
    nodes: dict[str, Node]
    waiting: list[Heard]
    noted: set[str]
    queue: list[tuple[str, int, Lead]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    pending: list[Heard] = field(default_factory=list)
    weight: int = 0
    fresh: set[str] = field(default_factory=set)
    confirmed: set[str] = field(default_factory=set)
    places: int = 0
    skipped: list[Lead] = field(default_factory=list)
    resync: bool = False
    blocked: bool = False

    @property
    def stream(self) -> Stream:
        """The description of the stream; raises PageUnreadable before the root was found."""
        if self.progress.stream is None:
            raise PageUnreadable(f"{self.peer.base}: the root of the stream was not found")
        return self.progress.stream

    @property
    def latest(self) -> str:
        """The time after which no member is believed."""
        return stamp(self.now + timedelta(seconds=self.limits.clock_skew_seconds))

    @property
    def frontier(self) -> str | None:
        """The time up to which everything was read; None when there is no more to read."""
        lowers = [lead.lower or "" for lead in self.skipped]
        if self.queue:
            lowers.append(self.queue[0][0])
        return min(lowers, default=None)

    def count(self, **more: int) -> None:
        """Add to the round's figures."""
        sums = {name: getattr(self.round, name) + number for name, number in more.items()}
        self.round = replace(self.round, **sums)

    def lead_to(self, leads: Iterable[Lead]) -> None:
        """Plan visits to nodes that may hold something new; raises PageUnreadable."""
        for lead in leads:
            if not same_origin(lead.node, self.peer.base):
                raise PageUnreadable(f"a relation leads to another host: {lead.node[:300]}")
            known = self.nodes.get(lead.node)
            if lead.node in self.seen or (known is not None and known.sealed):
                continue
            if not lead.may_hold_after(self.progress.stamp):
                continue
            if len(self.queue) + len(self.nodes) > self.limits.nodes_per_feed:
                raise PageUnreadable(
                    f"{self.peer.base}: the feed has too many pages, or never ends"
                )
            self.seen.add(lead.node)
            self.places += 1
            heapq.heappush(self.queue, (lead.lower or "", self.places, lead))

    def take(self, members: Sequence[Heard]) -> None:
        """Put members of a page to those that are pending."""
        self.pending.extend(members)
        self.weight += _weight(members)

    async def settle_what_is_due(self) -> None:
        """Keep the members that no other page can precede; all, when they become too many."""
        if self.weight > self.limits.pending_bytes:
            await self.keep_all()
        elif self.stream.ordered and (frontier := self.frontier) is not None:
            due = [each for each in self.pending if each.stamp and each.stamp < frontier]
            if due:
                later = [
                    each for each in self.pending if not (each.stamp and each.stamp < frontier)
                ]
                await self._keep(due, due, later, None)

    async def keep_all(self, nodes: Sequence[Node] | None = None) -> None:
        """Keep everything that was read; the bookmark moves as far as nothing can come before."""
        frontier = self.frontier
        passed = [
            each
            for each in self.pending
            if frontier is None or (each.stamp and each.stamp < frontier)
        ]
        await self._keep(self.pending, passed, [], nodes)

    async def _keep(
        self,
        due: Sequence[Heard],
        passed: Sequence[Heard],
        later: list[Heard],
        nodes: Sequence[Node] | None,
    ) -> None:
        candidates = _once([*self.waiting, *due])
        ready, waiting = _finished(candidates, self.stream)
        holding = await self.inbox.holding(self.peer, ready)
        weighed = [
            self._placed(each)
            for each in weigh(
                arranged(ready),
                self.peer,
                self.bases,
                holding,
                self.progress,
                latest=self.latest,
                blocked=self.shut,
            )
        ]
        waiting.extend(each.heard for each in weighed if each.early)
        self._check_room(waiting)
        if self.stream.ordered:
            self.progress = moved(self.progress, passed, self.latest)
            self.progress = self._ahead(due, passed)
        others = None if waiting == self.waiting else waiting
        await self.inbox.keep(self.peer, weighed, self.progress, others, nodes)
        self._count(weighed)
        self.noted.update(each.iri for each in waiting)
        self.waiting, self.pending = waiting, later
        self.weight = _weight(self.pending)

    def _ahead(self, due: Sequence[Heard], passed: Sequence[Heard]) -> Progress:
        """Note what was kept before its turn; nothing is before it once all was read."""
        progress = self.progress
        if len(passed) < len(due):
            far = moved(
                Progress(stamp=progress.ahead, at_stamp=progress.at_ahead), due, self.latest
            )
            return replace(progress, ahead=far.stamp, at_ahead=far.at_stamp)
        if self.frontier is not None or progress.ahead is None:
            return progress
        if progress.ahead > (progress.stamp or ""):
            progress = replace(progress, stamp=progress.ahead, at_stamp=progress.at_ahead)
        return replace(progress, ahead=None, at_ahead=())

    def _check_room(self, waiting: Sequence[Heard]) -> None:
        """Stop before too much waits; nothing of it is kept, and the next round tries again."""
        if _weight(waiting) > self.limits.pending_bytes:
            self.blocked = True
            raise PageUnreadable(
                f"{self.peer.base}: too much waits for its time, or for the end of a transaction"
            )

    def _placed(self, weighed: Weighed) -> Weighed:
        """Note what the feed holds; a record of this round may be withdrawn in it."""
        entity = weighed.heard.object
        if weighed.heard.kind is not Kind.DELETE:
            if weighed.is_record and weighed.outcome is not Outcome.REFUSED:
                self.confirmed.add(entity)
            if weighed.outcome is Outcome.ACCEPTED and weighed.heard.kind is Kind.CREATE:
                self.fresh.add(entity)
        elif weighed.held and entity in self.fresh:
            return replace(weighed, held=False)
        return weighed

    def _count(self, weighed: Iterable[Weighed]) -> None:
        for each in weighed:
            if each.held or (each.early and each.heard.iri in self.noted):
                continue
            if each.outcome is Outcome.REFUSED:
                self.count(refused=1)
                self.round = self.round.refusing(each.heard.iri, each.reason)
            elif not each.is_record:
                self.count(others=1)
            elif each.outcome is Outcome.KNOWN:
                self.count(known=1)
            elif each.heard.kind is Kind.DELETE:
                self.count(deleted=1)
            elif each.heard.kind is Kind.CREATE:
                self.count(new=1)
            else:
                self.count(changed=1)


def _weight(members: Iterable[Heard]) -> int:
    return sum(len(each.payload) + len(each.quads) + _PLACE for each in members)


def _once(members: Iterable[Heard]) -> list[Heard]:
    """Drop what was read twice: a member may stand on several pages."""
    found: dict[tuple[str, str], Heard] = {}
    for each in members:
        found.setdefault((each.iri, each.digest), each)
    return list(found.values())


def _finished(members: Iterable[Heard], stream: Stream) -> tuple[list[Heard], list[Heard]]:
    """Part members into those that may be kept and those of transactions that still go on."""
    if stream.transaction is None or stream.finalized is None:
        return list(members), []
    every = list(members)
    closed = {None, *(each.transaction for each in every if each.final)}
    ready = [each for each in every if each.transaction in closed]
    return ready, [each for each in every if each.transaction not in closed]
