"""How a hot path is measured: repeat for a while, take the best round, say things per second."""

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


def measure(name: str, unit: str, count: int, run: Callable[[], object]) -> Measurement:
    """Repeat `run`, which handles `count` things, and keep its quickest round."""
    run()
    best = float("inf")
    end = perf_counter() + SECONDS
    while (start := perf_counter()) < end:
        run()
        best = min(best, perf_counter() - start)
    return Measurement(name=name, figure=count / best, unit=f"{unit}/s")
