"""Who is told of news and when: nobody is told twice, nothing is lost, nothing is kept for ever."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from federation.peers import Follow, Round
from nodes.journal import Journal, followers, known
from nodes.journal.followers import FOLLOWED, Following
from tests.city import NOON, City

BASE = "https://me.example/"
TORINO = City("torino").peer
GHENT = replace(City("ghent").peer, follow=Follow.NOTHING)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal(tmp_path / "journal.sqlite", BASE)) as found:
        for each in (TORINO, GHENT):
            known.add_peer(found, each, NOON)
        known.keep_round(found, Round(peer=TORINO.base, started=NOON), later(3600), NOON)
        yield found


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def due(journal: Journal) -> datetime:
    [found] = [each for each in known.standings(journal) if each.peer.base == TORINO.base]
    return datetime.fromisoformat(found.due)


def publish(journal: Journal, city: City, many: int = 1) -> None:
    """Keep members of a city: its own if it is this node's, else as a round does."""
    for _ in range(many):
        said = city.publish(f"e-{len(city.members)}")
        with journal.transaction() as db:
            journal.append(db, [(said, "accepted")], via=city.base, now=NOON)


def test_any_number_of_pings_brings_one_round_in_a_pause(journal: Journal) -> None:
    for second in (10, 11, 12):
        followers.heard_of_news(journal, TORINO.base, later(second), 5)

    first = due(journal)
    known.keep_round(journal, Round(peer=TORINO.base, started=later(13)), later(3600), later(14))
    after = due(journal)
    followers.heard_of_news(journal, TORINO.base, later(16), 5)

    assert (first, after, due(journal)) == (later(10), later(3600), later(20))


def test_news_that_come_while_a_round_is_under_way_bring_another(journal: Journal) -> None:
    started = later(10)
    followers.heard_of_news(journal, TORINO.base, later(12), 5)
    known.keep_round(journal, Round(peer=TORINO.base, started=started), later(3600), later(14))
    again = due(journal)

    known.keep_round(journal, Round(peer=TORINO.base, started=later(15)), later(3600), later(16))

    assert again == later(12)
    assert due(journal) == later(3600)


def test_a_clock_that_was_set_back_does_not_keep_news_away(journal: Journal) -> None:
    followers.heard_of_news(journal, TORINO.base, later(86_400), 5)
    followers.heard_of_news(journal, TORINO.base, later(60), 5)

    assert due(journal) == later(60)


def test_a_follower_is_told_once_of_all_that_came(journal: Journal) -> None:
    me = City("me")
    publish(journal, me, 2)
    followers.keep_follower(journal, GHENT.base, Follow.OWN, NOON, NOON + FOLLOWED)
    at_once = followers.untold(journal, later(1))
    publish(journal, me, 3)

    [told] = followers.untold(journal, later(1))
    followers.note_told(journal, GHENT.base, told.size, due=later(6))
    publish(journal, me)

    assert at_once == []
    assert (told.told, told.size) == (2, 5)
    assert followers.untold(journal, later(5)) == []
    assert [each.size for each in followers.untold(journal, later(6))] == [6]


def test_a_follower_that_renews_misses_nothing_and_is_tried_again(journal: Journal) -> None:
    followers.keep_follower(journal, GHENT.base, Follow.OWN, NOON, NOON + FOLLOWED)
    publish(journal, City("me"))
    followers.note_told(journal, GHENT.base, None, due=later(5_000), failures=4)
    silent = followers.untold(journal, later(60))

    followers.keep_follower(journal, GHENT.base, Follow.OWN, later(60), later(60) + FOLLOWED)

    assert silent == []
    assert [(each.told, each.failures) for each in followers.untold(journal, later(60))] == [(0, 0)]


def test_a_follower_that_does_not_renew_or_is_removed_is_forgotten(journal: Journal) -> None:
    for base in (GHENT.base, TORINO.base):
        followers.keep_follower(journal, base, Follow.OWN, NOON, NOON + FOLLOWED)
    publish(journal, City("me"))

    known.remove_peer(journal, TORINO.base, NOON)

    assert [each.base for each in followers.untold(journal, later(1))] == [GHENT.base]
    assert followers.untold(journal, NOON + FOLLOWED) == []


def test_what_a_city_said_itself_is_no_news_to_it(journal: Journal) -> None:
    followers.keep_follower(journal, TORINO.base, Follow.ALL, NOON, NOON + FOLLOWED)
    followers.keep_follower(journal, GHENT.base, Follow.ALL, NOON, NOON + FOLLOWED)
    publish(journal, City("torino"), 2)

    told = [each.base for each in followers.untold(journal, later(1))]
    publish(journal, City("ghent"))

    assert told == [GHENT.base]
    assert {each.base for each in followers.untold(journal, later(1))} == {
        GHENT.base,
        TORINO.base,
    }


def test_only_a_followed_city_with_a_node_is_asked_and_again_when_it_is_added_anew(
    journal: Journal,
) -> None:
    files = replace(City("wien").peer, root="https://wien.example/feed.nq")
    known.add_peer(journal, files, NOON)
    [first] = followers.unasked(journal, NOON)
    followers.note_asked(journal, first, due=later(86_400), until=NOON + FOLLOWED)
    quiet, prompt = followers.unasked(journal, NOON), followers.prompt(journal, NOON)

    known.add_peer(journal, replace(TORINO, follow=Follow.ALL), NOON)

    assert first == Following(
        base=TORINO.base, name=TORINO.name, follow=Follow.OWN, failures=0, lasts=False
    )
    assert (quiet, prompt) == ([], {TORINO.base})
    assert [each.follow for each in followers.unasked(journal, NOON)] == [Follow.ALL]
    assert followers.prompt(journal, NOON) == frozenset()


def test_a_city_that_refused_is_asked_again_as_soon_as_it_speaks_to_us(journal: Journal) -> None:
    [asked] = followers.unasked(journal, NOON)
    followers.note_asked(journal, asked, due=later(86_400), failures=7)

    before = followers.unasked(journal, later(1))
    followers.ask_now(journal, TORINO.base, later(1))

    assert before == []
    assert [each.failures for each in followers.unasked(journal, later(1))] == [7]


def test_a_city_that_was_removed_meanwhile_leaves_no_trace(journal: Journal) -> None:
    [asked] = followers.unasked(journal, NOON)
    known.remove_peer(journal, TORINO.base, NOON)

    followers.note_asked(journal, asked, due=NOON, until=NOON + FOLLOWED)
    followers.heard_of_news(journal, TORINO.base, NOON, 5)

    assert followers.prompt(journal, NOON) == frozenset()
