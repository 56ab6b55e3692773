"""Short work is done by threads of its own, and never waits for long work of others."""

import asyncio
import threading

from nodes.hands import Hands


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
