"""The clock that ticks: stopping a node at any instant leaves no trace of an error in its log."""

import asyncio

import pytest

from federation.schedule import open_clock


@pytest.mark.parametrize("turns", range(6))
async def test_a_clock_that_is_shut_down_before_or_amid_a_tick_tells_of_no_error(
    turns: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def tick() -> None:
        await asyncio.Event().wait()

    clock = open_clock(tick, 1.0)
    for _ in range(turns):
        await asyncio.sleep(0)
    clock.shutdown(wait=False)
    for _ in range(6):
        await asyncio.sleep(0)

    assert [each.message for each in caplog.records if each.levelname == "ERROR"] == []


async def test_a_tick_that_fails_is_told(caplog: pytest.LogCaptureFixture) -> None:
    done = asyncio.Event()

    async def tick() -> None:
        done.set()
        raise ValueError("a bug")

    clock = open_clock(tick, 3_600.0)
    await done.wait()
    await asyncio.sleep(0)
    clock.shutdown(wait=False)

    assert "a bug" in caplog.text
