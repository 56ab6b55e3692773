"""Workers for whoever has no event loop: the same promises, from any thread."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from nodes.errors import WorkerDied, WorkerTimedOut
from nodes.sandbox.blocking import Blocking
from tests.nodes.sandbox.test_pool import HOUR, LONG, TASK

ROOT = Path(__file__).parents[3]
STORY = """
from nodes.sandbox.blocking import Blocking
print(Blocking("tests.nodes.sandbox.tasks").run({"do": "nothing"}, b"", seconds=100, waiting=100))
"""


@pytest.fixture(scope="module")
def blocking() -> Iterator[Blocking]:
    kept = Blocking(TASK)
    yield kept
    kept.close()


def _do(blocking: Blocking, deed: str, arg: object = None, seconds: float = LONG) -> object:
    header, _ = blocking.run({"do": deed, "with": arg}, b"", seconds=seconds, waiting=LONG)
    return header["said"]


def test_all_threads_share_a_worker_and_its_death_is_only_that_of_its_job(
    blocking: Blocking,
) -> None:
    with ThreadPoolExecutor(4) as threads:
        asked = set(threads.map(lambda _: _do(blocking, "nothing"), range(8)))
    with pytest.raises(WorkerDied, match="SIGSEGV"):
        _do(blocking, "die")
    with pytest.raises(WorkerTimedOut, match=r"stopped after 0\.01 seconds"):
        _do(blocking, "sleep", HOUR, seconds=0.01)

    assert len(asked) == 1
    assert _do(blocking, "nothing") not in asked


def test_a_process_ends_with_its_worker_and_without_a_complaint() -> None:
    told = subprocess.run(
        [sys.executable, "-W", "error", "-c", STORY],
        capture_output=True, text=True, check=True, timeout=LONG, cwd=ROOT,
    )  # fmt: skip

    assert told.stderr == ""
    worker = int(told.stdout.split("said': ")[1].split("}")[0])
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)
