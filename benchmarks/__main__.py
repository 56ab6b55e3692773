"""Run the measurements: `python -m benchmarks [NAME…]`; without names, all of them."""

import sys
from typing import Final

from benchmarks import importing, members, pages, validating

ALL: Final = {
    "members": members.measurements,
    "pages": pages.measurements,
    "importing": importing.measurements,
    "validating": validating.measurements,
}


def main(names: list[str]) -> int:
    """Print one line for each measurement; returns 2 for a name that is none."""
    unknown = set(names) - set(ALL)
    if unknown:
        print(f"no such measurement: {', '.join(sorted(unknown))}; there are {', '.join(ALL)}")
        return 2
    for name in names or ALL:
        print(name)
        for found in ALL[name]():
            print(f"  {found.name:<34} {found.figure:>12,.0f}  {found.unit}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
