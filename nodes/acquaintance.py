"""The network as the journal knows it: what the network page, facets and freshness ask."""

import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from federation import keys
from federation.errors import plain
from federation.peers import Follow
from nodes.city import City
from nodes.journal import Journal, followers, known
from nodes.journal.known import Standing
from nodes.journal.walking import counts_by_room
from nodes.network import PeerView, Refusal
from vocab.records import ROOMS, Experiment

_MODES = {
    Follow.OWN: "its own feed",
    Follow.ALL: "everything it knows",
    Follow.NOTHING: "nothing, its key is known",
    Follow.UNSIGNED: "a feed that is not signed",
}
_ALWAYS = (Experiment.room,)
_SHOWN = 20
_FRESH = 1.0


@dataclass(kw_only=True)
class JournalNetwork:
    """Peers, how they fare and what was refused, straight from the journal.

    Names and ages are asked for on every page, so they may be a second old.
    """

    journal: Journal
    me: City
    _standings: tuple[float, dict[str, Standing]] = (-_FRESH, {})  # when read, by base

    def peers(self) -> tuple[PeerView, ...]:
        """Give every peer, in the order they are shown."""
        counts = counts_by_room(self.journal)
        prompt = followers.prompt(self.journal, datetime.now(UTC))
        return tuple(
            self._view(standing, counts, prompt) for standing in known.standings(self.journal)
        )

    def city(self, origin: str) -> str | None:
        """Give the name of the city whose node has this base, where it is known."""
        if origin == self.me.base:
            return self.me.name
        standing = self._recent().get(origin)
        return standing.peer.name if standing is not None else None

    def ages(self, now: datetime) -> dict[str, int]:
        """Say how many seconds ago each origin was last verified; our own is always fresh."""
        found = {self.me.base: 0}
        for base, standing in self._recent().items():
            if standing.last_good is not None:
                last = datetime.fromisoformat(standing.last_good)
                found[base] = max(0, int((now - last).total_seconds()))
        return found

    def _recent(self) -> dict[str, Standing]:
        read, found = self._standings
        if time.monotonic() - read >= _FRESH:
            found = {each.peer.base: each for each in known.standings(self.journal)}
            self._standings = (time.monotonic(), found)
        return found

    def _view(
        self, standing: Standing, counts: dict[str, dict[str, int]], prompt: frozenset[str]
    ) -> PeerView:
        peer = standing.peer
        refused = known.refusals(self.journal, peer.base, most=1_000)
        kinds = Counter(refusal.status for refusal in refused)
        held = counts.get(peer.base, {})
        figures = [(room, held.get(room, 0)) for room in ROOMS if room in _ALWAYS or held.get(room)]
        if peer.follow is Follow.UNSIGNED:  # its records stand at addresses of any form
            figures = [("records", self.journal.counts().get(peer.base, 0))]
        if refused:
            figures.append(("refused", len(refused)))
        if kinds["waits"]:
            figures.append(("waiting", kinds["waits"]))
        if kinds["held"]:
            figures.append(("held for a person", kinds["held"]))
        return PeerView(
            name=peer.name,
            base=peer.base,
            mode=_MODES[peer.follow],
            fingerprint=keys.fingerprint(peer.keys[0].multibase) if peer.keys else "",
            state=self._state(standing),
            healthy=standing.failures == 0,
            last_good=_time(standing.last_good),
            prompt=peer.base in prompt,
            counts=tuple(figures),
            refused=tuple(
                Refusal(
                    when=_time(refusal.seen) or datetime.now(UTC),
                    member=plain(refusal.iri),
                    reason=refusal.reason,
                )
                for refusal in refused[:_SHOWN]
            ),
        )

    def _state(self, standing: Standing) -> str:
        if standing.peer.follow is Follow.NOTHING:
            return "its key is known; its records come through others"
        if standing.failures:
            last = known.rounds(self.journal, standing.peer.base, most=1)
            reason = last[0].failure if last and last[0].failure else "no answer"
            return f"{standing.failures} rounds failed, the last one because: {reason}"
        if standing.last_good is None:
            return "not read yet"
        return "in good order"


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
