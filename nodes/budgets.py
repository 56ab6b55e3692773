"""How much of the workers a client may use: seconds of processor time, saved up and spent.

A client begins with `burst` seconds and earns `rate` seconds each second, up to `burst`. What a
query costs is known only afterwards, so a client whose budget is used up waits until it is above
nothing again. Clients that are known by a token have `share` times as much.

An `Allowance` is for what costs the same each time, and is taken before: so many at once, and so
many a second.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from nodes.errors import OverBudget, TooOften

_MOST: Final = 20_000


@dataclass(frozen=True, kw_only=True)
class Client:
    """Who asks: a network address, or the name that goes with a token."""

    name: str
    share: float = 1.0


@dataclass(kw_only=True)
class Spending:
    """What one request costs so far."""

    client: Client
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Balance:
    """What a client has: of `most` seconds `left`; all of it again in `full` seconds."""

    most: float
    left: float
    full: float


@dataclass(kw_only=True)
class Budgets:
    """The budgets of all clients; those that came the longest ago are forgotten."""

    burst: float
    rate: float
    _purses: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    @contextmanager
    def spending(self, client: Client) -> Iterator[Spending]:
        """Let a client spend, and charge it at the end; raises OverBudget when nothing is left."""
        left = self._left(client)
        if left <= 0:
            again = math.ceil((1 - left) / (self.rate * client.share))
            raise OverBudget("the budget of this client is used up", again)
        spent = Spending(client=client)
        try:
            yield spent
        finally:
            if spent.seconds > 0:
                self._keep(client, self._left(client) - spent.seconds)

    def balance(self, client: Client) -> Balance:
        """Say what a client has."""
        most, left = self.burst * client.share, self._left(client)
        full = (most - left) / (self.rate * client.share)
        return Balance(most=most, left=max(0.0, left), full=full)

    def _left(self, client: Client) -> float:
        most = self.burst * client.share
        left, at = self._purses.get(client.name, (most, 0.0))
        return min(most, left + (time.monotonic() - at) * self.rate * client.share)

    def _keep(self, client: Client, left: float) -> None:
        self._purses[client.name] = left, time.monotonic()
        self._purses.move_to_end(client.name)
        while len(self._purses) > _MOST:
            self._purses.popitem(last=False)


@dataclass(kw_only=True)
class Allowance:
    """So many at once, and so many more each second."""

    burst: int
    rate: float
    _left: float = field(init=False)
    _at: float = field(init=False)

    def __post_init__(self) -> None:
        self._left, self._at = float(self.burst), time.monotonic()

    def take(self) -> None:
        """Take one; raises TooOften when none is left."""
        now = time.monotonic()
        self._left = min(self.burst, self._left + (now - self._at) * self.rate)
        self._at = now
        if self._left < 1:
            raise TooOften("it is asked too often", (1 - self._left) / self.rate)
        self._left -= 1
