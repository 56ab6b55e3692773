"""A city with only a portal, from its catalogue to a hit on a second node: found and marked."""

import asyncio
import json
from pathlib import Path

from tests.federation.dcat.portal import Dataset, portal
from tests.journeys.places import citynode, eventually, found, served


async def test_a_city_with_only_a_portal_is_found_by_a_second_node_and_marked(
    tmp_path: Path,
) -> None:
    ghent, genova = found("ghent", tmp_path), found("genova", tmp_path)
    async with portal() as city:
        city.shows(Dataset("navetta"), Dataset("lampioni", title="Lampioni smart"))
        adding = (
            city.catalogue, "--dcat", "--about", "keyword=sperimentazione", "--name", "Portale",
            "--city", "Torino", "--country", "IT", "--yes",
        )  # fmt: skip
        added = await asyncio.to_thread(citynode, ghent, "peer", "add", *adding)

        async with served(ghent, genova):
            meet = ("peer", "add", ghent.base, "--yes")
            met = await asyncio.to_thread(citynode, genova, *meet)

            async def arrived() -> bool:
                return bool((await genova.json("search.json?city=Torino"))["total"] == 2)

            await eventually(arrived)
            whole = await genova.json("search.json?city=Torino")
            [hit] = (await genova.json("search.json?q=navetta"))["hits"]
            results = (await genova.get("search?q=navetta", accept="text/html")).decode()
            name = hit["member"].removeprefix(ghent.base)
            path = hit["href"].removeprefix(genova.base)
            page = (await genova.get(path, accept="text/html")).decode()
            own = (
                await ghent.get(hit["iri"].removeprefix(ghent.base), accept="text/html")
            ).decode()
            network = (await ghent.get("network", accept="text/html")).decode()
            catalogue = (await ghent.get("catalog.ttl")).decode()
            dossiers = (await ghent.get("feed/dcat-ap.trig")).decode()
            member = json.loads((await ghent.get(name, accept="application/ld+json")).decode())

            city.shows(Dataset("lampioni", title="Lampioni smart"))

            async def left() -> bool:
                return bool((await genova.json("search.json?city=Torino"))["total"] == 1)

            await eventually(left)
        checked = await asyncio.to_thread(citynode, genova, "verify", "--json")

    assert added.returncode == 0, added.stderr
    assert "2 of them would be observed" in added.stdout
    assert met.returncode == 0, met.stderr
    assert whole["total"] == 2
    assert (hit["city"], hit["signed"], hit["origin"]) == ("Torino", False, ghent.base)
    assert hit["observed"] == {
        "by": ghent.base,
        "at": city.source("navetta"),
        "record_of": "Torino",
    }
    assert "Observed by Ghent, not signed by Torino" in results
    for shown in (page, own):
        assert "Observed, not signed by" in shown
        assert city.source("navetta") in shown
    assert "told by this node, as observed" in network
    assert "a catalogue, observed by this node" in network
    assert "observed-navetta" not in catalogue + dossiers
    assert city.source("navetta") in json.dumps(member)
    assert json.loads(checked.stdout)["faults"] == []
