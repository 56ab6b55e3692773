"""`init` makes the folder of a node; `serve` runs it until it is stopped."""

import asyncio
import logging
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated, Final

import typer

from nodes.alerting import alerting
from nodes.clearing import clearing
from nodes.commands.console import Folder, out
from nodes.config import FILE, read_config
from nodes.founding import make_node
from nodes.hands import FairThreads
from nodes.keyring import KEY
from nodes.logs import log_to_stderr
from nodes.nightly import dumping
from nodes.node import at_work, open_node
from nodes.sandbox.limits import share_free_memory
from nodes.web.app import build_app, serving

_LOG: Final = logging.getLogger(__name__)


def init(
    folder: Annotated[Path, typer.Argument(help="Where the node shall live.")],
    name: Annotated[str, typer.Option(help="The city's name.")],
    base: Annotated[str, typer.Option(help="The public address, ending with a slash.")],
    country: Annotated[str, typer.Option(help="ISO 3166-1 code of two letters.")],
    language: Annotated[str, typer.Option(help="Language of the city's texts, such as it.")],
    publisher: Annotated[str | None, typer.Option(help="Who publishes.")] = None,
    homepage: Annotated[str | None, typer.Option(help="The laboratory's web page.")] = None,
    contact: Annotated[str | None, typer.Option(help="A role mailbox.")] = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8080,
) -> None:
    """Make the folder of a new node: its configuration and its key."""
    city: dict[str, object] = {
        "name": name,
        "base": base,
        "country": country,
        "language": language,
        "publisher": publisher,
        "homepage": homepage,
        "contact": contact,
    }
    fingerprint = make_node(folder, {"city": city, "server": {"host": host, "port": port}})
    out.print(f"{folder / FILE} and {folder / KEY} are made. Keep the key to yourself.")
    out.print(
        f"Its fingerprint, to be read to other cities:\n  [bold]{fingerprint}[/]", soft_wrap=True
    )


def serve(
    folder: Folder = Path(),
    ready: Annotated[
        Path | None, typer.Option(help="Write the port to this file once the node answers.")
    ] = None,
) -> None:
    """Serve the node: pages, feed, queries, and rounds with its peers."""
    if ready is not None and not ready.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {ready.parent}", param_hint="--ready")
    log_to_stderr()
    share_free_memory()
    asyncio.run(_serve(folder, ready))


async def _serve(folder: Path, ready: Path | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_default_executor(FairThreads())
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stop.set)
    config = read_config(folder)
    async with AsyncExitStack() as stack:
        node = await stack.enter_async_context(open_node(config))
        port = await stack.enter_async_context(serving(build_app(node), config))
        await stack.enter_async_context(at_work(node))
        await stack.enter_async_context(alerting(node))
        await stack.enter_async_context(clearing(node))
        await stack.enter_async_context(dumping(node))
        if ready is not None:
            await asyncio.to_thread(ready.write_text, str(port))
        await stop.wait()
        _LOG.info("stopping")
