"""A folder of finished files: written aside, then renamed; only what changed is written.

Whoever reads the folder meanwhile sees each file as it was or as it is, never half of one. Two
processes never write to the same folder at once. What a former export left and this one does not
say any more is removed at the end, from the rooms that belong to it.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self
from urllib.parse import unquote

from nodes.errors import MirrorRefused

PART: Final = ".part"
_NAME_BYTES: Final = 240


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What an export did to the folder."""

    files: int
    written: int
    removed: int


class Site:
    """The folder, by the names that its files have on the web."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._said: set[str] = set()
        self._written: set[str] = set()
        self._removed = 0

    @classmethod
    @contextmanager
    def open(cls, folder: Path) -> Iterator[Self]:
        """Hold the folder; raises MirrorRefused when another process does, or it cannot be made."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise MirrorRefused(f"{folder} cannot be used: {error.strerror or error}") from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield cls(folder)
        except BlockingIOError:
            raise MirrorRefused(f"another process is writing to {folder}") from None
        except OSError as error:
            raise MirrorRefused(f"{folder} cannot be written: {error}") from error
        finally:
            os.close(handle)

    @property
    def tally(self) -> Tally:
        """Count what was done so far."""
        return Tally(files=len(self._said), written=len(self._written), removed=self._removed)

    def empty(self) -> bool:
        """Tell whether nothing lies there yet."""
        return not any(self._folder.iterdir())

    def read(self, name: str) -> bytes | None:
        """Give the bytes of a file that lies there."""
        try:
            return self._file(name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def put(self, name: str, body: bytes, *, now: bool = False) -> bool:
        """Say what a file holds, and tell whether it held something else before.

        With `now` it is on disk when this returns, and all that was put before it is too.
        """
        file = self._file(name)
        self._said.add(name)
        if self.read(name) == body:
            return False
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f".{file.name}{PART}")
        if now:
            os.sync()
        with part.open("wb") as draft:
            draft.write(body)
            if now:
                draft.flush()
                os.fsync(draft.fileno())
        part.replace(file)
        self._written.add(name)
        return True

    def keep(self, *names: str) -> bool:
        """Leave files as they are; False, and nothing is said, when one of them is not there."""
        if not all(self._file(name).is_file() for name in names):
            return False
        self._said.update(names)
        return True

    def sweep(self, rooms: Iterable[str], loose: Iterable[str]) -> None:
        """Remove every file that was not named from these rooms, and `loose` ones by pattern."""
        said = {self._file(name) for name in self._said}
        found = [file for room in rooms for file in self._file(room).rglob("*")]
        found += [file for pattern in loose for file in self._folder.glob(pattern)]
        for file in found:
            if file.is_file() and file not in said:
                file.unlink()
                self._removed += 1

    def _file(self, name: str) -> Path:
        """Find the place of a name, which a host looks up without its percent signs."""
        steps = unquote(name).split("/")
        for step in steps:
            if step in ("", ".", "..") or "\0" in step or len(step.encode()) > _NAME_BYTES:
                raise MirrorRefused(f"no file can be called {name[:200]}")
        return self._folder.joinpath(*steps)
