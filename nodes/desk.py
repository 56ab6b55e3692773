"""What it takes to speak for the city: configuration, key and journal, and what is said with them.

The command line needs no more; a node that serves adds views, workers and the catalogue
(`nodes.node`).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from federation.keys import SigningKey
from federation.member import Kind, Member
from nodes import cities
from nodes.city import City
from nodes.config import FILE, Config
from nodes.errors import ConfigError
from nodes.harvesting import utc_now
from nodes.journal import Journal
from nodes.journal.inbox import JournalInbox
from nodes.journal.shares import Shares, largest
from nodes.keyring import Keyring
from nodes.publishing import Draft, compose
from vocab.records import Record
from vocab.triples import from_payload

JOURNAL: Final = "journal.sqlite"
VIEWS: Final = "views"


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What it takes to speak for the city."""

    config: Config
    city: City
    keyring: Keyring
    journal: Journal

    @property
    def key(self) -> SigningKey:
        """The key that speaks for the city now; raises ConfigError when it is not there."""
        return self.keyring.key()

    @property
    def views(self) -> Path:
        """The folder of everything that can be rebuilt."""
        return self.config.folder / VIEWS

    def current(self, iri: str) -> Member | None:
        """Return the member that speaks for a record now."""
        entry = self.journal.record(iri)
        return None if entry is None else entry.member

    def published(self, iri: str) -> Record | None:
        """Return a record of this city as it is published now; None when there is none."""
        entry = self.journal.record(iri) if iri.startswith(self.city.base) else None
        if entry is None or entry.member.kind is Kind.DELETE:
            return None
        return from_payload(entry.member.payload, iri)

    def speak(self, drafts: Sequence[Draft], source: str | None, now: datetime) -> list[Member]:
        """Sign drafts and append them to the journal; they are on disk when this returns."""
        if not drafts:
            return []

        def signed(newest: Member | None) -> list[Member]:
            return compose(self.city.base, self.key, newest, now, drafts)

        return self.journal.publish(signed, source, now)

    def tell_of_city(self, now: datetime) -> list[Member]:
        """Say what the configuration says of the city, unless that is what is said already."""
        current = self.current(self.city.iri)
        return self.speak(cities.drafts(self.city, current), None, now)

    def signed(self, newest: Member | None, drafts: Sequence[Draft]) -> list[Member]:
        """Sign drafts as the members that follow the newest one, without keeping them."""
        return compose(self.city.base, self.key, newest, utc_now(), drafts)


def _stay(journal: Journal, key: str) -> None:
    """Raise ConfigError where the base is not the one under which the node has spoken."""
    if (former := journal.former(key)) is not None:
        raise ConfigError(
            f"{FILE} says that this node is at {journal.base}, but what it has published stands "
            f'at {former}, and addresses cannot change: write base = "{former}" again. '
            "docs/operations.md tells how a city moves."
        )


@contextmanager
def open_desk(config: Config, *, keyless: bool = False) -> Iterator[Desk]:
    """Open configuration, key and journal; raises ConfigError or JournalError.

    A `keyless` desk is for a city whose key is lost.
    """
    city = config.city.city()
    journal = Journal(config.folder / JOURNAL, city.base)
    keyring = Keyring(folder=config.folder, journal=journal)
    try:
        if not keyless:
            _stay(journal, keyring.key().multibase)
        yield Desk(config=config, city=city, keyring=keyring, journal=journal)
    finally:
        journal.close()


def inbox_of(desk: Desk) -> JournalInbox:
    """Give the journal as rounds see it."""
    limits = desk.config.limits
    return JournalInbox(
        journal=desk.journal,
        own=desk.keyring.ring(),
        now=utc_now,
        quarantine=limits.quarantine_per_peer,
        quarantine_bytes=limits.quarantine_bytes,
        withdrawn_share=limits.withdrawn_share,
        free_bytes=limits.free_bytes,
        shares=Shares(most=limits.kept_bytes, each=largest(limits)),
    )
