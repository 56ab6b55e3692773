"""The small rules of the web room: addresses, places, words, what is shown."""

import pytest

from nodes.catalogue import Known
from nodes.places import box, centre, geometry
from nodes.searches import Box
from nodes.web.addresses import iri_of, local_path, origin_of, segment
from nodes.web.neighbours import naming
from nodes.web.shown import link, shown
from nodes.web.wordings import ago, moment, period
from tests.city import City, experiment
from vocab.fields import Moment


@pytest.mark.parametrize(
    "origin",
    [
        "https://lab.example/",
        "http://127.0.0.1:8101/",
        "https://lab.example:8443/a/b/",
        "https://lab.example/a+b~c/%C3%A8/",
        "http://[::1]:80/",
    ],
)
def test_an_origin_is_one_segment_and_back(origin: str) -> None:
    place = segment(origin)

    assert place is not None
    assert "/" not in place
    assert origin_of(place) == origin


@pytest.mark.parametrize(
    "origin", ["ftp://a.example/", "https://a.example", "https://u:p@a.example/", "urn:x", ""]
)
def test_what_is_no_base_has_no_segment(origin: str) -> None:
    assert segment(origin) is None


@pytest.mark.parametrize(
    "odd",
    [
        "https://lab.example/dataset/12",
        "http://data.example:8080/id?x=1&y=a%20b",
        "https://lab.example/a.b/c~d+e.ttl",
        "https://lab.example/città/è",
        "https://lab.example/",
    ],
)
def test_a_record_of_an_odd_form_has_a_page_by_its_whole_address(odd: str) -> None:
    path = local_path(odd, "https://lab.example/feed", "https://torino.example/")

    room, _, slug = path.partition("/")
    assert room == "unsigned"
    assert not set("/?#.%") & set(slug.partition("+")[2])
    assert iri_of(slug) == odd


def test_a_record_that_is_no_place_on_the_web_is_only_at_home() -> None:
    assert local_path("urn:x:1", "https://lab.example/", "https://torino.example/") == "urn:x:1"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("2019", "2019"),
        ("2019-09", "September 2019"),
        ("2019-09-03", "3 September 2019"),
        ("2019-13", "2019"),
    ],
)
def test_a_date_keeps_its_precision(value: str, words: str) -> None:
    assert moment(Moment(value=value)) == words


def test_periods_and_ages_read_well() -> None:
    assert period(Moment(value="2019"), Moment(value="2020-06")) == "2019 to June 2020"
    assert period(None, Moment(value="2020")) == "until 2020"
    assert period(Moment(value="2020"), Moment(value="2020")) == "2020"
    assert (ago(0), ago(61), ago(90_000)) == ("just now", "1 minute ago", "1 day ago")


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//a.example/",
        "https://",
        "https://a.example/\u202e",
        "https://a b",
        "http://[",
        "vbscript:x",
        "",
        None,
    ],
)
def test_only_web_and_mail_addresses_are_links(address: str | None) -> None:
    assert link(address) is None


def test_the_invisible_is_shown() -> None:
    assert shown("a\u202eb\x00\nc") == "a⟨U+202E⟩b⟨U+0000⟩\nc"
    assert link("https://a.example/x?y=1") == "https://a.example/x?y=1"
    assert link("mailto:a@b.example") == "mailto:a@b.example"


def test_well_known_text_becomes_boxes_and_shapes() -> None:
    ring = "POLYGON((7 45, 8 45, 8 46, 7 45))"

    assert box(ring) == Box(west=7, south=45, east=8, north=46)
    assert centre("POINT(7.5 45.25)") == (7.5, 45.25)
    assert geometry(ring) == {
        "type": "Polygon",
        "coordinates": [[[7, 45], [8, 45], [8, 46], [7, 45]]],
    }
    for odd in (None, "", "POINT EMPTY", "POINT(200 0)", "POINT(1e999 0)", "(" * 99_999, "POINT()"):
        assert geometry(odd) is None
    assert geometry("POLYGON(" + "(" * 50_000 + "1 1" + ")" * 50_000 + ")") is None


class _Uncompared(Known):
    """A record that is compared with no other: a page of hundreds would take their square."""

    def __eq__(self, other: object) -> bool:
        raise AssertionError("compared")

    __hash__ = None  # type: ignore[assignment]


def test_records_that_name_one_hundreds_of_times_each_are_told_once_and_compared_with_none() -> (
    None
):
    city, named = City("ghent"), "https://torino.example/testbeds/track"
    parts = tuple(f"{named}#service-{number}" for number in range(1, 76))
    naming_it = [
        _Uncompared(
            record=experiment(city.base, slug, services=parts, testbeds=(named,), calls=parts),
            member=city.publish(slug),
            received="2026-11-22T08:00:00Z",
            via=city.base,
        )
        for slug in ("one", "two", "three")
    ]

    found = naming(named, naming_it)

    assert {
        words: [each.record.identifier for each in those] for words, those in found.items()
    } == {
        "Used by": ["one", "two", "three"],
        "Answered by": ["one", "two", "three"],
    }
