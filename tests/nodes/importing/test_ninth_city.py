"""A ninth city, whose file is unlike the other eight: the same grammar has to do.

A UTF-16 table with tabs, a title above the headings, the period in one cell with Portuguese
months, partners in three columns, geometries as well-known text, a verdict and a contact of
their own, no summary and no status.
"""

from pathlib import Path

from nodes.city import City
from nodes.importing import load_mapping, read
from tests.nodes.importing.cities import NOW
from tests.nodes.importing.small import write
from vocab.terms import SCHEMES
from vocab.triples import from_payload, to_payload

PORTO = City(
    name="Porto",
    base="https://porto.example/",
    country="PT",
    language="pt",
    publisher="Câmara Municipal do Porto",
    licence="http://publications.europa.eu/resource/authority/licence/CC_BY_4_0",
    box=(-8.7, 41.1, -8.5, 41.2),
)
HEADINGS = (
    "Nº\tDesignação\tO que foi\tComo correu\tPeríodo\tÁreas\tPromotor\tParceiros\tUniversidade\t"
    "Área de teste\tRua\tFoi adotado?\tPágina\tResponsável\tObs."
)
TABLE = f"""Ensaios em espaço público (atualizado pelo gabinete)

{HEADINGS}
1\tPassadeira luminosa\tPassadeira com luzes no chão.\tMenos travagens.\tmarço 2021-junho 2022\t\
segurança rodoviária + iluminação\tLuzes, Lda. [empresa]\tSTCP [município] + Vizinhos\tFEUP\t\
POLYGON((-8.62 41.15,-8.61 41.15,-8.61 41.16,-8.62 41.15))\tRua de Cedofeita 10\tsim\t\
https://porto.example.org/1\tlab@porto.example.org\tver pasta
2\tContentores falantes\tContentores que avisam.\tn/d\t2023\tresíduos\tn/d\tn/d\tn/d\t\
POINT(41.15 -8.61)\t\tem avaliação\thttps://porto.example.org/2\tsem contacto\t
3\t\tSem título.\t\t\tresíduos\tLuzes, Lda. [empresa]\t\t\t\t\t\thttps://porto.example.org/3\t\t
"""
MAPPING = """
language = "pt"
date_order = "day-month-year"
separator = "+"
blank = ["n/d"]
ignore = ["Obs."]

[file]
header_row = 3

[fields]
identifier = "Nº"
title = "Designação"
description = ["O que foi", "Como correu"]
outcome = "Como correu"
period = "Período"
themes = "Áreas"
verdict = "Foi adotado?"
geometry = "Área de teste"
address = "Rua"
source = "Página"
contact = "Responsável"
partners = [
    { column = "Promotor", form = "name [role]" },
    { column = "Parceiros", form = "name [role]" },
    { column = "Universidade", is = "research" },
    { constant = "Câmara Municipal do Porto", is = "public-administration" },
]

[values.themes]
"segurança rodoviária" = "traffic-safety"
"iluminação" = "lighting"
"resíduos" = "waste"

[values.roles]
"empresa" = "company"
"município" = "public-administration"

[values.verdict]
"sim" = "adopted"
"""


def test_a_file_unlike_all_others_comes_through(tmp_path: Path) -> None:
    mapping = load_mapping(write(tmp_path, "mapping.toml", MAPPING))
    path = write(tmp_path, "ensaios.tsv", TABLE.encode("utf-16"))

    reading = read(path, mapping, PORTO, NOW)

    first, second = reading.records
    assert first.iri == "https://porto.example/experiments/1"
    assert first.title == {"pt": "Passadeira luminosa"}
    assert first.description == {"pt": "Passadeira com luzes no chão.\n\nMenos travagens."}
    assert first.start is not None
    assert first.end is not None
    assert (first.start.value, first.end.value) == ("2021-03", "2022-06")
    assert first.themes == (f"{SCHEMES}theme/lighting", f"{SCHEMES}theme/traffic-safety")
    assert [(each.name, (each.helix or "").rsplit("/", 1)[-1]) for each in first.partners] == [
        ("Luzes, Lda.", "company"),
        ("STCP", "public-administration"),
        ("Vizinhos", ""),
        ("FEUP", "research"),
        ("Câmara Municipal do Porto", "public-administration"),
    ]
    assert first.place is not None
    assert first.place.address == "Rua de Cedofeita 10"
    assert first.place.wkt == "POLYGON((-8.62 41.15, -8.61 41.15, -8.61 41.16, -8.62 41.15))"
    assert first.outcome is not None
    assert first.outcome.verdict == f"{SCHEMES}verdict/adopted"
    assert first.contact == "lab@porto.example.org"
    assert first.stage == f"{SCHEMES}lifecycle/unknown"
    assert second.place is not None
    assert second.place.wkt == "POINT(-8.61 41.15)"
    assert [each.name for each in second.partners] == ["Câmara Municipal do Porto"]
    assert reading.held == ("https://porto.example/experiments/3",)


def test_what_was_odd_in_it_is_told_cell_by_cell(tmp_path: Path) -> None:
    mapping = load_mapping(write(tmp_path, "mapping.toml", MAPPING))
    path = write(tmp_path, "ensaios.tsv", TABLE.encode("utf-16"))

    found = [(each.row, each.column, each.cell, each.value) for each in read(
        path, mapping, PORTO, NOW
    ).findings]  # fmt: skip

    assert found == [
        (4, "Parceiros", "H4", "Vizinhos"),
        (5, "Área de teste", "J5", "POINT(41.15 -8.61)"),
        (5, "Foi adotado?", "L5", "em avaliação"),
        (5, "Responsável", "N5", "sem contacto"),
        (6, "Designação", "B6", None),
    ]


def test_its_records_can_be_written_and_read_again(tmp_path: Path) -> None:
    mapping = load_mapping(write(tmp_path, "mapping.toml", MAPPING))
    path = write(tmp_path, "ensaios.tsv", TABLE.encode("utf-16"))

    for each in read(path, mapping, PORTO, NOW).records:
        assert from_payload(to_payload(each), each.iri) == each
