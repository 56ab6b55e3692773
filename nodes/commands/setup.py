"""`init` makes the folder of a node; `serve` runs it until it is stopped."""

import asyncio
import json
import logging
import os
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated, Final

import typer

from federation import keys
from nodes.commands.console import Folder, out
from nodes.config import FILE, read_config
from nodes.errors import ConfigError
from nodes.node import KEY, at_work, open_node
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
    out.print(f"Its fingerprint, to be read to other cities: [bold]{fingerprint}[/]")


def make_node(folder: Path, settings: dict[str, dict[str, object]]) -> str:
    """Write node.toml and a new key; returns the key's six words. Raises ConfigError."""
    if (folder / FILE).exists() or (folder / KEY).exists():
        raise ConfigError(f"{folder} already holds a node")
    folder.mkdir(parents=True, exist_ok=True)
    text = "\n".join(
        f"[{section}]\n"
        + "".join(f"{key} = {_toml(value)}\n" for key, value in values.items() if value is not None)
        for section, values in settings.items()
    )
    (folder / FILE).write_text(text, encoding="utf-8")
    try:
        read_config(folder)
    except ConfigError:
        (folder / FILE).unlink()
        raise
    key = keys.generate()
    handle = os.open(folder / KEY, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(key.pem())
    return keys.fingerprint(key.multibase)


def serve(
    folder: Folder = Path(),
    ready: Annotated[
        Path | None, typer.Option(help="Write the port to this file once the node answers.")
    ] = None,
) -> None:
    """Serve the node: pages, feed, queries, and rounds with its peers."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level="INFO")
    for noisy in ("httpx", "httpcore"):
        logging.getLogger(noisy).setLevel("WARNING")
    logging.getLogger("apscheduler").setLevel("ERROR")  # a skipped tick is no news
    asyncio.run(_serve(folder, ready))


async def _serve(folder: Path, ready: Path | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stop.set)
    config = read_config(folder)
    async with AsyncExitStack() as stack:
        node = await stack.enter_async_context(open_node(config))
        port = await stack.enter_async_context(serving(build_app(node), config))
        await stack.enter_async_context(at_work(node))
        if ready is not None:
            await asyncio.to_thread(ready.write_text, str(port))
        await stop.wait()
        _LOG.info("stopping")


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False)
