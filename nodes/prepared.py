"""What workers prepared for the search index, kept in memory until the index asks for it.

Whoever reads a page of a stranger knows what its records are found by sooner and cheaper than the
index does later: the worker has read them, and the other processor may do it. Nothing rests on it.
What is not here, because it was never prepared, did not fit or came before the last start, the
index makes by itself.

What is prepared belongs to one record of one origin in one wording: it is kept under a digest of
these and found for no other. So a page can spoil what its own records are found by, and nothing
else; a worker that is false to that could have said of a signature what it likes.
"""

from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import Final

from federation.examining import Checked
from federation.member import Member

_MOST_CHARACTERS: Final = 48_000_000
_LONGEST: Final = 4_000_000


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a list of hits tells of a record (`nodes.cards`), as far as the record alone says it."""

    title: dict[str, str]
    summary: dict[str, str]
    language: str
    city: str | None
    country: str | None
    place: dict[str, str]
    wkt: str | None
    kind: str
    stage: str | None
    themes: list[str]
    technologies: list[str]
    verdict: str | None
    start: str | None
    end: str | None
    partners: list[str]
    readiness: int
    modified: str
    about: list[str]
    owner: str


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A record prepared for the index: the fields it is found by, as JSON, and what is told of it.

    Whose record it is stands in neither: that the index says.
    """

    found_by: str
    told: Told


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A member of a page that was examined, and what it was prepared as, if it was."""

    checked: Checked
    ready: Ready | None


class Prepared:
    """What is ready for members, each given once; the oldest go when there is too much."""

    def __init__(self, most: int = _MOST_CHARACTERS) -> None:
        """`most` is how many characters of fields are kept in all."""
        self._most = most
        self._ready: dict[bytes, Ready] = {}
        self._characters = 0
        self._lock = Lock()

    def keep(self, member: Member, ready: Ready) -> None:
        """Keep what is ready for a member."""
        self.keep_as(name_of(member), ready)

    def keep_as(self, name: bytes, ready: Ready) -> None:
        """Keep what is ready for the member with this name (`name_of`)."""
        if len(ready.found_by) > min(_LONGEST, self._most):
            return
        with self._lock:
            self._drop(name)
            self._ready[name] = ready
            self._characters += len(ready.found_by)
            while self._characters > self._most:
                self._drop(next(iter(self._ready)))

    def take(self, member: Member) -> Ready | None:
        """Give what is ready for a member, and keep it no longer; None when nothing is."""
        if not self._ready:
            return None
        name = name_of(member)
        with self._lock:
            return self._drop(name)

    def _drop(self, name: bytes) -> Ready | None:
        found = self._ready.pop(name, None)
        if found is not None:
            self._characters -= len(found.found_by)
        return found


def name_of(member: Member) -> bytes:
    """Give the digest under which something is kept for a member."""
    said = f"{member.kind}\n{member.actor}\n{member.object}\n".encode(errors="surrogatepass")
    return sha256(said + member.payload).digest()
