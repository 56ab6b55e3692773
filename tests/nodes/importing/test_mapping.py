"""The mapping file: what is wrong in it is said in its own words."""

from pathlib import Path

import pytest

from nodes.errors import ImportRefused
from nodes.importing import load_mapping
from tests.nodes.importing.cities import CITIES, FILES
from tests.nodes.importing.small import write

FIELDS = """
[fields]
identifier = "id"
title = "titolo"
description = "testo"
"""


@pytest.mark.parametrize("name", FILES)
def test_the_mapping_of_each_example_city_can_be_followed(name: str) -> None:
    assert load_mapping(CITIES / name / "mapping.toml").wanted()


def test_a_field_may_be_written_in_several_ways(tmp_path: Path) -> None:
    text = 'language = "it"' + FIELDS + 'source = ["a", "b"]\nsummary = { en = "c", it = "d" }\n'

    fields = load_mapping(write(tmp_path, "m.toml", text)).fields

    assert [each.column for each in fields.source] == ["a", "b"]
    assert [(each.column, each.language) for each in fields.summary] == [("c", "en"), ("d", "it")]


def test_a_language_may_be_written_in_any_case(tmp_path: Path) -> None:
    path = write(tmp_path, "mapping.toml", 'language = "pt-BR"' + FIELDS)

    assert load_mapping(path).language == "pt-br"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("language = ", "is not TOML"),
        ('language = "it"\nlanguge = "fi"' + FIELDS, "languge: is no setting.*'language'"),
        (FIELDS, "language: is needed and not there"),
        ('language = "Italiano"' + FIELDS, "language: 'Italiano' is no language"),
        ('language = "it"\nignore = "x"' + FIELDS, "ignore: write a list in square brackets"),
        (
            'language = "it"\ndate_order = "dmy"' + FIELDS,
            "date_order: write 'year-month-day', 'day-month-year' or 'month-day-year'",
        ),
        (
            'language = "it"' + FIELDS + 'teme = "temi"',
            r"fields\.teme: is no setting of a mapping, did you mean 'themes'",
        ),
        ('language = "it"' + FIELDS + "themes = 3", r"fields\.themes: "),
        (
            'language = "it"' + FIELDS + 'themes = { column = "a", constant = "b" }',
            r"fields\.themes\.0: write either column",
        ),
        (
            'language = "it"' + FIELDS + 'partners = { column = "a", form = "chi (cosa)" }',
            r"fields\.partners\.0: form shows where name and role stand",
        ),
        ('language = "it"\n[file]\nencoding = "utf-9"' + FIELDS, "file.encoding: .*utf-9"),
        (
            'language = "it"' + FIELDS + '[values.themes]\n"sosta" = "mobilty"',
            r"values\.themes\.'sosta': 'mobilty' is no concept .*did you mean 'mobility'",
        ),
        (
            'language = "it"' + FIELDS + '[values.status]\n"fatta" = "finished"',
            r"values\.status\.'fatta': 'finished' is no concept of the scheme lifecycle",
        ),
        (
            'language = "it"' + FIELDS + '[values.themes]\n"sosta" = "mobility"\n"Sosta" = "data"',
            r"values\.themes: 'Sosta' stands there twice",
        ),
        (
            'language = "it"\n[file]\nquery = "../a.rq"' + FIELDS,
            "write the name of a file beside it",
        ),
        ('language = "it"\n[file]\nquery = "a.rq"' + FIELDS, r"a\.rq cannot be read: No such file"),
    ],
)
def test_a_fault_is_named_with_its_place(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(ImportRefused, match=reason):
        load_mapping(write(tmp_path, "m.toml", text))


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = 'languag = "it"\n[fields]\nidentifier = "id"\n'

    with pytest.raises(ImportRefused) as caught:
        load_mapping(write(tmp_path, "m.toml", text))

    assert str(caught.value).count("\n- ") == 4


def test_a_mapping_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match=r"m\.toml cannot be read"):
        load_mapping(tmp_path / "m.toml")
