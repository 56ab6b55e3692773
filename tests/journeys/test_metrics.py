"""A city's IT watches a node from outside; without figures a silent failure stays silent."""

import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.journeys.places import Table, fetch_status, found, knows_somebody, served, take


async def test_figures_tell_records_peers_requests_and_nothing_a_stranger_wrote(
    tmp_path: Path,
) -> None:
    torino, ghent = found("torino", tmp_path), found("ghent", tmp_path)
    take(torino, Table(tmp_path / "prove.csv", {"t-1": "Navetta", "t-2": "Orti"}))

    async with served(torino):
        knows_somebody(torino)
        missing = await fetch_status(f"{torino.base}experiments/%3Cscript%3E")
        text = (await torino.get("metrics", accept="text/plain")).decode()

    assert missing == 404
    figures = {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert figures["citynode_records", (torino.base,)] == 2
    assert figures["citynode_members", ()] == 2
    assert figures["citynode_views_behind", ()] == 0
    assert figures["citynode_requests_total", ("GET", "/{room}/{slug}", "404")] == 1
    assert re.search("(?<!sub)script", text) is None
    assert re.search(r"citynode_peer_failures\{peer=", text)
    assert ghent.base not in text
