"""How fast search answers at size, beside bare tantivy and SQLite's FTS5 on the same records.

A node serves made-up records over HTTP and is asked for words, three facets and a page of ten:
one question after the other, each of them new, by a client that keeps its connection and reads no
more of an answer than it must (`benchmarks.lean`). A row tells what client and network cost by
themselves: a bare aiohttp handler gives as many bytes, with the headers of a node. The node has
been left alone for a quarter of a minute before, as it is after every start: it reads ahead what
questions need, and makes the small parts of its index one. The other two stand in the measuring
process and are asked without any network, in turns with the node: all the
words, the ten best, the same three facets counted. Ours looks further where little is found,
proposes other spellings and reads the records of the page from the journal; theirs give names.

With the extra `semantic`, a second round asks by meaning too. The vectors of the records are made
up for it, because the model would read them for ten minutes; the questions are read by the model.

The harvest is a real one, of the feed of a second node, while questions are asked of the first.
"""

import asyncio
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from struct import pack
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Final
from urllib.parse import urlencode, urlsplit

from benchmarks.lean import Connection
from benchmarks.measuring import Sizes, Table
from benchmarks.processes import processor_seconds
from benchmarks.search.counting import Counting, CountingSqlite, CountingTantivy
from benchmarks.search.many import FACETS, KINDS, MISSPELT, Asking, asking, record
from benchmarks.towns import free_ports, held, make_town, publish, until
from federation.member import Kind
from federation.peers import Follow, Peer
from nodes.config import read_config
from nodes.demo.town import Town
from nodes.desk import open_desk
from nodes.harvesting import utc_now
from nodes.index import Index
from nodes.journal import known
from nodes.meaning.embedding import SIZE, available
from nodes.meaning.following import FOLDER
from nodes.meaning.vectors import Vectors
from nodes.projection import BATCH, catch_up
from nodes.publishing import Draft
from nodes.views import open_views
from vocab.records import Experiment
from vocab.triples import to_payload

EACH: Final = 150
"""Questions of each kind."""

UPDATES: Final = 20
_AT_ONCE: Final = 1_000
_LONGEST: Final = 3_600.0
_WARMING: Final = 10
_SETTLING: Final = 16.0
"""Seconds: a node looks every five whether it can make itself ready."""

_PUBLISHING_PAUSE: Final = 5.0


@dataclass(frozen=True, kw_only=True)
class Latency:
    """How long each question took, in milliseconds, and the processor seconds of all."""

    taken: Sequence[float]
    processor: float

    def at(self, part: float) -> float:
        """Give a percentile."""
        ordered = sorted(self.taken)
        return ordered[min(len(ordered) - 1, int(part * len(ordered)))]

    def told(self) -> str:
        """Write p50 and p99, and the processor time of one."""
        each = 1000 * self.processor / len(self.taken)
        return f"{self.at(0.5):.1f} / {self.at(0.99):.1f} ({each:.1f})"


class Served:
    """A node in a process of its own, and a connection to it that is kept."""

    def __init__(self, town: Town, process: subprocess.Popen[bytes]) -> None:
        self.town = town
        self.process = process
        self.pid = process.pid
        self._connection = Connection(urlsplit(town.base).port or 80)

    def get(self, path: str) -> bytes:
        """Ask for something that is there."""
        status, body = self._connection.get(path)
        if status != 200:
            raise SystemExit(f"{path} answered {status}: {body[:300]!r}")
        return body

    def timed(self, paths: Iterable[str]) -> Latency:
        """Ask for one thing after the other, of a node that may have hung up meanwhile."""
        self._connection.close()
        self.get("/healthz")
        before = processor_seconds(self.pid)
        taken = [_milliseconds(partial(self.get, path)) for path in paths]
        return Latency(taken=taken, processor=processor_seconds(self.pid) - before)


def measurements(sizes: Sizes) -> Iterator[Table | str]:
    """Measure with `sizes.records` records, and a harvest of `sizes.members` more."""
    with TemporaryDirectory(prefix="citynode-bench-") as name:
        yield from _measure(Path(name), sizes.records, sizes.members)


def during_harvest(sizes: Sizes) -> Iterator[Table | str]:
    """Ask a node with `sizes.records` records while it harvests `sizes.members` more; no rivals."""
    with TemporaryDirectory(prefix="citynode-bench-") as name:
        ports = free_ports(2)
        town = make_town("asked", Path(name), ports[0])
        other = make_town("read", Path(name), ports[1])
        _publish(town, sizes.records)
        publish(other, 0, sizes.members)
        with _serving(town, vectors=False) as served:
            yield from _busy(served, other)


def _measure(folder: Path, many: int, harvested: int) -> Iterator[Table | str]:
    ports = free_ports(2)
    town, other = make_town("asked", folder, ports[0]), make_town("read", folder, ports[1])
    _publish(town, many)
    yield _rates(folder, town, many)
    with open_desk(read_config(town.folder)) as desk, open_views(desk.views) as views:
        desk.tell_of_city(utc_now())
        views.catch_up(desk.journal)
    publish(other, 0, harvested)
    rivals: list[Counting] = [
        CountingTantivy(folder / "tantivy", _records(town, many)),
        CountingSqlite(folder / "fts5.sqlite", _records(town, many)),
    ]
    with _serving(town, vectors=False) as served:
        yield "\nby words and concepts"
        yield from _asked(served, rivals)
        if not available():
            yield from _busy(served, other)
    if available():
        _make_up_vectors(town)
        with _serving(town, vectors=True) as served:
            yield "\nby words, concepts and meaning"
            yield from _asked(served, rivals)
            yield from _busy(served, other)


def _rates(folder: Path, town: Town, many: int) -> Table:
    """Build an index from the journal, and change single records; alone, as a view is told."""
    place = folder / "alone"
    with open_desk(read_config(town.folder)) as desk:
        begun, used = time.perf_counter(), time.process_time()
        with closing(Index.open(place)) as index:
            catch_up(desk.journal, [index])
        built, spent = time.perf_counter() - begun, time.process_time() - used
        changes, _ = desk.journal.changes(0, UPDATES)
    megabytes = sum(each.stat().st_size for each in place.iterdir()) / 1e6
    with closing(Index.open(place)) as index:
        begun, used = time.perf_counter(), time.process_time()
        for change in changes:
            position = index.position + 1
            index.apply([replace(change, position=position)], position)
        changed, work = time.perf_counter() - begun, time.process_time() - used
    return Table(
        heads=(
            f"index of {many:,} records, {megabytes:.0f} MB",
            "records/s",
            "records/processor s",
        ),
        rows=(
            (f"built, {BATCH} to a commit", f"{many / built:,.0f}", f"{many / spent:,.0f}"),
            ("one to a commit", f"{UPDATES / changed:,.0f}", f"{UPDATES / max(work, 0.01):,.0f}"),
        ),
    )


def _asked(served: Served, rivals: Sequence[Counting]) -> Iterator[Table | str]:
    """Ask each kind of question of all three."""
    time.sleep(_SETTLING)
    first = _milliseconds(lambda: served.get(_path(asking(-1, MISSPELT))))
    for kind in KINDS:
        served.timed(_path(asking(-2 - number, kind)) for number in range(_WARMING))
    rows, all_taken = [], []
    for kind in KINDS:
        questions = [asking(number, kind) for number in range(EACH)]
        taken = [served.timed(map(_path, questions)), *(_timed(each, questions) for each in rivals)]
        all_taken.append(taken)
        rows.append(_row(kind, *taken))
    rows.append(_row("all of these", *map(_together, zip(*all_taken, strict=True))))
    misspelt = served.timed(_path(asking(number, MISSPELT)) for number in range(EACH))
    rows.append((MISSPELT, misspelt.told(), "", "", "", ""))
    rows.append(("no search: /healthz", served.timed(["/healthz"] * EACH).told(), "", "", "", ""))
    size = len(served.get(_path(asking(-1, KINDS[0]))))
    rows.append((f"bare aiohttp, {size / 1000:.0f} kB", _bare(size).told(), "", "", "", ""))
    heads = (
        "p50 / p99 ms (processor)",
        "citynode",
        "tantivy",
        "FTS5",
        "twice tantivy + 2",
        "FTS5 : ours",
    )
    yield Table(heads=heads, rows=tuple(rows))
    yield f"the first misspelt word since the start: {first:.0f} ms"
    found = [_until_found(served, number) for number in range(UPDATES // 2)]
    yield f"published until found: p50 {_middle(found):.0f} ms, slowest {max(found):.0f} ms"


def _bare(size: int) -> Latency:
    """Ask a handler that gives the same bytes each time, and looks at nothing."""
    [port] = free_ports(1)
    command = [sys.executable, "-m", "benchmarks.bare", str(port), str(size)]
    process = subprocess.Popen(command)
    connection = Connection(port)
    try:
        asyncio.run(until(partial(_listens, connection), 60))
        before = processor_seconds(process.pid)
        taken = [_milliseconds(lambda: connection.get("/search.json")) for _ in range(EACH)]
        return Latency(taken=taken, processor=processor_seconds(process.pid) - before)
    finally:
        process.terminate()
        process.wait()


async def _listens(connection: Connection) -> bool:
    try:
        return connection.get("/search.json")[0] == 200
    except OSError:
        return False


def _row(kind: str, ours: Latency, bare: Latency, sqlite: Latency) -> tuple[str, ...]:
    aim = 2 * bare.at(0.5) + 2
    ratio = sqlite.at(0.5) / ours.at(0.5)
    return (kind, ours.told(), bare.told(), sqlite.told(), f"{aim:.1f}", f"{ratio:.1f}")


def _busy(served: Served, other: Town) -> Iterator[Table | str]:
    """Ask while the node harvests another, and now and then publish something meanwhile."""
    mixed = [_path(asking(EACH + number, kind)) for number in range(EACH) for kind in KINDS]
    served.timed(mixed[: _WARMING * len(KINDS)])
    time.sleep(_SETTLING)
    idle, found, over = served.timed(mixed), list[float](), Event()
    publishing = Thread(target=_publishing, args=(served, over, found), daemon=True)
    publishing.start()
    try:
        taken, seconds = asyncio.run(_harvesting(served, other, mixed))
    finally:
        over.set()
        publishing.join()
    busy = Latency(taken=taken, processor=0.0)
    parts = (0.5, 0.95, 0.99)
    times = (f"{busy.at(part) / idle.at(part):.1f}" for part in parts)
    yield Table(
        heads=("ms by the clock", "questions", "p50", "p95", "p99"),
        rows=(
            ("nothing else", str(len(mixed)), *(f"{idle.at(part):.1f}" for part in parts)),
            (
                f"{_members(other):,} records harvested, in {seconds:.0f} s",
                *(str(len(taken)), *(f"{busy.at(part):.1f}" for part in parts)),
            ),
            ("times", "", *times),
        ),
    )
    if found:
        yield (
            f"published until found meanwhile: p50 {_middle(found):.0f} ms, "
            f"slowest of {len(found)}: {max(found):.0f} ms"
        )


def _publishing(served: Served, over: Event, found: list[float]) -> None:
    """Publish one record after the other, with pauses, on a connection of its own."""
    mine = Served(served.town, served.process)
    while not over.wait(_PUBLISHING_PAUSE):
        found.append(_until_found(mine, UPDATES + len(found), pause=0.1))


async def _harvesting(
    served: Served, other: Town, paths: Sequence[str]
) -> tuple[list[float], float]:
    """Let the node read another's feed, and ask it until it holds and finds all of it."""
    town, many = served.town, _members(other)
    feeding = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-m", "benchmarks.feeding", str(other.folder)]
    )
    taken: list[float] = []
    try:
        await until(lambda: other.answers("feed/shape"), 60)
        begun = time.perf_counter()
        _befriend(town, other)
        while held(town, other.base) < many or not await town.answers():
            some = paths[len(taken) % len(paths) :][:_WARMING]
            taken += [_milliseconds(partial(served.get, path)) for path in some]
            if time.perf_counter() - begun > _LONGEST:
                raise SystemExit("the harvest does not end")
    finally:
        feeding.terminate()
        feeding.wait()
    return taken, time.perf_counter() - begun


def _befriend(town: Town, other: Town) -> None:
    with open_desk(read_config(other.folder)) as told:
        key = told.key.public(other.base)
    with open_desk(read_config(town.folder)) as desk:
        peer = Peer(base=other.base, name=other.name, keys=(key,), follow=Follow.OWN)
        known.add_peer(desk.journal, peer, utc_now())


def _members(town: Town) -> int:
    return held(town, town.base)


def _until_found(served: Served, number: int, pause: float = 0.02) -> float:
    """Publish one record with a word of its own, and ask for the word until it is found."""
    word = f"neuheit{number}q{served.pid}"
    fresh = record(-1 - number, served.town.base)
    iri = f"{served.town.base}experiments/{word}"
    fresh = replace(fresh, iri=iri, identifier=word, title={"de": word})
    path = _path(Asking(text=f'"{word}"'))
    with open_desk(read_config(served.town.folder)) as desk:
        begun = time.perf_counter()
        desk.speak([_draft(fresh)], None, utc_now())
    while iri.encode() not in served.get(path):
        time.sleep(pause)
    return 1000 * (time.perf_counter() - begun)


def _publish(town: Town, many: int) -> None:
    with open_desk(read_config(town.folder)) as desk:
        batch: list[Draft] = []
        for number, each in enumerate(_records(town, many), 1):
            batch.append(_draft(each))
            if number % _AT_ONCE == 0 or number == many:
                desk.speak(batch, None, utc_now())
                batch = []


def _draft(experiment: Experiment) -> Draft:
    return Draft(kind=Kind.CREATE, object=experiment.iri, payload=to_payload(experiment))


def _records(town: Town, many: int) -> Iterator[Experiment]:
    return (record(number, town.base) for number in range(many))


def _make_up_vectors(town: Town) -> None:
    """Give every record some vector, so that a question is compared with as many as there are."""
    chance = random.Random(7)
    with open_desk(read_config(town.folder)) as desk:
        vectors = Vectors.open(desk.views / FOLDER)
        vectors.begin(bytes(4 * SIZE))
        while (found := desk.journal.changes(vectors.position, BATCH))[0]:
            changes, reached = found
            made = {each.object: pack(f"<{SIZE}f", *(chance.gauss(0, 1) for _ in range(SIZE)))
                    for each in changes}  # fmt: skip
            vectors.apply(made, reached)
        vectors.close()


@contextmanager
def _serving(town: Town, *, vectors: bool) -> Iterator[Served]:
    command = [sys.executable, "-m", "nodes", "serve", "--folder", str(town.folder)]
    told = {**os.environ, "CITYNODE_SEARCH__VECTORS": str(vectors).lower()}
    with (town.folder / "serve.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=told)
    try:
        asyncio.run(until(town.answers, 180))
        yield Served(town, process)
    finally:
        process.terminate()
        process.wait()


def _path(question: Asking) -> str:
    said = {"q": question.text, "limit": 10, "facets": ",".join(FACETS)}
    return "/search.json?" + urlencode(
        said | dict([question.narrowed] if question.narrowed else [])
    )


def _timed(rival: Counting, questions: Sequence[Asking]) -> Latency:
    before = time.process_time()
    taken = [_milliseconds(partial(rival.asked, each)) for each in questions]
    return Latency(taken=taken, processor=time.process_time() - before)


def _together(parts: Sequence[Latency]) -> Latency:
    return Latency(
        taken=[each for part in parts for each in part.taken],
        processor=sum(part.processor for part in parts),
    )


def _milliseconds(run: Callable[[], object]) -> float:
    begun = time.perf_counter()
    run()
    return 1000 * (time.perf_counter() - begun)


def _middle(taken: Sequence[float]) -> float:
    return sorted(taken)[len(taken) // 2]
