"""Work never waits for the long work of others, nor for the much that others ask for."""

import asyncio
import threading
from collections import Counter
from collections.abc import Coroutine
from typing import Any

import pytest

from nodes.hands import FairThreads, Hands, working_for


async def test_the_thread_that_worked_last_works_next() -> None:
    hands = Hands(2, "tested")

    first = await hands.do(threading.get_ident)
    second = await hands.do(threading.get_ident)

    assert first == second


async def test_work_that_finds_all_hands_busy_is_done_beside_them() -> None:
    hands, go_on = Hands(1, "tested"), threading.Event()
    begun = asyncio.create_task(hands.do(go_on.wait))
    await asyncio.sleep(0)

    beside = await hands.do(threading.get_ident)

    go_on.set()
    assert await begun
    assert beside != await hands.do(threading.get_ident)


async def test_a_hand_whose_client_went_away_is_free_only_when_its_work_has_ended() -> None:
    hands, go_on = Hands(1, "tested"), threading.Event()
    left = asyncio.create_task(hands.do(go_on.wait))
    await asyncio.sleep(0)
    left.cancel()

    beside = await asyncio.wait_for(hands.do(threading.get_ident), 60)

    go_on.set()
    assert beside != threading.get_ident()


def test_work_that_could_be_done_at_once_is_not_begun_where_all_hands_are_busy() -> None:
    hands, go_on = Hands(1, "tested"), threading.Event()

    busy = hands.begin(go_on.wait)
    refused = hands.begin(threading.get_ident)

    go_on.set()
    assert busy is not None
    assert busy.result()
    assert refused is None


def share(most: int) -> None:
    asyncio.get_running_loop().set_default_executor(FairThreads(most))


def begun_for(client: str, work: Coroutine[Any, Any, object]) -> asyncio.Task[object]:
    with working_for(client):
        return asyncio.ensure_future(work)


async def test_who_asks_for_much_at_once_keeps_neither_others_nor_the_node_waiting() -> None:
    share(4)
    go_on = threading.Event()
    much = [begun_for("greedy", asyncio.to_thread(go_on.wait, 60)) for _ in range(50)]
    await asyncio.sleep(0)

    other = await begun_for("other", asyncio.to_thread(lambda: "other"))
    own = await asyncio.to_thread(lambda: "own")
    ended = sum(each.done() for each in much)

    go_on.set()
    assert (other, own, ended) == ("other", "own", 0)
    assert all(await asyncio.gather(*much))


async def test_everything_asked_for_is_done_once_and_its_failure_told() -> None:
    share(3)
    done: Counter[int] = Counter()
    lock = threading.Lock()

    def work(number: int) -> int:
        with lock:
            done[number] += 1
        if number % 10 == 9:
            raise ValueError(number)
        return number

    jobs = [begun_for(f"client {n % 7}", asyncio.to_thread(work, n)) for n in range(300)]
    told = await asyncio.gather(*jobs, return_exceptions=True)

    assert set(done.values()) == {1}
    assert [each for each in told if isinstance(each, int)] == [n for n in range(300) if n % 10 < 9]
    assert sum(isinstance(each, ValueError) for each in told) == 30


async def test_work_that_nobody_waits_for_any_more_is_not_begun() -> None:
    share(2)
    go_on, begun = threading.Event(), list[str]()
    held = [begun_for("one", asyncio.to_thread(go_on.wait, 60)) for _ in range(2)]
    left = begun_for("one", asyncio.to_thread(begun.append, "left"))
    await asyncio.sleep(0)
    left.cancel()
    with pytest.raises(asyncio.CancelledError):
        await left

    go_on.set()
    await asyncio.gather(*held)
    await begun_for("one", asyncio.to_thread(begun.append, "last"))

    assert begun == ["last"]
