"""What is seen of a catalogue. Values, and the edge to the journal.

A *sighting* is one dataset, or record, of the catalogue that was chosen, already written as a
record of the model below this node's base. Pages are noted with what was seen on them, so that one
that did not change need not be read again. `ObservedInbox` is what a round asks of the journal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from federation.peers import Peer

VERSION: Final = 2
"""Counted up when datasets are read in another way, so that all pages are looked at again."""


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """A dataset that was chosen, by its address `source`.

    `object` is the record's IRI below our base, `payload` the record and `digest` of what it says,
    without times of ours. `names` are addresses that mean the same: when an origin that signs
    uses one for its own record, it speaks for itself. `defect` says why it cannot be a record.
    """

    source: str
    object: str = ""
    payload: bytes = b""
    digest: str = ""
    names: tuple[str, ...] = ()
    defect: str | None = None


@dataclass(frozen=True, kw_only=True)
class Stream:
    """An event stream that a catalogue names: its IRI, the address of its root, its title."""

    iri: str
    root: str
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class CataloguePage:
    """What a page of a catalogue says.

    `listed` are short digests of the names of all datasets described on it; `total` how many the
    whole catalogue has, where it says so. `leads` are pages to be read as well, `elsewhere`
    datasets that are listed and not described here. `streams` are feeds that could be followed
    instead.
    """

    url: str
    title: str = ""
    total: int | None = None
    listed: tuple[str, ...] = ()
    leads: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    streams: tuple[Stream, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Noted:
    """A page as it was read last: its version, the hash of its bytes, and what was seen on it.

    `seen` are sources with the digests of what was said of them, an empty one where it was refused.
    """

    url: str
    etag: str | None = None
    body: str = ""
    total: int | None = None
    listed: tuple[str, ...] = ()
    leads: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    seen: tuple[tuple[str, str], ...] = ()
    version: int = VERSION


@dataclass(frozen=True, kw_only=True)
class Kept:
    """How many sightings of a page were new, changed, known and refused."""

    new: int = 0
    changed: int = 0
    known: int = 0
    refused: int = 0


class ObservedInbox(Protocol):
    """What a round with a catalogue asks of the journal and gives to it."""

    async def looked(self, peer: Peer) -> Sequence[Noted]:
        """Return the pages of the catalogue as they were read last."""

    async def live(self, peer: Peer) -> int:
        """Return how many records observed there are published."""

    async def keep(self, peer: Peer, sightings: Sequence[Sighting], page: Noted) -> Kept:
        """Sign and write what is new or changed, with the page, in one transaction."""

    async def close(
        self,
        peer: Peer,
        present: frozenset[str] | None,
        pages: frozenset[str],
        *,
        share: float,
        since: datetime,
    ) -> tuple[int, int]:
        """End a round: withdraw what is there no more, or spoken for by its own city.

        `present` are the sources that the whole catalogue holds; None when it was not read as a
        whole, and then nothing counts as gone. `pages` are the addresses that it led to. Returns
        how many records were withdrawn and how many withdrawals are held for a person.
        """
