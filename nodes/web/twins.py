"""Twins of a search: all that fits, as a table, a workbook, a map, a feed or a calendar.

What each promises: the same records, whatever the shape, in the order of the search, and not only
a page of them. CSV, GeoJSON and iCalendar are written a few records at a time, as fast as the
client takes them; a workbook is written to disk first, since its parts are packed together. A feed
comes in pages, the last change first (RFC 5005, section 3), as far as a search can be paged
through, and says so when that is not all.

Records are read and written in two threads that do nothing else, so that no export slows the node.
A few exports are made at a time, in turns (`nodes.turns`), so that who asks often or reads slowly
fills neither memory nor disk. One whose client has gone ends when the step under way has ended.
Validators are weak: they name the state of the journal and the index, the records found and the
question, so a client that holds an export is told so before anything is written.
"""

import asyncio
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Final, Protocol, TypeVar

from aiohttp import hdrs, web
from multidict import CIMultiDict

from nodes.catalogue import Catalogue, Known
from nodes.errors import BadParameter, NotFound
from nodes.harvesting import utc_now
from nodes.searches import DEEPEST, Hit, Sort
from nodes.turns import Turns
from nodes.web import exports
from nodes.web.addresses import shown_below
from nodes.web.answers import answer, holds
from nodes.web.asking import Asked
from nodes.web.calendars import Calendar
from nodes.web.encodings import CODINGS, choose_encoding, packer
from nodes.web.keys import CATALOGUE, CITY, CLIENTS, EXPORTS, EXPORTS_FOLDER, NETWORK
from nodes.web.negotiation import accepted
from nodes.web.reader import languages
from nodes.web.workbooks import MOST_ROWS, About, Workbook

MEDIA: Final = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "geojson": "application/geo+json",
    "atom": "application/atom+xml",
    "ics": "text/calendar",
}
"""The twins and their media types."""

VARY: Final = "Accept, Accept-Encoding, Accept-Language"
ENTRIES: Final = 100
"""Entries of a page of the feed."""

_TYPES: Final = {
    "csv": "text/csv; charset=utf-8; header=present",
    "ics": "text/calendar; charset=utf-8",
}
_AT_ONCE: Final = 200
_PATIENCE: Final = 60.0  # seconds a client may take for what was written at once
_LONGEST_SENDING: Final = 1_800.0  # seconds for all of it
_AT_WORK, _IN_LINE = 8, 24
_LONGEST: Final = 1_000  # of a query string in a header
_RELEASE: Final = version("citynode")
_HANDS: Final = ThreadPoolExecutor(2, thread_name_prefix="twins")

_Result = TypeVar("_Result")


def exports_at_once() -> Turns:
    """Give the places that exports take: whoever holds many leaves one to others."""
    return Turns(_AT_WORK, _IN_LINE)


def exports_folder(views: Path) -> Path:
    """Make the folder for workbooks; the node that was killed may have left halves of some."""
    folder = views / "exports"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


class Writer(Protocol):
    """Writes records in one shape."""

    def begin(self) -> bytes:
        """Give what stands before the records."""

    def add(self, known: Sequence[Known]) -> bytes:
        """Write the next records; give what can be sent."""

    def end(self) -> Iterator[bytes]:
        """Give the rest, in pieces."""

    def close(self) -> None:
        """Remove what was kept meanwhile."""


def alternates(request: web.Request, asked: Asked) -> CIMultiDict[str]:
    """Name the twins of a search, one Link field for each; none where they would be too long."""
    said = asked.everything
    found = CIMultiDict[str]()
    for shape, media in MEDIA.items() if len(said) <= _LONGEST else ():
        place = f"{request.app[CITY].base}search.{shape}{said}"
        found.add(hdrs.LINK, f'<{place}>; rel="alternate"; type="{media}"')
    return found


def address_of(request: web.Request, known: Known) -> str:
    """Give the absolute address at which this node shows a record."""
    return shown_below(request.app[CITY].base, known.iri, known.origin)


async def twin(
    request: web.Request, asked: Asked, shape: str, said: CIMultiDict[str]
) -> web.StreamResponse:
    """Answer a search in one of the shapes of `MEDIA`, with these headers.

    Raises BadParameter for a workbook of too many rows, NotFound for a page of the feed too far.
    """
    if shape == "atom":
        return await _feed(request, asked, said)
    async with request.app[EXPORTS].turn(request.app[CLIENTS].of(request).name):
        return await _whole(request, asked, shape, said)


async def _whole(
    request: web.Request, asked: Asked, shape: str, said: CIMultiDict[str]
) -> web.StreamResponse:
    catalogue, reader = request.app[CATALOGUE], languages(request)
    meant = await catalogue.meant(asked.request)
    state, hits = await _in_hand(lambda: (catalogue.state(), catalogue.all_hits(meant)))
    check_size(shape, len(hits))
    coding = "identity"
    if shape != "xlsx":  # which is packed already
        wishes = accepted(request, hdrs.ACCEPT_ENCODING)
        coding = choose_encoding(wishes, CODINGS)
    found = [each.iri for each in hits]
    made_of = (_RELEASE, request.app[CITY], state, found, shape, coding, asked.address(), reader)
    tag = await _in_hand(lambda: sha256(repr(made_of).encode("utf-8", "surrogatepass")).hexdigest())
    tag = tag[:24]
    headers = CIMultiDict(said)
    headers.update(
        {
            hdrs.ETAG: f'W/"{tag}"',
            hdrs.VARY: VARY,
            hdrs.CACHE_CONTROL: "no-cache",
            hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*",
        }
    )
    if holds(request, tag):
        return web.Response(status=304, headers=headers)
    kind = "attachment" if shape == "xlsx" else "inline"
    headers[hdrs.CONTENT_DISPOSITION] = f'{kind}; filename="experiments.{shape}"'
    headers[hdrs.CONTENT_TYPE] = _TYPES.get(shape, MEDIA[shape])
    if coding != "identity":
        headers[hdrs.CONTENT_ENCODING] = coding
    response = web.StreamResponse(headers=headers)
    if request.method == hdrs.METH_HEAD:
        await response.prepare(request)
        return response
    with closing(_writer(request, asked, shape, reader)) as writer:
        await _send(request, response, _pieces(catalogue, hits, writer), coding)
    return response


def check_size(shape: str, records: int) -> None:
    """Raise BadParameter for more records than the shape can hold."""
    if shape == "xlsx" and records > MOST_ROWS:
        advice = f"csv: a workbook of a search holds {MOST_ROWS:,} records and these are "
        raise BadParameter("format", shape, f"{advice}{records:,}; or narrow the search")


def _writer(request: web.Request, asked: Asked, shape: str, reader: Sequence[str]) -> Writer:
    def address(known: Known) -> str:
        return address_of(request, known)

    city = request.app[CITY]
    query = asked.address(page=None, limit=None, cursor=None, facets=None)
    place = f"{city.base}search{query}"
    match shape:
        case "csv":
            return exports.Table(reader, address)
        case "geojson":
            return exports.Features(reader, address)
        case "ics":
            source = f"{city.base}search.ics{query}"  # RFC 7986, 5.8: where it is read again
            return Calendar(reader, address, name=_titled(city.name, asked), source=source)
        case _:
            title = _titled(city.name, asked)
            about = About(city=city, title=title, address=place, at=utc_now())
            folder = request.app[EXPORTS_FOLDER]
            return Workbook(reader, address, about, request.app[NETWORK].city, folder)


def _titled(city: str, asked: Asked) -> str:
    title = f"Urban experiments, seen from {city}"
    text = " ".join(asked.request.text.split())
    return f"{title}: {text[:200]}" if text else title


def _pieces(
    catalogue: Catalogue, hits: Sequence[Hit], writer: Writer
) -> Iterator[Callable[[], bytes | None]]:
    """Give the steps in which an export is made; each returns what to send, None at the end."""
    yield writer.begin
    for start in range(0, len(hits), _AT_ONCE):
        some = hits[start : start + _AT_ONCE]
        yield lambda some=some: writer.add(catalogue.known(some))  # type: ignore[misc]
    rest = writer.end()
    while True:
        yield lambda: next(rest, None)


async def _send(
    request: web.Request,
    response: web.StreamResponse,
    steps: Iterator[Callable[[], bytes | None]],
    coding: str,
) -> None:
    """Send what the steps make; what cannot be ended well ends the connection, which shows."""
    into, whole = packer(coding), False

    def packed(step: Callable[[], bytes | None]) -> bytes | None:
        made = step()
        return None if made is None else into.pack(made)

    try:
        await response.prepare(request)
        with suppress(ConnectionResetError, TimeoutError):  # the client has gone, or has gone slow
            async with asyncio.timeout(_LONGEST_SENDING):
                for step in steps:
                    piece = await _in_hand(lambda step=step: packed(step))  # type: ignore[misc]
                    if piece is None:
                        break
                    async with asyncio.timeout(_PATIENCE):
                        await response.write(piece)
                await response.write(into.finish())
            whole = True
    finally:
        if not whole and request.transport is not None:
            request.transport.abort()


async def _in_hand(work: Callable[[], _Result]) -> _Result:
    """Have work done in a thread; who is cancelled waits for it, else it would go on unseen."""
    job = _HANDS.submit(work)
    try:
        return await asyncio.wrap_future(job)
    finally:
        if not job.done():
            await asyncio.gather(asyncio.wrap_future(job), return_exceptions=True)


async def _feed(request: web.Request, asked: Asked, said: CIMultiDict[str]) -> web.Response:
    """Give a page of the feed: the last changes first, and where the others are."""
    city, first = request.app[CITY], (asked.page - 1) * ENTRIES
    if first >= DEEPEST:
        raise NotFound(f"There is no such page: a feed has the last {DEEPEST:,} changes.")
    wanted = replace(asked.request, sort=Sort.UPDATED, cursor=None, offset=first, limit=ENTRIES)
    found = await request.app[CATALOGUE].search(wanted)
    last = max(1, -(-min(found.total, DEEPEST) // ENTRIES))

    def at(page: int, shape: str = "search.atom") -> str:
        changes = {"page": page if page > 1 else None, "limit": None, "sort": None}
        return f"{city.base}{shape}{asked.address(**changes)}"

    links = [("alternate", "text/html", at(1, "search")), ("first", MEDIA["atom"], at(1))]
    links += [("previous", MEDIA["atom"], at(asked.page - 1))] if asked.page > 1 else []
    links += [("next", MEDIA["atom"], at(asked.page + 1))] if asked.page < last else []
    links += [("last", MEDIA["atom"], at(last))]
    reader = languages(request)
    bound = f"The last {DEEPEST:,} changes of {found.total:,} records; the table has all of them."
    body = await asyncio.to_thread(
        exports.atom,
        found.hits,
        reader,
        lambda known: address_of(request, known),
        this=at(asked.page),
        id_=at(1),
        title=_titled(city.name, asked),
        subtitle=bound if found.total > DEEPEST else "",
        links=links,
    )
    response = answer(request, body, MEDIA["atom"], vary=VARY)
    response.headers.extend(said)
    return response
