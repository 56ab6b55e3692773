# ruff: noqa: RUF001
"""Coordinates with directions in the words of a city: none is lost, none is turned round."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodes.importing import degrees, propose, read, read_mapping
from nodes.importing.degrees import angles
from tests.nodes.importing.cities import NOW
from tests.nodes.importing.small import CITY, write

COMPASS = tomllib.loads(Path(degrees.__file__).with_name("compass.toml").read_text("utf-8"))
LATIN = {"north": ["N"], "south": ["S"], "east": ["E"], "west": ["W"]}


def _spelt(word: str, stop: bool) -> str:
    return word.replace(".", ". ") + "." if stop else word


@given(
    st.sampled_from([each for each in COMPASS if each != "any"]),
    st.integers(0, 89 * 3600),
    st.integers(0, 179 * 3600),
    st.data(),
)
@settings(deadline=None)
def test_a_point_is_read_as_it_was_written_in_each_language(
    language: str, north: int, east: int, data: st.DataObject
) -> None:
    own = COMPASS[language]
    sides = ("north", "south"), ("east", "west")
    before, upper, stop = (data.draw(st.booleans()) for _ in range(3))
    form = data.draw(st.sampled_from(("dms", "degrees", "plain")))
    written, meant = [], []
    for seconds, pair in zip((north, east), sides, strict=True):
        side = data.draw(st.sampled_from([each for each in pair if each in own]))
        word = _spelt(data.draw(st.sampled_from(own[side] + LATIN[side] * (stop is False))), stop)
        if word in LATIN[side] and word.casefold() in {
            each for other, words in own.items() if other != side for each in words
        }:
            word = own[side][0]
        number = f"{seconds / 3600:.6f}" + ("°" if form == "degrees" else "")
        if form == "dms":
            number = f"{seconds // 3600}° {seconds // 60 % 60}' {seconds % 60}\""
        word = word.upper() if upper and word.isascii() else word
        written.append(f"{word} {number}" if before else f"{number} {word}")
        meant.append(-seconds / 3600 if side in {"south", "west"} else seconds / 3600)

    found = angles(data.draw(st.sampled_from((", ", " ", "; ", " / "))).join(written), language)

    assert found is not None
    assert [each.axis for each in found] == ["latitude", "longitude"]
    assert [each.value for each in found] == pytest.approx(meant, abs=1e-5)


@pytest.mark.parametrize(
    ("text", "language", "values"),
    [
        ("39,9334 K, 32,8597 D", "tr", [39.9334, 32.8597]),
        ("40° 37' 30\" Β 22° 57' 0\" Α", "el", [40.625, 22.95]),
        ("42,6977° с.ш., 23,3219° и.д.", "bg", [42.6977, 23.3219]),
        ("31.95 شمالاً، 35.93 شرقاً", "ar", [31.95, 35.93]),
        ("۳۵٫۷۰۱۲° شمالی، ۵۱٫۴۰۲۳° شرقی", "fa", [35.7012, 51.4023]),
        ("北緯35度41分22秒 東経139度41分30秒", "ja", [35.6894444, 139.6916667]),
        ("N 45° 4' 12\" E 7° 41' 15\"", "it", [45.07, 7.6875]),
        ("57,7 N 11,9 O", "sv", [57.7, 11.9]),
        ("43,5 N 1,4 O", "fr", [43.5, -1.4]),
    ],
)
def test_points_are_read_as_officers_write_them(
    text: str, language: str, values: list[float]
) -> None:
    assert [each.value for each in angles(text, language) or ()] == values


@pytest.mark.parametrize(
    "text",
    ["39,9334 K, 32,8597 D", "N/A", "12 Nord Street", "Est", "45.07, 7.69", "45 N 44 N", "45 N 7"],
)
def test_what_is_no_point_in_this_language_is_none(text: str) -> None:
    assert angles(text, "it") is None


@given(st.text(alphabet="NSEWOKDGBсшид0123456789°'\".,; -", max_size=100))
@settings(deadline=None)
def test_no_text_makes_the_reader_of_points_fail(text: str) -> None:
    for language in ("it", "tr", "bg"):
        assert all(abs(each.value) < 182 for each in angles(text, language) or ())


@pytest.mark.parametrize(
    ("headings", "cells"),
    [
        (("coordinate",), ("45° 4' 12\" Nord 7° 41' 15\" Est",)),
        (("posizione",), ("45,07 N; 7,6875 E",)),
        (("lat", "lon"), ("45,07° N", "7,6875° Est")),
        (("lat", "lon"), ("٤٥٫٠٧", "٧٫٦٨٧٥")),
    ],
)
def test_columns_of_coordinates_are_proposed_in_every_spelling(
    tmp_path: Path, headings: tuple[str, ...], cells: tuple[str, ...]
) -> None:
    row: dict[str, Any] = {
        "id": "p-1", "titolo": "Navetta", "descrizione": "Una navetta di prova.",
        "temi": "mobilità", "soggetti": "Ohmio (impresa)", "sito": "https://example.org/1",
        **dict(zip(headings, cells, strict=True)),
    }  # fmt: skip
    path = write(tmp_path, "prove.tsv", "\t".join(row) + "\n" + "\t".join(row.values()) + "\n")

    [found] = read(path, read_mapping(propose(path, CITY).text(), path), CITY, NOW).records

    assert found.place is not None
    assert found.place.wkt == "POINT(7.6875 45.07)"
