"""A peer, what was read of it so far, and what a round with it brought. Values, and one edge.

`Inbox` is the edge to the node's journal: what a harvest asks of it and gives to it. Nothing in
this room knows how the journal keeps it.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from federation.digests import Listed, LiveSet, Sum
from federation.errors import plain
from federation.examining import Checked
from federation.gap import Gap
from federation.keys import PublicKey
from federation.member import Member
from federation.succession import Ring

REASONS: Final = 5
"""Of so many members that a round refused it keeps the reason; the quarantine has them all."""

_SHOWN: Final = 300


class Follow(StrEnum):
    """What is read of a peer: its own feed, all it knows, or nothing (its key is known).

    UNSIGNED is any LDES publisher whose feed nobody signs, because an officer said so. DCAT is a
    catalogue of data, STATIC are files with records: what they hold is observed, and told by us.
    """

    OWN = "own"
    ALL = "all"
    NOTHING = "nothing"
    UNSIGNED = "unsigned"
    DCAT = "dcat"
    STATIC = "static"

    @property
    def observed(self) -> bool:
        """Whether there is no feed, so that we observe what is there and tell it ourselves."""
        return self in (Follow.DCAT, Follow.STATIC)


@dataclass(frozen=True, kw_only=True)
class Observing:
    """What an officer says of a catalogue that is observed.

    `about` chooses datasets (`federation.dcat.choosing`). The rest stands where the catalogue says
    nothing: the `city` whose records they are, its country, the language and licence of its texts,
    themes. A `city` that is given is shown as the city of every record.
    """

    about: tuple[str, ...] = ()
    city: str | None = None
    country: str | None = None  # ISO 3166-1 alpha-2
    language: str | None = None
    licence: str | None = None
    themes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A city this node knows. `base` ends with a slash; `keys` are pinned when it is added.

    The keys that speak now stand first; those that spoke before follow (`federation.succession`).

    `root` is where its own stream begins when that is not `{base}feed`: a city whose node is
    plain files names the file.

    The `base` of an unsigned peer is the address of its feed, and it has no keys. It may speak for
    its own host, and for what lies below the addresses `about`, which an officer allowed. That of
    one that is observed is the address of its catalogue, and `observing` how it is read.
    """

    base: str
    name: str
    keys: tuple[PublicKey, ...]
    follow: Follow = Follow.OWN
    root: str | None = None
    about: tuple[str, ...] = ()
    observing: Observing | None = None

    @property
    def feed(self) -> str:
        """The root of the stream that is followed."""
        if self.follow is Follow.UNSIGNED or self.follow.observed:
            return self.base
        if self.follow is Follow.OWN:
            return self.root or f"{self.base}feed"
        return f"{self.base}feed/all"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What stays different from a peer's live set: `sum` is what it has more than we.

    `words` say why; `explained` that each record is accounted for; `looked` when that was seen.
    """

    sum: Sum
    words: str
    looked: datetime
    explained: bool


@dataclass(frozen=True, kw_only=True)
class Bookmark:
    """How far a stream was read (LDES 1.0, consumer state).

    `stamp` is the newest time seen, `at_stamp` the members that bore exactly that time, and `read`
    how many members there are up to it; `until` is the upper bound of the last page that was read
    to its end; `count` and `last` repeat the signed head the stream had then; `etag` is that of
    its root. `short` says that the last round found fewer members than the head counts; `reread`
    is when the stream was last begun anew because of a hole. `live` is the digest of the live set
    that stood beside the head, and `differs` what stays different from it.
    """

    stamp: str | None = None
    at_stamp: tuple[str, ...] = ()
    until: str | None = None
    read: int = 0
    short: bool = False
    reread: datetime | None = None
    etag: str | None = None
    count: int = 0
    last: str | None = None
    interval: int | None = None
    live: LiveSet | None = None
    differs: Difference | None = None


class Notice(StrEnum):
    """What officers are told about a city until it is over, or they have dealt with it."""

    KEY = "key"
    """It shows another key than the one that is pinned, and nothing announced that."""
    FORK = "fork"
    """It has signed two histories."""
    BACK = "back"
    """Its feed shows less than before, or ends otherwise."""
    BEHIND = "behind"
    """Others carry later members of it than its own feed shows."""
    REVOKED = "revoked"
    """It revoked a key, and with it more of its records than may go without a person's word."""
    FULL = "full"
    """It has used up its share of this node's disk."""


class Outcome(StrEnum):
    """What became of a member."""

    ACCEPTED = "accepted"
    KNOWN = "known"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A decision on one member, with a reason an officer can read.

    `authentic` says that the origin did sign it, so that its place in the chain is known even
    when its content is refused; `waits` that it is good but cannot be placed yet; `hole` that its
    number was delivered in a form that cannot be believed; `held` that a person, or the end of the
    round, must decide; `erased` that it was taken back for good and not a byte may be kept.
    `origin` and `sequence` are its place, where it has one. `ring` are the keys of its origin from
    now on, when it is about keys; `fork` is the member of the same origin that it contradicts.
    """

    checked: Checked
    outcome: Outcome
    reason: str = ""
    origin: str = ""
    sequence: int = 0
    authentic: bool = False
    waits: bool = False
    hole: bool = False
    held: bool = False
    erased: bool = False
    ring: Ring | None = None
    fork: str | None = None

    @property
    def member(self) -> Member | None:
        """The member, when it held together."""
        return self.checked.carried.member


@dataclass(frozen=True, kw_only=True)
class History:
    """What the journal holds of one origin, as far as a page needs it.

    `sequence`, `digest` and `published` are of the newest authentic member; `digests` has those of
    earlier members named on the page; `previous` what the member after a hole says came before it;
    `missing` the numbers that were delivered only in a form that was refused; `vouched` the digests
    of members that the origin itself says to be live, in a digest that it signed; `gaps` are those
    it signed that matter for the members. `names` are the IRIs of members whose digests are known.
    """

    sequence: int = 0
    digest: str | None = None
    published: str | None = None
    digests: Mapping[int, str] = field(default_factory=dict)
    previous: Mapping[int, str | None] = field(default_factory=dict)
    missing: frozenset[int] = frozenset()
    gaps: tuple[Gap, ...] = ()
    vouched: Mapping[int, str] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place in an origin's chain, by number, time and name of a member; 0 is its beginning."""

    number: int = 0
    published: str | None = None
    iri: str = ""


@dataclass(frozen=True, kw_only=True)
class Held:
    """What is held of an origin: `published` and `digest` of its newest member, live records."""

    published: str | None = None
    digest: str | None = None
    sums: Mapping[int, Sum] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Parting:
    """Where our records of an origin part from those that it lists.

    `missing` are members that are not here; `gone` records that are live here and not listed, and
    that nothing here explains; `kept_back` counts, in words, what is explained. `repaired` were
    put right at once, for the member that speaks for them was here.
    """

    missing: tuple[Listed, ...] = ()
    gone: tuple[str, ...] = ()
    kept_back: Mapping[str, int] = field(default_factory=dict)
    repaired: int = 0


@dataclass(frozen=True, kw_only=True)
class Round:
    """One round with one peer: `seen = new + changed + deleted + known + refused`.

    `others` are members of a foreign feed that are no records of the model, and were passed over.
    `reasons` tell of the first members that were refused which they are, and why.
    `repaired` records did not show what the peer's digest says, and do now; `differs` says in words
    which do not.
    """

    peer: str
    started: datetime
    new: int = 0
    changed: int = 0
    deleted: int = 0
    known: int = 0
    refused: int = 0
    others: int = 0
    repaired: int = 0
    requests: int = 0
    received_bytes: int = 0
    failure: str | None = None
    differs: str | None = None
    retry_after: float | None = None
    interval: int | None = None
    reasons: tuple[str, ...] = ()

    def refusing(self, member: str, reason: str) -> "Round":
        """Note why a member was refused, as long as there is room."""
        if len(self.reasons) == REASONS:
            return self
        told = plain(f"{member[:_SHOWN]}: {reason[:_SHOWN]}")
        return replace(self, reasons=(*self.reasons, told))

    @property
    def seen(self) -> int:
        """How many members were looked at."""
        return self.new + self.changed + self.deleted + self.known + self.refused


@dataclass(frozen=True, kw_only=True)
class Decided:
    """A decision on the deferred withdrawals of an origin.

    `good` ones are carried out; `held` ones are left for a person, with a `reason`, and the records
    stay visible. It holds while just `lately` records of the origin were withdrawn `since` a time.
    """

    origin: str
    since: datetime
    lately: int
    good: Sequence[Member]
    held: Sequence[Member] = ()
    reason: str = ""


class Inbox(Protocol):
    """What a harvest asks of the journal and gives to it."""

    async def bookmark(self, peer: Peer) -> Bookmark:
        """Return how far this stream was read."""

    async def keys(self) -> Mapping[str, tuple[PublicKey, ...]]:
        """Return the pinned keys of every city the node knows, its own among them."""

    async def note_gaps(self, peer: Peer, gaps: Sequence[Gap]) -> None:
        """Keep gaps that their origins signed; the chains may go on behind them.

        Raises ShareUsedUp as `keep` does, with nothing kept.
        """

    async def histories(self, members: Sequence[Member]) -> Mapping[str, History]:
        """Return the history of each origin that the members name."""

    async def waiting(self, origins: Sequence[str] | None = None) -> Sequence[Checked]:
        """Return good members that were kept back and may be placed now, of some origins or all."""

    async def holes(self, peer: Peer) -> bool:
        """Tell whether this peer brought forms of members that are not here in their true form."""

    async def speaking(self, objects: Sequence[str]) -> Mapping[str, int]:
        """Return the number of the member that speaks for each record that is published."""

    async def live_count(self, origin: str) -> int:
        """Return how many records of an origin are published at present."""

    async def withdrawn(self, origin: str, since: datetime) -> int:
        """Return how many records of an origin were withdrawn since a time."""

    async def keep(
        self,
        peer: Peer,
        verdicts: Sequence[Verdict],
        bookmark: Bookmark,
        histories: Mapping[str, History],
    ) -> bool:
        """Write members, refusals and bookmark in one transaction.

        Nothing is written, and False returned, when the chains have changed since the histories
        that the verdicts rest on were read: another round was quicker. Raises ShareUsedUp when one
        of the origins may say no more, and NoRoom when none may.
        """

    async def pin(self, base: str, ring: Ring) -> bool:
        """Learn keys of a city besides the pinned ones; its members are read anew if any is new."""

    async def blocked(self) -> Sequence[str]:
        """Return the bases of the origins of which nothing is taken in."""

    async def notice(self, base: str, kind: Notice, told: str) -> None:
        """Tell the officers something about a city; with an empty text it is over."""

    async def reached(self, base: str) -> int:
        """Return the number of the newest member of a city that is known here."""

    async def deferred(self, peer: Peer) -> Sequence[Member]:
        """Return withdrawals of this peer's stream that no round has decided on yet."""

    async def settle(self, decided: Decided) -> tuple[int, int] | None:
        """Carry out deferred withdrawals, hold others; return how many of each in one transaction.

        Nothing is done, and None returned, when the decision holds no more: another round was
        quicker. What that one has settled is not settled again.
        """

    async def live(self, origin: str) -> Held:
        """Return what is held of an origin: its newest member, and its live records summed up."""

    async def compare(
        self, peer: Peer, buckets: Sequence[int], theirs: Sequence[Listed], asked: Set[str]
    ) -> Parting:
        """Compare our records of a peer in some buckets with its own; put right what can be.

        Of members that the peer was `asked` for, what became of them explains that they miss.
        """

    async def missed(self, peer: Peer, said: LiveSet, records: Sequence[str]) -> Sequence[Member]:
        """Note that a digest does not name records, for the end of the round to decide on.

        What is noted is no member of the peer's feed, and is never relayed.
        """

    async def gap(self, origin: str) -> Place | None:
        """Return the member before the first gap in an origin's chain; None without gaps."""

    async def cut(self, origin: str, read: Sequence[str]) -> Place | None:
        """Return the newest member of an origin when none of those read last is here.

        Then the journal has lost the end of what was read.
        """
