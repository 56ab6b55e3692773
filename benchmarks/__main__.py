"""Run the measurements: `python -m benchmarks [NAME…] [--members N …]`; without names, all."""

import platform
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from os import cpu_count
from pathlib import Path
from typing import Final

from benchmarks import (
    federating,
    harvesting,
    idling,
    importing,
    members,
    pages,
    polling,
    querying,
    searching,
    soaking,
    validating,
)
from benchmarks.measuring import Measurement, Sizes, Table
from benchmarks.search import quality, reckoning

ALL: Final[dict[str, Callable[[Sizes], Iterator[Measurement | Table | str]]]] = {
    "members": lambda _: members.measurements(),
    "pages": lambda _: pages.measurements(),
    "importing": lambda _: importing.measurements(),
    "validating": lambda _: validating.measurements(),
    "search": lambda _: quality.measurements(),
    "vectors": reckoning.measurements,
    "searching": searching.measurements,
    "asking": searching.during_harvest,
    "querying": querying.measurements,
    "federating": federating.measurements,
    "harvesting": harvesting.measurements,
    "polling": polling.measurements,
    "idling": idling.measurements,
    "soaking": soaking.measurements,
}


def main(words: list[str]) -> int:
    """Print what was measured; returns 2 for a name that is none."""
    names, sizes = _read(words)
    unknown = set(names) - set(ALL)
    if unknown:
        print(f"no such measurement: {', '.join(sorted(unknown))}; there are {', '.join(ALL)}")
        return 2
    print(
        f"citynode {version('citynode')}, Python {platform.python_version()}, "
        f"{cpu_count()} processors ({_processor()}), {platform.system()}, "
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    )
    for name in names or ALL:
        print(f"\n{name}", flush=True)
        for found in ALL[name](sizes):
            if isinstance(found, Measurement):
                print(f"  {found.name:<34} {found.figure:>12,.0f}  {found.unit}", flush=True)
            else:
                print(found, flush=True)
    return 0


def _read(words: list[str]) -> tuple[list[str], Sizes]:
    usual = Sizes()
    parser = ArgumentParser(prog="make bench", description="Measure citynode.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(ALL))
    parser.add_argument(
        "--members",
        type=int,
        default=usual.members,
        help="harvesting (also while searching or asking), federating: records",
    )
    parser.add_argument(
        "--records", type=int, default=usual.records, help="searching, asking, querying"
    )
    parser.add_argument(
        "--sizes", default=",".join(map(str, usual.sizes)), help="polling: sizes of catalogues"
    )
    parser.add_argument("--peers", type=int, default=usual.peers, help="idling: peers")
    parser.add_argument("--nodes", type=int, default=usual.nodes, help="soaking: nodes")
    parser.add_argument("--mesh", action="store_true", help="soaking: all read all, no hubs")
    parser.add_argument("--runs", type=int, default=usual.runs, help="harvesting: runs of each")
    parser.add_argument(
        "--syntaxes", default=",".join(usual.syntaxes), help="harvesting: the syntaxes to read"
    )
    read = parser.parse_args(words)
    return read.names, Sizes(
        members=read.members,
        records=read.records,
        sizes=tuple(int(each) for each in read.sizes.split(",")),
        peers=read.peers,
        nodes=read.nodes,
        mesh=read.mesh,
        runs=read.runs,
        syntaxes=tuple(read.syntaxes.split(",")),
    )


def _processor() -> str:
    """Name the processor as the system does."""
    try:
        rows = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
        names = [row.split(":", 1)[1].strip() for row in rows if row.startswith("model name")]
    except OSError:
        names = []
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
