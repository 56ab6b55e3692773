"""Cells become values: dates, coordinates, words, partners, addresses and identifiers."""

from pathlib import Path

import pytest

from nodes.importing.records import slug
from nodes.sayable import checked
from tests.nodes.importing.small import CITY, FIELDS, VALUES, read_rows
from vocab.terms import SCHEMES


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2019", "2019"),
        ("09/2019", "2019-09"),
        ("9.2019", "2019-09"),
        ("16/01/2020", "2020-01-16"),
        ("6.6.2019", "2019-06-06"),
        ("16 - 1 - 2020", "2020-01-16"),
        ("2020-01-16", "2020-01-16"),
        ("2020-01", "2020-01"),
        ("2020/01/16", "2020-01-16"),
        ("2020-01-16T09:30:00+01:00", "2020-01-16"),
        ("settembre 2019", "2019-09"),
        ("16 gennaio 2020", "2020-01-16"),
        ("1º giugno 2020", "2020-06-01"),
        ("Sept. 2019", "2019-09"),
        ("29/02/2020", "2020-02-29"),
    ],
)
def test_dates_are_read_at_the_precision_given(tmp_path: Path, written: str, read: str) -> None:
    reading = read_rows(tmp_path, {"inizio": written})

    assert [each.start and each.start.value for each in reading.records] == [read]
    assert reading.findings == ()


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("31/02/2020", "has a day 31 that this month does not have"),
        ("13/2020", "has a month 13"),
        ("01/16/2020", "has a month 16"),
        ("16/01/20", "has a year of two digits"),
        ("circa 2018", "is no date that can be read"),
        ("0019", "has the year 19"),
    ],
)
def test_a_bad_date_is_left_out_and_said(tmp_path: Path, written: str, reason: str) -> None:
    reading = read_rows(tmp_path, {}, {"inizio": written})

    assert reading.records[1].start is None
    [finding] = map(str, reading.findings)
    assert f"prove.csv, row 3, column inizio (G3): '{written}': {reason}" in finding
    assert "write 16/09/2019, 09/2019 or 2019" in finding


def test_the_order_of_day_and_month_is_never_guessed(tmp_path: Path) -> None:
    reading = read_rows(tmp_path, {"inizio": "03/04/2020"}, date_order="year-month-day")
    american = read_rows(tmp_path, {"inizio": "03/04/2020"}, date_order="month-day-year")

    assert reading.records[0].start is None
    assert "leaves open which number is the day: write date_order" in str(reading.findings[0])
    assert american.records[0].start is not None
    assert american.records[0].start.value == "2020-03-04"


def test_an_end_before_the_start_leaves_the_row_out(tmp_path: Path) -> None:
    reading = read_rows(
        tmp_path, {"inizio": "2020", "fine": "06/2019"}, {"inizio": "06/2019", "fine": "2019"}
    )
    good, bad = checked(reading.records)

    assert [each.identifier for each in good] == ["p-2"]
    [finding] = reading.refused(bad)
    assert finding is not None
    assert (finding.row, finding.column, finding.value) == (2, "fine", "2019-06")
    assert "The end is before the start. Look at both dates" in finding.message


@pytest.mark.parametrize(
    ("written", "start", "end"),
    [
        ("2017 \u2013 2019", "2017", "2019"),
        ("2017-2019", "2017", "2019"),
        ("01/2017 - 03/2018", "2017-01", "2018-03"),
        ("2017-01/2018-03", "2017-01", "2018-03"),
        ("2017-01-05", "2017-01-05", None),
        ("2017", "2017", None),
        ("2017 \u2013", "2017", None),
        ("\u2013 2019", None, "2019"),
    ],
)
def test_a_period_in_one_cell_gives_start_and_end(
    tmp_path: Path, written: str, start: str | None, end: str | None
) -> None:
    fields = {**FIELDS, "period": "inizio"}
    del fields["start"]

    reading = read_rows(tmp_path, {"inizio": written}, fields=fields)

    [found] = reading.records
    assert (found.start and found.start.value, found.end and found.end.value) == (start, end)
    assert reading.findings == ()


def test_a_period_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    fields = {**FIELDS, "period": "inizio"}
    del fields["start"]

    reading = read_rows(tmp_path, {"inizio": "per due anni"}, fields=fields)

    assert "column inizio (G2): 'per due anni': is no period" in str(reading.findings[0])


@pytest.mark.parametrize(
    ("lat", "lon", "decimal"),
    [("45,070", "7,7", ","), ("45.07", "7.70", "."), ("+45,07", " 7,7 ", ",")],
)
def test_coordinates_are_read_with_the_decimal_mark_of_the_mapping(
    tmp_path: Path, lat: str, lon: str, decimal: str
) -> None:
    reading = read_rows(tmp_path, {"lat": lat, "lon": lon}, decimal=decimal)

    assert [each.place and each.place.wkt for each in reading.records] == ["POINT(7.7 45.07)"]
    assert reading.findings == ()


@pytest.mark.parametrize(
    ("lat", "lon", "wkt", "reason"),
    [
        ("45.07", "7,7", "POINT(7.7 45.07)", "has '.' as decimal mark where the mapping says ','"),
        ("7,7", "45,07", "POINT(7.7 45.07)", "has latitude and longitude changed over"),
        ("5621521,49", "857160,08", "POINT(7.7 45)", "is in metres of Web Mercator"),
        ("48,2", "16,4", "POINT(16.4 48.2)", "lies outside Provincia (POINT(16.4 48.2))"),
        ("45070", "7,7", None, "is nowhere on earth"),
        ("nord", "7,7", None, "is no number: write it as 45,095"),
        ("45.070.123", "7,7", None, "is no number"),
        ("45,07", "", None, "is missing beside the other coordinate"),
    ],
)
def test_odd_coordinates_are_reported(
    tmp_path: Path, lat: str, lon: str, wkt: str | None, reason: str
) -> None:
    reading = read_rows(tmp_path, {"lat": lat, "lon": lon})

    assert [each.place and each.place.wkt for each in reading.records] == [wkt]
    assert reason in str(reading.findings[0])
    assert "prove.csv, row 2, column l" in str(reading.findings[0])


@pytest.mark.parametrize(
    ("written", "order", "wkt"),
    [
        ("45.07, 7.7", "latitude longitude", "POINT(7.7 45.07)"),
        ("[7.7, 45.07]", "longitude latitude", "POINT(7.7 45.07)"),
    ],
)
def test_a_pair_in_one_cell_is_read_in_the_order_the_mapping_names(
    tmp_path: Path, written: str, order: str, wkt: str
) -> None:
    fields = {**FIELDS, "point": {"column": "lat", "order": order}}

    reading = read_rows(tmp_path, {"lat": written}, fields=fields, decimal=".")

    assert [each.place and each.place.wkt for each in reading.records] == [wkt]


def test_no_pair_says_how_to_write_one(tmp_path: Path) -> None:
    fields = {**FIELDS, "point": {"column": "lat", "separator": ";"}}

    reading = read_rows(tmp_path, {"lat": "45,07"}, fields=fields)

    assert "column lat (J2): '45,07': is no pair of coordinates: write 45,095; 7,699" in (
        str(reading.findings[0])
    )


@pytest.mark.parametrize(
    ("written", "wkt"),
    [
        ("point (7.70 45.0)", "POINT(7.7 45)"),
        ("POINT Z (7.7 45 230)", "POINT(7.7 45)"),
        (
            "POLYGON ((7.6 45,7.7 45 , 7.7 45.1,7.6 45))",
            "POLYGON((7.6 45, 7.7 45, 7.7 45.1, 7.6 45))",
        ),
        ("<http://www.opengis.net/def/crs/OGC/1.3/CRS84> POINT(7.7 45)", "POINT(7.7 45)"),
        ("SRID=3003;POINT(1395000 4990000)", None),
        ("POINT(7.7)", None),
        ("POINT(7.7 45", None),
        ("ovunque", None),
        ("GEOMETRYCOLLECTION(POINT(7.7 45))", None),
    ],
)
def test_well_known_text_is_checked(tmp_path: Path, written: str, wkt: str | None) -> None:
    reading = read_rows(tmp_path, {"lat": written}, fields={**FIELDS, "geometry": "lat"})

    assert [each.place and each.place.wkt for each in reading.records] == [wkt]
    assert bool(reading.findings) == (wkt is None)


def test_an_unknown_theme_stays_a_keyword_and_is_reported(tmp_path: Path) -> None:
    reading = read_rows(tmp_path, {"temi": "mobilità, mobilita dolce"})

    [found] = reading.records
    assert found.themes == (f"{SCHEMES}theme/mobility",)
    assert found.keywords == (("it", "mobilita dolce"), ("it", "mobilità"))
    [finding] = map(str, reading.findings)
    assert "row 2, column temi (D2): 'mobilita dolce': is no theme we know" in finding
    assert "did you mean 'mobilità'? If not, add the word to [values.themes]" in finding


def test_a_word_may_stay_a_keyword_on_purpose(tmp_path: Path) -> None:
    values = {**VALUES, "themes": {**VALUES["themes"], "varie": ""}}

    reading = read_rows(tmp_path, {"temi": "mobilità, varie"}, values=values)

    assert reading.records[0].keywords == (("it", "mobilità"), ("it", "varie"))
    assert reading.findings == ()


def test_the_mapping_wins_over_the_labels_of_the_scheme(tmp_path: Path) -> None:
    values = {**VALUES, "themes": {"mobilità": "logistics"}}

    by_label = read_rows(tmp_path, {}, values={**VALUES, "themes": {}})
    by_mapping = read_rows(tmp_path, {}, values=values)

    assert by_label.records[0].themes == (f"{SCHEMES}theme/mobility",)
    assert by_mapping.records[0].themes == (f"{SCHEMES}theme/logistics",)


def test_a_row_with_no_known_theme_is_left_out(tmp_path: Path) -> None:
    reading = read_rows(tmp_path, {"temi": "varie"}, {})

    assert [each.identifier for each in reading.records] == ["p-2"]
    assert reading.held == (f"{CITY.base}experiments/p-1",)
    assert "row 2, column temi (D2): 'varie': names no theme we know" in str(reading.errors[0])


@pytest.mark.parametrize(
    ("written", "stage", "word"),
    [
        ("conclusa", "completed", "conclusa"),
        ("Conclusa (2019)", "completed", "Conclusa (2019)"),
        ("", "unknown", None),
        ("n/a", "unknown", None),
        ("boh", "unknown", None),
    ],
)
def test_the_status_word_stays_beside_the_stage(
    tmp_path: Path, written: str, stage: str, word: str | None
) -> None:
    reading = read_rows(tmp_path, {"stato": written}, blank=["boh"])

    assert reading.records[0].stage == f"{SCHEMES}lifecycle/{stage}"
    assert reading.records[0].status_word == word
    assert reading.findings == ()


def test_an_unknown_status_gives_stage_unknown_and_a_warning(tmp_path: Path) -> None:
    reading = read_rows(tmp_path, {"stato": "quasi conclusa"})

    assert reading.records[0].stage == f"{SCHEMES}lifecycle/unknown"
    assert reading.records[0].status_word == "quasi conclusa"
    assert "column stato (I2): 'quasi conclusa': is no status we know" in str(reading.findings[0])
    assert "[values.status]" in str(reading.findings[0])


def test_bilingual_cells_give_words_in_both_languages(tmp_path: Path) -> None:
    fields = {
        **FIELDS,
        "themes": {"column": "temi", "bilingual": ["en", "it"]},
        "status": {"column": "stato", "bilingual": ["en", "it"]},
    }

    reading = read_rows(
        tmp_path, {"temi": "mobility / mobilità", "stato": "done / conclusa"}, fields=fields
    )

    [found] = reading.records
    assert found.keywords == (("en", "mobility"), ("it", "mobilità"))
    assert (found.status_word, found.stage) == ("conclusa", f"{SCHEMES}lifecycle/completed")
    assert reading.findings == ()


@pytest.mark.parametrize(
    ("form", "written", "names"),
    [
        ("name (role)", "Ohmio (impresa), Rossi (Bianchi) (impresa)", ["Ohmio", "Rossi (Bianchi)"]),
        ("name (role)", "Rossi, Bianchi & Co. (impresa)", ["Rossi", "Bianchi & Co."]),
        ("name \u2013 role", "Ohmio - impresa, A - B \u2014 impresa", ["Ohmio", "A - B"]),
        ("role: name", "impresa: Ohmio, impresa: A: B", ["Ohmio", "A: B"]),
        ("name", "Ohmio, GTT", ["Ohmio", "GTT"]),
    ],
)
def test_partners_are_read_in_the_form_the_mapping_shows(
    tmp_path: Path, form: str, written: str, names: list[str]
) -> None:
    fields = {**FIELDS, "partners": {"column": "chi", "form": form}}

    [found] = read_rows(tmp_path, {"chi": written}, fields=fields).records

    assert [each.name for each in found.partners] == names


def test_a_partner_without_role_is_kept_and_reported(tmp_path: Path) -> None:
    reading = read_rows(tmp_path, {"chi": "Ohmio (impresa), GTT"})

    assert [(each.name, bool(each.helix)) for each in reading.records[0].partners] == [
        ("Ohmio", True),
        ("GTT", False),
    ]
    assert "'GTT': has no role" in str(reading.findings[0])
    assert "write it as 'name (role)'" in str(reading.findings[0])


def test_a_role_nobody_knows_stays_as_what_the_partner_did(tmp_path: Path) -> None:
    reading = read_rows(tmp_path, {"chi": "GTT (gestore)"})

    [partner] = reading.records[0].partners
    assert (partner.helix, partner.task) == (None, {"it": "gestore"})
    assert "'gestore': is no helix role we know (partner 'GTT')" in str(reading.findings[0])


def test_lists_of_different_length_are_not_believed(tmp_path: Path) -> None:
    fields = {**FIELDS, "partners": {"column": "chi", "roles": "stato", "separator": "|"}}
    del fields["status"]

    reading = read_rows(tmp_path, {"chi": "Ohmio|GTT", "stato": "impresa"}, fields=fields)

    assert [(each.name, each.helix) for each in reading.records[0].partners] == [
        ("Ohmio", None),
        ("GTT", None),
    ]
    assert "column stato (I2): 'impresa': has 1 entries beside 2 in chi" in str(reading.findings[0])


def test_partners_may_stand_in_several_columns_and_one_be_always_there(tmp_path: Path) -> None:
    fields = {
        **FIELDS,
        "partners": [
            {"constant": "Comune di Provincia", "is": "public-administration"},
            {"column": "chi"},
        ],
    }

    [found] = read_rows(tmp_path, {"chi": "Ohmio, Comune di Provincia"}, fields=fields).records

    assert [each.name for each in found.partners] == ["Comune di Provincia", "Ohmio"]


@pytest.mark.parametrize(
    ("heading", "reason"),
    [
        ("titolo", "write the title"),
        ("testo", "describe the experiment"),
        ("temi", "write at least one theme"),
        ("chi", "write at least one, the city if no other"),
        ("fonte", "write the address of the source"),
    ],
)
def test_a_row_without_what_is_needed_is_left_out_and_says_what_to_write(
    tmp_path: Path, heading: str, reason: str
) -> None:
    reading = read_rows(tmp_path, {heading: ""}, {})

    assert [each.identifier for each in reading.records] == ["p-2"]
    [finding] = reading.errors
    assert (finding.sheet, finding.row, finding.column) == ("prove.csv", 2, heading)
    assert reason in finding.message


@pytest.mark.parametrize(
    "written", ["example.org", "ftp://example.org/a", "https://a b", "www.a b", "qui"]
)
def test_what_is_no_web_address_is_left_out_and_said(tmp_path: Path, written: str) -> None:
    fields = {**FIELDS, "landing_page": {"column": "stato", "separator": "|"}}
    del fields["status"]

    reading = read_rows(tmp_path, {"stato": written}, fields=fields)

    assert reading.records[0].landing_page is None
    assert f"column stato (I2): '{written}': is no web address" in str(reading.findings[0])


def test_an_address_without_https_is_read_and_said(tmp_path: Path) -> None:
    reading = read_rows(tmp_path, {"fonte": "www.example.org/tram"})

    assert reading.records[0].source_pages == ("https://www.example.org/tram",)
    [finding] = map(str, reading.findings)
    assert "does not say https://, so it was read as 'https://www.example.org/tram'" in finding


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (
            "https://a.example/1 https://b.example/?x=1;2",
            "https://a.example/1 https://b.example/?x=1;2",
        ),
        ("https://a.example/1; https://b.example/2;", "https://a.example/1 https://b.example/2"),
        ("https://a.example/1,https://b.example/2", "https://a.example/1 https://b.example/2"),
        (
            "<https://a.example/1>, (https://b.example/2).",
            "https://a.example/1 https://b.example/2",
        ),
        (
            "https://a.example/A_(b), https://b.example/2",
            "https://a.example/A_(b) https://b.example/2",
        ),
        ("https://a.example/Inc.", "https://a.example/Inc."),
        ("https://a.example/A_(b)", "https://a.example/A_(b)"),
    ],
)
def test_addresses_in_one_cell_are_parted_and_lead_where_they_should(
    tmp_path: Path, written: str, read: str
) -> None:
    reading = read_rows(tmp_path, {"fonte": written})

    assert list(reading.records[0].source_pages) == read.split()


def test_doubled_identifiers_are_all_left_out_and_all_reported(tmp_path: Path) -> None:
    reading = read_rows(tmp_path, {"id": "A/1"}, {}, {"id": "a-1"})

    assert [each.identifier for each in reading.records] == ["p-2"]
    assert [each.row for each in reading.errors] == [2, 4]
    assert "row 2, column id (A2): 'A/1': gives the same address as 'a-1' in row 4" in (
        str(reading.errors[0])
    )


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ("torino-01", "torino-01"),
        ("Prova n. 7/2019", "prova-n-7-2019"),
        ("Größe Ærø", "grosse-aero"),
        ("Città più", "citta-piu"),
    ],
)
def test_an_address_is_made_of_the_identifier_alone(identifier: str, expected: str) -> None:
    assert slug(identifier) == expected


def test_identifiers_without_latin_letters_still_get_an_address_of_their_own() -> None:
    first, second = slug("実験一"), slug("実験二")

    assert first != second
    assert first.isascii()
    assert slug("a" * 200) != slug("a" * 201)
    assert len(slug("a" * 200)) < 100


def test_a_season_or_quarter_gives_its_year_and_says_so(tmp_path: Path) -> None:
    reading = read_rows(tmp_path, {"inizio": "primavera 2018", "fine": "Q3 2019"})

    [found] = reading.records
    assert (found.start and found.start.value, found.end and found.end.value) == ("2018", "2019")
    assert [each.value for each in reading.findings] == ["primavera 2018", "Q3 2019"]


def test_a_missing_identifier_is_made_of_the_title_and_stays_the_same(tmp_path: Path) -> None:
    first = read_rows(tmp_path, {"id": ""}, {})
    again = read_rows(tmp_path, {}, {"id": "", "testo": "Altro testo."})

    made = first.records[0].identifier
    assert made.startswith("navetta-")
    assert again.records[1].identifier == made
    assert f"'{made}' was made of the title" in str(first.findings[0])


@pytest.mark.parametrize("written", ["(", "a (", ",", ";"])
def test_a_cell_of_nothing_but_separators_holds_no_import_up(tmp_path: Path, written: str) -> None:
    endless = (written * 90_000)[:90_000]

    reading = read_rows(tmp_path, {}, {"chi": endless, "fonte": endless})

    assert reading.rows == 2
    assert reading.records[0].identifier == "p-1"
