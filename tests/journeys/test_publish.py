"""One record by hand: what an officer or a script downloads, corrects and publishes again."""

import json
from pathlib import Path

from tests.journeys.places import Table, alone, citynode, found, served, take


async def test_a_record_can_be_downloaded_corrected_and_published_again(tmp_path: Path) -> None:
    torino = found("torino", tmp_path)
    take(torino, Table(tmp_path / "prove.csv", {"t-1": "Navetta"}))
    file = tmp_path / "record.jsonld"
    async with served(torino):
        record = json.loads(await torino.get("experiments/t-1", accept="application/ld+json"))

    record["title"]["en"] = "Shuttle"
    file.write_text(json.dumps(record), encoding="utf-8")
    changed = citynode(torino, "publish", str(file), "--json")
    again = citynode(torino, "publish", str(file), "--json")
    asked = citynode(
        torino,
        "query",
        "SELECT ?t { ?e a <https://w3id.org/citynode/ns#UrbanExperiment> ; "
        "<http://purl.org/dc/terms/title> ?t } ORDER BY ?t",
    )

    assert changed.returncode == 0, changed.stderr
    assert [each["kind"] for each in json.loads(changed.stdout)] == ["Update"]
    assert json.loads(again.stdout) == []
    assert asked.stdout.splitlines() == ["t", "Navetta", "Shuttle"]


def test_what_cannot_be_published_is_refused_in_words(tmp_path: Path) -> None:
    torino = found("torino", tmp_path)
    take(torino, Table(tmp_path / "prove.csv", {"t-1": "Navetta"}))
    file = tmp_path / "record.jsonld"
    told = {}
    for name, text in {
        "broken": "{",
        "list": "[]",
        "doubled": '{"id":"urn:a:b","id":"urn:a:c"}',
        "strange": '{"@context":"https://evil.example/context","id":"urn:a:b"}',
        "empty": "{}",
    }.items():
        file.write_text(text, encoding="utf-8")
        run = alone if name == "broken" else citynode
        done = run(torino, "publish", str(file))
        told[name] = done.stderr
        assert done.returncode == 1
        assert "Traceback" not in done.stderr

    assert "not JSON" in told["broken"]
    assert "no record" in told["list"]
    assert "no record" in told["empty"]
    assert "https://evil.example/context" in told["strange"].replace("\n", "")
    assert all("record.jsonld" in each.replace("\n", "") for each in told.values())
