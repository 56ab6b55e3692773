"""A worker: `python -m nodes.sandbox TASK MEMORY CPU_SECONDS BODY_LIMIT FILE_BYTES PARENT`.

It loads its task, shuts itself in, says hello, and then answers one message after another until
its input ends. An error that the task did not expect ends the worker: one line on stderr, status
70. What the task expects (a syntax error in a query) is part of its answer.
"""

import gc
import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any, BinaryIO, Final, cast

from nodes.aside import FAR, LITTLE
from nodes.sandbox import limits, seccomp, wire

_LOOKED_AT: Final = 16
"""After how many small jobs a worker looks at its memory."""

_LARGE: Final = 1 << 18
"""Bytes of a job after which what it took is given back: else a worker seems to grow."""

Task = Callable[[dict[str, Any], bytes], tuple[dict[str, Any], bytes]]

TASKS: Final = {
    "query": "nodes.sandbox.querying",
    "examine": "nodes.arriving",
    "diagnose": "nodes.sandbox.diagnosing",
    "embed": "nodes.sandbox.embedding",
    "workbook": "nodes.books.reader",
    "comment": "nodes.books.commenting",
}
"""A task is a module with a function `answer(header, body)`; any other name is a module's."""

_UNHURRIED: Final = {"examine"}
"""Tasks for which no person waits."""


def main(name: str, *numbers: int) -> int:
    """Be a worker until the input ends; return the exit status."""
    memory, cpu_seconds, body_limit, file_bytes, parent = numbers
    limits.end_with_parent(parent)
    limits.give_way(FAR if name in _UNHURRIED else LITTLE)
    requests, answers = _take_pipes()
    gc.disable()  # all that a task loads stays: to look through it takes a quarter of the time
    task = cast("Task", import_module(TASKS.get(name, name)).answer)
    gc.freeze()
    gc.enable()
    limits.confine(memory, file_bytes)
    unsealed = seccomp.seal()
    _send(answers, wire.Message({"task": name, "unsealed": unsealed}), body_limit)
    jobs, memory = 0, limits.memory_in_use()
    try:
        while (request := wire.read(requests)) is not None:
            limits.grant_processor_time(cpu_seconds)
            large = len(request.body) > _LARGE
            header, body = task(request.header, request.body)
            del request
            if large:
                limits.give_memory_back()
            jobs += 1
            if large or jobs % _LOOKED_AT == 0:
                memory = limits.memory_in_use()
            said = {"answer": header, "memory": memory}
            _send(answers, wire.Message(said, body), body_limit)
            del header, body, said
    except Exception as error:
        print(f"{type(error).__name__}: {error}"[:500].replace("\n", " "), file=sys.stderr)
        return 70
    return 0


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep stdin and stdout for messages, and turn stray reads and prints away from them."""
    requests, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return open(requests, "rb"), open(answers, "wb")  # noqa: PTH123 - open until the end


def _send(answers: BinaryIO, message: wire.Message, body_limit: int) -> None:
    answers.write(wire.frame(message, body_limit))
    answers.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *(int(argument) for argument in sys.argv[2:7])))
