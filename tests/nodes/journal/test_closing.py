"""A journal that is closed while a thread still reads takes nobody with it."""

import sqlite3
import threading
from pathlib import Path

import pytest

from nodes.errors import JournalError
from nodes.journal import Journal

BASE = "https://torino.example/"


def test_closing_waits_for_the_step_under_way_and_ends_the_reader(tmp_path: Path) -> None:
    for number in range(20):
        journal = Journal(tmp_path / f"{number}.sqlite", BASE)
        reading = threading.Event()
        ended: list[Exception] = []

        def read(
            journal: Journal = journal,
            reading: threading.Event = reading,
            ended: list[Exception] = ended,
        ) -> None:
            try:
                while True:
                    journal.counts()
                    list(journal.records())
                    reading.set()
            except (JournalError, sqlite3.ProgrammingError) as error:
                ended.append(error)

        threads = [threading.Thread(target=read) for _ in range(2)]
        for thread in threads:
            thread.start()
        reading.wait()

        journal.close()

        for thread in threads:
            thread.join(timeout=100)
        assert len(ended) == 2


def test_a_closed_journal_leaves_no_file_of_its_own_behind(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite", BASE)

    journal.close()

    assert [path.name for path in tmp_path.iterdir()] == ["journal.sqlite"]


def test_a_closed_journal_says_so(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite", BASE)
    journal.close()

    with pytest.raises(JournalError, match="is closed"):
        journal.counts()
