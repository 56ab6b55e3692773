"""Vectors on disk: a matrix that is mapped into memory, and a ledger that says whose each row is.

Promises:

- a row is on disk before the ledger names it, and the ledger says in one line that a step is done:
  so rows, names and position never disagree, whenever the process dies;
- a row is wiped when it is nobody's any more: what was erased is in no file after the next `apply`,
  or after the next start if the process died in it;
- `near` compares with every row, exactly, and may run in threads beside `apply`;
- closing waits for the step under way: its thread outlives the task that began it, and would write
  into whatever file has the number of this one next.

numpy is loaded when vectors are opened, so that commands which need none start without it.
"""

import os
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any, Final, Self

from nodes.errors import ViewDamaged, ViewsClosed
from nodes.meaning.embedding import BYTES, SIZE
from nodes.meaning.ledger import Ledger

LEDGER: Final = "ledger.jsonl"
ROWS: Final = "rows.f32"

_GROWTH: Final = 256
_WIPED: Final = bytes(BYTES)

Near = tuple[tuple[str, float], ...]
"""Names with the cosine of their vectors, nearest first."""


class Vectors:
    """The open vectors, each under the name of its record. One process writes."""

    def __init__(self, folder: Path) -> None:
        """Open them, or begin; raises ValueError and its like when they make no sense."""
        self._numpy: Any = import_module("numpy")
        self._lock = Lock()
        self._turn = Lock()
        self._closed = False
        self._matrix: Any = None
        self._ledger = Ledger(folder / LEDGER)
        rows = folder / ROWS
        self._file = os.open(rows, os.O_RDWR | os.O_CREAT, 0o600)
        slots = self._ledger.slots
        self._names: list[str | None] = [None] * (os.fstat(self._file).st_size // BYTES)
        if max(slots.values(), default=-1) >= len(self._names):
            raise ValueError("rows are missing")
        for name, slot in slots.items():
            self._names[slot] = name
        self._map()
        self._wipe(slot for slot, name in enumerate(self._names) if name is None)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the vectors, or begin; raises ViewDamaged when they must be made again."""
        folder.mkdir(parents=True, exist_ok=True)
        try:
            return cls(folder)
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise ViewDamaged("vectors", str(folder), str(error)) from error

    @property
    def position(self) -> int:
        """The journal position up to which everything has been applied."""
        return self._ledger.position

    @property
    def begun(self) -> bool:
        """Whether it is known what is to be taken from every vector."""
        return self._ledger.middle is not None

    def begin(self, middle: bytes) -> None:
        """Say what is to be taken from every vector; before the first is applied."""
        self._ledger.begin(middle)

    def apply(self, vectors: Mapping[str, bytes | None], position: int) -> None:
        """Keep the vector of each name, or none, and go on to a position; safe to repeat.

        Raises ViewsClosed when they are closed meanwhile.
        """
        with self._turn:
            if self._closed:
                raise ViewsClosed("the vectors are closed; they go on from here at the next start")
            if position > self.position:
                self._apply(vectors, position)

    def _apply(self, vectors: Mapping[str, bytes | None], position: int) -> None:
        free = self._free(sum(vector is not None for vector in vectors.values()))
        placed = {name: None if vector is None else free.pop() for name, vector in vectors.items()}
        for name, slot in placed.items():
            if slot is not None:
                row = self._seen_from_middle(vectors[name] or _WIPED)
                os.pwrite(self._file, row.tobytes(), BYTES * slot)
        os.fsync(self._file)
        with self._lock:
            left = self._ledger.keep(placed, position)
            for slot in left:
                self._names[slot] = None
            for name, slot in placed.items():
                if slot is not None:
                    self._names[slot] = name
        self._wipe(left)

    def near(self, vector: bytes, *, most: int, least: float) -> Near:
        """Give the names that lie nearest to a vector as the model gives it, and not too far.

        `least` is above zero, which is how near rows are that belong to nobody.
        """
        return self._nearest(self._seen_from_middle(vector), most, least)

    def near_to(self, name: str, *, most: int, least: float) -> Near:
        """Give the names nearest to one of them; nothing when it has no vector."""
        with self._lock:
            slot = self._ledger.slots.get(name)
            if slot is None or self._matrix is None:
                return ()
            row = self._numpy.array(self._matrix[slot])
        found = self._nearest(row, most + 1, least)
        return tuple(each for each in found if each[0] != name)[:most]

    def close(self) -> None:
        """Let go of the files, after the step under way; what was applied is on disk already."""
        with self._turn, self._lock:
            self._closed = True
            self._names, self._matrix = [], None
            os.close(self._file)

    def _nearest(self, row: Any, most: int, least: float) -> Near:
        """Compare with every row."""
        with self._lock:
            if not self._names:
                return ()
            cosines = self._matrix @ row
            [fit] = self._numpy.nonzero(cosines >= least)
            if len(fit) > most:
                last = self._numpy.partition(cosines[fit], -most)[-most]
                fit = fit[cosines[fit] >= last]
            found = [(self._names[slot], round(float(cosines[slot]), 6)) for slot in fit.tolist()]
        named = [(name, cosine) for name, cosine in found if name is not None]
        return tuple(sorted(named, key=lambda each: (-each[1], each[0]))[:most])

    def _seen_from_middle(self, vector: bytes) -> Any:
        row = self._numpy.frombuffer(vector, dtype="<f4")
        row = row - self._numpy.frombuffer(self._ledger.middle or _WIPED, dtype="<f4")
        return row / max(float(self._numpy.linalg.norm(row)), 1e-9)

    def _free(self, wanted: int) -> list[int]:
        """Give rows that belong to nobody, and make more when there are too few."""
        free = [slot for slot, name in enumerate(self._names) if name is None]
        if len(free) < wanted:
            more = max(wanted, _GROWTH, len(self._names) // 8)
            with self._lock:
                free += range(len(self._names), len(self._names) + more)
                self._names += [None] * more
                os.truncate(self._file, BYTES * len(self._names))
                self._map()
        return free[::-1]

    def _wipe(self, slots: Iterable[int]) -> None:
        for slot in slots:
            if self._matrix[slot].any():
                os.pwrite(self._file, _WIPED, BYTES * slot)

    def _map(self) -> None:
        shape = (len(self._names), SIZE)
        with os.fdopen(os.dup(self._file), "rb") as file:
            self._matrix = (
                self._numpy.memmap(file, dtype="<f4", mode="r", shape=shape) if shape[0] else None
            )
