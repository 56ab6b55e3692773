"""The doctor before hostile addresses: whoever checks a feed must not be harmed by it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from federation.doctor.asking import Bounds
from federation.doctor.values import Report
from federation.errors import PeerUnreachable
from federation.limits import Limits
from nodes.doctoring import examine_feed
from tests.serving import serving

HOSTILE = {
    "nested triples": ("application/n-quads", b"<< " * 40_000 + b"<a:a> <b:b> <c:c>"),
    "nested brackets": ("application/trig", b"<a:a> <b:b> " + b"[ <c:c> " * 30_000),
    "nested JSON": ("application/ld+json", b'{"a:b":' * 30_000 + b"1" + b"}" * 30_000),
    "a context elsewhere": ("application/ld+json", b'{"@context":"http://127.0.0.1:9/","@id":"a:b"}'),
    "no text": ("text/turtle", bytes(range(256)) * 20),
    "statements about statements": (
        "application/n-quads", b"<a:a> <b:b> <<( <a:a> <b:b> <c:c> )>> .\n"),
}  # fmt: skip


@asynccontextmanager
async def answering(media: str, body: bytes) -> AsyncIterator[str]:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, headers={"Content-Type": media})

    async with serving(answer) as base:
        yield f"{base}feed"


async def examined(url: str, *, allow_private: bool = True) -> Report:
    return await examine_feed(
        url,
        limits=Limits(),
        bounds=Bounds(pause=0, wait=0),
        agent="test",
        allow_private=allow_private,
    )


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_page_that_no_parser_likes_is_a_broken_clause_and_no_more(name: str) -> None:
    async with answering(*HOSTILE[name]) as url:
        report = await examined(url)

    assert "S1-syntax" in report.broken()
    assert not report.sound
    assert report.members == 0


async def test_a_private_address_is_not_asked_unless_it_may_be() -> None:
    async with answering("text/turtle", b"") as url:
        with pytest.raises(PeerUnreachable):
            await examined(url, allow_private=False)


async def test_what_a_stranger_writes_cannot_speak_to_the_terminal() -> None:
    page = (
        b"<http://a.example/s> <https://w3id.org/tree#view> <feed> ; "
        b'<https://w3id.org/ldes#pollingInterval> "\\u001B[2Jgone\\u202E" .'
    )
    async with answering("text/turtle", page) as url:
        report = await examined(url)

    said = str(report.facts())
    assert "S5-interval" in report.broken()
    assert "\x1b" not in said
    assert "\u202e" not in said
