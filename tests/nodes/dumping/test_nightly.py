"""A dump is made each night, once, whatever happens to the node; and what is erased leaves them."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nodes import dumps, erasing
from nodes.clearing import clear
from nodes.config import read_config
from nodes.desk import Desk, open_desk
from nodes.dumping import write_dump
from nodes.journal import jobs
from nodes.nightly import JOB, Nightly, next_due
from nodes.publishing import plan
from nodes.views import open_views
from tests.city import experiment
from tests.journeys.places import found

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    town = found("torino", tmp_path, "Torino")
    with open_desk(read_config(town.folder)) as opened:
        said = [experiment(town.base, each, f"Prova {each}") for each in ("una", "segreta")]
        opened.speak(plan(said, lambda _: None).drafts, None, NOON)
        yield opened


def night(desk: Desk, now: datetime) -> list[str]:
    """Let a node that was just started look at the clock, and stop it when it has done its work."""

    async def once() -> None:
        nightly = Nightly(desk=desk, now=lambda: now)
        await nightly.tick()
        if nightly._task is not None:
            await nightly._task

    asyncio.run(once())
    return [each.name for each in dumps.kept(desk.views / dumps.FOLDER)]


def test_the_hour_is_the_next_one_on_the_local_clock() -> None:
    for hour in range(24):
        due = next_due(NOON, hour)
        assert NOON < due <= NOON + timedelta(days=1, hours=2)
        assert due.astimezone().hour == hour
        assert next_due(due, hour) > due


def test_a_restart_neither_misses_a_night_nor_doubles_it(desk: Desk) -> None:
    due = next_due(NOON, desk.config.dumps.hour)

    assert night(desk, NOON) == []
    assert night(desk, due - timedelta(minutes=1)) == []
    late = due + timedelta(hours=5)
    assert len(first := night(desk, late)) == 1
    assert night(desk, late + timedelta(minutes=1)) == first
    jobs.keep_due(desk.journal, JOB, due)  # killed after the dump, before its next time was noted
    assert night(desk, late + timedelta(minutes=2)) == first
    assert jobs.due(desk.journal, JOB) == next_due(late, desk.config.dumps.hour)


def test_a_clock_that_was_set_back_costs_one_night_at_most(desk: Desk) -> None:
    jobs.keep_due(desk.journal, JOB, NOON + timedelta(days=400))

    night(desk, NOON)

    assert jobs.due(desk.journal, JOB) == next_due(NOON, desk.config.dumps.hour)


def test_a_dump_that_fails_is_tried_again(desk: Desk) -> None:
    jobs.keep_due(desk.journal, JOB, NOON)
    folder = desk.views / dumps.FOLDER

    with dumps.held(folder):
        assert night(desk, NOON) == []
    again = jobs.due(desk.journal, JOB)
    assert again is not None
    assert NOON < again < NOON + timedelta(hours=1)
    assert len(night(desk, again)) == 1


def test_a_node_that_stops_does_not_wait_for_its_dump(desk: Desk) -> None:
    jobs.keep_due(desk.journal, JOB, NOON)

    async def stop() -> None:
        nightly = Nightly(desk=desk, now=lambda: NOON)
        await nightly.tick()
        await nightly.close()
        assert nightly._task is not None
        assert nightly._task.cancelled()

    asyncio.run(stop())
    assert dumps.kept(desk.views / dumps.FOLDER) == []
    assert len(night(desk, NOON)) == 1


def test_what_is_erased_leaves_the_dumps_and_a_new_one_is_made(desk: Desk) -> None:
    folder = desk.views / dumps.FOLDER
    record = f"{desk.city.base}experiments/segreta"
    before = write_dump(desk, folder, NOON)
    erasing.erase(desk, record, NOON)

    with open_views(desk.views) as views:
        views.catch_up(desk.journal)
        with dumps.held(folder):
            assert not asyncio.run(clear(desk, views))
        assert dumps.kept(folder) == [before]
        assert asyncio.run(clear(desk, views))

    assert [each.name for each in folder.iterdir()] == [".lock"]
    due = jobs.due(desk.journal, JOB)
    assert due is not None
    assert len(night(desk, due)) == 1
    [after] = dumps.kept(folder)
    assert (before.records, after.records) == (2, 1)
