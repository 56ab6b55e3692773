"""What is said of freshness follows every change of the journal."""

from pathlib import Path

from nodes.freshness import JournalFreshness
from tests.nodes.town import LIGHTS, NOON, ROBOT_BUS, SHUTTLE, Town, town


def test_records_are_counted_anew_when_one_comes_and_when_one_goes(tmp_path: Path) -> None:
    with town(tmp_path, SHUTTLE, ROBOT_BUS) as node:
        freshness = JournalFreshness(node.journal, node.city)
        before = counted(freshness, node)

        node.say(LIGHTS)
        after = counted(freshness, node)
        node.withdraw(LIGHTS.iri)

        assert sum(after.values()) == sum(before.values()) + 1
        assert counted(freshness, node) == before == counted(freshness, node)


def counted(freshness: JournalFreshness, node: Town) -> dict[str, int]:
    found = {each.base: each.records for each in freshness.now(NOON).origins if each.records}
    assert found == node.journal.counts()
    return found
