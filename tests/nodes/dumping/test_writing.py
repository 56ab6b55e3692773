"""A dump holds what the node knows, in every form, whole or not at all."""

import csv
import gzip
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas
import pytest
from pyld import jsonld
from pyoxigraph import RdfFormat, Store

from federation.member import Kind
from nodes import dumps, projection
from nodes.config import read_config
from nodes.desk import Desk, open_desk
from nodes.dumping import columns, write_dump
from nodes.dumps import Dump
from nodes.errors import Busy, DumpRefused
from nodes.journal import trust
from nodes.publishing import Draft
from nodes.views import open_views
from tests.journeys.places import citynode, found
from tests.nodes.portal import plenty
from tests.nodes.town import HELSINKI, ROBOT_BUS, Town, experiment
from vocab import lines, shelf
from vocab.records import Record
from vocab.terms import CONTEXT
from vocab.triples import to_payload

FORMULA = '=HYPERLINK("https://evil.example/";"see")'
NIGHT = datetime(2026, 11, 23, 3, tzinfo=UTC)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A city with whole records, hostile ones, one that is gone, and one of another city."""
    town = found("torino", tmp_path, "Torino")
    with open_desk(read_config(town.folder)) as opened:
        gone = plenty.hostile(town.base, 1)[0]
        formula = experiment(town.base, "formula", title={"en": FORMULA})
        say(opened, *plenty.whole(town.base), *plenty.hostile(town.base), formula, gone)
        nothing: Any = None
        other = Town(
            city=opened.city,
            journal=opened.journal,
            index=nothing,
            catalogue=nothing,
            feeds=nothing,
        )
        other.say(ROBOT_BUS)
        opened.speak([Draft(kind=Kind.DELETE, object=gone.iri)], None, NIGHT)
        yield opened


def say(desk: Desk, *said: Record) -> None:
    drafts = [Draft(kind=Kind.CREATE, object=each.iri, payload=to_payload(each)) for each in said]
    desk.speak(drafts, None, NIGHT)


def unpacked(folder: Path, dump: Dump, name: str) -> bytes:
    return gzip.decompress((folder / dump.name / name).read_bytes())


def test_a_store_that_loads_it_holds_what_the_store_of_the_node_holds(
    desk: Desk, tmp_path: Path
) -> None:
    dump = write_dump(desk, tmp_path / "out", NIGHT)

    loaded = Store()
    loaded.load(unpacked(tmp_path / "out", dump, "records.nq.gz"), RdfFormat.N_QUADS, lenient=True)
    with projection.lock(desk.views), open_views(desk.views) as views:
        views.catch_up(desk.journal)
        views.store.checkpoint(tmp_path / "copy")
    held = Store.read_only(str(tmp_path / "copy"))

    assert set(loaded) == set(held)
    assert len(loaded) > 1_000


def test_json_ld_says_each_record_as_it_was_signed(desk: Desk, tmp_path: Path) -> None:
    dump = write_dump(desk, tmp_path / "out", NIGHT)

    document = json.loads(unpacked(tmp_path / "out", dump, "records.jsonld.gz"))
    assert document["@context"] == CONTEXT
    context = json.loads(shelf.read("context-v1.jsonld"))
    triples = jsonld.to_rdf({**document, **context})["@default"]

    payloads = [entry.member.payload for entry in desk.journal.records()]
    said = [triple for each in payloads for triple in lines.triples(each)]
    assert len(document["@graph"]) == len(payloads)
    assert {
        (each["subject"]["value"], each["predicate"]["value"], _term(each)) for each in triples
    } == {(each.subject, each.predicate, _object(each.object)) for each in said}


def _term(triple: Any) -> tuple[str | None, ...]:
    said = triple["object"]
    if said["type"] == "IRI":
        return (said["value"],)
    return said["value"], said.get("language") or said["datatype"]


def _object(said: lines.Object) -> tuple[str | None, ...]:
    if isinstance(said, lines.Iri):
        return (said.value,)
    return said.value, said.language or said.datatype


def test_the_table_and_the_map_hold_every_record_and_no_formula(desk: Desk, tmp_path: Path) -> None:
    dump = write_dump(desk, tmp_path / "out", NIGHT)
    live = {entry.member.object for entry in desk.journal.records()}

    text = unpacked(tmp_path / "out", dump, "records.csv.gz").decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    frame = pandas.read_csv(tmp_path / "out" / dump.name / "records.csv.gz")
    collection = json.loads(unpacked(tmp_path / "out", dump, "records.geojson.gz"))

    numbers = {"longitude", "latitude"}
    cells = [cell for row in rows for name, cell in row.items() if name not in numbers]
    assert {row["iri"] for row in rows} == set(frame["iri"]) == live
    assert [cell for cell in cells if cell[:1] in {"=", "+", "-", "@", "\t"}] == []
    assert f"'{FORMULA}" in cells
    assert collection["type"] == "FeatureCollection"
    assert {each["id"] for each in collection["features"]} <= live
    assert len(collection["features"]) == dump.file("records.geojson.gz").records > 0  # type: ignore[union-attr]


@pytest.mark.skipif(not columns.available(), reason="pyarrow is not installed")
def test_parquet_has_the_columns_of_the_table(desk: Desk, tmp_path: Path) -> None:
    dump = write_dump(desk, tmp_path / "out", NIGHT)

    folder = tmp_path / "out" / dump.name
    frame = pandas.read_parquet(folder / columns.NAME)
    table = pandas.read_csv(folder / "records.csv.gz")

    assert list(frame.columns) == list(table.columns)
    assert list(frame["iri"]) == list(table["iri"])
    assert frame["longitude"].dtype == float
    assert FORMULA in list(frame["title"])


def test_without_pyarrow_the_dump_says_what_it_lacks(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "pyarrow", None)

    dump = write_dump(desk, tmp_path / "out", NIGHT)

    assert dump.file(columns.NAME) is None
    assert [(each.name, "not installed" in each.why) for each in dump.missing] == [
        (columns.NAME, True)
    ]


def test_the_manifest_tells_sums_licences_cities_and_how_to_cite(
    desk: Desk, tmp_path: Path
) -> None:
    dump = write_dump(desk, tmp_path / "out", NIGHT)

    assert dumps.read(tmp_path / "out", dump.name) == dump
    assert dump.name == f"2026-11-23-{desk.journal.last_change()}"
    for each in dump.files:
        body = (tmp_path / "out" / dump.name / each.name).read_bytes()
        assert (len(body), hashlib.sha256(body).hexdigest()) == (each.size, each.sha256)
    assert (dump.records, dump.withdrawn) == (len(list(desk.journal.records())), 1)
    assert [(each.origin, each.city, each.records) for each in dump.parts] == [
        (desk.city.base, "Torino", dump.records - 1),
        (HELSINKI, "", 1),
    ]
    assert all(each.licences for each in dump.parts)
    assert dump.name in dump.citation["text"]
    assert dump.citation["bibtex"].count("{") == dump.citation["bibtex"].count("}")
    assert dump.citation["csl"]["type"] == "dataset"
    assert "type: dataset" in (tmp_path / "out" / dump.name / dumps.CITATION).read_text()


def test_the_same_state_is_not_written_twice_in_a_day(desk: Desk, tmp_path: Path) -> None:
    first = write_dump(desk, tmp_path / "out", NIGHT)

    assert write_dump(desk, tmp_path / "out", NIGHT + timedelta(hours=1)) == first
    again = write_dump(desk, tmp_path / "out", NIGHT + timedelta(days=1))
    assert [each.sha256 for each in again.files[:4]] == [each.sha256 for each in first.files[:4]]
    assert [each.name for each in dumps.kept(tmp_path / "out")] == [again.name, first.name]


def test_what_is_broken_off_or_too_long_is_never_seen(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    bounded = desk.config.dumps.model_copy(update={"most_bytes": 0})
    small = replace(desk, config=desk.config.model_copy(update={"dumps": bounded}))

    with pytest.raises(DumpRefused, match="longer than 0 bytes"):
        write_dump(small, folder, NIGHT)
    assert dumps.kept(folder) == []
    assert [each.name for each in folder.iterdir()] == [".lock"]

    with dumps.held(folder), pytest.raises(Busy):
        write_dump(desk, folder, NIGHT)
    (tmp_path / "file").write_text("")
    with pytest.raises(DumpRefused):
        write_dump(desk, tmp_path / "file", NIGHT)


def test_a_blocked_city_is_not_in_new_dumps(desk: Desk, tmp_path: Path) -> None:
    with desk.journal.transaction() as db:
        trust.block(db, HELSINKI, "it lies", NIGHT)

    dump = write_dump(desk, tmp_path / "out", NIGHT)

    assert [each.origin for each in dump.parts] == [desk.city.base]
    for name in ("records.nq.gz", "records.jsonld.gz", "records.csv.gz", "records.geojson.gz"):
        assert ROBOT_BUS.iri.encode() not in unpacked(tmp_path / "out", dump, name)


KILLED = """
import os, signal, sys
from pathlib import Path
from nodes.config import read_config
from nodes.dumping import writing
from nodes.harvesting import utc_now
from nodes.desk import open_desk

def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)

writing.dumps.written = killed
with open_desk(read_config(Path(sys.argv[1]))) as desk:
    writing.write_dump(desk, Path(sys.argv[2]), utc_now())
"""


def test_a_kill_leaves_nothing_half_done(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "out"

    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(desk.config.folder), str(folder)],
        check=False,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
    )

    assert done.returncode == -signal.SIGKILL
    assert any(each.name.endswith(dumps.DRAFT) for each in folder.iterdir())
    assert dumps.kept(folder) == []
    made = write_dump(desk, folder, NIGHT)
    assert {each.name for each in folder.iterdir()} == {".lock", made.name}


def test_old_dumps_go_by_age_and_by_size_but_never_the_newest(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    made = [write_dump(desk, folder, NIGHT + timedelta(days=day)) for day in range(4)]
    names = [each.name for each in made]
    now = NIGHT + timedelta(days=3)

    assert dumps.prune(folder, 2, 10**9, now) == names[:1]
    assert dumps.prune(folder, 7, made[0].size * 3 // 2, now) == [names[2], names[1]]
    assert dumps.prune(folder, 1, 1, now + timedelta(days=400)) == []
    assert [each.name for each in dumps.kept(folder)] == names[3:]
    assert dumps.clear(folder) == 1
    assert dumps.kept(folder) == []


def test_an_officer_makes_one_at_any_time(tmp_path: Path) -> None:
    town = found("torino", tmp_path, "Torino")

    done = citynode(town, "dump", str(tmp_path / "mine"), "--json")

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert Path(told["directory"], "records.nq.gz").is_file()
    assert told["records"] == 0
