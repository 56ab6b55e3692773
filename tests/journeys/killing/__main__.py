"""`python -m tests.journeys.killing --kills 200`: kill, let all fall quiet, compare.

The same seed kills in the same order, though never at the same instants: what the machine does
between is not in its hands. It ends with 1 when anything is lost, doubled or back from the dead, or
when a process ended that nobody killed.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.journeys.killing.federation import NAMES, Federation, federation
from tests.journeys.killing.history import faults_of_city, faults_of_node
from tests.journeys.places import citynode, eventually

_AGREEING_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of it: whom it hit how often, how much was said, and what is wrong."""

    kills: Counter[str]
    tried: int
    acknowledged: int
    members: int
    records: int
    quiet_seconds: float
    faults: list[str]


async def killing(
    folder: Path, kills: int, seed: int, *, pause: float = 0.5, verified: Sequence[str] = NAMES
) -> Outcome:
    """Kill at random instants, then compare every node with what was acknowledged.

    At the end `citynode verify` looks at the nodes named in `verified`.
    """
    chance = random.Random(seed)
    hit: Counter[str] = Counter()
    async with federation(folder, pause=pause) as five:
        await eventually(lambda: _all_answer(five), seconds=300)
        for number in range(kills):
            await asyncio.sleep(chance.uniform(0.05, 1.8))
            what = await five.kill_one(chance)
            hit[what.split(" of ")[0]] += 1
            print(f"{number + 1}. killed {what}", file=sys.stderr, flush=True)
        await five.hush()
        began = time.monotonic()
        try:
            await eventually(five.quiet, seconds=600)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{await five.unrest()}") from None
        quiet = time.monotonic() - began
        faults = await _agreement(five)
        tries = [each for said in five.tries().values() for each in said]
        held = await five.held(five.towns["helsinki"])
    for name in verified:
        done = await asyncio.to_thread(citynode, five.towns[name], "verify")
        faults += [f"{name}: {done.stdout}{done.stderr}"] if done.returncode else []
    return Outcome(
        kills=hit,
        tried=len(tries),
        acknowledged=sum(each.acknowledged for each in tries),
        members=sum(len(chain) for chain in held.chains.values()),
        records=len(held.titles),
        quiet_seconds=quiet,
        faults=[*five.faults, *faults],
    )


async def _all_answer(five: Federation) -> bool:
    return all([await town.answers("healthz") for town in five.towns.values()])


async def _agreement(five: Federation) -> list[str]:
    """Compare, and once more where a view was a moment behind; what stays is a fault."""
    deadline = time.monotonic() + _AGREEING_SECONDS
    while True:
        tries = five.tries()
        held = [await five.held(town) for town in five.towns.values()]
        bases = [town.base for town in five.towns.values()]
        truth = {base: here.chains[base] for base, here in zip(bases, held, strict=True)}
        faults = [
            fault
            for base, here in zip(bases, held, strict=True)
            for fault in (
                *faults_of_city(base, tries[base], here),
                *faults_of_node(here, truth),
            )
        ]
        if not faults or time.monotonic() > deadline:
            return faults
        await asyncio.sleep(1)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.journeys.killing")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=20_261_122)
    parser.add_argument("--pause", type=float, default=0.5, help="seconds between publications")
    parser.add_argument("--folder", type=Path, help="keep the nodes here; else they are removed")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as aside:
        folder = asked.folder or Path(aside)
        folder.mkdir(parents=True, exist_ok=True)
        done = asyncio.run(killing(folder, asked.kills, asked.seed, pause=asked.pause))
    told = ", ".join(f"{number} {what}" for what, number in sorted(done.kills.items()))
    print(f"seed {asked.seed}: {done.kills.total()} kills ({told})")
    print(f"{done.tried} acts of publishing, {done.acknowledged} of them acknowledged")
    print(
        f"five nodes hold {done.members} members and show {done.records} records each; "
        f"all agreed {done.quiet_seconds:.0f} s after the last kill"
    )
    for fault in done.faults[:50]:
        print(fault)
    print(f"{len(done.faults)} faults")
    return 1 if done.faults else 0


if __name__ == "__main__":
    sys.exit(main())
