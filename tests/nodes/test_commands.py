"""What an officer finds on the command line: each command, in one list, with what it is for."""

import secrets
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nodes.commands.console import fail
from nodes.commands.entry import app, main
from nodes.config import FILE, read_config
from nodes.desk import open_desk
from nodes.harvesting import utc_now
from nodes.journal import receipts
from nodes.keyring import KEY
from nodes.publishing import plan
from tests.city import experiment


def test_help_names_every_command_and_what_it_does() -> None:
    said = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"}).output

    for name, does in (
        ("import", "Import a file"),
        ("serve", "Serve the node"),
        ("peer", "The cities this node knows."),
        ("query", "Ask in SPARQL"),
    ):
        [line] = [each for each in said.splitlines() if each.lstrip("│ ").startswith(f"{name} ")]
        assert does in line


def test_an_error_that_quotes_a_stranger_speaks_to_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    fail("it says \x1b]0;mine\x07\u202e\non two lines", "Ask \\[them].")

    said = capsys.readouterr().err

    assert all(line.isprintable() for line in said.splitlines())
    assert "on two lines\n" in said


def test_the_version_is_told() -> None:
    assert CliRunner().invoke(app, ["--version"]).output.startswith("citynode 0.")


@pytest.mark.parametrize("words", [["peer", "trust"], ["key", "rotate"], ["registry", "add"]])
def test_a_command_of_a_group_tells_how_it_is_used(words: list[str]) -> None:
    said = CliRunner().invoke(app, [*words, "--help"])

    assert said.exit_code == 0
    assert f"{' '.join(words)} [OPTIONS]" in said.output


def test_a_command_that_is_misspelt_is_answered_with_the_right_one() -> None:
    said = CliRunner().invoke(app, ["exprt"])

    assert said.exit_code == 2
    assert "Did you mean 'export'?" in said.output


def test_a_command_that_looks_something_up_does_not_wait_for_what_others_need() -> None:
    heavy = ("openpyxl", "pyarrow", "pyld", "jinja2", "nodes.importing", "nodes.web")
    probe = (
        "import sys; from nodes.commands.entry import app; import nodes.commands.keys; "
        f"print([each for each in {heavy} if each in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("said") / "torino"
    base = f"https://{secrets.token_hex(4)}.example/"
    words = ["--name", "Torino", "--base", base, "--country", "IT", "--language", "it"]
    CliRunner().invoke(app, ["init", str(made), *words], catch_exceptions=False)
    return made


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Make a mistake, and give what is said of it, in one line."""
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 1
    return " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("words", "what", "to_do"),
    [
        (["init", "{}"], "already holds a node", "Choose another folder"),
        (["init", "{}/node.toml"], "cannot be made: File exists", "nothing was made"),
        (["search", "bus", "-C", "{}/node.toml"], "there is no node.toml in", "--folder"),
        (["query", "ASK {", "-C", "{}"], "line 1", "Correct the query there"),
        (["search", "bus", "-C", "{}/none"], "there is no node.toml in", "--folder"),
        (["peer", "add", "nonsense", "-C", "{}"], "is no address on the web", "such as https://"),
        (["peer", "add", "http://a.example/", "-C", "{}"], "is not https", "such as https://"),
        (["peer", "block", "nobody", "-C", "{}"], "nobody is no address", "--help"),
        (["query", "ASK {}", "--format", "pdf", "-C", "{}"], "write one of json", "--help"),
        (
            ["peer", "add", "https://a.example/c.ttl", "--dcat", "--about", "x", "-C", "{}"],
            "'x': a choice is written word=value",
            "peer add --help",
        ),
        (["demo", "--cities", "rome"], "parameter cities 'rome': write one or more of", "--help"),
    ],
)
def test_a_mistake_is_answered_with_what_is_wrong_and_what_to_do(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], what: str, to_do: str
) -> None:
    told = ["--name", "X", "--base", "https://x.example/", "--country", "IT", "--language", "it"]
    typed = [each if each.startswith("ASK") else each.replace("{}", str(folder)) for each in words]

    answer = said(capsys, *typed, *(told if words[0] == "init" else ()))

    assert what in answer
    assert to_do in answer


@pytest.mark.parametrize("room", ["nodes.store", "nodes.index.view"])
def test_a_view_of_another_version_is_no_fault_of_the_data(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: str
) -> None:
    mine = shutil.copytree(folder, tmp_path / "mine")
    with open_desk(read_config(mine)) as desk:
        said = plan([experiment(desk.city.base, "navetta")], desk.current)
        desk.speak(said.drafts, None, utc_now())
    with monkeypatch.context() as before:
        before.setattr(f"{room}._FORMAT", "0")
        CliRunner().invoke(app, ["rebuild", "-C", str(mine)], catch_exceptions=False)

    told = CliRunner().invoke(app, ["verify", "-C", str(mine)], catch_exceptions=False)

    assert told.exit_code == 0
    assert "of another version of citynode is made anew by the next start" in told.output


def test_a_port_that_another_program_has_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("CITYNODE_SERVER__PORT", str(taken.getsockname()[1]))
        answer = said(capsys, "serve", "-C", str(folder))

        assert f"nothing can be served at 127.0.0.1, port {taken.getsockname()[1]}" in answer
        assert "Address already in use" in answer

    monkeypatch.setenv("CITYNODE_SERVER__HOST", "not a host")
    assert "at not a host, port" in (answer := said(capsys, "serve", "-C", str(folder)))
    assert "no address of this machine is called that; write one, such as 127.0.0.1" in answer


def test_a_demonstration_does_not_take_another_program_for_a_town(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = said(capsys, "demo", "--cities", "torino", "--port", str(port))

        assert f"port {port}: Address already in use" in answer


@pytest.mark.parametrize(
    ("variable", "what"),
    [
        ("CITYNODE_SERVER__PORT", "server.port (given by CITYNODE_SERVER__PORT)"),
        ("CITYNODE_QUERY__TOKENS", "a variable of the environment"),
    ],
)
def test_a_setting_of_the_environment_that_is_wrong_is_not_looked_for_in_the_file(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    what: str,
) -> None:
    monkeypatch.setenv(variable, "abc")

    assert what in said(capsys, "peer", "list", "-C", str(folder))


def test_a_key_that_is_none_is_named_with_its_file(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = (folder / KEY).read_bytes()
    (folder / KEY).write_text("nonsense")
    try:
        answer = said(capsys, "key", "show", "-C", str(folder))
    finally:
        (folder / KEY).write_bytes(key)

    assert f"{folder / KEY} cannot be used" in answer
    assert "key rotate --lost" in answer


def test_a_node_that_cannot_be_made_leaves_no_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--name", "X", "--base", "x.example", "--country", "IT", "--language", "it"]

    answer = said(capsys, "init", str(tmp_path / "made"), *words)

    assert "write an address such as https://lab.example/" in answer
    assert not (tmp_path / "made").exists()


def test_a_folder_that_was_refused_for_plain_files_is_not_kept_for_erasures(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No erasure would ever be done, while files of others lie in a folder that is kept."""
    answer = said(capsys, "static", str(folder), "-C", str(folder))

    with open_desk(read_config(folder)) as desk:
        assert receipts.mirrors(desk.journal) == []
    assert "holds files that are no export of a node" in answer


def test_a_city_cannot_follow_itself(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = read_config(folder).city.base

    for words in (["peer", "add"], ["join"], ["registry", "add"]):
        assert f"{base} is this node itself" in said(capsys, *words, base, "-C", str(folder))


def test_what_the_machine_refuses_is_told_with_its_path(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in (FILE, KEY):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / "views").write_text("a file where a folder belongs")

    answer = said(capsys, "search", "bus", "-C", str(tmp_path))

    assert f"{tmp_path / 'views'}: File exists" in answer
    assert "what lies there" in answer
