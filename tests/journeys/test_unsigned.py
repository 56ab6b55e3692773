"""A feed that nobody signs, from its publisher's pages to a hit: found, shown and marked."""

import asyncio
import json
from pathlib import Path
from urllib.parse import quote

from tests.federation.ldes.publisher import STREAM, at, leads, publisher, version
from tests.journeys.places import citynode, eventually, fetch_status, found, served

CHOICE = (
    *("--about", "keyword=sperimentazione", "--about", "https://id.example/", "--city", "Prova"),
    *("--licence", "http://publications.europa.eu/resource/authority/licence/CC0"),
    *("--theme", "mobility", "--country", "IT"),
)


async def test_what_nobody_signed_is_found_and_marked_everywhere_and_not_passed_on(
    tmp_path: Path,
) -> None:
    ghent = found("ghent", tmp_path)
    further = (
        version("due", 2, "Lampioni")
        + f"""<#stream> tree:member <versions/tre/3> .
<versions/tre/3> dct:isVersionOf <id/tre> ; dct:created {at(3)} ; a dcat:Dataset ;
  dct:title "Droni"@it ; dct:description "Prova."@it ; dcat:keyword "sperimentazione" .
"""
    )
    async with publisher() as data:
        data.turtle("feed", STREAM + version("uno", 1, "Navetta al campus") + leads("page1"))
        data.turtle("page1", further.replace("<#stream>", "<feed#stream>"))
        adding = (data.feed, "--unsigned", "--name", "Dati aperti", "--json", *CHOICE)
        added = await asyncio.to_thread(citynode, ghent, "peer", "add", *adding)
        read = await asyncio.to_thread(citynode, ghent, "harvest", "--json")
        listed = await asyncio.to_thread(citynode, ghent, "peer", "list", "--json")
        checked = await asyncio.to_thread(citynode, ghent, "verify", "--json")

        async with served(ghent):

            async def arrived() -> bool:
                return bool((await ghent.json("search.json"))["total"] == 3)

            await eventually(arrived)
            [hit] = (await ghent.json("search.json?q=navetta"))["hits"]
            of_feed = await ghent.json(f"search.json?origin={quote(data.feed, safe='')}")
            results = (await ghent.get("search?q=navetta", accept="text/html")).decode()
            network = (await ghent.get("network", accept="text/html")).decode()
            segment = data.base.removeprefix("http://").rstrip("/") + "+id+uno"
            address = f"unsigned/http~{segment}"
            page = (await ghent.get(address, accept="text/html")).decode()
            turtle = (await ghent.get(f"{address}.ttl")).decode()
            relayed = (await ghent.get("feed/all.nq", accept="application/n-quads")).decode()
            query = "SELECT ?from { ?m <http://www.w3.org/ns/prov#wasDerivedFrom> ?from }"

            async def told() -> bool:
                asked = f"sparql?query={quote(query)}&format=csv"
                rows = await ghent.get(asked, accept="text/csv")
                return rows.count(b"/versions/") == 3

            await eventually(told)
            member = json.loads((await ghent.get(f"{address}.jsonld")).decode())
            nothing = await fetch_status(f"{ghent.base}unsigned/http~{segment}-not")
        removed = await asyncio.to_thread(citynode, ghent, "peer", "remove", data.feed)

    assert added.returncode == 0, added.stderr
    [done] = json.loads(read.stdout)
    assert (done["failure"], done["new"], done["refused"]) == (None, 3, 0)
    [peer] = json.loads(listed.stdout)
    mode = "a feed that is not signed: keyword=sperimentazione"
    assert (peer["name"], peer["mode"]) == ("Dati aperti", mode)
    assert (peer["fingerprint"], peer["counts"]) == ("", {"records": 3})
    assert json.loads(checked.stdout)["faults"] == []
    assert hit["iri"] == f"{data.base}id/uno"
    assert (hit["signed"], of_feed["total"]) == (False, 3)
    assert "Not signed" in results
    assert "Not signed" in network
    assert "Dati aperti" in network
    assert "Not signed" in page
    assert f"{data.base}versions/uno/1" in page
    assert f"<{data.base}id/uno>" in turtle
    assert "proof" not in member
    assert "tree#member" not in relayed
    assert nothing == 404
    assert removed.returncode == 0, removed.stderr
