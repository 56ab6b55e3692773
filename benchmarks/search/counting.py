"""Two that search is measured beside, given the same texts and the same three facets."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Protocol

import tantivy

from benchmarks.search.many import FACETS, Asking
from nodes.findable import Findable, findable
from nodes.words import words
from vocab.records import Record

_HEAP: Final = 32_000_000
_BATCH: Final = 500
"""Records of one commit, as the views of a node take them."""


class Counting(Protocol):
    """Finds the ten best records for a question, and counts three facets of all it finds."""

    def asked(self, question: Asking) -> tuple[list[str], dict[str, list[tuple[str, int]]]]:
        """Give ten names, and values with counts for each facet."""


class CountingSqlite:
    """A full text index of whole texts, a table of facets beside it, and memory to hold both."""

    def __init__(self, file: Path, records: Iterable[Record]) -> None:
        self._db = sqlite3.connect(file)
        self._db.executescript(
            """PRAGMA journal_mode = WAL; PRAGMA cache_size = -500000; PRAGMA temp_store = MEMORY;
            CREATE TABLE named (id INTEGER PRIMARY KEY, name TEXT);
            CREATE TABLE facet (id INTEGER, name TEXT, value TEXT,
                PRIMARY KEY (id, name, value)) WITHOUT ROWID;
            CREATE INDEX holding ON facet (name, value, id);
            CREATE VIRTUAL TABLE found USING fts5(title, body, content = '');"""
        )
        with self._db:
            for number, record in enumerate(records):
                known = findable(record, "")
                self._db.execute("INSERT INTO named VALUES (?, ?)", (number, record.iri))
                row = (number, *_whole(known))
                self._db.execute("INSERT INTO found (rowid, title, body) VALUES (?, ?, ?)", row)
                values = [
                    (number, name, value)
                    for name in (*FACETS, "year")
                    for value in known.facets[name]
                ]
                self._db.executemany("INSERT INTO facet VALUES (?, ?, ?)", values)
        self._db.execute("INSERT INTO found (found) VALUES ('optimize')")
        self._db.execute("ANALYZE")

    def asked(self, question: Asking) -> tuple[list[str], dict[str, list[tuple[str, int]]]]:
        """Ask for all the words, ranked by BM25, and count in a second statement."""
        match = " ".join(f'"{word}"' for word in words(question.text))
        hits, given = "found WHERE found MATCH ?", [match]
        if question.narrowed is not None:
            # The sign keeps SQLite from asking the text index once for each row of the filter.
            hits += " AND +rowid IN (SELECT id FROM facet WHERE name = ? AND value = ?)"
            given += question.narrowed
        best = self._db.execute(
            f"""SELECT named.name FROM (SELECT rowid AS id, rank FROM {hits}
            ORDER BY rank LIMIT 10) JOIN named USING (id) ORDER BY rank""",
            given,
        ).fetchall()
        counted = self._db.execute(
            f"""WITH hit AS MATERIALIZED (SELECT rowid AS id FROM {hits})
            SELECT facet.name, value, count(*) FROM hit JOIN facet USING (id)
            WHERE facet.name IN (?, ?, ?) GROUP BY 1, 2 ORDER BY 1, 3 DESC""",
            [*given, *FACETS],
        )
        counts: dict[str, list[tuple[str, int]]] = {name: [] for name in FACETS}
        for name, value, count in counted:
            counts[name].append((value, count))
        return [name for (name,) in best], counts

    def close(self) -> None:
        """Close the file."""
        self._db.close()


class CountingTantivy:
    """The library that our index is made with, used as its manual shows, and nothing around it."""

    def __init__(self, folder: Path, records: Iterable[Record]) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("name", stored=True, tokenizer_name="raw", index_option="basic")
        builder.add_text_field("title")
        builder.add_text_field("body")
        for name in (*FACETS, "year"):
            builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
        self._schema = builder.build()
        folder.mkdir()
        self._index = tantivy.Index(self._schema, str(folder))
        writer = self._index.writer(_HEAP, 1)
        for number, record in enumerate(records, 1):
            known = findable(record, "")
            title, body = _whole(known)
            facets = {name: list(known.facets[name]) for name in (*FACETS, "year")}
            said = {"name": record.iri, "title": title, "body": body, **facets}
            writer.add_document(tantivy.Document(**said))
            if number % _BATCH == 0:
                writer.commit()
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()

    def asked(self, question: Asking) -> tuple[list[str], dict[str, list[tuple[str, int]]]]:
        """Ask for all the words, ranked by BM25, and aggregate."""
        searcher = self._index.searcher()
        fields = ["title", "body"]
        query = self._index.parse_query(question.text, fields, conjunction_by_default=True)
        if question.narrowed is not None:
            within = tantivy.Query.term_query(self._schema, *question.narrowed, "basic")
            both = [(tantivy.Occur.Must, each) for each in (query, within)]
            query = tantivy.Query.boolean_query(both)
        best = searcher.search(query, 10).hits
        counted = searcher.aggregate(
            query, {name: {"terms": {"field": name, "size": 200}} for name in FACETS}
        )
        counts = {
            name: [(each["key"], int(each["doc_count"])) for each in counted[name]["buckets"]]
            for name in FACETS
        }
        return [str(searcher.doc(address).get_first("name")) for _, address in best], counts

    def close(self) -> None:
        """There is nothing to close: it only reads by now."""


def _whole(known: Findable) -> tuple[str, str]:
    """Give the titles of a record, and all else that it says."""
    titles = [each.text for each in known.said if each.field == "title"]
    return "\n".join(titles), "\n".join(each.text for each in known.said if each.field != "title")
