"""Whatever a city does: its nine good neighbours are read as if it were not there.

One node, one process, lives through all of it; each way to misbehave has a city of its own.
"""

import ast
import itertools
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from federation.peers import Peer
from tests.misbehaving import (
    content,
    history,
    http,
    network,
    signature,
    structure,
    unsigned,
)
from tests.misbehaving.registry import ALL, Misbehaviour, Rogue
from tests.misbehaving.street import House, Street
from tests.misbehaving.town import Control, Town, rows, until

MEMORY = 512 << 20
_TABLES = (network, http, structure, content, signature, history, unsigned)
"""Each fills the registry."""


@dataclass
class Scene:
    """The node, the nine, and what must never be asked."""

    street: Street
    town: Town
    control: Control
    good: list[House]
    trap: House
    other: House
    bases: list[str]
    places: set[str] = field(default_factory=set)
    count: Iterator[int] = field(default_factory=itertools.count)

    def rogue(self) -> Rogue:
        number = next(self.count)
        house = self.street.settle(f"rogue-{os.getpid()}-{number:03}")
        victim = self.good[number % len(self.good)]
        return Rogue(house, self.street, victim, self.trap, self.other, node=self.town.base)

    def knows(self, peer: Peer) -> None:
        self.town.knows(peer)
        self.control.knows(peer)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("misbehaving")
    street = Street()
    town, control = Town(folder), Control(folder, street)
    good = [street.settle(f"good-{number}") for number in range(1, 10)]
    trap, other = street.settle("trap"), street.settle("other", host="127.0.0.2")
    bases = [house.city.base for house in good]
    found = Scene(street, town, control, good, trap, other, bases)
    for house in good:
        house.city.publish("first")
        found.knows(house.city.peer)
        control.reads(house.city.peer)
    until(lambda: rows(town.journal, bases) == rows(control.journal, bases), town.log)
    try:
        yield found
        assert "Traceback" not in town.log()
    finally:
        town.close()
        control.close()
        street.close()


@pytest.mark.parametrize("act", ALL.values(), ids=list(ALL))
def test_what_one_city_does_harms_no_other(scene: Scene, act: Misbehaviour) -> None:
    town, rogue = scene.town, scene.rogue()
    town.memory.begin()
    act.does(rogue)
    peer = rogue.peer
    town.knows(peer)
    if act.then is not None:
        until(lambda: town.has_read(peer), lambda: town.logs(peer))
        act.then(rogue)
        town.looks_again(peer)
    words = re.compile(act.words)
    until(lambda: words.search(town.logs(peer)), lambda: f"in the log: {town.logs(peer)}")
    until(lambda: words.search(town.shows(peer)), lambda: f"on the page: {town.shows(peer)}")

    said = rogue.victim.city.publish(f"after-{peer.name}")
    town.looks_again(rogue.victim.city.peer)
    scene.control.reads(rogue.victim.city.peer)
    expected = rows(scene.control.journal, scene.bases)
    until(lambda: rows(town.journal, scene.bases) == expected, town.log)
    until(lambda: town.stored(said) == sorted(said.payload.decode().splitlines()), town.log)

    if act.good is not None:
        assert town.journal.counts().get(peer.base, 0) == act.good
    town.forgets(peer)
    assert town.process.poll() is None
    assert "Traceback" not in town.log()
    assert town.memory.most < MEMORY, town.memory.largest
    assert (scene.trap.asked, scene.other.asked) == ([], [])
    assert strangers(scene) == []


def strangers(scene: Scene) -> list[str]:
    """List whom the node has dialled, or looked up, that is no peer's address."""
    ports = {house.port for house in scene.street.houses} - {scene.trap.port, scene.other.port}
    ours = {("127.0.0.1", port) for port in ports}
    found = []
    for line in scene.town.dialled():
        event, _, said = line.partition(" ")
        place = ast.literal_eval(said)[0]
        known = place in ours if event == "socket.connect" else place in LOOKED_UP
        if not known:
            found.append(line)
    return found


LOOKED_UP = {"127.0.0.1", b"127.0.0.1", "127.2", "169.254.169.254", "127.0.0.2"}
"""Names of peers that were added; to look them up is not to ask them."""


def test_there_are_more_than_sixty_ways() -> None:
    assert len(ALL) >= 60
