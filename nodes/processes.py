"""Modules of ours in processes of their own: for work that would keep Python's lock for long.

The module ends with the node and gives way to it by itself (`nodes.sandbox.limits`).
"""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping

from nodes.errors import ProcessFailed
from nodes.sandbox.worker import environment


async def run(module: str, *words: object, settings: Mapping[str, str] | None = None) -> str:
    """Run a module, with our process id as its last word, and give what it prints.

    `settings` are environment variables for it. Whoever stops waiting ends it. Raises
    ProcessFailed with the last line of its complaint, or OSError when it cannot be started.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *map(str, words), str(os.getpid())),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        env={**(settings or {}), **environment()},
        cwd="/",
        process_group=0,
    )
    try:
        said, complaint = await process.communicate()
    except BaseException:
        if process.returncode is None:
            process.kill()
        await process.communicate()
        raise
    if process.returncode:
        last = complaint.decode(errors="replace").strip().rpartition("\n")[2]
        raise ProcessFailed(f"its process ended with {process.returncode}: {last[:300]}")
    return said.decode()
