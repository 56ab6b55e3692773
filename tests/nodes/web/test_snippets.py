"""What is copied from the page asks the same question, and cells show what was said."""

import ast
import subprocess

from hypothesis import given
from hypothesis import strategies as st

from nodes.web.cells import table
from nodes.web.snippets import snippets

QUERIES = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), min_size=1)


def test_terms_are_shown_as_they_were_said() -> None:
    found = table(
        '?a\t?b\n<http://purl.org/dc/terms/title>\t"x\\ty \\"z\\""@it\n\t1.5\n', 10, cut=False
    )

    first, second = found.rows
    assert found.columns == ("a", "b")
    assert (first[0].text, first[0].link) == ("dcterms:title", "http://purl.org/dc/terms/title")
    assert (first[1].text, first[1].language) == ('x\ty "z"', "it")
    assert [each.text for each in second] == ["", "1.5"]
    assert not found.more


def test_a_result_that_was_cut_shows_whole_rows_only() -> None:
    found = table("?a\n1\n2\n3", 10, cut=True)

    assert [row[0].text for row in found.rows] == ["1", "2"]
    assert found.more


@given(QUERIES)
def test_any_query_can_be_copied_as_python(query: str) -> None:
    code = dict(snippets("https://lab.example/sparql", query))["Python"]

    [value] = [
        each.value.value
        for each in ast.parse(code).body
        if isinstance(each, ast.Assign) and isinstance(each.value, ast.Constant)
    ]
    assert str(value).strip() == query.strip()


def test_a_query_cannot_end_the_command_it_is_copied_into() -> None:
    query = "ASK {}\nEND\nEND.\n$(touch owned) `id`"

    code = dict(snippets("https://lab.example/sparql", query))["curl"]
    said = subprocess.run(
        ["/bin/sh", "-c", f"curl() {{ cat; }}\n{code}"], capture_output=True, text=True, check=True
    )

    assert said.stdout.strip() == query
