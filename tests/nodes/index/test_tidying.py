"""Small parts of an index become one while nothing comes, and nobody can tell from the answers."""

import time
from pathlib import Path

from nodes.index import Index
from nodes.searches import SearchRequest
from tests.nodes.town import TORINO, Town, experiment, town

PARTS = 6
PATIENCE = 60.0


def test_an_index_that_is_tidied_has_fewer_parts_and_answers_the_same(tmp_path: Path) -> None:
    with town(tmp_path) as node:
        grow(node)
        before, parts = node.index.search(SearchRequest()), parts_of(node)

        node.index.tidy()
        until_fewer(node, parts)
        node.index.tidy()

        assert node.index.search(SearchRequest()) == before
        assert node.index._searcher().num_docs == before.total + 1  # the mark of the position
        node.say(experiment(TORINO.base, "one-more"))
        node.catch_up()
        assert node.index.search(SearchRequest()).total == before.total + 1


def test_what_was_put_in_to_tidy_is_taken_out_after_a_crash(tmp_path: Path) -> None:
    with town(tmp_path) as node:
        grow(node)
        before, parts = node.index.search(SearchRequest()), parts_of(node)
        node.index.tidy()
        until_fewer(node, parts)
        place = node.index._path

    again = Index.open(place)
    again.tidy()

    assert again._searcher().num_docs == before.total + 1
    again.close()


def grow(node: Town) -> None:
    """Bring the index forward one record at a time."""
    for number in range(PARTS):
        node.say(experiment(TORINO.base, f"trial-{number}"))
        node.catch_up()
    parts = parts_of(node)
    node.index.tidy()  # something has come: it only takes note
    assert parts_of(node) == parts


def parts_of(node: Town) -> int:
    return node.index._searcher().num_segments


def until_fewer(node: Town, parts: int) -> None:
    end = time.monotonic() + PATIENCE
    while parts_of(node) >= parts and time.monotonic() < end:
        time.sleep(0.05)
        node.index._index.reload()
    assert parts_of(node) < parts
