"""node.toml: read once, and plain about what is wrong."""

import re
from pathlib import Path

import pytest

from nodes.config import FILE, read_config
from nodes.desk import JOURNAL, open_desk
from nodes.errors import ConfigError
from nodes.founding import make_node
from nodes.journal import Journal
from nodes.keyring import KEY
from nodes.publishing import plan
from nodes.seals import KEY as SEAL
from nodes.seals import open_seal
from tests.city import NOON
from tests.city import experiment as record

TORINO = """
[city]
name = "Torino"
base = "https://torino.example/"
country = "IT"
language = "it"
"""


def test_a_folder_is_found_again_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / FILE).write_text(TORINO)
    monkeypatch.chdir(tmp_path)

    config = read_config(Path())

    assert config.folder == tmp_path.resolve()


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / FILE).write_text(TORINO + "[server]\nport = 8080\n")
    monkeypatch.setenv("CITYNODE_SERVER__PORT", "8101")

    config = read_config(tmp_path)

    assert config.server.port == 8101


def test_other_names_of_ours_in_the_environment_are_no_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / FILE).write_text(TORINO)
    monkeypatch.setenv("CITYNODE_STANDARDS", "/somewhere")
    monkeypatch.setenv("CITYNODE_FOLDER", "/elsewhere")

    config = read_config(tmp_path)

    assert config.folder == tmp_path.resolve()


@pytest.mark.parametrize(
    ("variable", "told"),
    [
        ("CITYNODE_SREVER__PORT", r"CITYNODE_SREVER__PORT .* there is no section \[srever\]"),
        ("CITYNODE_SERVER__PROT", r"server\.prot .*CITYNODE_SERVER__PROT.*no such setting"),
    ],
)
def test_a_misspelt_variable_is_not_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, told: str
) -> None:
    (tmp_path / FILE).write_text(TORINO)
    monkeypatch.setenv(variable, "8101")

    with pytest.raises(ConfigError, match=told):
        read_config(tmp_path)


def test_an_unknown_setting_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(TORINO + "[server]\nprot = 8080\n")

    with pytest.raises(ConfigError, match=r"server\.prot"):
        read_config(tmp_path)


@pytest.mark.parametrize(
    "base", ["torino.example/", "https://torino.example", "https://a.example/?b/"]
)
def test_a_base_that_cannot_be_an_address_is_refused(tmp_path: Path, base: str) -> None:
    (tmp_path / FILE).write_text(TORINO.replace("https://torino.example/", base))

    with pytest.raises(ConfigError, match=r"city\.base"):
        read_config(tmp_path)


def test_a_folder_without_a_node_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no node\.toml in") as refused:
        read_config(tmp_path)

    assert "citynode init" in refused.value.hint


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ('"IT"', '"Italy"', "city.country: write the two letters"),
        ('"IT"', '"XX"', "city.country: write the two letters of the country in ISO 3166-1"),
        ('"it"', '"xx"', "city.language: write the code of the language in ISO 639, such as it"),
        ('"it"', '"italiano"', "city.language: write the code of the language in ISO 639"),
        ('"https://torino.example/"', '"torino"', "city.base: write an address such as https://"),
        ('name = "Torino"', "", "city.name: it is needed and not there"),
        ("[city]", "colour = 1\n[city]", "colour: there is no such setting"),
        ("[city]", "[server]\nport = 'x'\n[city]", "server.port: write a whole number"),
        ("[city]", "[server]\nport = 1.5\n[city]", "server.port: write a whole number"),
        ("[city]", "[server]\nhost = 5\n[city]", "server.host: write a text, in quotation marks"),
        ("[city]", "[server]\nproxies = '10.0.0.1'\n[city]", "server.proxies: write a list, such"),
        ("[city]", "[server]\nproxies = ['nginx']\n[city]", 'write networks, such as "10.0.0.0/8"'),
        ("[city]", "[query]\ntokens = 'x'\n[city]", "query.tokens: write a table, such as {"),
        ("[city]", "[harvest]\nallow_private_peers = 'x'\n[city]", "peers: write true, false, or"),
        ("[city]", "[limits]\nattempts = 0\n[city]", "limits: attempts: write a number above 0"),
        ("[city]", "[limits]\nfree_bytes = -1\n[city]", "limits: free_bytes: write 0 or a number"),
        ("[city]", "[city]\nlicence = 'CC0'", "city.licence: 'CC0' is not an address on the web"),
        ("[city]", "[city]\nhomepage = 'lab.example'", "write it whole, such as https://"),
        ("[city]", "[city]\nhomepage = 'javascript:alert(1)'", "city.homepage: 'javascript:"),
        (
            "[city]",
            "[city]\ncontact = 'mailto:lab@a.example'",
            "write a mail address, such as lab@",
        ),
        ("[city]", "[city]\nbox = '7,45,8,46'", "city.box: write four numbers, such as [7.57"),
        ("[city]", "[city]\nbox = [8, 45, 7, 46]", "city.box: write west, south, east, north"),
        ('"IT"', '"UK"', "city.country: write GB"),
        ('name = "Torino"', 'name = " "', "city.name: write the name of the city"),
        ("[city]", "[city", "node.toml is not TOML"),
    ],
)
def test_a_wrong_setting_says_what_to_write(
    tmp_path: Path, right: str, wrong: str, told: str
) -> None:
    (tmp_path / FILE).write_text(TORINO.replace(right, wrong))

    with pytest.raises(ConfigError, match=re.escape(told)):
        read_config(tmp_path)


@pytest.mark.parametrize(
    ("written", "read"),
    [("pt-BR", "pt-br"), ("PT_br", "pt-br"), ("IT", "it"), ("ita", "it"), ("zh-Hant", "zh-hant")],
)
def test_a_language_and_a_country_may_be_written_in_any_case(
    tmp_path: Path, written: str, read: str
) -> None:
    (tmp_path / FILE).write_text(TORINO.replace('"it"', f'"{written}"').replace('"IT"', '"it"'))

    city = read_config(tmp_path).city.city()

    assert (city.language, city.country) == (read, "IT")


def test_a_file_is_read_however_an_editor_saves_it(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(TORINO.replace("\n", "\r\n").encode("utf-8-sig"))
    assert read_config(tmp_path).city.name == "Torino"

    (tmp_path / FILE).write_bytes(TORINO.replace("Torino", "Forl\xec").encode("latin-1"))
    with pytest.raises(ConfigError, match="is not UTF-8: save it as UTF-8"):
        read_config(tmp_path)


def test_a_city_gives_its_profile_and_what_is_left_out_is_not_known(tmp_path: Path) -> None:
    profile = '[city.profile]\npopulation = 850_000\narea = 130.01\nclimate = "Cfa"\nyear = 2021\n'
    (tmp_path / FILE).write_text(TORINO + profile)

    said = read_config(tmp_path).city.city().profile

    assert said is not None
    assert said.iri == "https://torino.example/cities/own"
    assert (said.population, str(said.area), said.income) == (850_000, "130.01", None)
    assert said.climate == "https://w3id.org/citynode/climate/Cfa"
    assert said.name == {"it": "Torino"}


def test_a_city_says_what_it_is_called_elsewhere(tmp_path: Path) -> None:
    names = 'names = { EN = " Turin", pl = "Turyn" }'
    (tmp_path / FILE).write_text(f"{TORINO}[city.profile]\n{names}\n")

    said = read_config(tmp_path).city.city().profile

    assert said is not None
    assert said.name == {"en": "Turin", "pl": "Turyn", "it": "Torino"}


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("population = 0", "greater than or equal to 1"),
        ('climate = "mild"', "is none of Af, Am"),
        ('income = "rich"', "is none of low"),
        ('nuts = "Piemonte"', "city.profile.nuts"),
        ('sources = ["ISTAT"]', "'ISTAT' is not an address on the web"),
        ("population = 850_000\narea = 130\ndensity = 65", "6,538 per km², not 65"),
        ("people = 850_000", "city.profile.people"),
        ('names = { piemontese = "Turin" }', "write the code of the language"),
        ('names = { en = " " }', "write what the city is called in en"),
        ('names = { it = "Turin" }', "what it is called in it is its name, Torino"),
    ],
)
def test_a_figure_that_cannot_be_one_is_refused_in_words(
    tmp_path: Path, setting: str, told: str
) -> None:
    (tmp_path / FILE).write_text(f"{TORINO}[city.profile]\n{setting}\n")

    with pytest.raises(ConfigError, match=re.escape(told)):
        read_config(tmp_path)


def test_nobody_else_on_the_machine_reads_passwords_or_who_is_told_of_news(tmp_path: Path) -> None:
    folder = tmp_path / "node"
    base = "https://torino.example/"
    city = {"name": "Torino", "base": base, "country": "IT", "language": "it"}

    make_node(folder, {"city": city})
    open_seal(folder)
    journal = Journal(folder / JOURNAL, base)
    with journal.transaction():
        modes = {each.name: each.stat().st_mode & 0o077 for each in folder.iterdir()}
    journal.close()

    assert {FILE, KEY, SEAL, JOURNAL, f"{JOURNAL}-wal"} <= modes.keys()
    assert set(modes.values()) == {0}


@pytest.mark.parametrize("rotated", [False, True])
def test_a_base_cannot_change_once_something_stands_under_it(tmp_path: Path, rotated: bool) -> None:
    city = {"name": "Torino", "base": "https://old.example/", "country": "IT", "language": "it"}
    make_node(tmp_path, {"city": city})
    (tmp_path / FILE).write_text(TORINO)
    with open_desk(read_config(tmp_path)) as desk:  # nothing was said yet
        desk.speak(plan([record(desk.city.base, "navetta")], lambda _: None).drafts, None, NOON)
        if rotated:
            desk.keyring.rotate(NOON)
    (tmp_path / FILE).write_text(TORINO.replace("torino.example", "new.example"))

    with (
        pytest.raises(ConfigError, match=re.escape('write base = "https://torino.example/" again')),
        open_desk(read_config(tmp_path)),
    ):
        pass

    (tmp_path / FILE).write_text(TORINO)
    with open_desk(read_config(tmp_path)) as desk:
        assert desk.published(f"{desk.city.base}experiments/navetta") is not None
