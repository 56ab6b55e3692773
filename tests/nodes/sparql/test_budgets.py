"""A client may use so much and no more, whoever else asks."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
import pytest_asyncio

from nodes.budgets import Budgets, Client
from nodes.errors import OverBudget
from nodes.web.clients import Clients
from tests.nodes.sparql.endpoint import Endpoint, changes, endpoint

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKEN = "a-token-of-more-than-twenty"
PROXIED = Clients(tokens={"institute": TOKEN}, share=1e9, proxies=("127.0.0.0/8", "::1/128"))
QUERY = "SELECT ?n (COUNT(*) AS ?m) {{ ?a ?b ?c . ?d ?e ?f BIND({} AS ?n) }} GROUP BY ?n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Endpoint]:
    budgets = Budgets(burst=0.001, rate=1e-6)
    folder = tmp_path_factory.mktemp("budgets")
    async with endpoint(folder, known=changes(30), budgets=budgets, clients=PROXIED) as site:
        yield site


async def ask(site: Endpoint, number: int, address: str, token: str | None = None) -> int:
    headers = {"X-Forwarded-For": f"6.6.6.6, {address}"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    answer = await site.client.get(
        "/sparql", params={"query": QUERY.format(number)}, headers=headers
    )
    if answer.status == 429:
        assert int(answer.headers["Retry-After"]) > 1
        assert answer.headers["RateLimit"].startswith('"query";r=0;t=')
    if answer.status != 401:
        assert answer.headers["RateLimit-Policy"].startswith('"query";q=')
    assert TOKEN not in str(answer.headers) + await answer.text()
    return answer.status


async def test_a_budget_that_is_used_up_stops_its_client_and_nobody_else(site: Endpoint) -> None:
    assert await ask(site, 1, "192.0.2.1") == 200
    assert await ask(site, 2, "192.0.2.1") == 429
    assert await ask(site, 2, "192.0.2.2") == 200


async def test_what_is_remembered_costs_nothing_but_asks_for_a_budget(site: Endpoint) -> None:
    assert await ask(site, 7, "192.0.2.70") == 200
    assert [await ask(site, 7, "192.0.2.71") for _ in range(3)] == [200, 200, 200]
    assert await ask(site, 8, "192.0.2.71") == 200


async def test_all_addresses_of_a_household_are_one_client(site: Endpoint) -> None:
    assert await ask(site, 3, "2001:db8:0:1::1") == 200
    assert await ask(site, 4, "2001:db8:0:1:ffff::2") == 429
    assert await ask(site, 5, "2001:db8:0:2::1") == 200


async def test_a_token_gives_more(site: Endpoint) -> None:
    for number in range(10, 14):
        assert await ask(site, number, "192.0.2.3", TOKEN) == 200


async def test_a_wrong_token_is_told(site: Endpoint) -> None:
    assert await ask(site, 20, "192.0.2.4", TOKEN + "x") == 401


async def test_a_query_that_is_stopped_costs_its_time() -> None:
    budgets, client = Budgets(burst=10, rate=1e-6), Client(name="a")
    with suppress(asyncio.CancelledError), budgets.spending(client) as spending:
        spending.seconds = 11
        raise asyncio.CancelledError

    with pytest.raises(OverBudget), budgets.spending(client):
        pass
    assert budgets.balance(client).left == 0


@pytest.mark.parametrize(("remote", "forwarded", "expected"), [
    ("192.0.2.9", "1.2.3.4", "192.0.2.9"),
    ("10.0.0.1", "1.2.3.4", "1.2.3.4"),
    ("10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.2", "1.2.3.4"),
    ("10.0.0.1", "", "10.0.0.1"),
    ("10.0.0.1", "1.2.3.4, nonsense", "10.0.0.1"),
    ("::ffff:10.0.0.1", "::ffff:1.2.3.4", "1.2.3.4"),
    ("fe80::1%eth0", "", "fe80::/64"),
    ("", "", "unknown"),
])  # fmt: skip
async def test_the_address_is_the_last_that_no_proxy_of_ours_has(
    remote: str, forwarded: str, expected: str
) -> None:
    assert Clients(proxies=("10.0.0.0/8",)).address(remote, forwarded) == expected


async def test_a_proxy_that_nobody_named_is_told_once_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Else a city's readers share one client's places, and nobody knows why."""
    clients = Clients(proxies=("10.0.0.0/8",))
    for number in range(3):
        clients.address("172.16.0.5", f"198.51.100.{number}")
        clients.address("10.0.0.1", f"198.51.100.{number}")
        clients.address(f"8.8.8.{number}", "1.2.3.4")  # a stranger who says so tells nothing
    for number in range(99):
        clients.address(f"192.168.0.{number}", "1.2.3.4")

    told = [each.getMessage() for each in caplog.records]
    assert sum("172.16.0.5" in each for each in told) == 1
    assert told[0].endswith('name it under [server] as proxies = ["172.16.0.5"]')
    assert len(told) < 10
