"""The network as the journal knows it: what the network page, facets and freshness ask."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from contextvars import Context
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from math import inf

from federation import keys
from federation.errors import plain
from federation.joining import Listed, Policy, Status
from federation.peers import Follow, Peer
from nodes import joining
from nodes.city import City
from nodes.journal import Journal, followers, known, observed, registries, runs, shares, trust
from nodes.journal.known import Standing
from nodes.journal.trust import Blocked
from nodes.journal.walking import counts_by_room
from nodes.network import CityView, PeerView, Refusal, RegistryView
from nodes.sections import HarvestSection
from vocab.records import ROOMS, Experiment

_MODES = {
    Follow.OWN: "its own feed",
    Follow.ALL: "everything it knows",
    Follow.NOTHING: "nothing, its key is known",
    Follow.UNSIGNED: "a feed that is not signed",
    Follow.DCAT: "a catalogue, observed by this node",
    Follow.STATIC: "files with records, observed by this node",
}
_POLICIES = {
    Policy.PROPOSE: "its cities are proposed, an officer decides",
    Policy.ACCEPT: "its cities are taken at once",
}
_ORDER = {
    each.value: place
    for place, each in enumerate((Status.PROPOSED, Status.NEW, Status.UNFIT, Status.REFUSED))
}
_ALWAYS = (Experiment.room,)
_SHOWN = 20
_FRESH = 1.0


@dataclass(frozen=True, kw_only=True)
class _Read:
    """How peers stood `at` a moment, by base, and who brought what each origin says.

    Of origins that are `full` nothing more was taken since a time.
    """

    at: float = -inf
    standings: Mapping[str, Standing] = field(default_factory=dict)
    carriers: Mapping[str, str] = field(default_factory=dict)
    full: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(kw_only=True)
class JournalNetwork:
    """Peers, how they fare and what was refused, straight from the journal.

    Names and ages are asked for on every page, so they may be twice as old as what is `fresh`, in
    seconds. With many peers they take a while to be read: who serves pages has them read beside
    that (`renew`).
    """

    journal: Journal
    me: City
    settings: HarvestSection = field(default_factory=HarvestSection)
    fresh: float = _FRESH
    _last: _Read = field(default_factory=_Read)
    _reading: asyncio.Task[_Read] | None = None
    _cities: tuple[float, tuple[Listed, ...]] = (-_FRESH, ())

    def peers(self) -> tuple[PeerView, ...]:
        """Give every peer, in the order they are shown."""
        records, refused = counts_by_room(self.journal), known.refused_by_peer(self.journal)
        totals, prompt = self.journal.counts(), followers.prompt(self.journal, datetime.now(UTC))
        vouched, differing = self._vouched(), known.differing(self.journal)
        told = trust.notices(self.journal.db())
        blocked = {each.base: each for each in trust.blocked(self.journal.db())}
        views = [
            replace(
                self._view(
                    standing,
                    records.get(standing.peer.base, {}),
                    totals.get(standing.peer.base, 0),
                    refused.get(standing.peer.base, Counter()),
                ),
                prompt=standing.peer.base in prompt,
                vouched=vouched.get(standing.peer.base, ""),
                differs=differing.get(standing.peer.base, ""),
                notices=tuple(each.told for each in told.get(standing.peer.base, [])),
                healthy=standing.failures == 0 and standing.peer.base not in told,
            )
            for standing in known.standings(self.journal)
        ]
        strange = blocked.keys() - {view.base for view in views}
        views.extend(_unknown(blocked[base]) for base in sorted(strange))
        return tuple(
            _shut(view, blocked[view.base]) if view.base in blocked else view for view in views
        )

    def cities(self) -> tuple[CityView, ...]:
        """Give the cities that registries list and that are no peers, those to decide on first."""
        found = [
            CityView(
                name=each.name,
                base=each.base,
                country=each.country,
                fingerprints=tuple(keys.fingerprint(key.multibase) for key in each.keys),
                by=tuple(self.city(base) or base for base in each.by),
                since=each.since,
                standing=each.status.value,
                reason=each.reason,
            )
            for each in self._listed()
            if each.status is not Status.PEER
        ]
        return tuple(sorted(found, key=lambda each: (_ORDER[each.standing], each.name, each.base)))

    def registries(self) -> tuple[RegistryView, ...]:
        """Give the networks that this city has joined."""
        most = self.settings.cities_per_registry
        joined = {each.base: each for each in registries.joined(self.journal)}
        found = []
        for listing in joining.listings(self.journal, self.settings):
            cities = sum(each.lasts for each in listing.memberships)
            registry = joined[listing.registry]
            found.append(
                RegistryView(
                    name=self.city(registry.base) or registry.base,
                    base=registry.base,
                    policy=_POLICIES[registry.policy],
                    joined=datetime.fromisoformat(registry.joined),
                    cities=cities,
                    too_many=cities > most or not listing.whole,
                )
            )
        return tuple(found)

    def _listed(self) -> tuple[Listed, ...]:
        """Give the cities that registries list; a page that asks twice has them read once."""
        read, found = self._cities
        if time.monotonic() - read >= _FRESH:
            found = tuple(joining.listed(self.journal, self.settings))
            self._cities = (time.monotonic(), found)
        return found

    def _vouched(self) -> dict[str, str]:
        """Say of each peer which registries list it, or that the one it came by does no longer."""
        found = {}
        for each in self._listed():
            by = ", ".join(self.city(base) or base for base in each.by)
            found[each.base] = f"listed by {by}" + (f"; {each.reason}" if each.reason else "")
        for base, registry in registries.introduced(self.journal).items():
            name = self.city(registry) or registry
            found.setdefault(base, f"no longer vouched for by {name}, which introduced it")
        return found

    def city(self, origin: str) -> str | None:
        """Give the name of the city whose node has this base, where it is known."""
        if origin == self.me.base:
            return self.me.name
        standing = self._recent().standings.get(origin)
        return standing.peer.name if standing is not None else None

    def ages(self, now: datetime) -> dict[str, int]:
        """Say how many seconds ago each origin was last verified; our own is always fresh.

        What is followed was verified by its own round, what came through a relay by the relay's.
        """
        recent = self._recent()
        standings = recent.standings
        by = {**recent.carriers} | {
            base: base for base, each in standings.items() if each.peer.follow is not Follow.NOTHING
        }
        found = {self.me.base: 0}
        for origin, peer in by.items():
            last = _time(standings[peer].last_good) if peer in standings else None
            if origin != peer:
                last = shares.earliest(last, recent.full.get(origin))
            if last is not None:
                found[origin] = max(0, int((now - last).total_seconds()))
        return found

    async def renew(self) -> None:
        """Have names and ages read beside the event loop, where they are not fresh.

        Only who finds them old waits for that, so where much is asked nobody does.
        """
        age = time.monotonic() - self._last.at
        if age < self.fresh:
            return
        if self._reading is None:
            read = asyncio.to_thread(self._read)
            self._reading = asyncio.create_task(read, context=Context())  # the node's own work
            self._reading.add_done_callback(self._renewed)
        if age >= 2 * self.fresh:
            await asyncio.wait((self._reading,))

    def _renewed(self, reading: asyncio.Task[_Read]) -> None:
        self._reading = None
        if not reading.cancelled():
            reading.exception()  # it is told to whoever asks, for that reads again

    def _recent(self) -> _Read:
        age = time.monotonic() - self._last.at
        return self._last if age < 2 * self.fresh else self._read()

    def _read(self) -> _Read:
        at = time.monotonic()
        standings = {each.peer.base: each for each in known.standings(self.journal)}
        self._last = _Read(
            at=at,
            standings=standings,
            carriers=self.journal.carriers(),
            full=shares.used_up(self.journal),
        )
        return self._last

    def _view(
        self,
        standing: Standing,
        rooms: Mapping[str, int],
        records: int,
        refused: Counter[str],
    ) -> PeerView:
        """Show a peer with what it has here, by room and in all, and what was refused of it."""
        peer = standing.peer
        figures = [
            (each, rooms.get(each, 0)) for each in ROOMS if each in _ALWAYS or rooms.get(each)
        ]
        if peer.follow is Follow.UNSIGNED:  # its records stand at addresses of any form
            figures = [("records", records)]
        elif peer.follow.observed:
            figures = [("observed", observed.live_count(self.journal, peer.base))]
        if refused:
            figures.append(("refused", refused.total()))
        if refused["waits"]:
            figures.append(("waiting", refused["waits"]))
        if refused["held"]:
            figures.append(("held for a person", refused["held"]))
        return PeerView(
            name=peer.name,
            base=peer.base,
            mode=_mode(peer),
            fingerprint=keys.fingerprint(peer.keys[0].multibase) if peer.keys else "",
            state=self._state(standing),
            due=None if peer.follow is Follow.NOTHING else _time(standing.due),
            added=_time(standing.added),
            failures=standing.failures,
            healthy=standing.failures == 0,
            last_good=_time(standing.last_good),
            observed=peer.follow.observed,
            counts=tuple(figures),
            refused=tuple(
                Refusal(
                    when=_time(refusal.seen) or datetime.now(UTC),
                    member=plain(refusal.iri),
                    reason=refusal.reason,
                )
                for refusal in known.refusals(self.journal, peer.base, most=_SHOWN)
            ),
        )

    def _state(self, standing: Standing) -> str:
        if standing.peer.follow is Follow.NOTHING:
            return "its key is known; its records come through others"
        if standing.failures:
            last = runs.newest(self.journal, standing.peer.base, most=1)
            reason = last[0].failure if last and last[0].failure else "no answer"
            if standing.failures == 1:
                return f"the last round failed: {reason}"
            return f"{standing.failures} rounds failed, the last one because: {reason}"
        if standing.last_good is None:
            return "not read yet"
        return "in good order"


def _unknown(origin: Blocked) -> PeerView:
    """Show an origin that is blocked and no peer."""
    return PeerView(
        name=origin.base,
        base=origin.base,
        mode="nothing",
        fingerprint="",
        state="",
        healthy=False,
        last_good=None,
        counts=(("records", 0),),
    )


def _shut(view: PeerView, origin: Blocked) -> PeerView:
    """Say of a peer that it is blocked."""
    why = f": {plain(origin.reason)}" if origin.reason else ""
    return replace(
        view,
        state=f"blocked since {origin.since[:10]}{why}; nothing of it is shown or taken in",
        mode="nothing, it is blocked",
        healthy=False,
        prompt=False,
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _mode(peer: Peer) -> str:
    """Say what is read of a peer; of a catalogue also which of its datasets."""
    about = peer.observing.about if peer.observing is not None else ()
    return ": ".join(filter(None, (_MODES[peer.follow], ", ".join(map(plain, about)))))
