"""Faults planted one at a time in a feed that was well: each must be told by its clause.

The table names every clause that a fault breaks, no more and no less.
"""

from collections.abc import Sequence

import pytest
from aiohttp import web

from federation.doctor.asking import Bounds
from federation.doctor.clauses import CLAUSES, judge
from federation.doctor.seeing import PageSeen, Paths, see
from federation.doctor.values import Level, Report, State
from federation.doctor.walking import survey
from federation.errors import NoFeed
from federation.fetch import open_client
from federation.limits import Limits
from tests.federation.doctor.faults import FAULTS, policy
from tests.federation.doctor.handmade import FULL, NOW, Feed, Reply, feed, served

LIMITS = Limits()


class DirectReader:
    """Reads in this process: the same function that the worker runs."""

    async def see(
        self, body: bytes, media_type: str, url: str, names: Sequence[str], paths: Paths
    ) -> PageSeen:
        return see(body, media_type, url, names, paths=paths, limits=LIMITS)


async def examined(
    planted: Feed, bounds: Bounds = Bounds(pause=0, wait=0), portal: bool | None = None
) -> Report:
    async with (
        served(planted) as url,
        open_client(agent="test", limits=LIMITS, allow_private=True) as client,
    ):
        seen = await survey(
            client,
            DirectReader(),
            url,
            limits=LIMITS,
            bounds=bounds,
            now=lambda: NOW,
            portal=portal,
        )
    return judge(seen)


async def test_a_feed_that_is_well_breaks_nothing() -> None:
    report = await examined(feed())

    broken = [each for each in report.findings if each.evidence]
    assert broken == []
    assert report.sound
    assert (report.pages, report.members, report.stopped) == (3, FULL + 3, None)


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_is_named_by_its_clause_and_shown(name: str) -> None:
    plant, expected = FAULTS[name]
    planted = feed()
    plant(planted)

    report = await examined(planted)

    assert set(report.broken()) == expected
    for finding in report.findings:
        if finding.clause.id in expected:
            assert finding.evidence
            assert all(each.url.startswith("http://127.0.0.1:") for each in finding.evidence)
    musts = {each[0] for each in CLAUSES if each[1] is Level.MUST}
    assert report.sound is not bool(musts & expected)


def test_every_clause_that_is_judged_can_be_broken() -> None:
    planted = set().union(*(expected for _, expected in FAULTS.values()))

    never = {clause[0] for clause in CLAUSES} - planted

    assert never == {"D-paths"}  # planted below


async def test_a_feed_for_portals_in_turtle_only_is_named() -> None:
    planted = feed()

    def turtle(reply: Reply, _: web.Request) -> None:
        if reply.status == 200 and reply.path.startswith("/ldes"):
            graphs = b"".join(
                b"%b .\n" % row for row in reply.body.split(b" .\n") if b"{" not in row
            )
            reply.headers["Content-Type"], reply.body = "text/turtle", graphs

    planted.spoil = turtle

    report = await examined(planted, portal=True)

    assert "D-syntax" in report.broken()


async def test_a_feed_for_portals_by_other_properties_is_named() -> None:
    planted = feed()
    planted.replace("/ldes", "ldes:versionOfPath as:object", "ldes:versionOfPath dct:isVersionOf")

    report = await examined(planted, portal=True)

    assert "D-paths" in report.broken()


@pytest.mark.parametrize(
    "said",
    [
        "; ldes:versionAmount 2 ",
        "; ldes:fullLogDuration 'P1Y'^^xsd:duration ",
        "; ldes:startingFrom '2020-01-01T00:00:00Z'^^xsd:dateTime ",
        "; a ldes:LatestVersionSubset ; ldes:amount 5 ",
        "; a ldes:DurationAgoPolicy ; tree:value 'P7D'^^xsd:duration ",
        "; a ldes:PointInTimePolicy ; ldes:pointInTime '2020-01-01T00:00:00Z'^^xsd:dateTime ",
    ],
)
async def test_a_policy_that_is_followed_is_not_called_broken(said: str) -> None:
    planted = feed()
    planted.add("/ldes", policy(said))

    report = await examined(planted)

    assert report.broken() == ()
    assert {"S14-kept", "S14-typed"} <= {
        each.clause.id for each in report.findings if each.state is State.HOLDS
    }


@pytest.mark.parametrize("until", [6, 10_000])
async def test_a_feed_that_grows_meanwhile_is_not_called_broken(until: int) -> None:
    def grow(reply: Reply, request: web.Request) -> None:
        if reply.path == "/ldes":
            base = f"http://{request.host}"
            said = f'<{base}/ldes> <{base}/visits> "{min(reply.hits, until)}" .\n'
            reply.body += said.encode()
            reply.headers["ETag"] = f'"{reply.media[:15]}-{min(reply.hits, until)}"'
            held = request.headers.get("If-None-Match", "")
            reply.status = 304 if reply.headers["ETag"] in held else 200

    planted = feed()
    planted.spoil = grow

    report = await examined(planted)

    unseen = {each.clause.id for each in report.findings if each.state is State.UNSEEN}
    assert report.broken() == ()
    assert ({"S1-same", "S2-304"} <= unseen) is (until > 100)


def _at_home(at: str) -> Feed:
    """Give a feed that begins at `at`, on a site whose `/ldes` shows a page for people."""
    planted = feed()
    planted.pages[at] = planted.pages["/ldes"].replace("</ldes>", f"<{at}>")

    def people(reply: Reply, _: web.Request) -> None:
        if reply.path == "/ldes":
            reply.headers["Content-Type"] = "text/html; charset=utf-8"
            reply.body = b"<!doctype html><title>Torino</title>"

    planted.spoil = people
    return planted


async def test_the_address_of_a_node_leads_to_its_feed() -> None:
    report = await examined(_at_home("/ldes/feed"))

    assert report.feed.endswith("/ldes/feed")
    assert report.members == FULL + 3


async def test_a_page_for_people_without_a_feed_is_said_to_be_one() -> None:
    with pytest.raises(NoFeed, match=r"/ldes is a page for people and no feed, .* at .*/ldes/feed"):
        await examined(_at_home("/elsewhere"))


async def test_the_bounds_of_the_visit_are_kept_and_told() -> None:
    report = await examined(feed(), bounds=Bounds(pages=2, pause=0, wait=0))

    assert report.pages == 2
    assert report.stopped == "2 pages were read"
    assert report.broken() == ()
