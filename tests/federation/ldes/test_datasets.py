"""Streams of datasets: DCAT-AP Feeds and versions, of which an officer takes what is wanted."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest_asyncio

from federation.peers import Observing, Peer
from tests.federation.ldes.publisher import (
    STREAM,
    Publisher,
    Reader,
    at,
    counts,
    leads,
    publisher,
)
from vocab.records import Record
from vocab.triples import from_payload

EU = "http://publications.europa.eu/resource/authority/"
FEED = """\
<#stream> a ldes:EventStream ; tree:view <feed> ; ldes:timestampPath as:published ;
  ldes:versionOfPath as:object .
"""
TRIALS = Observing(about=("keyword=sperimentazione",), city="Torino", licence=f"{EU}licence/CC0")


@pytest_asyncio.fixture
async def data() -> AsyncIterator[Publisher]:
    async with publisher() as found:
        yield found


def dataset(title: str, *keywords: str, more: str = "") -> str:
    words = ", ".join(f'"{each}"@it' for each in keywords)
    return f"""a dcat:Dataset ; dct:title "{title}"@it ; dct:description "{title}: prova."@it ;
  dcat:keyword {words} ; dcat:theme <{EU}data-theme/TRAN> {more}"""


def event(kind: str, slug: str, minute: int, said: str = "") -> str:
    """An activity of a DCAT-AP Feed, with what it says in the graph of its name."""
    name = f"<id/{slug}#{minute}>"
    payload = f"{name} {{ <id/{slug}> {said} . }}" if said else ""
    return f"""<#stream> tree:member {name} .
{name} a as:{kind} ; as:object <id/{slug}> ; as:published {at(minute)} .
{payload}
"""


def trig(data: Publisher, body: str) -> None:
    data.turtle("feed", body, media_type="application/trig")


def choosing(data: Publisher, told: Observing = TRIALS) -> Peer:
    return replace(data.peer, observing=told)


def records(reader: Reader) -> dict[str, Record]:
    entries = [each.member for each in reader.journal.records()]
    return {each.object: from_payload(each.payload, each.object) for each in entries}


async def test_what_happens_to_a_chosen_dataset_happens_to_its_record(
    data: Publisher, tmp_path: Path
) -> None:
    reader, peer = Reader(tmp_path), choosing(data)
    trial = dataset("Navetta", "Sperimentazione", more=f"; dct:issued {at(0)}")
    past = FEED + event("Create", "bilancio", 1, dataset("Bilancio", "conti"))
    past += event("Create", "navetta", 2, trial) + event("Create", "droni", 3, trial)
    trig(data, past)
    first = await reader.reads(peer)
    past += event("Update", "navetta", 4, trial.replace("Navetta", "Navetta autonoma"))
    trig(data, past + event("Remove", "droni", 5) + event("Delete", "bilancio", 6))
    then = await reader.reads(peer)

    assert (counts(first), first.others) == ((2, 0, 0, 0, 0), 1)
    assert counts(then)[:3] == (0, 1, 1)
    [(address, record)] = records(reader).items()
    assert address == record.iri == f"{data.base}id/navetta"
    assert record.title == {"it": "Navetta autonoma"}
    assert (record.issued, record.modified) == ("2026-11-22T08:00:00Z", "2026-11-22T08:04:00Z")
    assert record.source_pages == (address,)
    assert record.place is not None
    assert record.place.city == "Torino"


async def test_versions_of_datasets_are_read_under_the_name_of_the_dataset(
    data: Publisher, tmp_path: Path
) -> None:
    versions = [
        f"""<#stream> tree:member <v/{number}> . <v/{number}> dct:created {at(number)} ;
  dct:isVersionOf <id/navetta> ; dct:publisher [ foaf:name "Comune" ] ;
  {dataset(f"Navetta {number}", "sperimentazione")} ."""
        for number in (2, 1, 3)
    ]
    data.turtle("feed", STREAM + "\n".join(versions[:2]) + leads("page1"))
    data.turtle("page1", versions[2].replace("<#stream>", "<feed#stream>"))
    reader = Reader(tmp_path)

    done = await reader.reads(choosing(data))

    assert done.failure is None
    [(address, record)] = records(reader).items()
    assert (address, record.title) == (f"{data.base}id/navetta", {"it": "Navetta 3"})
    assert record.publisher.name == "Comune"


async def test_a_chosen_dataset_that_cannot_be_a_record_is_refused_with_the_reason(
    data: Publisher, tmp_path: Path
) -> None:
    trig(data, FEED + event("Create", "navetta", 1, dataset("Navetta", "sperimentazione")))
    reader = Reader(tmp_path)

    done = await reader.reads(choosing(data, replace(TRIALS, licence=None)))

    assert counts(done) == (0, 0, 0, 0, 1)
    [reason] = reader.reasons()
    assert "licence (dcterms:license): add the catalogue with --licence" in reason
    await reader.reads(data.peer)
    assert records(reader) == {}


async def test_a_choice_gives_nobody_the_word_about_other_hosts(
    data: Publisher, tmp_path: Path
) -> None:
    trial = dataset("Navetta", "sperimentazione")
    told = event("Create", "navetta", 1, trial).replace("id/", "https://other.example/id/")
    trig(data, FEED + told)
    reader = Reader(tmp_path)

    assert counts(await reader.reads(choosing(data))) == (0, 0, 0, 0, 1)
    assert "--about" in reader.reasons()[0]


async def test_times_that_are_written_as_text_are_times(data: Publisher, tmp_path: Path) -> None:
    trial = dataset("Navetta", "sperimentazione")
    told = event("Create", "navetta", 1, trial).replace(at(1), '"2026-11-20"')
    trig(data, FEED + told + event("Update", "navetta", 2, trial))
    reader = Reader(tmp_path)

    assert counts(await reader.reads(choosing(data)))[::4] == (1, 0)
    [record] = records(reader).values()
    assert (record.issued, record.modified) == ("2026-11-22T08:02:00Z", "2026-11-22T08:02:00Z")
