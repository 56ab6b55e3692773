"""What a process and all its descendants have used so far, as the Linux kernel counts it."""

import os
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_TICKS: Final = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """List a process and its descendants that run now."""
    children: dict[int, list[int]] = {}
    for folder in _PROC.glob("[0-9]*"):
        fields = _fields(int(folder.name))
        if fields:
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    found = [pid]
    for each in found:
        found.extend(children.get(each, ()))
    return found


def processor_seconds(pid: int) -> float:
    """Sum the processor time of a process, its descendants, and those of them that have ended."""
    return sum(int(field) for each in family(pid) for field in _fields(each)[11:15]) / _TICKS


def megabytes(pid: int) -> float:
    """Sum the memory of a process and its descendants; pages they share are counted once."""
    return sum(_kilobytes(each) for each in family(pid)) / 1000


def _kilobytes(pid: int) -> int:
    try:
        rows = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(row.split()[1]) for row in rows if row.startswith("Pss:")), 0)


def _fields(pid: int) -> list[str]:
    """Read the fields of a process's state from the third on; none when it has ended."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
