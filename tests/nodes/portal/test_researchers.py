"""What `docs/researchers.md` shows is what people copy: each example must work as it stands there.

The examples run as they are, but for the address of the node. R is asked if it is there; where it
is not, its definition of `URLencode(…, reserved = TRUE)` says which address its code reads.
GeoPandas brings 45 MB of libraries that nothing else here needs: without it, only what it would
read is looked at. The example of `/cite` is tried in `tests/nodes/past`.
"""

import asyncio
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas
import pytest
from shapely.geometry import shape

from tests.nodes.portal.conftest import Place

pytestmark = pytest.mark.asyncio(loop_scope="package")

TEXT = (Path(__file__).parents[3] / "docs" / "researchers.md").read_text("utf-8")
SHOWN = "http://127.0.0.1:8101/"


def example(language: str, holding: str) -> str:
    """Find the one example in a language that has these words."""
    blocks = re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    [found] = [block for block in blocks if holding in block]
    return str(found)


def here(place: Place, code: str) -> str:
    assert SHOWN in code
    return code.replace(SHOWN, place.base)


async def run(place: Place, code: str, **known: Any) -> dict[str, Any]:
    names = dict(known)
    await asyncio.to_thread(exec, here(place, code), names)
    return names


async def test_pandas_and_sparqlwrapper_read_one_answer(place: Place) -> None:
    known = await run(place, example("python", "import pandas\nfrom urllib"))
    table = known["table"]
    rows = (await run(place, example("python", "SPARQLWrapper"), query=known["query"]))["rows"]

    assert list(table.columns) == ["city", "experiments"]
    assert table["experiments"].sum() > 5
    said = [(row["city"]["value"], int(row["experiments"]["value"])) for row in rows]
    assert said == list(table.itertuples(index=False, name=None))


async def test_r_reads_the_number_of_experiments(place: Place, tmp_path: Path) -> None:
    code = here(place, example("r", "read.csv"))
    if shutil.which("Rscript"):
        (tmp_path / "asked.R").write_text(f'{code}\nwrite.csv(table, "said.csv", row.names = F)')
        command = ["Rscript", "asked.R"]
        await asyncio.to_thread(subprocess.run, command, cwd=tmp_path, check=True)
        table = pandas.read_csv(tmp_path / "said.csv")
    else:
        parts = re.search(r'r"\((.*?)\)".*paste0\("(.*?)", URLencode\(query, res', code, re.DOTALL)
        assert parts is not None
        address = parts[2] + quote(parts[1], safe="")  # all but letters, digits and -._~
        table = await asyncio.to_thread(pandas.read_csv, address)

    assert list(table.columns) == ["experiments"]
    assert table["experiments"][0] > 5


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
@pytest.mark.parametrize("holding", ["sparql.csv --data-urlencode", "asOf="])
async def test_curl_reads_what_the_page_promises(
    place: Place, tmp_path: Path, holding: str
) -> None:
    (tmp_path / "question.rq").write_text("SELECT ?x { ?x a ?kind } LIMIT 3", "utf-8")
    [published] = re.findall(r"/(experiments/[^.]+)\.ttl", example("sh", "asOf="))
    [mine] = re.findall(r"/(experiments/[^>#]+)[>#]", await place.get("/catalog.nt"))[:1]
    code = here(place, example("sh", holding)).replace(published, mine)
    code = code.replace("2026-11-01T00:00:00Z", place.node.desk.journal.clock().isoformat())

    for command in filter(None, code.replace("+00:00", "Z").split("\n")):
        script = ["/bin/sh", "-c", f"{command} --silent --show-error --fail"]
        said = await asyncio.to_thread(
            subprocess.run, script, cwd=tmp_path, check=True, capture_output=True, text=True
        )
        assert said.stdout.startswith("x\nhttp") or "a cn:UrbanExperiment" in said.stdout


async def test_geopandas_finds_places_to_draw(place: Place) -> None:
    code = example("python", "import geopandas")
    try:
        trials = (await run(place, code))["trials"]
    except ModuleNotFoundError:
        [path] = re.findall(rf'"{SHOWN}(.*?)"', code)
        shown = json.loads(await place.get(f"/{path}"))
        points = [shape(each["geometry"]) for each in shown["features"] if each["geometry"]]
        assert points
        assert all(point.is_valid and abs(point.centroid.y) <= 90 for point in points)
    else:
        assert trials.crs.to_epsg() == 4326
        assert len(trials) > 0
        assert not trials.geometry.is_empty.all()
