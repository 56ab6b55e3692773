"""HTTP: statuses, redirects, encodings and types that no feed should have."""

import gzip
import zlib

import brotli
import zstandard

from tests.misbehaving.registry import Rogue, misbehaves, misbehaviour, some

ABSURD = "9" * 400
STATUSES: dict[str, tuple[int, dict[str, str]]] = {
    "answers 401 to everyone": (401, {"WWW_Authenticate": 'Basic realm="city"'}),
    "answers 403": (403, {}),
    "answers 404": (404, {}),
    "answers 407 and asks for proxy credentials": (407, {"Proxy_Authenticate": "Basic"}),
    "answers 429 for ever": (429, {"Retry_After": "0"}),
    "answers 500": (500, {}),
    "answers 503 and asks to wait for longer than there is time": (503, {"Retry_After": ABSURD}),
    "answers 503 and asks to wait until a year that is none": (
        503,
        {"Retry_After": "Fri, 99 Feb 99999 99:99:99 GMT"},
    ),
    "answers 204 for its root": (204, {}),
    "answers 206, a part nobody asked for": (206, {"Content_Range": "bytes 0-1/9"}),
    "answers 304 where nothing was named": (304, {}),
    "answers 410 for its root": (410, {}),
    "redirects without an address": (302, {}),
}
for _name, (_status, _fields) in STATUSES.items():
    misbehaviour(
        _name,
        f"status {_status}",
        lambda rogue, status=_status, fields=_fields: rogue.refuses(status, **fields),
    )


@misbehaves("redirects in a circle", "more than 3 redirects")
def _circle(rogue: Rogue) -> None:
    rogue.refuses(302, Location=rogue.feed)


@misbehaves("redirects to another city", "it redirects to another origin")
def _away(rogue: Rogue) -> None:
    rogue.refuses(307, Location=f"{rogue.trap.city.base}feed")


@misbehaves("redirects to the loopback", "it redirects to another origin")
def _loopback(rogue: Rogue) -> None:
    rogue.refuses(301, Location=f"{rogue.other.city.base}admin")


LOCATIONS = {
    "redirects to cloud metadata": "http://169.254.169.254/latest/meta-data/",
    "redirects to a file": "file:///etc/passwd",
    "redirects to another protocol": "gopher://127.0.0.1:6379/_FLUSHALL",
    "redirects to an address without a scheme": "//169.254.169.254/",
    "redirects to a host with an empty name": "http://:80/",
    "redirects to a port that is none": "http://127.0.0.1:99999/",
}
for _name, _location in LOCATIONS.items():
    misbehaviour(
        _name,
        "another origin|not an address that can be asked|did not answer",
        lambda rogue, location=_location: rogue.refuses(308, Location=location),
    )


@misbehaves("redirects behind a user name that looks like itself", "another origin|did not answer")
def _userinfo(rogue: Rogue) -> None:
    own = rogue.base.removeprefix("http://").rstrip("/")
    rogue.refuses(302, Location=f"http://{own}@127.0.0.2:{rogue.other.port}/feed")


@misbehaves("sends a gzip bomb", "more than 32000000 bytes when unpacked")
def _bomb(rogue: Rogue) -> None:
    rogue.answers(gzip.compress(bytes(400_000_000), 6), Content_Encoding="gzip")


@misbehaves("sends gzip within gzip", "is not UTF-8|syntax|not N-Quads")
def _twice(rogue: Rogue) -> None:
    some(1)(rogue)
    rogue.answers(gzip.compress(gzip.compress(rogue.text().encode())), Content_Encoding="gzip")


@misbehaves("sends a list of encodings", "which was not asked for")
def _list(rogue: Rogue) -> None:
    rogue.answers(gzip.compress(gzip.compress(b"# \n")), Content_Encoding="gzip, gzip")


@misbehaves("sends zstd, which nobody asked for", "answers in zstd, which was not asked for")
def _zstd(rogue: Rogue) -> None:
    rogue.answers(zstandard.compress(bytes(400_000_000)), Content_Encoding="zstd")


@misbehaves("sends brotli, which nobody asked for", "answers in br, which was not asked for")
def _brotli(rogue: Rogue) -> None:
    rogue.answers(brotli.compress(bytes(1_000_000)), Content_Encoding="br")


@misbehaves("says gzip and sends something else", "broken gzip")
def _no_gzip(rogue: Rogue) -> None:
    rogue.answers("# plain\n", Content_Encoding="gzip")


@misbehaves("cuts its gzip short", "broken gzip: cut short")
def _short(rogue: Rogue) -> None:
    some(3)(rogue)
    rogue.answers(gzip.compress(rogue.text().encode())[:-20], Content_Encoding="gzip")


@misbehaves("hides something behind its gzip", "broken gzip: .*followed by something")
def _more(rogue: Rogue) -> None:
    some(1)(rogue)
    rogue.answers(gzip.compress(rogue.text().encode()) + b"<script>", Content_Encoding="gzip")


@misbehaves("says gzip and sends zlib", "broken gzip")
def _zlib(rogue: Rogue) -> None:
    rogue.answers(zlib.compress(b"# plain\n"), Content_Encoding="gzip")


@misbehaves("writes in another character set", "is not UTF-8")
def _charset(rogue: Rogue) -> None:
    some(1)(rogue)
    rogue.answers(rogue.text().encode("utf-16"), "application/n-quads; charset=utf-16")


@misbehaves("writes bytes that are no text", "is not UTF-8")
def _bytes(rogue: Rogue) -> None:
    rogue.answers(b"\x89PNG\r\n\x1a\n\x00\xff\xfe" * 100)


@misbehaves("sends a web page instead of data", "text/html, which is no syntax of a feed")
def _html(rogue: Rogue) -> None:
    rogue.answers("<!doctype html><title>Wartung</title>", "text/html; charset=utf-8")


@misbehaves("sends a type that is none", "which is no syntax of a feed")
def _no_type(rogue: Rogue) -> None:
    rogue.answers("<a> <b> <c> .", "x" * 300 + "/" + "y" * 100)


@misbehaves("sends RDF/XML with entities in entities", "XML entities|which is no syntax of a feed")
def _entities(rogue: Rogue) -> None:
    entities = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9))
    rogue.answers(
        f'<!DOCTYPE rdf [<!ENTITY e0 "lol">{entities}]><rdf:RDF xmlns:rdf="http://www.w3.org/'
        '1999/02/22-rdf-syntax-ns#">&e9;</rdf:RDF>',
        "application/rdf+xml",
    )


@misbehaves("sends nothing at all", "names 0 views")
def _nothing(rogue: Rogue) -> None:
    rogue.answers("")
