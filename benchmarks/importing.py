"""What it takes to import 10,000 rows, beside a plain load of the same triples into a store.

Both run as processes of their own, the command as an officer gives it, on a terminal with its
progress bar; the kernel says how much memory each took. The ratio says what everything costs that
a load does not do: reading the table, the words' meanings, the shapes, digests, signatures, disk.
"""

import os
import pty
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

from benchmarks import sample
from benchmarks.measuring import Measurement
from nodes.config import read_config
from nodes.desk import open_desk
from nodes.founding import make_node

ROWS: Final = 10_000
CITY: Final = {
    "name": "Example",
    "base": sample.BASE,
    "country": "IT",
    "language": "it",
    "publisher": "City of Example",
    "homepage": "https://city.example/",
}
HEADINGS: Final = (
    "codice;titolo;descrizione;stato;temi;tecnologie;soggetti;inizio;fine;luogo;lat;lon;fonte"
)
LOAD: Final = """
import sys
from pyoxigraph import RdfFormat, Store
store = Store(sys.argv[2])
store.load(path=sys.argv[1], format=RdfFormat.N_TRIPLES)
store.flush()
"""


@dataclass(frozen=True, kw_only=True)
class Run:
    """How long a process took, and the most memory it held."""

    seconds: float
    megabytes: float
    last_words: str


def measurements() -> Iterator[Measurement]:
    """Import the table, then load what came of it."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        make_node(folder / "node", {"city": CITY})
        table = folder / "prove.csv"
        table.write_text("\r\n".join(_lines()) + "\r\n", "utf-8")

        imported = _run("-m", "nodes", "import", table, "--yes", "--folder", folder / "node")
        triples = _published(folder)
        loaded = _run("-c", LOAD, triples, folder / "store")
        count = triples.read_bytes().count(b"\n")

    yield Measurement(name="import of 10,000 rows", figure=imported.seconds, unit="s")
    yield Measurement(name="its memory, of 500 allowed", figure=imported.megabytes, unit="MB")
    yield Measurement(name="rows imported", figure=ROWS / imported.seconds, unit="rows/s")
    yield Measurement(name="triples that came of it", figure=count, unit="triples")
    yield Measurement(name="plain load of them", figure=1000 * loaded.seconds, unit="ms")
    yield Measurement(name="its memory", figure=loaded.megabytes, unit="MB")
    ratio = imported.seconds / loaded.seconds
    yield Measurement(name="import beside the plain load", figure=ratio, unit="times as long")


def _lines() -> Iterator[str]:
    yield HEADINGS
    for number in range(ROWS):
        text = " ".join(sample.WORDS[(number + step) % len(sample.WORDS)] for step in range(60))
        yield (
            f"p-{number};Prova numero {number};{text};conclusa;mobilità, energia;sensori;"
            f"Comune (ente pubblico), Ditta {number % 50} (impresa);{1 + number % 28:02}/09/2019;"
            f"03/2021;Zona {number % 90};45,07;7,69;https://city.example/{number}"
        )


def _published(folder: Path) -> Path:
    """Write the triples of every record in the journal to a file."""
    path = folder / "records.nt"
    with open_desk(read_config(folder / "node")) as desk, closing(path.open("wb")) as file:
        for entry in desk.journal.records():
            file.write(entry.member.payload or b"")
    return path


def _run(*arguments: str | Path) -> Run:
    """Run Python on a terminal; raises SystemExit when it fails."""
    start = perf_counter()
    child, terminal = pty.fork()
    if child == 0:
        os.execv(sys.executable, [sys.executable, *map(str, arguments)])
    said = b""
    while piece := _read(terminal):
        said = (said + piece)[-2000:]
    _, status, used = os.wait4(child, 0)
    os.close(terminal)
    words = said.decode("utf-8", "replace").strip()
    if status:
        raise SystemExit(f"the process failed: {words}")
    seconds = perf_counter() - start
    return Run(seconds=seconds, megabytes=used.ru_maxrss / 1024, last_words=words)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # the other side is closed
        return b""
