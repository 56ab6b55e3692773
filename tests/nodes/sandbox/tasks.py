"""Tasks for workers under test: some do what they are told, most misbehave on request."""

import ctypes
import mmap
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


def answer(header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    return {"said": _DEEDS[header["do"]](header.get("with"))}, body


def _nothing(_: object) -> int:
    return os.getpid()


def _sleep(seconds: float) -> None:
    time.sleep(seconds)


def _spin(_: object) -> None:
    while True:
        pass


def _toil(seconds: float) -> int:
    """Use so much processor time, however long that takes."""
    began = time.process_time()
    while time.process_time() - began < seconds:
        pass
    return os.getpid()


def _swallow(size: int) -> int:
    return len(bytearray(size))


def _die(_: object) -> None:
    ctypes.string_at(0)


def _end(_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _fail(words: str) -> None:
    raise ValueError(words)


def _chatter(_: object) -> str:
    print("a stray line that must not break the talk")
    os.write(1, b"\x00" * 100)
    return sys.stdin.read()


def _tried(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except OSError as error:
        return type(error).__name__
    return "done"


def _connect(port: int) -> str:
    return _tried(lambda: socket.create_connection(("127.0.0.1", port), timeout=5))


def _pair(_: object) -> str:
    return _tried(socket.socketpair)


def _program(_: object) -> str:
    return _tried(lambda: subprocess.run(["true"], check=False))


def _fork(_: object) -> str:
    return _tried(os.fork)


def _signal_parent(_: object) -> str:
    return _tried(lambda: os.kill(os.getppid(), signal.SIGTERM))


def _thread(_: object) -> str:
    heard: list[str] = []
    thread = threading.Thread(target=lambda: heard.append(_pair(None)))
    thread.start()
    thread.join()
    return heard[0]


def _io_uring(_: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    return -ctypes.get_errno() if libc.syscall(425, 1, 0) == -1 else 0


def _foreign_table(_: object) -> int:
    """Ask for a socket through the 32-bit call table: mov eax, 359; int 0x80; ret."""
    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(b"\xb8\x67\x01\x00\x00\xcd\x80\xc3")
    address = ctypes.addressof(ctypes.c_char.from_buffer(code))
    return int(ctypes.CFUNCTYPE(ctypes.c_int)(address)())


def _x32(_: object) -> int:
    return int(ctypes.CDLL(None).syscall(0x40000000 | 41, 2, 1, 0))


def _write(path: str) -> str:
    return _tried(lambda: Path(path).write_bytes(b"x" * (64 << 20)))


def _settings(_: object) -> dict[str, Any]:
    return {
        "environment": sorted(os.environ),
        "core": resource.getrlimit(resource.RLIMIT_CORE),
        "arrays": int(np.ones(3).sum()),
    }


_DEEDS: dict[str, Callable[[Any], Any]] = {
    "nothing": _nothing, "sleep": _sleep, "spin": _spin, "toil": _toil, "swallow": _swallow,
    "die": _die, "end": _end, "fail": _fail, "chatter": _chatter, "connect": _connect,
    "pair": _pair, "program": _program, "fork": _fork, "signal": _signal_parent, "thread": _thread,
    "io_uring": _io_uring, "foreign": _foreign_table, "x32": _x32, "write": _write,
    "settings": _settings,
}  # fmt: skip
