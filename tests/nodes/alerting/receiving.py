"""A mail server and a webhook that behave as they are told. Run as a program they are processes.

`python -m tests.nodes.alerting.receiving FOLDER SMTP_PORT HTTP_PORT` writes what comes to FOLDER:
`mail-N.eml` and `hook-N.json` (headers and body), in the order of arrival.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from pathlib import Path

from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session

HANG = -1
CLOSE = -2


@dataclass(kw_only=True)
class Mailbox:
    """Takes mail. `answers` are what it says to the next recipients instead; HANG and CLOSE too."""

    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    tries: int = 0

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del session, options
        self.tries += 1
        wanted = self.answers.pop(0) if self.answers else 250
        if wanted == HANG:
            await asyncio.sleep(3_600)
        if wanted == CLOSE:
            assert server.transport is not None
            server.transport.close()
        if wanted != 250:
            return f"{wanted} <{address}> is not taken"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        del server, session
        assert isinstance(envelope.content, bytes)
        self.raw.append(envelope.content)
        self.mails.append(message_from_bytes(envelope.content, policy=POLICY))
        return "250 OK"

    @asynccontextmanager
    async def open(self, port: int = 0) -> AsyncIterator[int]:
        """Listen until the block ends; yields the port."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(self, hostname="mail.example", loop=loop), "127.0.0.1", port
        )
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()


@dataclass(kw_only=True)
class Hook:
    """Takes webhooks. `answers` are the statuses it says next; HANG and CLOSE too."""

    told: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    tries: int = 0

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.tries += 1
        self.ids.append(request.headers["webhook-id"])
        body = await request.read()
        wanted = self.answers.pop(0) if self.answers else 204
        if wanted == HANG:
            await asyncio.sleep(3_600)
        if wanted == CLOSE:
            assert request.transport is not None
            request.transport.close()
        if 200 <= wanted < 300:
            said = {name.lower(): value for name, value in request.headers.items()}
            self.told.append((said, body))
        where = {"Location": "/elsewhere"} if 300 <= wanted < 400 else {}
        return web.Response(status=max(wanted, 200), headers=where)

    @asynccontextmanager
    async def open(self, port: int = 0) -> AsyncIterator[int]:
        """Listen until the block ends; yields the port."""
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", self.take)
        runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        try:
            yield int(runner.addresses[0][1])
        finally:
            await runner.cleanup()


async def _for_ever(folder: Path, smtp: int, http: int) -> None:
    box, hook = Mailbox(), Hook()
    async with box.open(smtp), hook.open(http):
        (folder / "ready").touch()
        written = [0, 0]
        while True:
            for mail in box.mails[written[0] :]:
                written[0] += 1
                _write(folder / f"mail-{written[0]}.eml", mail.as_bytes())
            for headers, body in hook.told[written[1] :]:
                written[1] += 1
                whole = json.dumps({"headers": headers, "body": body.decode()}).encode()
                _write(folder / f"hook-{written[1]}.json", whole)
            await asyncio.sleep(0.05)


def _write(file: Path, said: bytes) -> None:
    part = file.with_suffix(".part")
    part.write_bytes(said)
    part.replace(file)


if __name__ == "__main__":
    asyncio.run(_for_ever(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
