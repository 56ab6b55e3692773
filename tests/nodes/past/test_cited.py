"""A result in a paper: the same bytes later, or plain words that it cannot be had any more."""

import asyncio
import hashlib
import json
import re
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
import pytest_asyncio

from nodes import clearing, erasing
from tests.journeys.places import found
from tests.nodes.past.place import TITLES, Place, opened

pytestmark = pytest.mark.asyncio(loop_scope="module")

ROOT = Path(__file__).parents[3]
SECRET = "Zzyxwina"
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
TRAMS = TITLES.replace("}", "FILTER (CONTAINS(STR(?record), 'tram')) }")
GRAPH = """
CONSTRUCT { ?s ?p ?o ; <urn:x:part> [ <urn:x:of> ?p ] }
WHERE { ?s ?p ?o FILTER (CONTAINS(STR(?s), 'experiments/tram')) }
"""
FORMS = {
    f"{TRAMS} ORDER BY DESC(?title)": ("tsv", "csv", "json", "xml"),
    f"{GRAPH} ORDER BY ?s ?p ?o LIMIT 9": ("nt", "ttl", "jsonld", "rdf", "nq", "trig"),
    "ASK {}": ("json", "xml"),
}


async def bodies(place: Place, addresses: list[str]) -> dict[str, bytes]:
    kept = {}
    for address, forms in zip(addresses, FORMS.values(), strict=True):
        for form in forms:
            kept[f"{address}.{form}"] = await (await place.get(f"{address}.{form}")).read()
    return kept


@dataclass(frozen=True)
class Cited:
    """A node that was restarted since results of it were cited, and what they were."""

    place: Place
    folder: Path
    then: str
    addresses: list[str]
    before: dict[str, bytes]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cited(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cited]:
    folder = found("torino", tmp_path_factory.mktemp("cited"), "Torino").folder
    async with opened(folder) as place:
        await place.hear("tram-9", "Uno")
        for number in range(3):
            await place.say(f"tram-{number}", "Uno")
        then = await place.say("segreto", SECRET)
        addresses = [await place.cite(query) for query in FORMS]
        before = await bodies(place, addresses)
        await place.say("tram-0", "Due")
        await place.hear("tram-9", "Due")
        helsinki = place.helsinki
        assert await bodies(place, addresses) == before
    async with opened(folder) as place:
        place.helsinki = helsinki
        yield Cited(place, folder, then, addresses, before)


async def test_a_cited_result_is_the_same_bytes_after_news_restart_and_rebuilding(
    cited: Cited,
) -> None:
    place, reference = cited.place, cited.before[f"{cited.addresses[0]}.tsv"]

    assert await bodies(place, cited.addresses) == cited.before
    await place.node.queries.replace()
    assert not (cited.folder / "views" / "past").exists()
    assert await bodies(place, cited.addresses) == cited.before
    assert reference.count(b"Uno") == 4
    assert reference.splitlines()[1:] == sorted(reference.splitlines()[1:])
    assert "Due" in await place.titles(None)
    again = await place.cite(next(iter(FORMS)), cited.then)
    assert await (await place.get(f"{again}.tsv")).read() == reference


async def test_a_cited_result_has_a_page_that_says_how_to_cite_it(cited: Cited) -> None:
    place, address = cited.place, cited.addresses[0]
    digest = hashlib.sha256(cited.before[f"{address}.tsv"]).hexdigest()

    page = await (await place.get(address, **HTML)).text()
    csl = json.loads(await (await place.get(f"{address}.csl")).text())
    csv = await place.get(f"{address}.csv")

    assert digest in page
    assert "4 rows" in page
    assert "@misc{citynode-" in page
    assert 'href="http://publications.europa.eu/resource/authority/licence/CC_BY_4_0"' in page
    assert page.count("in the result</strong>") == 2
    assert csl["URL"] == address
    assert address in await (await place.get(f"{address}.bib")).text()
    assert csv.links["cite-as"]["url"].human_repr() == address
    assert not csv.headers["ETag"].startswith("W/")
    await place.get(f"{address}.csv", 304, **{"If-None-Match": csv.headers["ETag"]})


async def test_the_example_for_researchers_gives_the_cited_bytes(cited: Cited) -> None:
    text = (ROOT / "docs/researchers.md").read_text()
    [example] = [
        each for each in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "/cite?" in each
    ]
    known = {"query": TRAMS}

    code = example.replace("http://127.0.0.1:8101/", cited.place.base)
    await asyncio.to_thread(exec, code, known)

    again = await cited.place.get(f"{known['address']}.tsv")
    assert known["address"].startswith(f"{cited.place.base}cite/")
    assert known["rows"] == await again.read()


def holding(folder: Path, text: str) -> list[str]:
    """Name the files with a text; another process looks, for who closes a journal's file here
    takes from SQLite what keeps others out of it.
    """
    words = ("grep", "--recursive", "--text", "--fixed-strings", "--files-with-matches")
    found = subprocess.run([*words, text, str(folder)], capture_output=True, text=True, check=False)
    assert found.returncode < 2, found.stderr
    return found.stdout.splitlines()


async def test_what_was_erased_comes_back_by_no_time_and_no_citation(cited: Cited) -> None:
    place, then = cited.place, cited.then
    desk, views = place.node.desk, place.node.views
    record = f"{place.base}experiments/segreto"
    title = f"SELECT ?title {{ <{record}> <http://purl.org/dc/terms/title> ?title }}"
    shown = f"/experiments/segreto.nt?{urlencode({'asOf': then})}"
    await place.say("altro", "Altro")
    address = await place.cite(title, then)
    assert SECRET in await (await place.get(shown)).text()
    assert holding(cited.folder / "views" / "past", "segreto")

    erasing.erase(desk, record, desk.journal.clock())
    await place.node.catch_up()
    assert SECRET not in await place.ask(title, then)
    await clearing.clear(desk, views, place.node.queries)

    assert holding(cited.folder, SECRET) == []
    assert SECRET not in await place.ask(title, then)
    assert "erased" in await (await place.get(shown, 410)).text()
    lost = json.loads(await (await place.get(f"{address}.csv", 410)).text())
    assert lost["cited"] != lost["present"]
    page = await (await place.get(address, **HTML)).text()
    assert "This is not what was cited" in page
    assert "1 record erased by its city" in page
    summed = await place.get(f"/sparql?query=ASK{quote(' {}')}&{urlencode({'asOf': then})}")
    assert "lost=1" in summed.headers["Citynode-Freshness"]
