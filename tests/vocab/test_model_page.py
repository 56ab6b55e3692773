"""The record shown in docs/model.md is a good one, and both pictures of it are the same record."""

import re
from pathlib import Path

import pyoxigraph as ox
import pytest

from tests.vocab.drawing import PICTURED, PICTURES, draw
from vocab import lines
from vocab.jsonld import expand_to_payload, loads, record_document
from vocab.triples import from_payload, to_payload
from vocab.validation import validate

PAGE = (Path(__file__).parents[2] / "docs/model.md").read_text()


def shown(language: str) -> str:
    [found] = re.findall(f"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert isinstance(found, str)
    return found


def test_the_record_of_the_page_is_the_same_in_both_syntaxes_and_good() -> None:
    payload = expand_to_payload(loads(shown("json")))

    written = ox.serialize(
        ox.parse(shown("turtle"), format=ox.RdfFormat.TURTLE), format=ox.RdfFormat.N_TRIPLES
    )
    assert lines.canonical(written.decode()[:-1].split("\n")) == payload
    iri = "https://torino.example/experiments/olli-shuttle"
    assert validate({iri: payload}) == {iri: ()}
    assert to_payload(from_payload(payload, iri)) == payload
    assert record_document(payload) == loads(shown("json"))


@pytest.mark.parametrize("name", PICTURED)
def test_a_picture_shows_its_record_as_it_is_now(name: str) -> None:
    assert (PICTURES / name).read_text() == draw(PICTURED[name]()), (
        "draw it anew: python -m tests.vocab.drawing"
    )
