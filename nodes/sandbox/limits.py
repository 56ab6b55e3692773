"""What a worker may use: memory, processor time, files; and how it ends with its parent.

All of it is set by the worker on itself, before the first foreign byte is read.
"""

import ctypes
import os
import resource
import signal
import sys
import time
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from nodes.aside import LITTLE

OPEN_FILES: Final = 4096

_PR_SET_PDEATHSIG: Final = 1
_TICKING: Final = -8
"""CPUCLOCK_PROF of the process itself, which has no name in the library (posix-timers.h)."""
_M_ARENA_MAX: Final = -8
_ARENAS: Final = 2
_M_MMAP_THRESHOLD: Final = -3
_LARGE: Final = 1 << 20
_PAGE: Final = resource.getpagesize()


def end_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when its parent is gone; leave if it already is."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit(0)


def give_way(much: int = LITTLE) -> None:
    """Let the node run first when the processor or the memory is short."""
    with suppress(OSError):
        os.nice(much)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("800", "ascii")


def interrupt_nobody() -> None:
    """Let whoever runs run on when there is something to do here; what is started does so too."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def confine(memory: int, file_bytes: int) -> None:
    """Limit address space to `memory` bytes and a file to `file_bytes`; allow no core dump."""
    _lower(resource.RLIMIT_AS, memory)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, file_bytes)
    _lower(resource.RLIMIT_NOFILE, OPEN_FILES)


def grant_processor_time(seconds: int) -> None:
    """Allow `seconds` more of processor time from now; SIGXCPU ends the process after that."""
    _end_at(int(processor_time()) + 1 + seconds)


def processor_time() -> float:
    """Give the seconds of processor time that are held against this process.

    On Linux that is a clock of ticks. It runs ahead of all others where many processes share a
    processor, by a tenth and more: a worker that lives for long would be ended for time that it
    never had.
    """
    used = time.process_time()
    if sys.platform == "linux":
        with suppress(OSError):
            used = max(used, time.clock_gettime(_TICKING))
    return used


def share_free_memory() -> None:
    """Let threads share what was freed, and give large blocks back at once.

    Else glibc keeps a heap of its own for each of many threads, and grows them by every large page
    that was read. It is for a process to do before its first thread; elsewhere than on glibc
    nothing happens.
    """
    with suppress(OSError, AttributeError):
        _libc().mallopt(_M_ARENA_MAX, _ARENAS)
        _libc().mallopt(_M_MMAP_THRESHOLD, _LARGE)


def give_memory_back() -> None:
    """Return to the system what was freed, after a large job; elsewhere than on glibc nothing."""
    with suppress(OSError, AttributeError):
        _libc().malloc_trim(0)


def memory_in_use() -> int:
    """Count the bytes this process keeps in memory now; 0 where the system does not say."""
    try:
        pages = Path("/proc/self/statm").read_text("ascii").split()[1]
    except OSError:
        return 0
    return int(pages) * _PAGE


@lru_cache(maxsize=1)
def _end_at(soft: int) -> None:
    """Set the limit, unless it is the one that was set last: it counts whole seconds."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if hard != resource.RLIM_INFINITY:
        soft = min(soft, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)


def _lower(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    try:
        resource.setrlimit(which, (value, value))
    except ValueError:  # macOS limits no address space; the other limits hold
        if sys.platform == "linux":
            raise
