"""The ledger of the vectors: whose each row is, and how far the journal was read.

A file of JSON lines. A line with a position ends what was said since the one before; what follows
the last such line never happened, and is cut off when the ledger is opened.
"""

import json
import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from vocab import schemes, shelf

_SCHEMES: Final = b"".join(shelf.read(f"schemes/{name}.ttl") for name in schemes.NAMES)
_FORMAT: Final = f"1-{sha256(_SCHEMES).hexdigest()[:12]}"
"""Changes whenever vectors made before would answer differently: labels are part of them."""

_WORDY: Final = 1_000
"""Lines that no longer count, beside as many as do, before all is written anew."""


class Ledger:
    """The open ledger: `slots` says which row is whose, by name."""

    def __init__(self, file: Path) -> None:
        """Read it, or begin; raises ValueError, KeyError or TypeError when it makes no sense."""
        self.slots: dict[str, int] = {}
        self.position = 0
        self.middle: bytes | None = None
        self._file = file
        self._lines = 0
        self._read()

    def begin(self, middle: bytes) -> None:
        """Say what is taken from every vector; before the first position."""
        self._append([_head(middle)])
        self.middle = middle

    def keep(self, placed: Mapping[str, int | None], position: int) -> set[int]:
        """Keep the rows of some names, None for no longer any; returns the rows that are free now.

        It is on disk when this returns.
        """
        self._append([*_named(placed), {"position": position}])
        before = self._take(placed)
        self.position = position
        if self._lines > 2 * len(self.slots) + _WORDY:
            self._write_anew()
        return before

    def _take(self, placed: Mapping[str, int | None]) -> set[int]:
        left = {self.slots.pop(name) for name in placed if name in self.slots}
        self.slots |= {name: slot for name, slot in placed.items() if slot is not None}
        return left

    def _read(self) -> None:
        whole = self._file.read_bytes() if self._file.exists() else b""
        said: dict[str, int | None] = {}
        read = sound = 0
        for line in whole.splitlines(keepends=True):
            read += len(line)
            if not line.endswith(b"\n"):
                break
            found = json.loads(line)
            if "name" in found:
                said[str(found["name"])] = None if found["slot"] is None else int(found["slot"])
                continue
            if "position" in found:
                self._take(said)
                self.position, said = int(found["position"]), {}
            elif found["format"] != _FORMAT:
                raise ValueError("it was written by another version of citynode")
            else:
                self.middle = bytes.fromhex(found["middle"])
            sound = read
        if sound < len(whole):
            os.truncate(self._file, sound)
        self._lines = whole[:sound].count(b"\n")

    def _append(self, said: list[dict[str, Any]]) -> None:
        _write(self._file, said, "ab")
        self._lines += len(said)

    def _write_anew(self) -> None:
        assert self.middle is not None
        said = [_head(self.middle), *_named(self.slots), {"position": self.position}]
        draft = self._file.with_suffix(".part")
        _write(draft, said, "wb")
        draft.replace(self._file)
        self._lines = len(said)


def _head(middle: bytes) -> dict[str, Any]:
    return {"format": _FORMAT, "middle": middle.hex()}


def _named(placed: Mapping[str, int | None]) -> list[dict[str, Any]]:
    return [{"name": name, "slot": slot} for name, slot in placed.items()]


def _write(file: Path, said: list[dict[str, Any]], mode: str) -> None:
    with file.open(mode) as out:
        out.write(b"".join(json.dumps(each).encode() + b"\n" for each in said))
        out.flush()
        os.fsync(out.fileno())
