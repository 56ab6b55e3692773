"""The network: connections that are refused, cut, slow, endless, or lead where nobody should go."""

import asyncio

from tests.misbehaving.registry import Rogue, misbehaves, misbehaviour, some
from tests.misbehaving.street import Wire, reset, written

PAGE = {"Content-Type": "application/n-quads"}


def sending(*parts: bytes, ending: str = "close", pause: float = 0) -> Wire:
    """Send some bytes to whoever asks, then close, reset, or say nothing more."""

    async def wire(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10_000)
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)
        if ending == "reset":
            await asyncio.sleep(0.05)
            reset(writer)
        elif ending == "silence":
            await reader.read()

    return wire


def endless(start: bytes, part: bytes, pause: float = 0) -> Wire:
    """Send bytes for as long as anybody reads them."""

    async def wire(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while not writer.is_closing():
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)

    return wire


def plain(**fields: str) -> bytes:
    """The head of a good answer."""
    return written(200, PAGE | {name.replace("_", "-"): said for name, said in fields.items()})


@misbehaves("refuses connections", "did not answer: All connection attempts failed")
def _closed(rogue: Rogue) -> None:
    rogue.street.do(rogue.house.close())


@misbehaves("closes every connection at once", "did not answer: (Server disconnected|ReadError)")
def _closes(rogue: Rogue) -> None:
    async def wire(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    rogue.wires(wire)


WIRES: dict[str, tuple[str, Wire]] = {
    "takes connections and says nothing": ("no answer within 3 s", sending(ending="silence")),
    "resets connections before it answers": ("did not answer", sending(ending="reset")),
    "resets connections amid a body": (
        "did not answer",
        sending(plain(Content_Length="100000") + b"<urn:x:a> " * 100, ending="reset"),
    ),
    "falls silent amid a body": (
        "no answer within 3 s",
        sending(plain(Content_Length="100000") + b"<urn:x:a> ", ending="silence"),
    ),
    "writes its head a byte at a time": (
        "no answer within 3 s",
        endless(b"HTTP/1.1 200 OK\r\nX: ", b"x", 0.2),
    ),
    "writes its body a byte at a time": (
        "no answer within 3 s",
        endless(plain(Content_Length="9999"), b"#", 0.2),
    ),
    "writes a body that never ends": (
        "more than 32000000 bytes|no answer within 3 s",
        endless(plain(), b"# nothing at all\n" * 8_000),
    ),
    "writes chunks that never end": (
        "more than 32000000 bytes|no answer within 3 s",
        endless(plain(Transfer_Encoding="chunked"), b"10000\r\n" + b"#" * 65_536 + b"\r\n"),
    ),
    "writes header fields that never end": (
        "did not answer",
        endless(b"HTTP/1.1 200 OK\r\n", b"X-More: and more\r\n" * 100),
    ),
    "writes one header field that never ends": (
        "did not answer",
        endless(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 10_000),
    ),
    "says for ever that it goes on": (
        "did not answer|no answer within 3 s",
        endless(b"", b"HTTP/1.1 102 Processing\r\n\r\n", 0.005),
    ),
    "states more bytes than it sends": (
        "did not answer: peer closed connection",
        sending(plain(Content_Length="100000") + b"# short\n"),
    ),
    "states fewer bytes than it sends": (
        "is not N-Quads|names 0 views|did not answer|Parser error",
        sending(plain(Content_Length="7") + b"<urn:x:a> <urn:x:b> <urn:x:c> .\n"),
    ),
    "states two lengths": (
        "did not answer",
        sending(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\nabcde"),
    ),
    "states a length below zero": (
        "did not answer",
        sending(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabcde"),
    ),
    "breaks its chunks": (
        "did not answer",
        sending(plain(Transfer_Encoding="chunked") + b"zz\r\nabc\r\n0\r\n\r\n"),
    ),
    "speaks another protocol": ("did not answer", sending(b"SSH-2.0-OpenSSH_9.6\r\n")),
    "writes a status that is none": ("did not answer", sending(b"HTTP/1.1 two hundred\r\n\r\n")),
}

for _name, (_words, _wire) in WIRES.items():
    misbehaviour(_name, _words, lambda rogue, wire=_wire: rogue.wires(wire))


@misbehaves("never ends a TLS handshake", "no answer within 3 s")
def _handshake(rogue: Rogue) -> None:
    rogue.stands_at(rogue.base.replace("http:", "https:"))
    rogue.wires(sending(ending="silence"))


@misbehaves("draws a TLS handshake out byte by byte", "did not answer|no answer within 3 s")
def _slow_handshake(rogue: Rogue) -> None:
    rogue.stands_at(rogue.base.replace("http:", "https:"))
    rogue.wires(endless(b"\x16\x03\x03\x40\x00\x02", b"\x00", 0.2))


@misbehaves("speaks plainly where TLS is asked for", "did not answer: .*SSL")
def _no_tls(rogue: Rogue) -> None:
    rogue.stands_at(rogue.base.replace("http:", "https:"))
    rogue.wires(sending(plain() + b"# hello\n"))


@misbehaves("has a name that leads to a private address", "127.2 leads to 127.0.0.2, which is not")
def _private(rogue: Rogue) -> None:
    some(1)(rogue)
    rogue.stands_at(f"http://127.2:{rogue.other.port}/")


@misbehaves("stands at the address of cloud metadata", "169.254.169.254, which is not public")
def _metadata(rogue: Rogue) -> None:
    rogue.stands_at("http://169.254.169.254/")
