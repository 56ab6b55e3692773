"""The node's own key on disk, and which of two speaks when a rotation was interrupted.

The private key lies in `key.pem`. A new one is written to `key-next.pem` first; then the member
that announces it is published, in one transaction of the journal; then the new file takes the place
of the old one, and the old key is gone. The journal decides: whichever file holds the key that it
names is the key of the node, so a crash at any instant leaves one that works.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from federation import keys, succession
from federation.errors import BadKey
from federation.gap import signed
from federation.keys import PublicKey, SigningKey
from federation.member import Kind, Member
from federation.succession import Ring
from federation.times import stamp
from nodes.errors import KeyLost
from nodes.journal import Journal, gaps, trust
from nodes.publishing import Draft, compose

KEY: Final = "key.pem"
NEXT: Final = "key-next.pem"


@dataclass(kw_only=True)
class Keyring:
    """The key that speaks for the node now, whichever process announced it."""

    folder: Path
    journal: Journal
    _key: SigningKey | None = None

    def key(self) -> SigningKey:
        """Give the private key; raises KeyLost when it is not there."""
        ring = trust.own_ring(self.journal.db(), self.journal.base)
        wanted = succession.speaking(ring)[0].multibase if ring else None
        if self._key is None or wanted not in (None, self._key.multibase):
            self._key = _find(self.folder, wanted)
        return self._key

    def ring(self) -> Ring:
        """Give all keys the node ever had, the present one first; raises KeyLost."""
        found = trust.own_ring(self.journal.db(), self.journal.base)
        return found or (self.key().public(self.journal.base),)

    def rotate(self, now: datetime) -> PublicKey:
        """Announce a new key under the present one and destroy that; returns the new one."""
        new = self._prepare()

        def announced(newest: Member | None) -> list[Member]:
            old, number = self.key(), _next(newest)
            ring = succession.rotated(self.ring(), new.public(self.journal.base), number, _at(now))
            return self._say(ring, old, new, newest, now)

        self.journal.publish(announced, None, now)
        return self.key().public(self.journal.base)

    def replace_lost(self, now: datetime) -> PublicKey:
        """Begin a new key where the old one is gone: its own word, which peers hold for a person.

        Without any member there is nothing to announce: the new key takes the place of the old one.
        """
        new = self._prepare()
        base = self.journal.base

        def announced(newest: Member | None) -> list[Member]:
            if newest is None:
                return []
            known = trust.own_ring(self.journal.db(), base) or _signer(newest)
            ring = succession.rotated(known, new.public(base), newest.sequence, _at(now))
            return self._say(ring, new, new, newest, now)

        if not self.journal.publish(announced, None, now):
            _move(self.folder / NEXT, self.folder / KEY)
        self._key = None
        return self.key().public(base)

    def revoke(self, multibase: str, number: int, now: datetime) -> Ring:
        """Take back what a retired key signed from a member on; raises BadKey.

        Gaps are believed of no key that is revoked: the present one signs them anew.
        """

        def announced(newest: Member | None) -> list[Member]:
            ring = succession.revoked(self.ring(), multibase, number, _at(now))
            self._sign_gaps_anew(next(key for key in ring if key.multibase == multibase), now)
            return self._say(ring, self.key(), self.key(), newest, now)

        self.journal.publish(announced, None, now)
        return self.ring()

    def _sign_gaps_anew(self, revoked: PublicKey, now: datetime) -> None:
        """Sign all that a key gave up; within the transaction that says it is revoked."""
        db, key = self.journal.db(), self.key()
        method = key.public(self.journal.base).method
        found = gaps.signed_with(db, self.journal.base, revoked.method)
        gaps.note(db, [signed(each, key, method=method, created=_at(now)) for each in found])

    def _prepare(self) -> SigningKey:
        new = keys.generate()
        write_key(self.folder / NEXT, new)
        return new

    def _say(
        self,
        ring: Ring,
        signer: SigningKey,
        voucher: SigningKey,
        newest: Member | None,
        now: datetime,
    ) -> list[Member]:
        base = self.journal.base
        payload = succession.write(base, ring, voucher)
        draft = Draft(kind=Kind.UPDATE, object=f"{base}#node", payload=payload)
        return compose(base, signer, newest, now, [draft])


def write_key(file: Path, key: SigningKey) -> None:
    """Write a private key so that it is on disk, and whole, when it is there at all."""
    part = file.with_suffix(".part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as opened:
        opened.write(key.pem())
        opened.flush()
        os.fsync(opened.fileno())
    _move(part, file)


def _find(folder: Path, wanted: str | None) -> SigningKey:
    """Load the key that the journal names, and put it where it belongs; raises KeyLost."""
    try:
        key = keys.load((folder / KEY).read_bytes())
    except PermissionError as error:
        why = f"{folder / KEY} cannot be read: {error.strerror}; run this as the user of the node"
        raise KeyLost(why) from None
    except OSError as error:
        key, reason = None, f"{folder / KEY} cannot be read: {error.strerror or error}"
    except BadKey as error:
        key, reason = None, f"{folder / KEY} cannot be used: {error}"
    else:
        reason = "key.pem is not the key that the journal names"
    if key is not None and wanted in (None, key.multibase):
        return key
    with suppress(OSError, BadKey):
        key = keys.load((folder / NEXT).read_bytes())
        if key.multibase == wanted:
            _move(folder / NEXT, folder / KEY)
            return key
    lost = "put the right one back, or begin a new one: citynode key rotate --lost"
    raise KeyLost(f"{reason}; {lost}")


def _move(source: Path, target: Path) -> None:
    source.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _signer(newest: Member) -> Ring:
    """Read the key that signed the node's newest member out of its proof."""
    method = newest.proof.method if newest.proof is not None else ""
    return (PublicKey(method=method, multibase=method.rpartition("#")[2]),)


def _next(newest: Member | None) -> int:
    return newest.sequence + 1 if newest is not None else 1


def _at(now: datetime) -> str:
    return f"{stamp(now)[:19]}Z"


def told(ring: Sequence[PublicKey]) -> list[dict[str, object]]:
    """Say keys as commands show them: words, numbers and what became of them."""
    return [
        {
            "key": key.multibase,
            "words": keys.fingerprint(key.multibase),
            "first": key.first,
            "last": key.last,
            "retired": key.retired,
            "revoked_from": key.revoked_from,
            "revoked": key.revoked,
        }
        for key in ring
    ]
