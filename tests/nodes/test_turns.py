"""Places are shared so that nobody's long work keeps others out."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from nodes.errors import Busy
from nodes.turns import Turns


async def holding(turns: Turns, *clients: str) -> AsyncExitStack:
    stack = AsyncExitStack()
    for client in clients:
        await stack.enter_async_context(turns.turn(client))
    return stack


async def waiting(turns: Turns, client: str, order: list[str]) -> asyncio.Task[None]:
    before = turns.waiting

    async def hold() -> None:
        async with turns.turn(client):
            order.append(client)

    task = asyncio.create_task(hold())
    while turns.waiting == before:  # noqa: ASYNC110
        await asyncio.sleep(0)
    return task


async def test_a_newcomer_finds_a_place_beside_someone_who_took_all() -> None:
    turns = Turns(2, queue=4)

    async with await holding(turns, "busy", "busy"), asyncio.timeout(60), turns.turn("newcomer"):
        pass


async def test_who_has_least_running_goes_first() -> None:
    turns, order = Turns(2, queue=8), list[str]()
    async with await holding(turns, "busy", "busy", "other"):
        tasks = [await waiting(turns, client, order) for client in ("busy", "busy", "third")]
    await asyncio.gather(*tasks)

    assert order == ["third", "busy", "busy"]


async def test_one_client_cannot_fill_the_queue() -> None:
    turns, order = Turns(1, queue=4), list[str]()
    async with await holding(turns, "busy", "other"):
        tasks = [await waiting(turns, "busy", order) for _ in range(3)]
        with pytest.raises(Busy):
            async with turns.turn("busy"):
                pass
        tasks.append(await waiting(turns, "third", order))
        with pytest.raises(Busy):
            async with turns.turn("fourth"):
                pass
    await asyncio.gather(*tasks)

    assert sorted(order) == ["busy", "busy", "busy", "third"]


async def test_those_who_leave_keep_no_place() -> None:
    turns, order = Turns(1, queue=4), list[str]()
    async with await holding(turns, "busy", "other"):
        gone = await waiting(turns, "third", order)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        stays = await waiting(turns, "fourth", order)
        called = await waiting(turns, "fifth", order)
    called.cancel()  # at the moment it is called
    await asyncio.gather(called, stays, return_exceptions=True)

    async with await holding(turns, "busy", "other"):
        assert turns.waiting == 0


async def test_who_waits_too_long_is_told_so_and_keeps_no_place() -> None:
    turns = Turns(1, queue=4)
    async with await holding(turns, "busy", "other"):
        with pytest.raises(Busy, match="within 0 seconds"):
            await turns.wait("late", 0)
        assert turns.waiting == 0

    async with await holding(turns, "busy", "other"):
        assert turns.waiting == 0
