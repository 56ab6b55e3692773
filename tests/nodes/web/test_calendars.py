"""What a calendar keeps of any text and any dates, and what a workbook cannot hold."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from federation.member import Kind, Member
from nodes.catalogue import Known
from nodes.errors import BadParameter
from nodes.web import calendars, twins, workbooks
from nodes.web.shown import shown
from tests.nodes.town import SHUTTLE
from vocab.fields import Moment
from vocab.parts import Place
from vocab.records import Record


def known(record: Record) -> Known:
    """Take a record for one that the node knows."""
    base = record.iri.rsplit("/", 2)[0] + "/"
    member = Member(
        iri=f"{base}feed/7-00000000", sequence=7, kind=Kind.CREATE, object=record.iri,
        actor=f"{base}#node", published=record.modified, payload=b"",
    )  # fmt: skip
    return Known(record=record, member=member, received=record.modified, via=base)


TEXTS = st.text(max_size=120)
VALUES = st.one_of(
    st.none(),
    st.dates().map(lambda day: Moment(value=f"{day:%Y-%m-%d}".zfill(10))),
    st.dates().map(lambda day: Moment(value=f"{day.year:04}-{day.month:02}")),
    st.integers(0, 9999).map(lambda year: Moment(value=f"{year:04}")),
    st.sampled_from(["0000", "2023-02-30", "-0044", "12024", "x"]).map(lambda it: Moment(value=it)),
)


@settings(max_examples=60, deadline=None)
@given(title=TEXTS, text=TEXTS, city=TEXTS, start=VALUES, end=VALUES)
def test_any_text_comes_back_from_a_calendar_and_any_dates_are_in_order(
    title: str, text: str, city: str, start: Moment | None, end: Moment | None
) -> None:
    record = replace(
        SHUTTLE, title={"it": title}, summary={"it": text}, start=start, end=end,
        place=Place(city=city),
    )  # fmt: skip
    calendar = calendars.Calendar((), lambda _: SHUTTLE.iri, name=title, source=SHUTTLE.iri)

    written = calendar.begin() + calendar.add([known(record)]) + b"".join(calendar.end())
    [read] = Calendar.from_ical(written).subcomponents

    said = title.strip() and plain(title)
    assert not read.errors
    assert plain(read["SUMMARY"]) == (said or SHUTTLE.identifier)
    assert plain(text) in plain(read["DESCRIPTION"]) or not text.strip()
    assert (read["UID"], read["SEQUENCE"]) == (SHUTTLE.iri, 7)
    if read.name == "VEVENT":
        assert read.DTSTART < read.DTEND
    else:
        assert calendars.days(start) is calendars.days(end) is None


def plain(text: str) -> str:
    return shown(re.sub("\r\n?|[\x0b\x0c\x85\u2028\u2029]", "\n", text))


@pytest.mark.parametrize("count", [workbooks.MOST_ROWS, workbooks.MOST_ROWS + 1])
def test_what_does_not_fit_into_a_workbook_is_refused_in_words(count: int) -> None:
    twins.check_size("csv", count)
    if count <= workbooks.MOST_ROWS:
        twins.check_size("xlsx", count)
        return
    with pytest.raises(BadParameter, match="csv"):
        twins.check_size("xlsx", count)
