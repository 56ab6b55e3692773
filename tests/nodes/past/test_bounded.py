"""What strangers may make a node do when they ask about its past, and what it refuses."""

import json
from pathlib import Path

import pytest

from nodes.errors import PastBusy
from nodes.journal import past
from nodes.recalling import Bounds, Recalling
from nodes.web.keys import BUDGETS
from tests.nodes.past.place import Place

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_what_changes_by_itself_and_what_is_no_address_is_refused(place: Place) -> None:
    for call in ("NOW()", "rand ()", "STRUUID()", "UUID\n()", "BNODE('a')", "N\\u004FW()"):
        told = json.loads(await place.cite(f"SELECT ({call} AS ?x) {{}}", status=400))
        assert "cannot be cited" in told["detail"] or "line" in told
    await place.cite('SELECT ("now() rand()" AS ?now) {}')
    await place.cite("SELECT", status=400)
    await place.cite("ASK {}", "2026-11-01", status=400)
    address = await place.cite("ASK {}")
    await place.get(f"{address}.csv", 406)
    for broken in (address[:-4], "A" * 100, f"{address}A"):
        await place.get(f"/cite/{broken.rpartition('/')[2]}", 404)


async def test_who_has_used_up_a_budget_makes_the_node_write_down_no_time(
    place: Place, times: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    db = place.node.desk.journal.db()
    before = db.execute("SELECT fence FROM past").fetchone()[0]
    budgets = place.client.app[BUDGETS]
    with monkeypatch.context() as patch:
        patch.setattr(budgets, "burst", 0.0)
        now = place.now()
        answer = await place.get(f"/experiments/tram?asOf={now}", 429)
        await place.cite("ASK {}", status=429)
    after = db.execute("SELECT fence FROM past").fetchone()[0]

    assert int(answer.headers["Retry-After"]) > 0
    assert after == before
    await place.get(f"/experiments/tram?asOf={now}")


async def test_stores_of_earlier_times_are_bounded_and_so_are_those_who_wait(
    place: Place, times: list[str], tmp_path: Path
) -> None:
    journal, store = place.node.desk.journal, place.node.views.store
    moments = [past.of_number(journal, number) for number in (1, 2)]
    first, second = [each for each in moments if each is not None]
    recalling = Recalling(store, journal, tmp_path / "few", Bounds(stores=1, waiting=2, mine=1))
    await recalling.open()

    with pytest.raises(PastBusy, match="that time is being built") as told:
        await recalling.store(first, "a", 0)
    with pytest.raises(PastBusy, match="that you asked for"):
        await recalling.store(second, "a", 60)
    assert told.value.seconds >= 1
    assert (await recalling.store(first, "b", 60)).position == 1
    assert (await recalling.store(second, "a", 60)).position == 2

    assert recalling.stores == 1
    assert recalling.used > 0
    await recalling.close()


async def test_a_store_larger_than_allowed_is_not_kept_and_not_built_again_at_once(
    place: Place, times: list[str], tmp_path: Path
) -> None:
    journal, store = place.node.desk.journal, place.node.views.store
    then = past.of_number(journal, 1)
    assert then is not None
    recalling = Recalling(store, journal, tmp_path / "none", Bounds(most_bytes=1_000))
    await recalling.open()

    for _ in range(2):
        with pytest.raises(PastBusy) as told:
            await recalling.store(then, "a", 60)
        assert told.value.seconds > 60

    assert (recalling.stores, recalling.used) == (0, 0)
    await recalling.close()
