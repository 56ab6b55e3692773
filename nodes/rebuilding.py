"""Making the store of an earlier time, in a process of its own.

`python -m nodes.rebuilding JOURNAL BASE FOLDER NUMBER MEMORY SECONDS BYTES PARENT` makes a store at
FOLDER that says what the journal showed after change NUMBER. It goes on from what lies there, a
twin of the present store, where less changed since than was there; else it begins anew. It only
reads the journal, gives way to the node, ends with it, and prints the edition of the past that it
told.
"""

import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from nodes.changes import Change
from nodes.journal import Journal, past
from nodes.journal.past import State
from nodes.sandbox import limits
from nodes.store import Store

_BATCH: Final = 500


def rebuild(journal: Journal, number: int, folder: Path) -> int:
    """Make the store; return the edition of the past that it tells."""
    with journal.moment():
        before, after = past.counts(journal, number)
        anew = after > before
        if anew:
            shutil.rmtree(folder, ignore_errors=True)
        states = past.states(journal, number) if anew else past.moved(journal, number)
        with closing(Store.open(folder)) as store:
            for changes in _batches(states, number):
                store.apply(changes, number)
        return past.edition(journal)


def _batches(states: Iterable[State], number: int) -> Iterator[list[Change]]:
    batch: list[Change] = []
    for each in states:
        member = None if each.entry is None else each.entry.member
        batch.append(Change(object=each.record, position=number, member=member))
        if len(batch) == _BATCH:
            yield batch
            batch = []
    yield batch


def main(journal: str, base: str, folder: str, *words: str) -> int:
    """Do what the command line says; return the exit status."""
    number, memory, seconds, most_bytes, parent = map(int, words)
    limits.end_with_parent(parent)
    limits.give_way()
    limits.confine(memory, most_bytes)
    limits.grant_processor_time(seconds)
    with closing(Journal(Path(journal), base)) as opened:
        print(rebuild(opened, number, Path(folder)))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:9]))
