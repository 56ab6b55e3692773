"""Messages cut in any way come out whole, and nothing oversized is kept."""

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.sandbox import wire
from nodes.sandbox.wire import Assembler, Message, WireError

messages = st.lists(
    st.builds(
        Message,
        st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=9), max_size=4),
        st.binary(max_size=50),
    ),
    max_size=4,
)


@given(messages, st.integers(1, 200))
def test_any_pieces_give_the_same_messages(sent: list[Message], size: int) -> None:
    stream = b"".join(wire.frame(message) for message in sent)
    assembler = Assembler()
    pieces = [stream[start : start + size] for start in range(0, len(stream), size)]

    received = [message for piece in pieces for message in assembler.feed(piece)]

    assert received == sent


@given(messages)
def test_a_stream_gives_the_same_messages(sent: list[Message]) -> None:
    stream = io.BytesIO(b"".join(wire.frame(message) for message in sent))

    received = [message for _ in sent if (message := wire.read(stream))]

    assert received == sent
    assert wire.read(stream) is None


def test_an_announced_giant_is_refused_before_it_arrives() -> None:
    with pytest.raises(WireError, match="at most 100"):
        list(Assembler(100).feed(struct.pack("!IQ", 2, 101)))


def test_a_cut_message_is_none() -> None:
    assert wire.read(io.BytesIO(wire.frame(Message({"a": 1}, b"body"))[:-1])) is None


@pytest.mark.parametrize("header", [b"[]", b"{", b"\xff\xff"])
def test_a_header_must_be_a_json_object(header: bytes) -> None:
    with pytest.raises(WireError, match="not"):
        list(Assembler().feed(struct.pack("!IQ", len(header), 0) + header))
