"""Dumps that are kept: files of everything the node knew at one moment, in a folder for each.

A dump is called after the day and the journal position it was made at, `2026-11-23-1042`. It is
there as a whole or not at all: what is being written, or being removed, has a name with a dot
before it and is never listed. `dump.json`, the manifest, says what is in it. Writers and removers
hold the folder's lock; readers need none.
"""

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

FOLDER: Final = "dumps"
"""Where they are kept, below the views' folder."""

MANIFEST: Final = "dump.json"
CITATION: Final = "CITATION.cff"
DRAFT: Final = ".draft"
NAME: Final = re.compile(r"\d{4}-\d{2}-\d{2}-\d{1,18}", re.ASCII)

_GONE: Final = ".gone"


@dataclass(frozen=True, kw_only=True)
class File:
    """A file of a dump: `media` of what is in it, packed as `packing` if at all; size in bytes.

    `records` is how many records it holds, `sha256` is in hexadecimal.
    """

    name: str
    title: str
    media: str
    packing: str | None
    size: int
    sha256: str
    records: int


@dataclass(frozen=True, kw_only=True)
class Part:
    """What a dump holds of one city: its base, its name where known, and under which licences."""

    origin: str
    city: str
    records: int
    licences: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Missing:
    """A file that this dump does not have, and why."""

    name: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Dump:
    """A dump as its manifest says; `issued` is an ISO 8601 time in UTC.

    `position` is that of the journal. `citation` has `text`, `bibtex` and `csl`, which is CSL-JSON.
    """

    name: str
    iri: str
    title: str
    issued: str
    position: int
    publisher: str
    licence: str
    rights: str
    records: int
    withdrawn: int
    parts: tuple[Part, ...]
    files: tuple[File, ...]
    missing: tuple[Missing, ...]
    citation: dict[str, Any]

    @property
    def size(self) -> int:
        """The bytes of all files together."""
        return sum(each.size for each in self.files)

    def file(self, name: str) -> File | None:
        """Give a file by its name."""
        return next((each for each in self.files if each.name == name), None)


def written(dump: Dump) -> bytes:
    """Write the manifest."""
    return json.dumps(asdict(dump), ensure_ascii=False, indent=1).encode(errors="replace") + b"\n"


def read(folder: Path, name: str) -> Dump | None:
    """Read a dump by its name; None where there is none, or one that cannot be read."""
    if NAME.fullmatch(name) is None:
        return None
    try:
        said = json.loads((folder / name / MANIFEST).read_bytes())
        return Dump(
            **{
                **said,
                "parts": tuple(
                    Part(**{**each, "licences": tuple(each["licences"])}) for each in said["parts"]
                ),
                "files": tuple(File(**each) for each in said["files"]),
                "missing": tuple(Missing(**each) for each in said["missing"]),
            }
        )
    except (OSError, ValueError, TypeError, KeyError):
        return None


def kept(folder: Path) -> list[Dump]:
    """List the dumps that are there, the newest first."""
    if not folder.is_dir():
        return []
    found = (read(folder, each.name) for each in folder.iterdir())
    whole = [each for each in found if each is not None]
    return sorted(whole, key=lambda each: (each.issued, each.position), reverse=True)


@contextmanager
def held(folder: Path) -> Iterator[bool]:
    """Try to become the one who writes and removes; yields whether that worked.

    What others who were killed left half-done is removed first.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        for each in folder.glob(".*"):
            if each.name.endswith((DRAFT, _GONE)):
                shutil.rmtree(each, ignore_errors=True)
        yield True


def prune(folder: Path, days: int, most_bytes: int, now: datetime) -> list[str]:
    """Remove what is older than so many days, then the oldest beyond so many bytes in all.

    The newest always stays. The caller holds the folder; returns what was removed.
    """
    found = kept(folder)
    oldest = now - timedelta(days=days)
    removed, total = [], 0
    for place, dump in enumerate(found):
        total += dump.size
        late = datetime.fromisoformat(dump.issued) < oldest
        if place and (late or total > most_bytes):
            _remove(folder / dump.name)
            removed.append(dump.name)
    return removed


def clear(folder: Path) -> int | None:
    """Remove every dump, because of what was erased; return how many there were.

    None while one is being written: it may hold what was erased.
    """
    if not folder.is_dir():
        return 0
    with held(folder) as free:
        if not free:
            return None
        found = [each for each in folder.iterdir() if not each.name.startswith(".")]
        for each in found:
            _remove(each)
    return len(found)


def sync(folder: Path) -> None:
    """Let the names in a folder reach the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(path: Path) -> None:
    """Take a dump out of sight at once, then remove it."""
    aside = path.with_name(f".{path.name}{_GONE}")
    with suppress(OSError):
        path.rename(aside)
    shutil.rmtree(aside, ignore_errors=True)
