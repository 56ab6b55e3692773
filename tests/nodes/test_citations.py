"""Addresses of results: what goes in comes out, and nothing a stranger writes does harm."""

import base64
import zlib
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from nodes import citations
from nodes.citations import Citation
from tests.nodes.past.place import TITLES

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
GRAPHS = st.lists(st.just("urn:x:g") | st.just("https://lab.example/feed/1-0a"), max_size=2)


@given(
    st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1).filter(str.strip),
    st.datetimes(datetime(1900, 1, 1), datetime(9999, 1, 1)),
    st.binary(min_size=16, max_size=16),
    GRAPHS,
    GRAPHS,
)
def test_an_address_says_again_what_was_put_into_it(
    query: str, asked: datetime, digest: bytes, defaults: list[str], named: list[str]
) -> None:
    said = Citation(
        query=query,
        asked=asked.replace(tzinfo=UTC),
        digest=digest.hex(),
        default_graphs=tuple(defaults),
        named_graphs=tuple(named),
    )

    written = citations.encode(said)

    assert written is not None
    assert citations.decode(written) == said


@given(st.text() | st.binary(max_size=80).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_what_is_no_address_is_none_and_nothing_breaks(written: str) -> None:
    found = citations.decode(written)

    assert found is None or isinstance(found, Citation)


def test_an_address_in_a_paper_is_short_and_means_the_same_for_ever() -> None:
    said = Citation(query=TITLES.strip(), asked=NOON, digest="0" * 32)
    printed = "AQAGYNw3eNAAAAAAAAAAAAAAAAAAAAAAAKNR6oFGgH1RKjAPpKCFOVyYlNCuBQA"

    assert citations.decode(printed) == said
    assert len(str(citations.encode(said))) < 200


def test_an_address_that_would_blow_up_is_refused() -> None:
    packer = zlib.compressobj(9, wbits=-15)
    bomb = packer.compress(b"x" * 10_000_000) + packer.flush()
    head = b"\1" + bytes(8) + bytes(16)
    written = base64.urlsafe_b64encode(head + bomb).rstrip(b"=").decode()

    assert len(written) < citations.LONGEST
    assert citations.decode(written) is None
    later = NOON + timedelta(days=1)
    huge = Citation(query=base64.b64encode(bytes(range(256)) * 99).decode(), asked=later, digest="")
    assert citations.encode(huge) is None or len(str(citations.encode(huge))) <= citations.LONGEST
