"""What it costs to find by meaning: reading records, their vectors on disk, and one question."""

import os
import random
from asyncio import Runner
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from struct import pack
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

from benchmarks.measuring import Measurement, Sizes
from benchmarks.processes import family, megabytes
from benchmarks.search import corpus
from nodes.meaning.embedding import SIZE, Embedder
from nodes.meaning.telling import told
from nodes.meaning.vectors import Vectors

_QUESTIONS: Final = 200
_BATCH: Final = 500


def measurements(sizes: Sizes) -> Iterator[Measurement]:
    """Read the records of the example cities, then ask many vectors."""
    yield from _reading()
    with TemporaryDirectory() as name:
        yield from _asking(Path(name), sizes.members)


def _reading() -> Iterator[Measurement]:
    tellings = [told(record) for record in corpus.records()]
    embedder = Embedder()
    with Runner() as runner:
        begun = perf_counter()
        runner.run(embedder.tellings([((1.0, ("how long it takes to be ready",)),)]))
        yield _milliseconds("start of the worker, first text", perf_counter() - begun)
        begun = perf_counter()
        runner.run(embedder.tellings(tellings))
        rate = len(tellings) / (perf_counter() - begun)
        yield Measurement(name="records read by the model", figure=rate, unit="records/s")
        taken = []
        for number in range(_QUESTIONS):
            begun = perf_counter()
            runner.run(embedder.question(f"autonomous bus in a street with number {number}"))
            taken.append(perf_counter() - begun)
        yield _milliseconds("a question read, p50", median(taken))
        used = sum(megabytes(pid) for pid in family(os.getpid())[1:])
        yield Measurement(name="memory of the worker", figure=used, unit="MB")
        runner.run(embedder.close())


def _asking(folder: Path, many: int) -> Iterator[Measurement]:
    chance = random.Random(7)
    vectors = Vectors.open(folder)
    vectors.begin(bytes(4 * SIZE))
    begun = perf_counter()
    for first in range(0, many, _BATCH):
        rows = {f"https://lab.example/{first + n}": _made_up(chance) for n in range(_BATCH)}
        vectors.apply(rows, first + _BATCH)
    rate = many / (perf_counter() - begun)
    yield Measurement(name=f"{many} vectors written", figure=rate, unit="vectors/s")
    taken = []
    for _ in range(_QUESTIONS):
        asked = _made_up(chance)
        begun = perf_counter()
        vectors.near(asked, most=50, least=0.1)
        taken.append(perf_counter() - begun)
    yield _milliseconds("one compared with all, p50", median(taken))
    yield _milliseconds("one compared with all, p99", quantiles(taken, n=100)[98])
    size = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
    yield Measurement(name="on disk", figure=size, unit="MB")
    vectors.close()
    begun = perf_counter()
    Vectors.open(folder).close()
    yield _milliseconds("opened again", perf_counter() - begun)


def _made_up(chance: random.Random) -> bytes:
    return pack(f"<{SIZE}f", *(chance.gauss(0, 1) for _ in range(SIZE)))


def _milliseconds(name: str, seconds: float) -> Measurement:
    return Measurement(name=name, figure=1000 * seconds, unit="ms")
