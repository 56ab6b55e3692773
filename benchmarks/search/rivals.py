"""SQLite's full text search, FTS5, given the same texts as the index of a node."""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from nodes.findable import Said, concepts, findable
from nodes.words import words
from vocab.records import Record
from vocab.schemes import concept

FIELDS: Final = ("title", "summary", "about", "labels", "body")

_WEIGHTS: Final = (0.0, 6.0, 2.5, 2.0, 2.0, 1.0)
"""Of the name and of each field: the index of a node weighs them so."""


class Sqlite:
    """A table of records with a full text index, tokenised by `unicode61`."""

    def __init__(self, file: Path, records: Sequence[Record]) -> None:
        self._db = sqlite3.connect(file)
        columns = ", ".join(("name UNINDEXED", *FIELDS))
        self._db.execute(f"CREATE VIRTUAL TABLE found USING fts5({columns})")
        with self._db:
            for record in records:
                said = (*findable(record, "").said, *_labels(record))
                row = (record.iri.rpartition("/")[2], *(_texts(said, field) for field in FIELDS))
                self._db.execute("INSERT INTO found VALUES (?, ?, ?, ?, ?, ?)", row)

    def ranked(self, text: str) -> list[str]:
        """Rank what has any of the words, by BM25: records with all of them come out first."""
        asked = " OR ".join(f'"{word}"' for word in words(text))
        weights = ", ".join(map(str, _WEIGHTS))
        query = f"SELECT name FROM found WHERE found MATCH ? ORDER BY bm25(found, {weights}), rowid"
        return [name for (name,) in self._db.execute(query, (asked,))]

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def _labels(record: Record) -> Iterator[Said]:
    for known in map(concept, dict.fromkeys(concepts(record))):
        if known is None:
            continue
        for language, label in known.labels.items():
            for text in (label, *known.others.get(language, ())):
                yield Said(field="labels", text=text, language=language)


def _texts(said: Sequence[Said], field: str) -> str:
    return "\n".join(each.text for each in said if each.field == field)
