"""How officers keep their tables: hints in headings, filled-in forms, mixed separators."""

import csv
import io
import json
import tomllib
from pathlib import Path

import pytest

from nodes.importing import Mapping, Reading, lexicon, propose, read, read_mapping
from nodes.importing.lexicon import meanings
from tests.nodes.importing.cities import NOW
from tests.nodes.importing.small import CITY, read_file, write
from tests.nodes.importing.test_further import FIELDS, only, told
from tests.nodes.importing.test_further import ROW as LEAST
from vocab.records import Experiment

ROW = {
    "codice": "N-7",
    "titolo": "Navetta per l'ospedale",
    "descrizione": "Una navetta percorre da sola la strada tra la stazione e l'ospedale.",
    "temi": "mobilità",
    "soggetti": "Ohmio (impresa)",
    "sito": "https://lab.example/7",
}


def proposed(folder: Path, *rows: dict[str, str]) -> tuple[Mapping, Reading]:
    """Propose a mapping for a table and follow it."""
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, fieldnames=[*rows[0]], delimiter=";")
    table.writeheader()
    table.writerows(rows)
    path = write(folder, "prove.csv", text.getvalue())
    mapping = read_mapping(propose(path, CITY).text(), path)
    return mapping, read(path, mapping, CITY, NOW)


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Data di inizio (gg/mm/aaaa)", "start"),
        ("Start date (dd.mm.yyyy)", "start"),
        ("Beginn: TT.MM.JJJJ", "start"),
        ("Date de fin [jj-mm-aaaa]", "end"),
        ("Data zakończenia (rrrr-mm-dd)", "end"),
        ("Ημερομηνία έναρξης (ηη/μμ/εεεε)", "start"),
    ],
)
def test_a_hint_how_to_write_the_date_hides_no_heading(heading: str, field: str) -> None:
    assert meanings(heading)[field].sure > 0.9


@pytest.mark.parametrize("heading", ["More info", "Meer info", "Weitere Informationen"])
def test_a_column_of_more_to_read_is_for_pages(heading: str) -> None:
    assert meanings(heading)["landing_page"].sure > 0.8


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Датум почетка", "start"),
        ("Datum početka", "start"),
        ("Назив пројекта", "title"),
        ("Географска дужина", "longitude"),
        ("Samstarfsaðilar", "partners"),
        ("प्रारंभ तिथि", "start"),
        ("SIRA NO", "identifier"),
        ("BİTİŞ TARİHİ", "end"),
        ("AÇIKLAMA", "description"),
        ("Ημ/νία Έναρξης", "start"),
        ("שם הפיילוט", "title"),
        ("Kurzbeschrieb", "description"),
        ("Termín: od", "start"),
        ("Termín: do", "end"),
        ("Laufzeit: von", "start"),
        ("member.name", "partners"),
        ("PROJENİN ADI", "title"),
        ("PROJE ÖZETİ", "summary"),
        ("Fecha_termino", "end"),
        ("Kostprijs", "cost"),
    ],
)
def test_headings_of_further_languages_and_habits_are_known(heading: str, field: str) -> None:
    found = meanings(heading)

    assert max(found.values(), key=lambda each: each.sure).field == field
    assert found[field].sure > 0.75


def test_a_name_inside_another_object_is_no_second_title(tmp_path: Path) -> None:
    rows = [{"name": "Slimme laadpaal", "stuff": {"name": "Fluvius System"}}] * 2

    said = propose(write(tmp_path, "prove.json", json.dumps(rows)), CITY).text()

    assert tomllib.loads(said)["fields"]["title"] == "name"


def test_partners_whose_roles_nobody_knows_are_parted_at_their_brackets(tmp_path: Path) -> None:
    rows = [
        ROW | {"soggetti": "ZDM (ente strumentale), Politecnico (università)"},
        ROW | {"codice": "N-8", "soggetti": "Ohmio (impresa)"},
    ]

    _, reading = proposed(tmp_path, *rows)

    names = [[each.name for each in record.partners] for record in reading.records]
    assert names == [["ZDM", "Politecnico"], ["Ohmio"]]


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("Technologie, a.s., ČVUT", ["Technologie, a.s.", "ČVUT"]),
        ("Rossi, S.p.A. (impresa), Politecnico (università)", ["Rossi, S.p.A.", "Politecnico"]),
        ("Ohmio, Ltd.; Comune", ["Ohmio, Ltd.", "Comune"]),
    ],
)
def test_the_legal_form_of_a_company_is_no_partner(
    tmp_path: Path, said: str, names: list[str]
) -> None:
    _, reading = proposed(tmp_path, ROW | {"soggetti": said})

    assert [[each.name for each in record.partners] for record in reading.records] == [names]


@pytest.mark.parametrize(
    ("link", "wkt"),
    [
        ("https://www.google.com/maps/@45.05,7.65,15z", "POINT(7.65 45.05)"),
        ("https://maps.google.com/?q=45.05,7.65", "POINT(7.65 45.05)"),
        (
            "https://www.google.it/maps/place/Po/@45.1,7.1,17z/data=!3d45.05!4d7.65",
            "POINT(7.65 45.05)",
        ),
        ("https://www.google.com/maps/search/?api=1&query=45.05%2C7.65", "POINT(7.65 45.05)"),
        (
            "https://www.openstreetmap.org/?mlat=45.05&mlon=7.65#map=17/45.1/7.1",
            "POINT(7.65 45.05)",
        ),
        ("https://www.openstreetmap.org/#map=17/45.05/7.65", "POINT(7.65 45.05)"),
        ("geo:45.05,7.65", "POINT(7.65 45.05)"),
        ("https://yandex.com/maps/?ll=7.6,45.0&pt=7.65,45.05&z=16", "POINT(7.65 45.05)"),
        ("https://maps.app.goo.gl/abc", None),
    ],
)
def test_a_link_to_a_map_is_a_place_and_no_page(tmp_path: Path, link: str, wkt: str | None) -> None:
    second = ROW | {"codice": "N-8", "dove": "https://maps.google.com/?q=45.06,7.66"}

    mapping, reading = proposed(tmp_path, ROW | {"dove": link}, second)

    assert mapping.fields.point
    assert mapping.fields.point.column == "dove"
    assert reading.records[0].place.wkt == wkt
    assert any("does not say where it leads" in str(each) for each in reading.findings) is (
        wkt is None
    )


def test_what_a_form_notes_of_whoever_fills_it_in_is_not_the_experiment(tmp_path: Path) -> None:
    row = {
        "ID": "1",
        "Start time": "2025-03-04 09:12:01",
        "Completion time": "2025-03-04 09:20:44",
        "Email": "anonymous",
        "Name": "",
        "What is the name of your trial?": ROW["titolo"],
        "Please describe the trial in a few sentences": ROW["descrizione"],
        "When did it start?": "2023-11-01",
        "Which themes does it address?": "Energy;Mobility;",
        "Who are the partners?": "Ohmio",
        "Web page": ROW["sito"],
    }

    _, reading = proposed(tmp_path, row, row | {"ID": "2"})
    found = reading.records[0]

    assert [*found.title.values()] == [ROW["titolo"]]
    assert [*found.description.values()] == [ROW["descrizione"]]
    assert found.start is not None
    assert found.start.value == "2023-11-01"
    assert len(found.themes) == 2


def test_items_that_are_parted_in_several_ways_are_all_found(tmp_path: Path) -> None:
    said = ("Ohmio (impresa); GTT (ente pubblico)", "Iren (impresa)\nPolitecnico (università)")
    rows = [
        ROW | {"codice": f"N-{number}", "soggetti": each}
        for number, each in enumerate((*said, said[1]))
    ]

    _, reading = proposed(tmp_path, *rows)

    assert [[each.name for each in one.partners] for one in reading.records[:2]] == [
        ["Ohmio", "GTT"],
        ["Iren", "Politecnico"],
    ]


def test_a_separator_with_a_line_break_behind_it_parts_partners(tmp_path: Path) -> None:
    rows = [
        ROW | {"codice": "N-1", "soggetti": "Ohmio (impresa);\nGTT (ente pubblico)"},
        ROW | {"codice": "N-2", "soggetti": "Politecnico (università)"},
    ]

    mapping, reading = proposed(tmp_path, *rows)

    assert [each.name for each in reading.records[0].partners] == ["Ohmio", "GTT"]
    assert set("".join(mapping.fields.partners[0].separator)) <= {";", "\n"}


def test_a_role_nobody_knows_is_no_part_of_the_name_beside_known_ones(tmp_path: Path) -> None:
    row = {key: cell for key, cell in ROW.items() if key != "soggetti"}
    row |= {"Partner 1": "Rioni Uniti (sodalizio)", "Partner 2": "Ohmio (impresa)"}

    _, reading = proposed(tmp_path, row, row | {"codice": "N-8"})

    assert sorted(each.name for each in reading.records[0].partners) == ["Ohmio", "Rioni Uniti"]


def test_a_name_that_holds_a_comma_is_not_parted_for_it(tmp_path: Path) -> None:
    rows = [
        ROW | {"codice": "N-1", "soggetti": "Ohmio, Ltd (impresa); GTT (ente pubblico)"},
        ROW | {"codice": "N-2", "soggetti": "Iren (impresa); Rossi, Bianchi e figli (impresa)"},
    ]

    _, reading = proposed(tmp_path, *rows)

    assert [each.name for each in reading.records[0].partners] == ["Ohmio, Ltd", "GTT"]


def test_a_code_names_a_record_before_the_number_of_its_row(tmp_path: Path) -> None:
    rows = [{"Numero": str(number), "Codice": f"N-{7 * number}", **ROW} for number in range(1, 4)]
    for each in rows:
        del each["codice"]

    mapping, _ = proposed(tmp_path, *rows)

    assert [each.column for each in mapping.fields.identifier] == ["Codice"]


@pytest.mark.parametrize(
    ("mark", "none"),
    [("x", ""), ("sì", "no"), ("✓", "✗"), ("1", "0"), ("VERO", "FALSO"), ("はい", "-")],
)
def test_a_column_for_each_theme_gives_those_that_are_marked(
    tmp_path: Path, mark: str, none: str
) -> None:
    row = {key: cell for key, cell in ROW.items() if key != "temi"}
    rows = [
        row | {"codice": "N-1", "Mobilità": mark, "Energia": none},
        row | {"codice": "N-2", "Mobilità": mark, "Energia": mark},
    ]

    mapping, reading = proposed(tmp_path, *rows)
    records = [each for each in reading.records if isinstance(each, Experiment)]

    assert [each.ticked for each in mapping.fields.themes] == ["Mobilità", "Energia"]
    assert [[one.rsplit("/", 1)[1] for one in each.themes] for each in records] == [
        ["mobility"],
        ["energy", "mobility"],
    ]
    assert reading.findings == ()


def test_a_box_that_says_something_else_is_told_and_not_guessed(tmp_path: Path) -> None:
    fields = FIELDS | {"keywords": {"column": "cella", "is": "Energia"}}
    text = "\t".join([*LEAST, "cella"]) + "\n" + "\t".join([*LEAST.values(), "forse"]) + "\n"
    reading = read_file(write(tmp_path, "p.tsv", text), fields=fields)

    assert "is neither a mark nor a word for yes or no" in str(reading.findings[0])
    assert "Energia" not in str(only(reading).keywords)


def test_no_word_means_both_yes_and_no() -> None:
    words = tomllib.loads(Path(lexicon.__file__).with_name("languages.toml").read_text("utf-8"))

    assert not set(words["yes"]["all"]) & set(words["no"]["all"])


@pytest.mark.parametrize(
    ("heading", "cell", "band"),
    [
        ("Budget (€)", "80000", "50k-250k"),
        ("Budget (EUR)", "80.000,00", "50k-250k"),
        ("Kosten: T€", "80", "50k-250k"),
        ("Costo (mila euro)", "80", "50k-250k"),
        ("Kosten in Mio. €", "0,8", "250k-1m"),
        ("Kosten: T€", "2 Mio. €", "1m-5m"),
        ("Budget", "€ 80.000,-", "50k-250k"),
        ("Budget", "80.000,\N{EN DASH} €", "50k-250k"),
    ],
)
def test_the_currency_and_the_unit_of_a_heading_count_for_its_cells(
    tmp_path: Path, heading: str, cell: str, band: str
) -> None:
    reading = told(tmp_path, "cost", cell, heading=heading)

    assert str(only(reading).cost_band).endswith(f"/{band}")


def test_an_amount_of_euros_under_a_heading_of_thousands_is_not_guessed(tmp_path: Path) -> None:
    reading = told(tmp_path, "cost", "80 €", heading="Kosten: T€")

    assert only(reading).cost_band is None
    assert "is no amount of euros" in str(reading.findings[-1])


def test_a_heading_of_thousands_of_spaces_is_looked_at_once() -> None:
    assert "start" in meanings("Inizio" + " " * 5_000 + "(gg/mm/aaaa)" + " " * 5_000)
    assert not meanings("q" + " " * 20_000 + "w")
