"""What the demonstration checks: all is there, answers are right, and nobody is fooled."""

import csv
import io
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from federation.peers import Follow
from nodes.demo.town import Town
from vocab.records import ROOMS, Experiment

ITALIAN: Final = "navetta senza conducente"
FINDS: Final = {
    "torino": "torino-10",
    "helsinki": "helsinki-01",
    "paris": "paris-01",
    "vienna": "vienna-01",
}
"""An Italian question, and the automated shuttles of other languages it must find."""

JOIN: Final = """\
PREFIX cn: <https://w3id.org/citynode/ns#>
PREFIX as: <https://www.w3.org/ns/activitystreams#>
PREFIX dcterms: <http://purl.org/dc/terms/>
SELECT ?technology (COUNT(DISTINCT ?city) AS ?cities) (COUNT(DISTINCT ?trial) AS ?trials)
WHERE {
  GRAPH ?member { ?trial a cn:UrbanExperiment ; cn:technology ?technology }
  ?member as:actor ?city
}
GROUP BY ?technology
HAVING (COUNT(DISTINCT ?city) > 1)
ORDER BY DESC(?cities) DESC(?trials) ?technology
"""
"""Which technologies did several cities try? Each row joins records of different nodes."""


async def holds_everything(town: Town, expected: dict[str, int]) -> list[str]:
    """Check that a node holds every city's records and refused nothing."""
    answer = await town.json("search.json?limit=1")
    counts = {each["value"]: each["count"] for each in answer["facets"]["origin"]}
    faults = [
        f"{town.name} holds {counts.get(base, 0)} of {number} records of {base}"
        for base, number in expected.items()
        if counts.get(base, 0) != number
    ]
    return faults + [f"{town.name} refused {refusal}" for refusal in town.refusals()]


async def finds_in_italian(town: Town, towns: Sequence[Town]) -> list[str]:
    """Check that an Italian question finds the shuttles of other countries."""
    answer = await town.json(f"search.json?q={quote(ITALIAN)}&limit=50")
    found = {hit["iri"] for hit in answer["hits"]}
    wanted = {
        f"{other.base}{Experiment.room}/{FINDS[other.id]}" for other in towns if other.id in FINDS
    }
    return [f"{town.name}: a search for '{ITALIAN}' does not find {iri}" for iri in wanted - found]


async def joins(town: Town) -> list[dict[str, str]]:
    """Ask which technologies several cities tried."""
    answer = await town.get(f"sparql?query={quote(JOIN)}&format=csv", accept="text/csv")
    return list(csv.DictReader(io.StringIO(answer.decode())))


def right_join(towns: Sequence[Town]) -> list[dict[str, str]]:
    """Work the same answer out from what each city publishes itself, without SPARQL."""
    tried: dict[str, set[str]] = {}
    cities: dict[str, set[str]] = {}
    for town in towns:
        for trial, technologies in town.technologies().items():
            for technology in technologies:
                tried.setdefault(technology, set()).add(trial)
                cities.setdefault(technology, set()).add(town.base)
    shared = [technology for technology, found in cities.items() if len(found) > 1]
    shared.sort(key=lambda each: (-len(cities[each]), -len(tried[each]), each))
    return [
        {
            "technology": technology,
            "cities": str(len(cities[technology])),
            "trials": str(len(tried[technology])),
        }
        for technology in shared
    ]


async def joins_rightly(town: Town, right: list[dict[str, str]]) -> list[str]:
    """Check the join against an answer computed from the files."""
    rows = await joins(town)
    if rows == right:
        return []
    return [f"{town.name}: the SPARQL join across cities gives {rows[:3]}, not {right[:3]}"]


async def catches_a_forger(towns: Sequence[Town], folder: Path, port: int) -> list[str]:
    """Check that a relay which changes one byte of another city's record is caught.

    The forger is a real node: it harvests honestly, then a word is changed in its own journal. A
    witness that reads only the forger's relay must refuse that member alone.
    """
    victim = towns[0]
    forger = _extra("forger", folder, port)
    witness = _extra("witness", folder, port + 1)
    try:
        for town in towns:
            await forger.befriend(town, Follow.OWN)
        await forger.command("harvest")
        forged = forger.forge(victim.base)
        await forger.start()
        for town in towns:
            await witness.befriend(town, Follow.NOTHING)
        await witness.befriend(forger, Follow.ALL)
        [told] = await witness.command("harvest")
    finally:
        await forger.stop()
    refused = witness.refusals()
    faults: list[str] = []
    caught = [each for each in refused if each.startswith(f"{forged}: it was changed")]
    if told["refused"] != 1 or len(caught) != 1:
        faults.append(f"the witness refused {told['refused']} members: {refused[:3]}")
    described = [await town.json(".well-known/citynode") for town in towns]
    total = sum(each[room]["own"] for each in described for room in ROOMS)
    total += sum("profile" in each for each in described)
    if told["new"] != total - 1:
        faults.append(f"the witness took {told['new']} members of {total - 1} that are genuine")
    return faults


def _extra(name: str, folder: Path, port: int) -> Town:
    town = Town(id=name, name=name.title(), folder=folder / name, base=f"http://127.0.0.1:{port}/")
    shutil.rmtree(town.folder, ignore_errors=True)  # of an earlier check
    town.found({"name": town.name, "country": "NL", "language": "en"}, port)
    return town
