"""What was shown at an earlier time: for ever the same, and never what may not be told."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodes.errors import PastGone
from nodes.journal import Journal, past, trust
from nodes.journal.past import Loss
from tests.city import NOON, City

SECOND = timedelta(seconds=1)


@dataclass
class Chronicle:
    """A city's journal whose clock is set by hand, and what it showed after each step."""

    journal: Journal
    city: City
    seconds: int = 0
    shown: list[tuple[int, dict[str, str]]] = field(default_factory=list)

    def step(self, slug: str, title: str | None, seconds: int) -> None:
        self.seconds += seconds
        live = f"{self.city.base}experiments/{slug}" in self.now()
        if title is None and not live:
            return
        said = self.city.publish(slug, title) if title else self.city.withdraw(slug)
        self.journal.publish(lambda _: [said], None, NOON)
        self.shown.append((self.seconds, self.now()))

    def now(self) -> dict[str, str]:
        return {each.member.object: each.member.iri for each in self.journal.records()}

    def then(self, seconds: int) -> dict[str, str]:
        return self.after(past.moment(self.journal, NOON + seconds * SECOND).number)

    def after(self, number: int) -> dict[str, str]:
        live = [each.entry for each in past.states(self.journal, number) if each.entry]
        return {each.member.object: each.member.iri for each in live if each.member.payload}

    def back(self, number: int) -> dict[str, str]:
        shown = self.now()
        for each in past.moved(self.journal, number):
            shown.pop(each.record, None)
            if each.entry is not None and each.entry.member.payload:
                shown[each.record] = each.entry.member.iri
        return shown


def chronicle(folder: Path) -> Chronicle:
    city = City("torino")
    told = Chronicle(journal=Journal(folder / "journal.sqlite", city.base), city=city)
    told.journal.clock = lambda: NOON + told.seconds * SECOND
    return told


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Chronicle]:
    told = chronicle(tmp_path)
    with closing(told.journal):
        yield told


STEPS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from([None, "One", "Two"]), st.integers(0, 3)),
    max_size=8,
)


@settings(max_examples=12, deadline=None)
@given(STEPS)
def test_each_instant_gives_what_replaying_the_members_up_to_it_gives_forwards_and_backwards(
    steps: list[tuple[str, str | None, int]],
) -> None:
    with TemporaryDirectory() as folder:
        told = chronicle(Path(folder))
        with closing(told.journal):
            for step in steps:
                told.step(*step)

            for second in range(-1, told.seconds + 1):
                replayed = next((now for at, now in reversed(told.shown) if at <= second), {})
                assert told.then(second) == replayed
            for number in range(told.journal.last_change() + 1):
                assert told.back(number) == told.after(number)


def test_an_instant_once_asked_about_stays_as_it_was_told_when_the_clock_goes_back(
    told: Chronicle,
) -> None:
    told.step("a", "One", 10)
    before = told.then(10)

    told.step("b", "One", -5)
    told.step("c", "One", 0)

    assert told.then(10) == before
    assert len(told.then(11)) == 3


def test_what_a_blocked_origin_said_is_not_told_of_any_time_until_it_is_heard_again(
    told: Chronicle,
) -> None:
    told.step("a", "One", 1)
    told.step("a", "Two", 1)
    told.step("b", "One", 1)
    before = past.moment(told.journal, NOON + SECOND)

    with told.journal.transaction() as db:
        trust.block(db, told.city.base, "spam", NOON)
    blocked = past.moment(told.journal, NOON + SECOND)

    assert told.then(1) == {}
    assert [each.loss for each in past.states(told.journal, 1)] == [Loss.BLOCKED]
    assert past.summary(told.journal, 1, blocked.edition).lost == {Loss.BLOCKED: 1}
    assert blocked.edition > before.edition
    with told.journal.transaction() as db:
        trust.unblock(db, told.city.base, NOON)
    assert len(told.then(1)) == 1


def test_a_time_before_the_journal_was_upgraded_is_not_guessed_at(told: Chronicle) -> None:
    told.step("a", "One", 1)
    with told.journal.transaction() as db:
        db.execute("UPDATE past SET begin = 1, since = '2026-11-22T12:00:01.000000Z'")
        db.execute("UPDATE changes SET at = NULL")

    assert len(told.then(1)) == 1
    with pytest.raises(PastGone) as gone:
        told.then(0)
    assert gone.value.since == "2026-11-22T12:00:01.000000Z"
