"""What it costs a node to follow many peers that have nothing new.

One process stands for all the peers: each has a base and a key of its own and answers with its
real signed root, or 304 to who holds that already. The node is a real one, started with
`citynode serve`, and all its requests go over HTTP. After a first round with each peer, the
processor time of the node and its workers is taken over the rounds of a few sweeps.
"""

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

from aiohttp import web

from benchmarks.measuring import Sizes, Table
from benchmarks.processes import megabytes, processor_seconds
from benchmarks.towns import free_ports, publish, until
from federation import keys
from federation.peers import Follow, Peer
from nodes.config import read_config
from nodes.demo.town import Town
from nodes.desk import open_desk
from nodes.feeds import Feeds, Rendered
from nodes.founding import make_node
from nodes.harvesting import utc_now
from nodes.journal import known
from nodes.keyring import KEY

SWEEPS: Final = 3
INTERVAL: Final = 20.0
_LONGEST: Final = 600.0


@dataclass(kw_only=True)
class Heard:
    """How often the peers were asked, and how often the answer was that nothing is new."""

    asked: int = 0
    quiet: int = 0


def measurements(sizes: Sizes) -> Iterator[Table]:
    """Follow `sizes.peers` idle peers."""
    with TemporaryDirectory(prefix="citynode-bench-") as name:
        row = asyncio.run(_idle(Path(name), sizes.peers))
    heads = (
        "peers",
        "rounds measured",
        "processor s for a round with each",
        "processor ms a round",
        "seconds a sweep",
        "MB",
    )
    yield Table(heads=heads, rows=(row,))


async def _idle(folder: Path, count: int) -> tuple[str, ...]:
    port, own = free_ports(2)
    heard, roots, peers = Heard(), {}, []
    for number in range(count):
        root, peer = _peer(folder, f"http://127.0.0.1:{port}/p{number}/")
        roots[f"/p{number}/feed"] = root
        peers.append(peer)
    town = _node(folder, own, peers)
    runner = await _listen(port, roots, heard)
    try:
        await town.start()
        await until(lambda: _after(heard, count), _LONGEST)
        return await _sweeps(town, heard, count)
    finally:
        await town.stop()
        await runner.cleanup()


async def _sweeps(town: Town, heard: Heard, count: int) -> tuple[str, ...]:
    assert town.pid is not None
    await until(lambda: _quiet(heard, count), _LONGEST)
    asked, used, begun = heard.quiet, processor_seconds(town.pid), perf_counter()
    await until(lambda: _quiet(heard, asked + SWEEPS * count), _LONGEST)
    rounds, seconds = heard.quiet - asked, perf_counter() - begun
    spent = processor_seconds(town.pid) - used
    return (
        f"{count:,}",
        f"{rounds:,}",
        f"{spent / rounds * count:.2f}",
        f"{1000 * spent / rounds:.2f}",
        f"{seconds / rounds * count:.1f}",
        f"{megabytes(town.pid):.0f}",
    )


async def _after(heard: Heard, asked: int) -> bool:
    return heard.asked >= asked


async def _quiet(heard: Heard, quiet: int) -> bool:
    return heard.quiet >= quiet


def _peer(folder: Path, base: str) -> tuple[Rendered, Peer]:
    """Have a city publish a record; returns the root of its feed, and what others pin of it."""
    city = {"name": base, "base": base, "country": "IT", "language": "it"}
    home = folder / "peers" / base.rsplit("/", 2)[1]
    make_node(home, {"city": city})
    publish(Town(id=home.name, name=base, folder=home, base=base), 0, 1)
    with open_desk(read_config(home)) as desk:
        feeds = Feeds(
            journal=desk.journal,
            city=desk.city,
            key=desk.keyring.key,
            interval=1,
            folder=home / "pages",
        )
        root = feeds.render("", "nq", "identity", relayed=False)
    key = keys.load((home / KEY).read_bytes()).public(base)
    if root is None:
        sys.exit("a feed has no root")
    return root, Peer(base=base, name=base, keys=(key,), follow=Follow.OWN)


def _node(folder: Path, port: int, peers: list[Peer]) -> Town:
    base = f"http://127.0.0.1:{port}/"
    town = Town(id="node", name="Node", folder=folder / "node", base=base)
    make_node(
        town.folder,
        {
            "city": {"name": "Node", "base": base, "country": "IT", "language": "it"},
            "server": {"host": "127.0.0.1", "port": port},
            "harvest": {"interval": INTERVAL, "allow_private_peers": True, "pings": False},
            "query": {"workers": 1},
        },
    )
    with open_desk(read_config(town.folder)) as desk:
        for peer in peers:
            known.add_peer(desk.journal, peer, utc_now())
    return town


async def _listen(port: int, roots: dict[str, Rendered], heard: Heard) -> web.AppRunner:
    async def root(request: web.Request) -> web.Response:
        found = roots.get(request.path)
        if found is None:
            raise web.HTTPNotFound
        heard.asked += 1
        if request.headers.get("If-None-Match") == found.etag:
            heard.quiet += 1
            return web.Response(status=304, headers={"ETag": found.etag})
        media = {"Content-Type": "application/n-quads", "ETag": found.etag}
        return web.Response(body=found.body, headers=media)

    app = web.Application()
    app.router.add_get("/{path:.*}", root)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    return runner
