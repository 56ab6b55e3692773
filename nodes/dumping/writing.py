"""Writing a dump: one look at the journal, every file in step, then all of it under its name.

The files are written into a folder that nobody lists, reach the disk, and get their name in one
step. Broken off at any moment, nothing of it is ever seen; the next one removes what is left. The
journal is read as it is at one moment, and writers go on meanwhile.
"""

import hashlib
import shutil
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from federation.member import Kind
from federation.times import stamp
from nodes import citing, dumps
from nodes.acquaintance import JournalNetwork
from nodes.catalogue import Known, known_of
from nodes.desk import Desk
from nodes.dumping import columns
from nodes.dumping.formats import WRITERS, Writer
from nodes.dumps import Dump, File, Missing, Part
from nodes.errors import Busy, DumpRefused
from nodes.journal.walking import spoken
from nodes.web.addresses import shown_below

_LICENCES: Final = 50
_LOOK: Final = 500


@dataclass(kw_only=True)
class _Tally:
    """What was met so far: records by origin, their licences, and withdrawals."""

    records: dict[str, int] = field(default_factory=dict)
    licences: dict[str, dict[str, None]] = field(default_factory=dict)
    withdrawn: int = 0

    def count(self, origin: str, known: Known | None) -> None:
        self.records[origin] = self.records.get(origin, 0) + 1
        found = self.licences.setdefault(origin, {})
        if known is not None and known.record.licence and len(found) < _LICENCES:
            found[known.record.licence] = None


def write_dump(desk: Desk, folder: Path, now: datetime) -> Dump:
    """Write everything the node knows into a folder below `folder`, and say what it holds.

    The dump of this day and this state of the journal is not made twice. Raises Busy while another
    is written there, DumpRefused when it grows beyond `most_bytes` or cannot be written.
    """
    try:
        with dumps.held(folder) as free:
            if not free:
                raise Busy(f"another dump is being written to {folder}")
            with desk.journal.moment():
                name = f"{now:%Y-%m-%d}-{desk.journal.last_change()}"
                if (found := dumps.read(folder, name)) is not None:
                    return found
                draft = folder / f".{name}{dumps.DRAFT}"
                draft.mkdir()
                try:
                    dump = _write(desk, draft, name, now)
                    shutil.rmtree(folder / name, ignore_errors=True)  # one without a manifest
                    draft.rename(folder / name)
                finally:
                    shutil.rmtree(draft, ignore_errors=True)
            dumps.sync(folder)
            return dump
    except OSError as error:
        why = error.strerror or str(error)
        raise DumpRefused(f"a dump cannot be written to {folder}: {why}") from error


def _write(desk: Desk, draft: Path, name: str, now: datetime) -> Dump:
    tally = _Tally()
    with ExitStack() as stack:
        writers: list[Writer] = []
        for each in (*WRITERS, *((columns.Columns,) if columns.available() else ())):
            writer = each(draft)
            stack.callback(writer.close)
            writers.append(writer)
        _fill(desk, draft, writers, tally)
    network = JournalNetwork(journal=desk.journal, me=desk.city)
    parts = tuple(
        Part(
            origin=origin,
            city=network.city(origin) or "",
            records=count,
            licences=tuple(tally.licences[origin]),
        )
        for origin, count in sorted(tally.records.items())
    )
    address, issued = f"{desk.city.base}dumps/{name}", stamp(now)
    licence, rights = _terms(desk.city.licence, parts)
    (draft / dumps.CITATION).write_text(
        citing.cff(desk.city, address, issued, name, parts, licence=licence), encoding="utf-8"
    )
    dump = Dump(
        name=name,
        iri=f"{address}#dataset",
        title=f"{citing.title_of(desk.city)}, {issued[:10]}",
        issued=issued,
        position=int(name.rpartition("-")[2]),
        publisher=desk.city.publisher,
        licence=licence,
        rights=rights,
        records=sum(tally.records.values()),
        withdrawn=tally.withdrawn,
        parts=parts,
        files=tuple(_described(draft, each) for each in writers),
        missing=() if columns.available() else (Missing(name=columns.NAME, why=columns.WHY_NOT),),
        citation=citing.citation(desk.city, address, issued, name, parts),
    )
    (draft / dumps.MANIFEST).write_bytes(dumps.written(dump))
    for small in (dumps.CITATION, dumps.MANIFEST):
        dumps.sync(draft / small)
    dumps.sync(draft)
    return dump


def _fill(desk: Desk, draft: Path, writers: list[Writer], tally: _Tally) -> None:
    """Give every record to every writer, in the order of their names."""
    base, most = desk.city.base, desk.config.dumps.most_bytes
    for place, entry in enumerate(spoken(desk.journal)):
        if place % _LOOK == 0 and sum(each.stat().st_size for each in draft.iterdir()) > most:
            raise DumpRefused(f"the dump is longer than {most} bytes, the most it may have")
        member = entry.member
        found = known_of(entry)
        known = found if isinstance(found, Known) else None
        if member.kind is Kind.DELETE:
            tally.withdrawn += 1
        else:
            tally.count(member.origin, known)
        address = shown_below(base, member.object, member.origin)
        for writer in writers:
            writer.add(member, known, address)


def _described(draft: Path, writer: Writer) -> File:
    with (draft / writer.name).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return File(
        name=writer.name,
        title=writer.title,
        media=writer.media,
        packing=writer.packing,
        size=(draft / writer.name).stat().st_size,
        sha256=digest,
        records=writer.records,
    )


def _terms(own: str, parts: tuple[Part, ...]) -> tuple[str, str]:
    """Give the licence of the whole: that of every record, else that of the city that gathers."""
    found = {licence for part in parts for licence in part.licences}
    if len(found) == 1:
        return found.pop(), "Every record is under this licence."
    return own, "Each record is under the licence that it names."
