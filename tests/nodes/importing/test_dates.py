# ruff: noqa: RUF001
"""Dates in other calendars, scripts and languages, and dates that say less than a day."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nodes.importing
from nodes.importing import Reading
from nodes.importing.dates import Custom, Unread, dated, moment
from nodes.importing.lexicon import is_vague
from nodes.importing.monthnames import month_of
from tests.nodes.importing.small import FIELDS, read_rows


def read_one(folder: Path, written: str, field: str = "inizio", **settings: Any) -> Reading:
    return read_rows(folder, {field: written}, **settings)


def dates(reading: Reading) -> tuple[str | None, str | None]:
    [found] = reading.records
    return found.start and found.start.value, found.end and found.end.value


@pytest.mark.parametrize(
    ("written", "read", "calendar"),
    [
        ("พ.ศ. 2566", "2023", "buddhist"),
        ("15 พฤษภาคม พ.ศ. 2566", "2023-05-15", "buddhist"),
        ("๑๕/๐๕/๒๕๖๖ พ.ศ.", "2023-05-15", "buddhist"),
        ("2566 B.E.", "2023", "buddhist"),
        ("令和5年3月1日", "2023-03-01", "japanese"),
        ("令和5年3月", "2023-03", "japanese"),
        ("令和五年三月十五日", "2023-03-15", "japanese"),
        ("平成31年4月", "2019-04", "japanese"),
        ("㋿2年", "2020", "japanese"),
        ("民國112年5月1日", "2023-05-01", "minguo"),
        ("民国112年", "2023", "minguo"),
        ("۱۲ مرداد ۱۴۰۲", "2023-08-03", "persian"),
        ("1402/05/12 ه.ش", "2023-08-03", "persian"),
        ("12 Mordad 1402", "2023-08-03", "persian"),
        ("1 فروردین 1403", "2024-03-20", "persian"),
        ("כ״ג באייר תשפ״ג", "2023-05-14", "hebrew"),
        ("1 Tishrei 5783", "2022-09-26", "hebrew"),
        ("1 መስከረም 2015", "2022-09-11", "ethiopian"),
        ("2015-13-05 E.C.", "2023-09-10", "ethiopian"),
    ],
)
def test_a_date_that_names_its_calendar_is_read_and_told(
    tmp_path: Path, written: str, read: str, calendar: str
) -> None:
    reading = read_one(tmp_path, written)

    assert dates(reading) == (read, None)
    [finding] = map(str, reading.findings)
    assert f"read as {read}: if that is right" in finding
    assert f'calendar = "{calendar}"' in finding


@pytest.mark.parametrize(
    ("written", "calendar", "read"),
    [
        ("2566", "buddhist", "2023"),
        ("05/2566", "buddhist", "2023-05"),
        ("15 maggio 2566", "buddhist", "2023-05-15"),
        ("R5.3.1", "japanese", "2023-03-01"),
        ("H30", "japanese", "2018"),
        ("2019-09", "japanese", "2019-09"),
        ("112/5/1", "minguo", "2023-05-01"),
        ("112", "minguo", "2023"),
        ("1402/05/12", "persian", "2023-08-03"),
        ("۱۴۰۲/۰۵/۱۲", "persian", "2023-08-03"),
        ("2015-01-01", "ethiopian", "2022-09-11"),
        ("2015-01-01", "gregorian", "2015-01-01"),
        ("5783-07-01", "hebrew", "2022-09-26"),
    ],
)
def test_the_mapping_names_the_calendar(
    tmp_path: Path, written: str, calendar: str, read: str
) -> None:
    reading = read_one(tmp_path, written, calendar=calendar)

    assert dates(reading) == (read, None)
    assert reading.findings == ()


@pytest.mark.parametrize(
    ("written", "language", "read"),
    [
        ("2566", "th", "2023"),
        ("15 พฤษภาคม 2566", "th", "2023-05-15"),
        ("15 พ.ค. 2566", "th", "2023-05-15"),
        ("2023-05-15", "th", "2023-05-15"),
        ("۱۴۰۲/۰۵/۱۲", "fa", "2023-08-03"),
        ("2019", "fa", "2019"),
        ("R5.3.1", "ja", "2023-03-01"),
        ("2023年5月1日", "ja", "2023-05-01"),
        ("112/5/1", "zh-tw", "2023-05-01"),
        ("2023年5月", "zh-tw", "2023-05"),
        ("5783-07-01", "he", "2022-09-26"),
    ],
)
def test_a_language_that_counts_years_so_makes_it_certain(
    tmp_path: Path, written: str, language: str, read: str
) -> None:
    assert dates(read_one(tmp_path, written, language=language)) == (read, None)


@pytest.mark.parametrize(
    ("written", "language", "reason"),
    [
        (
            "2562",
            "it",
            'may be of the calendar Buddhist, and nothing says which: write calendar = "',
        ),
        ("1402/05/12", "it", "may be of the calendar Persian, Islamic, and nothing says which"),
        ("5783", "it", "may be of the calendar Hebrew"),
        ("2015", "am", "may be of the calendar Gregorian, Ethiopian"),
        ("R5.3.1", "it", "is no date that can be read"),
        ("112/5/1", "it", "is no date that can be read"),
        ("平成35年", "ja", "is a year that the era 平成 does not have"),
        ("30 February 2566 B.E.", "it", "is a day that the Buddhist calendar does not have"),
        ("1402/12/30", "fa", "is a day that the Persian calendar does not have"),
        ("1402", "fa", "from 2023-03-21 to 2024-03-19, which is no single year of ours"),
        ("1441 هـ", "it", "which is no single year of ours"),
        ("B.E. 2019", "it", "has the year 2019"),
    ],
)
def test_a_calendar_is_never_guessed(
    tmp_path: Path, written: str, language: str, reason: str
) -> None:
    reading = read_one(tmp_path, written, language=language)

    assert dates(reading) == (None, None)
    [finding] = map(str, reading.findings)
    assert f"prove.csv, row 2, column inizio (G2): '{written}': " in finding
    assert reason in finding
    assert finding.endswith("it was left out")


@pytest.mark.parametrize(
    ("written", "language", "read"),
    [
        ("1402/05", "fa", "2023"),  # from July to August
        ("15 رمضان 1441 هـ", "ar", "2020-05"),  # the moon is sighted, not computed
        ("رمضان 1441", "ar", "2020"),
        ("אדר תשפ״ד", "he", "2024"),  # one of two
        ("2015-13 E.C.", "en", "2023-09"),
    ],
)
def test_of_another_calendar_only_what_is_certain_is_kept(
    tmp_path: Path, written: str, language: str, read: str
) -> None:
    reading = read_one(tmp_path, written, language=language)

    assert dates(reading) == (read, None)
    assert f"of which only {read} is certain" in str(reading.findings[0])


def test_a_year_that_another_calendar_cannot_have_is_ours(tmp_path: Path) -> None:
    reading = read_one(tmp_path, "2019-09", calendar="buddhist")

    assert dates(reading) == ("2019-09", None)
    assert "can be no year of the Buddhist calendar" in str(reading.findings[0])


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("２０１９-０９-１６", "2019-09-16"),
        ("१६/०९/२०१९", "2019-09-16"),
        ("١٦/٠٩/٢٠١٩", "2019-09-16"),
        ("16 September 2019", "2019-09-16"),
        ("September 16, 2019", "2019-09-16"),
        ("16-Sep-2019", "2019-09-16"),
        ("syyskuu 2019", "2019-09"),
        ("16 września 2019", "2019-09-16"),
        ("16. september 2019", "2019-09-16"),
        ("setembre del 2019", "2019-09"),
        ("Σεπτέμβριος 2019", "2019-09"),
        ("maandag 16 september 2019", "2019-09-16"),
        ("2019년 9월 16일", "2019-09-16"),
        ("ค.ศ. 2019", "2019"),
        ("since 2019", "2019"),
        ("dal 2019", "2019"),
        ("seit September 2019", "2019-09"),
        ("vanaf 09/2019", "2019-09"),
        ("2019 in poi", "2019"),
    ],
)
def test_digits_and_words_of_all_languages_make_dates(
    tmp_path: Path, written: str, read: str
) -> None:
    reading = read_one(tmp_path, written)

    assert dates(reading) == (read, None)
    assert reading.findings == ()


SIDES = {
    "en": ("since 2019", "until 2021", "ongoing"),
    "it": ("dal 2019", "fino al 2021", "in corso"),
    "fr": ("depuis 2019", "jusqu'en 2021", "en cours"),
    "de": ("seit 2019", "bis 2021", "laufend"),
    "es": ("desde 2019", "hasta 2021", "en curso"),
    "nl": ("sinds 2019", "tot 2021", "lopend"),
    "fi": ("2019 alkaen", "2021 asti", "käynnissä"),
    "da": ("siden 2019", "indtil 2021", "igangværende"),
    "ca": ("des de 2019", "fins a 2021", "en curs"),
    "pt": ("desde 2019", "até 2021", "em curso"),
    "el": ("από 2019", "έως 2021", "σε εξέλιξη"),
    "et": ("alates 2019", "kuni 2021", "käimas"),
    "nb": ("fra 2019", "til 2021", "pågående"),
    "sv": ("sedan 2019", "till och med 2021", "pågår"),
    "pl": ("od 2019", "do 2021", "w toku"),
}


@pytest.mark.parametrize("language", list(SIDES))
def test_each_language_may_say_since_until_and_still(tmp_path: Path, language: str) -> None:
    since, until, now = SIDES[language]
    reading = read_rows(
        tmp_path,
        {"inizio": since, "fine": until},
        {"inizio": since, "fine": now},
        language=language,
    )

    assert [str(each) for each in reading.findings] == []
    first, second = reading.records
    assert (first.start and first.start.value, first.end and first.end.value) == ("2019", "2021")
    assert (second.start and second.start.value, second.end) == ("2019", None)


@pytest.mark.parametrize(
    ("field", "written", "read", "reason"),
    [
        ("inizio", "Q3 2021", ("2021", None), "says no month for certain"),
        ("inizio", "Q2/2024", ("2024", None), "says no month for certain"),
        ("inizio", "2024-Q2", ("2024", None), "says no month for certain"),
        ("inizio", "II kwartał 2024", ("2024", None), "says no month for certain"),
        ("inizio", "Quý III/2024", ("2024", None), "says no month for certain"),
        ("inizio", "2024. a III kvartal", ("2024", None), "says no month for certain"),
        ("inizio", "2024 m. III ketv.", ("2024", None), "says no month for certain"),
        ("inizio", "2025 yılı 1. çeyrek", ("2025", None), "says no month for certain"),
        ("inizio", "Γ΄ τρίμηνο 2024", ("2024", None), "says no month for certain"),
        ("inizio", "sem. I 2025", ("2025", None), "says no month for certain"),
        ("inizio", "1T2025", ("2025", None), "says no month for certain"),
        ("inizio", "mid-2024", ("2024", None), "says no month for certain"),
        ("inizio", "from spring 2022", ("2022", None), "says no month for certain"),
        ("fine", "until mid 2022", (None, "2022"), "says no month for certain"),
        ("fine", "from spring 2022", (None, None), "says since when and not until when"),
        ("inizio", "FY 2023/24", ("2023", None), "runs over two years"),
        ("inizio", "FY 2024", (None, None), "is no date that can be read"),  # it may begin in 2023
        ("inizio", "mar/24", (None, None), "has a year of two digits"),
        ("inizio", "12-Mar-24", (None, None), "has a year of two digits"),
        ("inizio", "week 53/2024", (None, None), "2024 has no week 53"),
        ("inizio", "week 1/2025", (None, None), "from 2024-12-30 to 2025-01-05"),
        ("inizio", "2023-02-28T22:00:00Z", ("2023-02-28", None), "check whether that is the day"),
        ("inizio", "2023/02/28 22:00:00+00", ("2023-02-28", None), "is a time in UTC"),
        ("inizio", "2023年春", ("2023", None), "says no month for certain"),
        ("fine", "2024 ősz", (None, "2024"), "says no month for certain"),
        ("inizio", "autumn 2020", ("2020", None), "says no month for certain"),
        ("fine", "syksy 2020", (None, "2020"), "says no month for certain"),
        ("inizio", "2019/20", ("2019", None), "holds two dates, so 2019 was read here"),
        ("fine", "2019/20", (None, "2020"), "holds two dates, so 2020 was read here"),
        ("inizio", "winter 2019/20", ("2019", None), "runs over two years"),
        ("inizio", "2010/11", ("2010", None), "says no month for certain"),
        ("fine", "2010/11", (None, None), "is no date that can be read"),
        ("inizio", "20219", (None, None), "has a year with a digit too many"),
        ("inizio", "05/20219", (None, None), "has a year with a digit too many"),
        ("inizio", "until May 2021", (None, None), "says until when and not since when"),
        ("fine", "since 2019", (None, None), "says since when and not until when"),
        ("inizio", "2017 - 2019", ("2017", None), "holds two dates"),
    ],
)
def test_what_says_less_than_a_date_is_read_as_far_as_it_is_certain(
    tmp_path: Path, field: str, written: str, read: tuple[str | None, str | None], reason: str
) -> None:
    reading = read_one(tmp_path, written, field)

    assert dates(reading) == read
    assert reason in str(reading.findings[0])


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2019/20", ("2019", "2020")),
        ("2017-19", ("2017", "2019")),
        ("since 2019", ("2019", None)),
        ("until May 2021", (None, "2021-05")),
        ("2019 – ongoing", ("2019", None)),
        ("1/2018 ~ 3/2019", ("2018-01", "2019-03")),
    ],
)
def test_a_period_may_be_open_or_run_over_two_years(
    tmp_path: Path, written: str, read: tuple[str | None, str | None]
) -> None:
    fields = {**FIELDS, "period": "inizio"}
    del fields["start"]

    reading = read_one(tmp_path, written, fields=fields)

    assert dates(reading) == read
    assert reading.findings == ()


@pytest.mark.parametrize(
    ("written", "language", "read"),
    [
        ("KW 12/2024", "de", "2024-03"),
        ("KW 14, 2024", "de", "2024-04"),
        ("Kalenderwoche 18 2024", "it", "2024"),  # from April to May
        ("week 30, 2024", "en", "2024-07"),
        ("wk 12 2024", "nl", "2024-03"),
        ("v. 12 2024", "sv", "2024-03"),
        ("2024. 12. hét", "hu", "2024-03"),
        ("12. týden 2024", "cs", "2024-03"),
        ("2024-W12", "it", "2024-03"),
        ("W12/2024", "fr", "2024-03"),
        ("KW 3/2024", "pl", None),  # a quarter there
        ("w 12.2024", "pl", None),  # in December
        ("v 12/2024", "cs", None),  # in December
    ],
)
def test_a_calendar_week_gives_the_month_that_all_of_it_is_in(
    tmp_path: Path, written: str, language: str, read: str | None
) -> None:
    reading = read_one(tmp_path, written, language=language)

    assert dates(reading) == (read, None)
    assert "(ISO 8601)" in str(reading.findings[0]) or read is None


@given(
    st.dates(date(1990, 1, 1), date(2099, 12, 31)), st.sampled_from(["KW {1}/{0}", "{0}-W{1:02}"])
)
def test_the_week_of_a_day_goes_out_and_what_comes_back_holds_the_day(day: date, form: str) -> None:
    year, number, _ = day.isocalendar()

    try:
        found = dated(form.format(year, number), Custom(order="day-month-year", language="de"))
    except Unread:
        assert number in {1, 52, 53}  # it lies in two years
    else:
        assert day.isoformat().startswith(found.moment.value)


def test_no_word_for_a_week_is_one_for_a_month() -> None:
    """`12 sett. 2024` is the twelfth of September."""
    lexicon = Path(nodes.importing.__file__).with_name("languages.toml")
    words = tomllib.loads(lexicon.read_text("utf-8"))["weeks"]

    for language, said in words.items():
        assert [each for each in said if month_of(each, language) is not None] == []
        assert [each for each in said if is_vague(each)] in ([], ["KW"])  # in German, no quarter


@pytest.mark.parametrize("latitude", ["٤٥٫٠٧", "４５.０７", "४५.०७"])
def test_digits_of_all_scripts_make_numbers(tmp_path: Path, latitude: str) -> None:
    reading = read_rows(tmp_path, {"lat": latitude, "lon": "7.7"}, decimal=".")

    assert [each.place and each.place.wkt for each in reading.records] == ["POINT(7.7 45.07)"]
    assert reading.findings == ()


@pytest.mark.parametrize(
    ("written", "language", "read"),
    [
        ("01.04.2022 г.", "bg", "2022-04-01"),
        ("15 грудня 2021 р.", "uk", "2021-12-15"),
        ("12 января 2024 года", "ru", "2024-01-12"),
        ("2024. június 3.", "hu", "2024-06-03"),
        ("2023. április", "hu", "2023-04"),
        ("2024 m. kovo 5 d.", "lt", "2024-03-05"),
        ("1. lipnja 2022.", "hr", "2022-06-01"),
        ("30.06.2024 r.", "pl", "2024-06-30"),
        ("5 marca 2024 roku", "pl", "2024-03-05"),
        ("01.04.2023. године", "sr", "2023-04-01"),
        ("avgust 2024.", "sr-latn", "2024-08"),
        ("ngày 05 tháng 3 năm 2023", "vi", "2023-03-05"),
        ("tháng 3/2023", "vi", "2023-03"),
        ("2023-04-01Z", "et", "2023-04-01"),
        ("2023-04-01+02:00", "en", "2023-04-01"),
        ("2023/03/01 06:00:00+00", "es", "2023-03-01"),
        ("01.03.2023 00:00", "de", "2023-03-01"),
        ("1/3/2023 6:00:00 PM", "en", "2023-03-01"),
        ("5 March 2023, 14:30", "en", "2023-03-05"),
    ],
)
def test_a_year_may_come_first_or_be_called_one(written: str, language: str, read: str) -> None:
    assert moment(written, "day-month-year", language).value == read
