"""What is asked of the workers that open workbooks, and what becomes of their answers.

A file that ends the worker, keeps it for too long or fills its memory is refused like any other
that cannot be read; the next file has a new worker. One worker serves a process, warm: who reads
the same file again in another way does not wait for all of it to be looked through again.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from itertools import islice
from typing import Any, Final, Literal

from nodes.books.limits import Limits
from nodes.books.surveys import Survey
from nodes.errors import ImportRefused, WorkerDied, WorkerNotStarted, WorkerTimedOut
from nodes.sandbox.blocking import Blocking

Which = Literal["one", "named", "visible", "every"]
"""The one to import (`sheet`, or the only one), the one of a name, or several."""

_MIB: Final = 1 << 20
_MEMORY: Final = 4096
_PROCESSOR_SECONDS: Final = 300
"""Five times what the largest file takes on a small machine."""
_PATIENCE: Final = 3_600
"""Seconds to wait for one that another thread has read."""

_ALLOWED: Final = {
    "memory": _MEMORY * _MIB,
    "cpu_seconds": _PROCESSOR_SECONDS,
    "resident": 1024 * _MIB,
    "body_limit": 1024 * _MIB,
    "file_bytes": 1024 * _MIB,  # a workbook is written by way of files, a sheet in each
}
_reader: Final = Blocking("workbook", **_ALLOWED)
_commenter: Final = Blocking("comment", **_ALLOWED)


@dataclass(frozen=True, kw_only=True)
class Page:
    """A sheet that was read, or its first rows."""

    title: str
    survey: Survey
    written: Sequence[bytes] = field(repr=False)

    def lines(self) -> Iterator[list[Any]]:
        """Give the rows from the first of the sheet on, all of the same length."""
        for each in self.written:
            cells = json.loads(each)
            yield [date.fromisoformat(cell[0]) if type(cell) is list else cell for cell in cells]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was asked of a workbook, and the names of its sheets.

    `hidden` are those that hold something and not for a program's own use, where one was asked for.
    """

    from_1904: bool
    names: Sequence[str]
    visible: Sequence[str]
    hidden: Sequence[str]
    pages: Sequence[Page]


def ask(
    name: str,
    data: bytes,
    limits: Limits,
    which: Which,
    *,
    sheet: str | None = None,
    most: int | None = None,
) -> Answer:
    """Have sheets of a workbook read, at most so many rows of each; raises ImportRefused.

    There is no page where there is no such sheet, or more than one that could be meant.
    """
    asked = {"name": name, "limits": asdict(limits), "which": which, "sheet": sheet, "most": most}
    try:
        return _heard(_run(_reader, asked, data, limits))
    except _Broken as broken:
        raise ImportRefused(
            f"{name} cannot be read to its end: {broken}. It may be damaged or far too large: open "
            "it in a spreadsheet program (LibreOffice, Excel) and save it again as .xlsx or .csv"
        ) from broken


def commented(
    name: str,
    data: bytes,
    limits: Limits,
    comments: Sequence[Sequence[str]],
    lines: Sequence[Sequence[Any]],
) -> bytes:
    """Have comments (sheet, cell, severity, text) written into a workbook; raises ImportRefused.

    The lines come onto a sheet of their own.
    """
    said = json.dumps({"comments": comments, "lines": lines}).encode()
    asked = {"name": name, "limits": asdict(limits), "said": len(said)}
    try:
        return _run(_commenter, asked, said + data, limits)
    except _Broken as broken:
        raise ImportRefused(
            f"{name} cannot be given back with comments: {broken}. Save it again as .xlsx, or "
            "import it without --report"
        ) from broken


class _Broken(Exception):
    """A file ended its worker."""


def _run(worker: Blocking, asked: dict[str, Any], data: bytes, limits: Limits) -> bytes:
    """Have a file read; raises ImportRefused, or _Broken with what happened."""
    try:
        told, body = worker.run(asked, data, seconds=limits.seconds, waiting=_PATIENCE)
    except WorkerNotStarted:
        raise
    except WorkerTimedOut as error:
        seconds = min(limits.seconds, _PROCESSOR_SECONDS)
        raise _Broken(f"it takes more than {seconds:g} seconds") from error
    except WorkerDied as error:
        full = error.signal == "SIGKILL" or "memory" in str(error).lower()
        takes = f"it takes more memory than there is for it, at most {_MEMORY:,} MB"
        raise _Broken(takes if full else "the reader broke off") from error
    if reason := told.get("refused"):
        raise ImportRefused(reason)
    return body


def _heard(body: bytes) -> Answer:
    first, *written = body.split(b"\n")
    said: dict[str, Any] = json.loads(first)
    pages: list[Page] = []
    rest = iter(written)
    for page in said.pop("pages"):
        lines = list(islice(rest, page["lines"]))
        survey = Survey.heard(page["survey"])
        pages.append(Page(title=page["title"], survey=survey, written=lines))
    return Answer(**said, pages=pages)
