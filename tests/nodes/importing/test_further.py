"""What cities ask of each other beyond the basic facts comes in from a column of its own."""

from pathlib import Path

import pytest

from nodes.books.limits import LIMITS
from nodes.importing import Reading, propose, read, read_mapping
from tests.nodes.importing.cities import NOW
from tests.nodes.importing.small import read_file, write
from tests.nodes.town import TORINO
from vocab.parts import Grant, Permit, Precondition
from vocab.records import Experiment
from vocab.terms import SCHEMES, UN_GOAL

ROW = {
    "id": "p-1",
    "titolo": "Navetta",
    "temi": "mobilità",
    "fonte": "https://x.example/",
    "chi": "GTT",
}
FIELDS = {
    "identifier": "id",
    "title": "titolo",
    "description": "titolo",
    "themes": "temi",
    "source": "fonte",
    "partners": {"column": "chi"},
}


def told(folder: Path, field: str, cell: str, *, heading: str = "cella", **more: object) -> Reading:
    """Read one cell as one field."""
    row = {**ROW, heading: cell}
    text = "\t".join(row) + "\n" + "\t".join(row.values()) + "\n"
    column = {"column": heading, "separator": ";"}
    return read_file(write(folder, "p.tsv", text), fields={**FIELDS, field: column}, **more)


def only(reading: Reading) -> Experiment:
    [found] = reading.records
    assert isinstance(found, Experiment)
    return found


@pytest.mark.parametrize(
    ("cell", "goals"),
    [
        ("11", [11]),
        ("SDG 11.2; ODS 3: Salute", [11, 3]),
        ("Goal 9 \u2013 Industry", [9]),
        ("٩", [9]),
        ("18", []),
        ("0", []),
    ],
)
def test_goals_are_read_by_number(tmp_path: Path, cell: str, goals: list[int]) -> None:
    reading = told(tmp_path, "goals", cell)

    assert set(only(reading).goals) == {f"{UN_GOAL}{each}" for each in goals}
    assert [each.said.kind for each in reading.findings] == ([] if goals else ["goal-unknown"])


@pytest.mark.parametrize(
    ("cell", "band"),
    [
        ("€ 9.999", "under-10k"),
        ("50.000 €", "50k-250k"),
        ("EUR 1,200,000.50", "1m-5m"),
        ("1,2 Mio. €", "1m-5m"),
        ("€ 300k", "250k-1m"),
        ("12 mln euro", "over-5m"),
        ("10k-50k", "10k-50k"),
        ("\u20ac 1\u202f000\u202f000", "1m-5m"),
    ],
)
def test_an_amount_of_euros_falls_into_its_band(tmp_path: Path, cell: str, band: str) -> None:
    reading = told(tmp_path, "cost", cell)

    assert only(reading).cost_band == f"{SCHEMES}cost-band/{band}"
    assert reading.findings == ()


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("120000", "no-currency"),
        ("$ 5000", "other-currency"),
        ("85 000 zł", "other-currency"),
        ("da € 5 a € 9", "no-cost"),
    ],
)
def test_an_amount_is_not_guessed(tmp_path: Path, cell: str, kind: str) -> None:
    reading = told(tmp_path, "cost", cell)

    assert only(reading).cost_band is None
    assert [(each.said.kind, each.value) for each in reading.findings] == [(kind, cell)]


def test_an_amount_that_names_another_currency_is_none_of_euros(tmp_path: Path) -> None:
    reading = told(tmp_path, "cost", "KSh 4,500,000", currency="EUR")

    assert only(reading).cost_band is None
    assert [each.said.kind for each in reading.findings] == ["other-currency"]


def test_the_mapping_may_name_the_currency_of_all(tmp_path: Path) -> None:
    reading = told(tmp_path, "cost", "120000", currency="EUR")

    assert only(reading).cost_band == f"{SCHEMES}cost-band/50k-250k"


@pytest.mark.parametrize(
    ("field", "cell", "value"),
    [
        ("participants", "1.200", 1200),
        ("participants", "circa cento", None),
        ("trl_at_start", "TRL 7", 7),
        ("trl_at_end", "10", None),
        ("trl_at_end", "8", 8),
    ],
)
def test_counts_and_levels_are_numbers_or_reported(
    tmp_path: Path, field: str, cell: str, value: int | None
) -> None:
    reading = told(tmp_path, field, cell)

    assert getattr(only(reading), field) == value
    assert len(reading.findings) == (value is None)


def test_permits_needs_grants_and_lessons_keep_the_words_of_the_city(tmp_path: Path) -> None:
    permits = only(told(tmp_path, "permits", "suolo pubblico; guida autonoma")).permits
    needs = only(told(tmp_path, "preconditions", "semafori connessi")).preconditions
    grants = only(told(tmp_path, "grants", "Horizon 2020; PON Metro")).grants
    lessons = only(told(tmp_path, "lessons", "serve un assicuratore")).outcome
    causes = only(told(tmp_path, "causes", "Costi; nebbia")).outcome

    assert permits == (
        Permit(title={"it": "suolo pubblico"}),
        Permit(title={"it": "guida autonoma"}),
    )
    assert needs == (Precondition(note={"it": "semafori connessi"}),)
    assert grants == (Grant(name="Horizon 2020"), Grant(name="PON Metro"))
    assert lessons is not None
    assert lessons.lessons == (("it", "serve un assicuratore"),)
    assert causes is not None
    assert causes.causes == (f"{SCHEMES}cause/cost",)


def test_headings_that_say_so_are_proposed(tmp_path: Path) -> None:
    path = tmp_path / "sperimentazioni.csv"
    path.write_text(
        "codice;titolo;descrizione;temi;partner;sito;SDG;Budget;Partecipanti;Autorizzazioni;TRL\n"
        "A1;Navetta autonoma in ospedale;Una navetta elettrica senza conducente collega i reparti"
        " dell'ospedale con la metropolitana;mobilità;GTT;https://x.example/a;11, 9;€ 120.000;350;"
        "Ministero;7\n"
        "A2;Lampioni connessi al parco;Lampioni che si accendono quando passa qualcuno e misurano"
        " la qualità dell'aria;energia;Iren;https://x.example/b;7;€ 40.000;12;Comune;8\n"
    )

    proposal = propose(path, TORINO)
    mapping = read_mapping(proposal.text(), tmp_path / "m.toml")
    first, second = read(path, mapping, TORINO, NOW, limits=LIMITS).records

    assert isinstance(first, Experiment)
    assert isinstance(second, Experiment)
    assert set(first.goals) == {f"{UN_GOAL}9", f"{UN_GOAL}11"}
    assert first.cost_band == f"{SCHEMES}cost-band/50k-250k"
    assert (first.participants, second.participants) == (350, 12)
    assert [each.title for each in first.permits] == [{"it": "Ministero"}]
    assert (first.trl_at_start, second.trl_at_start) == (7, 8)
