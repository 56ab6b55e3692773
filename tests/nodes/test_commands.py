"""What an officer finds on the command line: each command, in one list, with what it is for."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from nodes.commands.entry import app


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
