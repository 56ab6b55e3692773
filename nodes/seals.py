"""Links that only whoever reads at a target can have, and what is kept of them: nothing.

A subscription's link ends in its name and a code that only this node can make (HMAC-SHA256 under
a key of its own, in `alerts.key`). So the journal holds no link, no secret of a webhook and no
digest of either: who reads a copy of the journal can confirm, change or forge nothing. Without
that file earlier links and secrets work no more.
"""

import base64
import hmac
import os
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from nodes.errors import ConfigError

KEY: Final = "alerts.key"
_KEY_BYTES: Final = 32
_CODE_BYTES: Final = 18
_ID_CHARS: Final = 16


@dataclass(frozen=True, kw_only=True)
class Seal:
    """Makes and checks links."""

    key: bytes = field(repr=False)

    def new_id(self) -> str:
        """Name a new subscription by chance, so that no name can be guessed."""
        return secrets.token_urlsafe(_ID_CHARS * 3 // 4)

    def token(self, id_: str) -> str:
        """Write the last part of a subscription's link."""
        return id_ + base64.urlsafe_b64encode(self._code("link", id_)[:_CODE_BYTES]).decode()

    def read(self, token: str) -> str | None:
        """Give the subscription that a link is for; None for one that this node did not make."""
        id_ = token[:_ID_CHARS]
        right = self.token(id_).encode()
        return id_ if hmac.compare_digest(right, token.encode(errors="replace")) else None

    def secret(self, id_: str) -> bytes:
        """Give the bytes that sign what a webhook is told."""
        return self._code("webhook", id_)

    def _code(self, purpose: str, id_: str) -> bytes:
        return hmac.digest(self.key, f"{purpose}\n{id_}".encode(), sha256)


def open_seal(folder: Path) -> Seal:
    """Read the key of a node's links, or make it; raises ConfigError."""
    file = folder / KEY
    try:
        if not file.exists():
            part = folder / f"{KEY}-{secrets.token_hex(4)}"
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as opened:
                opened.write(secrets.token_hex(_KEY_BYTES).encode())
                opened.flush()
                os.fsync(opened.fileno())
            part.rename(file)
        key = bytes.fromhex(file.read_text("ascii").strip())
    except (OSError, ValueError) as error:
        raise ConfigError(f"{file} cannot be used: {error}") from None
    if len(key) < _KEY_BYTES:
        raise ConfigError(f"{file} is too short to be a key")
    return Seal(key=key)
