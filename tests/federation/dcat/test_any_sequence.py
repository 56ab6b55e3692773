"""Whatever a portal shows one time after the other, the node tells what it showed last."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from federation.member import Kind
from tests.federation.dcat.portal import Dataset, Observer, portal
from tests.federation.ldes.publisher import Page

SLUGS = ("a", "b", "c", "d", "e")
TITLES = ("Navetta", "Lampioni", "Orti")
SNAPSHOT = st.dictionaries(st.sampled_from(SLUGS), st.sampled_from(TITLES))
FAULT = st.sampled_from(["", "", "", "first", "last", "total"])


@given(
    snapshots=st.lists(st.tuples(SNAPSHOT, FAULT), min_size=1, max_size=6),
    syntax=st.sampled_from(["ttl", "xml", "jsonld"]),
    etag=st.booleans(),
)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_live_records_are_those_of_the_last_good_snapshot_by_the_fewest_members(
    snapshots: Sequence[tuple[dict[str, str], str]], syntax: str, etag: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_follow(Path(folder), snapshots, syntax, etag=etag))


async def _follow(
    folder: Path, snapshots: Sequence[tuple[dict[str, str], str]], syntax: str, *, etag: bool
) -> None:
    me = Observer(folder)
    async with portal(syntax, per_page=2, etag=etag) as city:
        for snapshot, fault in snapshots:
            before = me.titles()
            told = len(me.members())
            datasets = [Dataset(slug, title=title) for slug, title in snapshot.items()]
            city.shows(*datasets, total=len(datasets) + 1 if fault == "total" else None)
            if fault in ("first", "last"):
                paths = sorted(city.web.pages)
                city.web.pages[paths[0 if fault == "first" else -1]] = Page("", status=404)
            done = await me.looks(city.peer)
            after = me.titles()

            new = me.members()[told:]
            if done.failure is None:
                assert after == snapshot
                differing = {
                    each for each in {**before, **after} if before.get(each) != after.get(each)
                }
                assert len(new) == len(differing)
            else:
                assert fault or (not snapshot and len(before) > 1)
                assert set(before) <= set(after)
                assert all(
                    title in (before.get(slug), snapshot.get(slug)) for slug, title in after.items()
                )
                assert Kind.DELETE not in {each.kind for each in new}
            assert done.seen == done.new + done.changed + done.deleted + done.known + done.refused
            assert (done.new + done.changed + done.deleted) == len(new)
    me.journal.close()
