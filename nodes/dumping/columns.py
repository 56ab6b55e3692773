"""The table of a dump as Parquet, where pyarrow is installed: `pip install citynode[parquet]`.

The one owner of pyarrow, which is large and not needed to run a node. The columns are those of the
CSV; texts are as they were written, since no spreadsheet takes them for formulas here, and what is
not known is null.
"""

import os
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from federation.member import Member
from nodes.catalogue import Known
from nodes.dumping.formats import LANGUAGES
from nodes.web import exports

pyarrow: Any
parquet: Any
try:
    pyarrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
except ImportError:  # an extra: the dump says that it has no such file
    pyarrow = parquet = None

NAME: Final = "records.parquet"
MEDIA: Final = "application/vnd.apache.parquet"
WHY_NOT: Final = "pyarrow is not installed on this node; its extra is called parquet"

_AT_ONCE: Final = 1_000
_NUMBERS: Final = ("longitude", "latitude")


def available() -> bool:
    """Whether Parquet can be written here."""
    return pyarrow is not None


class Columns:
    """A Parquet file that grows by a thousand records at a time."""

    name = NAME
    title = "A table of columns"
    media = MEDIA
    packing: str | None = None

    def __init__(self, folder: Path) -> None:
        self.records = 0
        self._rows: list[dict[str, Any]] = []
        self._schema = pyarrow.schema(
            [
                (name, pyarrow.float64() if name in _NUMBERS else pyarrow.string())
                for name in exports.COLUMNS
            ]
        )
        self._file = (folder / NAME).open("xb")
        self._writer = parquet.ParquetWriter(self._file, self._schema, compression="zstd")

    def add(self, member: Member, known: Known | None, address: str) -> None:
        """Write a row."""
        del member
        if known is None:
            return
        cells = exports.cells(known, LANGUAGES, address, lambda text: text)
        self._rows.append(
            {
                name: (float(cell) if name in _NUMBERS else _text(cell)) if cell else None
                for name, cell in zip(exports.COLUMNS, cells, strict=True)
            }
        )
        self.records += 1
        if len(self._rows) >= _AT_ONCE:
            self._flush()

    def close(self) -> None:
        """End the file; it is on disk when this returns."""
        if self._file.closed:
            return
        self._flush()
        self._writer.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(pyarrow.Table.from_pylist(self._rows, schema=self._schema))
            self._rows.clear()


def _text(cell: str) -> str:
    return cell.encode(errors="replace").decode()
