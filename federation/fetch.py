"""Fetching from peers: the one place that dials out.

What it promises: only http(s) to addresses that may be dialled, each name resolved once and that
address used; redirects only within the same origin, three at the most; bytes are counted as they
arrive and again as they inflate, and reading stops at the limit; a deadline for the whole request;
no proxies or credentials from the environment, and no cookies. One client for each peer, so that
connections are never shared between cities. Plain web hosts are met half-way: a version is named by
ETag or by the time of its last change, and where a host knows no type for a file, its suffix tells.
"""

import asyncio
import re
import socket
import ssl
import time
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from functools import cache, partial
from http.cookiejar import CookieJar
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx

from federation.addresses import Network, is_public, is_within
from federation.errors import ForbiddenAddress, PeerRefused, PeerTooLarge, PeerUnreachable
from federation.limits import Limits

NOT_MODIFIED: Final = 304
_GONE: Final = 410
_REDIRECTS: Final = 3
_ETAG: Final = re.compile(r'(?:W/)?"[!#-~]{0,200}"')
_DATE: Final = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", re.ASCII)
_LINK: Final = re.compile(r"<([^<>\s]{1,2000})>((?:\s*;\s*[^<>,;]{1,200})*)")
_NEXT: Final = re.compile(
    r";\s*rel\s*=\s*(?:next(?![\w-])|\"(?:[^\"]*\s)?next(?:\s[^\"]*)?\")", re.IGNORECASE
)
_LINK_CHARS: Final = 10_000
_SMALL: Final = 1_000_000
"""Bytes that are unpacked at once, in a few milliseconds; more of them are unpacked in a thread."""
_LOOKING_UP: Final = ThreadPoolExecutor(32, thread_name_prefix="names")
"""Threads that look names up: a name server that is silent keeps one for half a minute, whatever
the deadline of the request is, and must not keep those in which the node does its work."""
_UNTYPED: Final = ("", "application/octet-stream", "binary/octet-stream", "text/plain")
_SUFFIXES: Final = {
    ".nq": "application/n-quads",
    ".trig": "application/trig",
    ".jsonld": "application/ld+json",
    ".ttl": "text/turtle",
    ".nt": "application/n-triples",
    ".rdf": "application/rdf+xml",
}
FEED_TYPES: Final = (
    'application/n-quads;profile="https://w3id.org/tree/profile", application/n-quads;q=0.9, '
    "application/trig;q=0.8, application/ld+json;q=0.7, text/turtle;q=0.5, "
    "application/n-triples;q=0.4"
)


Private = bool | Sequence[Network]
"""Whether addresses that are not public may be dialled: all, none, or those in some networks."""

Client = httpx.AsyncClient
"""What the rest of the room calls it, so that another library can take its place here."""


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """An answer. `body` is None for 304 and 410; `wire` counts the bytes that arrived.

    `etag` names the version: as the host does, or where it names none by the time of its change.
    `following` is where the host says that the next page is (RFC 8288, `rel="next"`).
    """

    url: str
    status: int
    media_type: str
    body: bytes | None
    etag: str | None = None
    immutable: bool = False
    wire: int = 0
    following: str | None = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Whatever an address answered, for those who examine a server.

    `headers` have lower-case names; `body` is unpacked, and empty where the status is an error.
    `redirects` are the addresses that led from `asked` to `url`.
    """

    asked: str
    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    wire: int = 0
    redirects: tuple[str, ...] = ()

    @property
    def media_type(self) -> str:
        """The type of the body, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class _Guard(httpx.AsyncBaseTransport):
    """Dials the address that was checked, while TLS and Host keep the name."""

    def __init__(self, *, private: Private) -> None:
        self._private = private
        self._inner = httpx.AsyncHTTPTransport(verify=_tls(), retries=0)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        address = await _resolve(str(request.url), host, private=self._private)
        request.extensions["sni_hostname"] = host
        request.url = request.url.copy_with(host=address)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


class _NoCookies(CookieJar):
    """Keeps nothing.

    A feed needs no cookies; to keep, and send, all that a peer sets with a thousand pages would
    hold the node up for seconds at each.
    """

    def extract_cookies(self, response: object, request: object) -> None:
        """Leave them where they are."""


@asynccontextmanager
async def open_client(
    *, agent: str, limits: Limits, allow_private: Private = False
) -> AsyncIterator[httpx.AsyncClient]:
    """Open a client for one peer; `agent` says who asks.

    `allow_private` lets it dial all addresses that are not public, or those in some networks.
    """
    async with httpx.AsyncClient(
        transport=_Guard(private=allow_private),
        trust_env=False,
        follow_redirects=False,
        cookies=_NoCookies(),
        timeout=httpx.Timeout(limits.request_seconds),
        headers={"User-Agent": agent, "Accept-Encoding": "gzip"},
    ) as client:
        yield client


async def fetch(
    client: httpx.AsyncClient,
    url: str,
    limits: Limits,
    *,
    etag: str | None = None,
    accept: str = FEED_TYPES,
) -> Fetched:
    """Get one document; raises PeerUnreachable or one of its kinds, never anything else.

    `etag` is that of the version held: where it is that still, the answer has no body.
    """
    headers = {"Accept": accept}
    if etag is not None:
        headers["If-None-Match" if _ETAG.fullmatch(etag) else "If-Modified-Since"] = etag
    async with _in_time(url, limits):
        return await _follow(client, url, headers, limits)


async def post(
    client: httpx.AsyncClient, url: str, body: bytes, limits: Limits, *, headers: Mapping[str, str]
) -> None:
    """Send a small document; raises PeerUnreachable or one of its kinds unless it is taken.

    No redirect is followed, and nothing of the answer is read but its status and, where it is
    refused, when to try again and what time it is there.
    """
    async with (
        _in_time(url, limits),
        client.stream("POST", url, content=body, headers=dict(headers)) as response,
    ):
        if not response.is_success:
            again = _retry_after(response.headers.get("Retry-After"))
            at = _at(response.headers.get("Date", ""))
            raise PeerRefused(url, response.status_code, again, at)


async def probe(
    client: httpx.AsyncClient,
    url: str,
    limits: Limits,
    *,
    headers: Mapping[str, str],
    method: str = "GET",
) -> Answer:
    """Ask and tell everything about the answer; raises PeerUnreachable where there is none.

    Redirects are followed wherever they lead; every address is still checked before it is dialled.
    """
    here = url
    led: list[str] = []
    async with _in_time(url, limits):
        for _ in range(_REDIRECTS + 1):
            if urlsplit(here).scheme not in ("http", "https"):
                raise PeerUnreachable(here, "only http and https are asked")
            async with client.stream(method, here, headers=dict(headers)) as response:
                if not response.has_redirect_location:
                    return await _told(response, url, here, tuple(led), limits)
                there = urljoin(here, response.headers.get("Location", ""))
            led.append(here)
            here = there
    raise PeerUnreachable(url, f"more than {_REDIRECTS} redirects")


@asynccontextmanager
async def _in_time(url: str, limits: Limits) -> AsyncIterator[None]:
    """Bound a request in time; whatever goes wrong becomes PeerUnreachable."""
    try:
        async with asyncio.timeout(limits.request_seconds):
            yield
    except TimeoutError:
        raise PeerUnreachable(url, f"no answer within {limits.request_seconds:g} s") from None
    except httpx.HTTPError as error:
        raise PeerUnreachable(url, str(error) or type(error).__name__) from None
    except (httpx.InvalidURL, ValueError) as error:
        raise PeerUnreachable(url, f"not an address that can be asked: {error}") from None


async def _told(
    response: httpx.Response, asked: str, url: str, redirects: tuple[str, ...], limits: Limits
) -> Answer:
    said = {name.lower(): value for name, value in response.headers.items()}
    body, wire = b"", 0
    if response.status_code == 200 and response.request.method == "GET":
        body, wire = await _read(response, url, limits)
    return Answer(
        asked=asked,
        url=url,
        status=response.status_code,
        headers=said,
        body=body,
        wire=wire,
        redirects=redirects,
    )


async def _read(response: httpx.Response, url: str, limits: Limits) -> tuple[bytes, int]:
    """Read a body within the limits; returns it unpacked, and how many bytes came."""
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    inflate, wire = _Inflater(url, encoding, limits.page_bytes), 0
    async for chunk in response.aiter_raw():
        wire += len(chunk)
        if wire > limits.wire_bytes:
            raise PeerTooLarge(url, f"more than {limits.wire_bytes} bytes")
        if not inflate.feed(chunk):
            await asyncio.to_thread(inflate.feed_rest)
    if inflate.size <= _SMALL:
        return inflate.finish(), wire
    return await asyncio.to_thread(inflate.finish), wire


async def _follow(
    client: httpx.AsyncClient, url: str, headers: Mapping[str, str], limits: Limits
) -> Fetched:
    here = url
    for _ in range(_REDIRECTS + 1):
        if urlsplit(here).scheme not in ("http", "https"):
            raise PeerUnreachable(here, "only http and https are asked")
        async with client.stream("GET", here, headers=dict(headers)) as response:
            if not response.has_redirect_location:
                return await _answer(response, here, limits)
            there = urljoin(here, response.headers.get("Location", ""))
        if _origin(there) != _origin(url):
            raise PeerUnreachable(here, f"it redirects to another origin: {there[:300]}")
        here = there
    raise PeerUnreachable(url, f"more than {_REDIRECTS} redirects")


async def _answer(response: httpx.Response, url: str, limits: Limits) -> Fetched:
    status = response.status_code
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type in _UNTYPED:
        media_type = _SUFFIXES.get(PurePosixPath(urlsplit(url).path).suffix.lower(), media_type)
    etag = _version(response.headers)
    sent = response.request.headers
    asked = "If-None-Match" in sent or "If-Modified-Since" in sent
    if status == _GONE or (status == NOT_MODIFIED and asked):
        return Fetched(url=url, status=status, media_type=media_type, body=None, etag=etag)
    if status != 200:
        raise PeerRefused(url, status, _retry_after(response.headers.get("Retry-After")))
    body, wire = await _read(response, url, limits)
    return Fetched(
        url=url,
        status=status,
        media_type=media_type,
        body=body,
        etag=etag,
        immutable="immutable" in response.headers.get("Cache-Control", "").lower(),
        wire=wire,
        following=_following(response.headers.get("Link", "")),
    )


class _Inflater:
    """Undoes gzip with a bound on what comes out; anything else than gzip is refused.

    Of a few kilobytes all that is allowed may come: what is not small is for a thread.
    """

    def __init__(self, url: str, encoding: str, limit: int) -> None:
        if encoding not in ("identity", "gzip", "x-gzip", ""):
            raise PeerUnreachable(url, f"it answers in {encoding[:40]}, which was not asked for")
        self._url, self._limit = url, limit
        self._zip = zlib.decompressobj(wbits=31) if "gzip" in encoding else None
        self._out: list[bytes] = []
        self.size = 0

    def feed(self, chunk: bytes) -> bool:
        """Take bytes in; False when the rest of them is still to be unpacked."""
        if self._zip is None:
            self._add(chunk)
            return True
        self._unpack(self._zip, chunk, _SMALL)
        return not self._zip.unconsumed_tail

    def feed_rest(self) -> None:
        """Unpack what the last bytes left."""
        if self._zip is not None:
            self._unpack(self._zip, self._zip.unconsumed_tail, self._limit)
            if self._zip.unconsumed_tail:
                raise self._too_large()

    def _unpack(self, unpacker: "zlib._Decompress", packed: bytes, most: int) -> None:
        try:
            self._add(unpacker.decompress(packed, min(most, self._limit - self.size) + 1))
        except zlib.error as error:
            raise PeerUnreachable(self._url, f"broken gzip: {error}") from None

    def _add(self, unpacked: bytes) -> None:
        self._out.append(unpacked)
        self.size += len(unpacked)
        if self.size > self._limit:
            raise self._too_large()

    def _too_large(self) -> PeerTooLarge:
        return PeerTooLarge(self._url, f"more than {self._limit} bytes when unpacked")

    def finish(self) -> bytes:
        if self._zip is not None and (not self._zip.eof or self._zip.unused_data):
            raise PeerUnreachable(self._url, "broken gzip: cut short, or followed by something")
        return b"".join(self._out)


@cache
def _tls() -> ssl.SSLContext:
    """Read the trusted certificates once; a client for each peer shares them."""
    return httpx.create_ssl_context(trust_env=False)


async def _resolve(url: str, host: str, *, private: Private) -> str:
    """Look a name up once and return the first address, all of which must be allowed."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.run_in_executor(
            _LOOKING_UP, partial(socket.getaddrinfo, host, None, type=socket.SOCK_STREAM)
        )
    except (OSError, UnicodeError) as error:
        raise PeerUnreachable(url, f"its name leads nowhere: {error}") from None
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses:
        raise PeerUnreachable(url, "its name leads nowhere")
    if private is not True:
        for address in addresses:
            if not is_public(address) and not is_within(address, private or ()):
                raise ForbiddenAddress(url, f"{host} leads to {address}, which is not public")
    return addresses[0]


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, port


def _following(links: str) -> str | None:
    """Read the address of the next page from a Link header."""
    for target, parameters in _LINK.findall(links[:_LINK_CHARS]):
        if _NEXT.search(parameters):
            return str(target)
    return None


def _version(headers: Mapping[str, str]) -> str | None:
    """Name the version of an answer.

    A time of change names one only when a second or more has passed since (RFC 9110, 8.8.2.2).
    """
    etag, changed = headers.get("ETag"), headers.get("Last-Modified")
    if etag is not None:
        return etag if _ETAG.fullmatch(etag) else None
    if changed is None or not _DATE.fullmatch(changed):
        return None
    try:
        since = parsedate_to_datetime(headers.get("Date", "")) - parsedate_to_datetime(changed)
    except (ValueError, TypeError, OverflowError):
        return None
    return changed if since >= timedelta(seconds=1) else None


def _at(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def _retry_after(text: str | None) -> float | None:
    """Read Retry-After as seconds, clamped to a day (RFC 9110, section 10.2.3)."""
    if text is None:
        return None
    if text.strip().isascii() and text.strip().isdigit():
        return float(min(int(text.strip()[:9]), 86_400))
    try:
        moment = parsedate_to_datetime(text)
        seconds = moment.timestamp() - time.time()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0.0), 86_400.0)
