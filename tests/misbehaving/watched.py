"""`python -m tests.misbehaving.watched FILE serve …`: the node itself, with a witness beside it.

The interpreter tells the witness of every name that is looked up and every address that is
dialled, whoever in the process does it; each is a line of FILE.
"""

import os
import runpy
import sys
from typing import Any

_WATCHED = {"socket.connect": 1, "socket.getaddrinfo": 0, "socket.sendto": 1}


def main() -> None:
    file = os.open(sys.argv.pop(1), os.O_CREAT | os.O_APPEND | os.O_WRONLY)

    def witness(event: str, said: tuple[Any, ...]) -> None:
        if event in _WATCHED:
            os.write(file, f"{event} {said[_WATCHED[event] :]!r}\n".encode())

    sys.addaudithook(witness)
    runpy.run_module("nodes", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
