"""What a full page of the feed costs: writing it, reading it, and its size."""

from collections.abc import Iterator

from benchmarks import sample
from benchmarks.measuring import Measurement, measure
from federation.feed import own_stream
from federation.layout import PAGE
from federation.limits import Limits
from federation.page import Entry, FeedPage, nquads
from federation.reading import read_page


def measurements() -> Iterator[Measurement]:
    """Write and read one sealed page."""
    stream = own_stream(sample.BASE, "Example", 60)
    page = FeedPage(
        url=f"{sample.BASE}feed/pages/0",
        stream=stream,
        entries=tuple(Entry(member=member) for member in sample.members(PAGE)),
        sealed=True,
    )
    text = nquads(page)

    yield measure("write a sealed page", "members", PAGE, lambda: nquads(page))
    yield measure(
        "read a sealed page", "members", PAGE, lambda: read_page(text, page.url, Limits())
    )
    yield Measurement(
        name="size of a sealed page", figure=len(text.encode()) / PAGE, unit="bytes a member"
    )
