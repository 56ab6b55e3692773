"""The files of a dump, each written record by record: none is ever in memory as a whole.

N-Quads say what the RDF store holds, statement for statement; JSON-LD what each record says, in
the words of the model; CSV and GeoJSON what search gives in those shapes. All are packed with
gzip, and the same records always give the same bytes.
"""

import gzip
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Final, Protocol

from federation.member import Member
from nodes import store
from nodes.catalogue import Known
from nodes.web import exports
from vocab.errors import VocabError
from vocab.jsonld import record_document
from vocab.terms import CONTEXT

GZIP: Final = "application/gzip"
LANGUAGES: Final = ("en",)
"""In which language a table says what is written in several; else the record's own."""


class Writer(Protocol):
    """A file that grows by one record after another."""

    name: str
    title: str
    media: str
    packing: str | None
    records: int

    def add(self, member: Member, known: Known | None, address: str) -> None:
        """Write the member that speaks for a record; `known` is what it says, where it can be read.

        `address` is where this node shows the record.
        """

    def close(self) -> None:
        """End the file; it is on disk when this returns."""


class _Packed:
    """A text file packed with gzip."""

    packing: str | None = GZIP

    def __init__(self, folder: Path, name: str, title: str, media: str) -> None:
        self.name, self.title, self.media = name, title, media
        self.records = 0
        self._file: IO[bytes] = (folder / name).open("xb")
        self._packer = gzip.GzipFile(filename="", mode="wb", fileobj=self._file, mtime=0)

    def _write(self, text: str) -> None:
        self._packer.write(text.encode(errors="replace"))

    def _end(self) -> None:
        pass

    def close(self) -> None:
        """End the file; it is on disk when this returns."""
        if self._file.closed:
            return
        self._end()
        self._packer.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()


class Quads(_Packed):
    """The dataset of the RDF store: the vocabulary, who said what when, and each record's graph."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "records.nq.gz", "The whole dataset", "application/n-quads")
        self._packer.write(store.vocabulary_quads())

    def add(self, member: Member, known: Known | None, address: str) -> None:
        """Write the member's statements, deletions too."""
        del known, address
        said = store.quads(member)
        self._packer.write(said)
        self.records += bool(member.payload)


class Documents(_Packed):
    """What each record says, as one JSON-LD document; one record a line."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            folder, "records.jsonld.gz", "What each record says", "application/ld+json"
        )
        self._write(f'{{"@context": {json.dumps(CONTEXT)}, "@graph": [')

    def add(self, member: Member, known: Known | None, address: str) -> None:
        """Write the record, whatever it is of."""
        del known, address
        if not member.payload:
            return
        try:
            said = record_document(member.payload)
        except VocabError:
            return
        said.pop("@context", None)
        text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        self._write(f"{',' if self.records else ''}\n{text}")
        self.records += 1

    def _end(self) -> None:
        self._write("\n]}\n")


class Table(_Packed):
    """A row for each record, with the columns of `/search.csv`."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "records.csv.gz", "A table", "text/csv")
        self._write(exports.csv_header())

    def add(self, member: Member, known: Known | None, address: str) -> None:
        """Write a row, without formulas that a spreadsheet would run."""
        del member
        if known is not None:
            self._write(exports.csv_row(known, LANGUAGES, address))
            self.records += 1


class Features(_Packed):
    """A feature for each record; one without a place has none either."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "records.geojson.gz", "A map", "application/geo+json")
        self._write('{"type": "FeatureCollection", "features": [')

    def add(self, member: Member, known: Known | None, address: str) -> None:
        """Write a feature, one a line."""
        del member
        if known is not None:
            found = exports.feature(known, LANGUAGES, address)
            text = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
            self._write(f"{',' if self.records else ''}\n{text}")
            self.records += 1

    def _end(self) -> None:
        self._write("\n]}\n")


WRITERS: Final[Sequence[Callable[[Path], Writer]]] = (Quads, Documents, Table, Features)
