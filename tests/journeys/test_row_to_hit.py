"""From a row in Torino's file to a hit in Ghent: what the whole thing is for."""

import json
from pathlib import Path
from urllib.parse import quote

import pandas
import pytest
from rdflib import Graph, URIRef

from federation.peers import Follow
from tests.journeys.places import Table, citynode, eventually, fetch_status, found, served, take
from vocab.terms import DCTERMS


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")  # rdflib of itself
async def test_a_row_of_torino_is_found_in_ghent_by_search_sparql_and_address(
    tmp_path: Path,
) -> None:
    torino, ghent = found("torino", tmp_path), found("ghent", tmp_path)
    table = Table(tmp_path / "prove.csv", {"t-1": "Navetta al campus", "t-2": "Lampioni"})

    report = take(torino, table)
    async with served(torino, ghent):
        await ghent.befriend(torino, Follow.OWN)

        async def arrived() -> bool:
            return bool((await ghent.json("search.json"))["total"] == 2)

        await eventually(arrived)
        hits = (await ghent.json(f"search.json?q={quote('navetta campus')}"))["hits"]
        asked = quote(
            "SELECT ?title ?city { GRAPH ?m { ?e a <https://w3id.org/citynode/ns#UrbanExperiment> ;"
            " <http://purl.org/dc/terms/title> ?title }"
            " ?m <https://www.w3.org/ns/activitystreams#actor> ?city } ORDER BY ?title"
        )

        async def told() -> bool:  # SPARQL may be a second behind the search
            rows = await ghent.get(f"sparql?query={asked}&format=csv", accept="text/csv")
            return rows.count(b"#node") == 2

        await eventually(told)
        table_ = pandas.read_csv(f"{ghent.base}sparql?query={asked}&format=csv")
        copies = pandas.read_csv(f"{ghent.base}search.csv?q=lampioni")
        address = f"{torino.base}experiments/t-1"
        graphs = {
            (suffix, form): Graph().parse(f"{address}{suffix}", format=form)
            for suffix, form in (
                ("", "turtle"),
                ("", "xml"),
                ("", "json-ld"),
                ("", "nt"),
                (".ttl", "turtle"), (".nt", "nt"), (".rdf", "xml"), (".jsonld", "json-ld"),
            )
        }  # fmt: skip
        negotiated = Graph().parse(address)

    assert (report["created"], report["published"], report["findings"]) == (2, 2, [])
    assert [hit["iri"] for hit in hits] == [address]
    assert list(table_["title"]) == ["Lampioni", "Navetta al campus"]
    assert set(table_["city"]) == {f"{torino.base}#node"}
    assert len(copies) == 1
    titles = {
        asked_: {str(each) for each in graph.objects(URIRef(address), URIRef(DCTERMS + "title"))}
        for asked_, graph in graphs.items()
    }
    assert all(found_ == {"Navetta al campus"} for found_ in titles.values())
    assert (URIRef(address), URIRef(DCTERMS + "title"), None) in negotiated


async def test_importing_again_says_only_what_changed(tmp_path: Path) -> None:
    torino = found("torino", tmp_path)
    table = Table(tmp_path / "prove.csv", {"t-1": "Navetta", "t-2": "Lampioni", "t-3": "Orti"})
    take(torino, table)

    again = take(torino, table)
    table.rows["t-2"] = "Lampioni intelligenti"
    del table.rows["t-3"]
    changed = take(torino, table)
    asked = take(torino, table, "--withdraw-missing")
    gone = citynode(torino, "query", "ASK { ?e <http://purl.org/dc/terms/title> 'Orti'@it }")

    assert (again["created"], again["changed"], again["unchanged"]) == (0, 0, 3)
    assert (changed["changed"], changed["withdrawn"]) == (1, 0)
    assert changed["vanished"] == [f"{torino.base}experiments/t-3"]
    assert (asked["changed"], asked["withdrawn"]) == (0, 1)
    assert json.loads(gone.stdout)["boolean"] is False


async def test_a_withdrawn_record_is_gone_at_home_and_abroad(tmp_path: Path) -> None:
    torino, ghent = found("torino", tmp_path), found("ghent", tmp_path)
    rows = {f"t-{number}": f"Prova {number}" for number in range(1, 7)}
    take(torino, Table(tmp_path / "prove.csv", rows))

    async with served(torino, ghent):
        await ghent.befriend(torino, Follow.OWN)

        async def total(number: int) -> bool:
            return bool((await ghent.json("search.json"))["total"] == number)

        await eventually(lambda: total(6))
        withdrawn = citynode(torino, "withdraw", "t-1")
        await eventually(lambda: total(5))
        there = await fetch_status(f"{torino.base}experiments/t-1")

    assert there == 410
    assert withdrawn.returncode == 0, withdrawn.stderr
