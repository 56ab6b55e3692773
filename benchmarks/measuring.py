"""How things are measured, and how it is told.

A hot path is repeated for a while, and its best round says how many things a second. What whole
nodes do is measured once, as rows of a table: with seconds on the clock and seconds of processor,
because the latter hold on a machine that does other things besides.
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Final

SECONDS: Final = 1.0
"""How long one path is repeated."""


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """What was measured, the figure, and what it counts: `records/s`."""

    name: str
    figure: float
    unit: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows that belong together, as Markdown shows them."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __str__(self) -> str:
        ruler = ("---", *("---:" for _ in self.heads[1:]))
        return "\n".join(f"| {' | '.join(row)} |" for row in (self.heads, ruler, *self.rows))


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How much is measured: smaller numbers make a run shorter."""

    members: int = 20_000
    records: int = 20_000
    sizes: tuple[int, ...] = (1_000, 10_000, 100_000)
    peers: int = 1_000
    nodes: int = 50
    mesh: bool = False
    runs: int = 1
    syntaxes: tuple[str, ...] = ("JSON-LD", "TriG", "N-Quads")


def measure(name: str, unit: str, count: int, run: Callable[[], object]) -> Measurement:
    """Repeat `run`, which handles `count` things, and keep its quickest round."""
    run()
    best = float("inf")
    end = perf_counter() + SECONDS
    while (start := perf_counter()) < end:
        run()
        best = min(best, perf_counter() - start)
    return Measurement(name=name, figure=count / best, unit=f"{unit}/s")
