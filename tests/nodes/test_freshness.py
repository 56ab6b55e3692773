"""What is said of freshness follows every change of the journal."""

from dataclasses import replace
from pathlib import Path

from nodes.freshness import JournalFreshness
from tests.nodes.town import LIGHTS, NOON, ROBOT_BUS, SHUTTLE, Town, town
from tests.vocab.test_profile import TORINO as PROFILE
from vocab.profile import OWN


def test_records_are_counted_anew_when_one_comes_and_when_one_goes(tmp_path: Path) -> None:
    with town(tmp_path, SHUTTLE, ROBOT_BUS) as node:
        freshness = JournalFreshness(node.journal, node.city)
        before = counted(freshness, node)

        node.say(LIGHTS)
        after = counted(freshness, node)
        node.withdraw(LIGHTS.iri)

        assert sum(after.values()) == sum(before.values()) + 1
        assert counted(freshness, node) == before == counted(freshness, node)


def test_what_a_city_says_of_itself_is_none_of_its_records(tmp_path: Path) -> None:
    with town(tmp_path, SHUTTLE, ROBOT_BUS) as node:
        before = counted(JournalFreshness(node.journal, node.city), node)

        node.profile(replace(PROFILE, iri=node.city.base + OWN))

        assert counted(JournalFreshness(node.journal, node.city), node) == before


def counted(freshness: JournalFreshness, node: Town) -> dict[str, int]:
    found = {each.base: each.records for each in freshness.now(NOON).origins if each.records}
    assert found == node.journal.counts()
    return found
