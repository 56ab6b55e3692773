"""The page of a record says all that the record says, of every kind, and nothing else."""

import asyncio
import html
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as Number
from html.parser import HTMLParser
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.nodes.town import CALL, CIRCUIT, ROBOT_BUS, SHUTTLE, TORINO, concept, town
from tests.vocab.generated import full, records
from vocab import fields as said
from vocab.fields import Field, Moment, declared
from vocab.parts import Partner, Permit, Procedure, Replication
from vocab.records import KINDS, Record

HTML = {"Accept": "text/html"}
EVIL: Final = "<img src=x onerror=alert(1)></p></main>\"'{{ 7*7 }}\u202e\x07"


class Marks:
    """Puts a mark of its own on every value of a record, and knows how a page writes it."""

    def __init__(self, text: str = "", link: str = "https://a.example/") -> None:
        self._text, self._link = text, link
        self._next = count(1000)
        self.expected: dict[str, list[str]] = {}

    def put(self, value: Any, path: str = "") -> Any:
        """Mark every declared field of a record or part."""
        found = {}
        for each in declared(type(value)):
            here = f"{path}.{each.name}"
            if isinstance(each.said, said.Parts):
                parts = enumerate(getattr(value, each.name))
                found[each.name] = tuple(self.put(part, f"{here}[{n}]") for n, part in parts)
            elif isinstance(each.said, said.Part):
                found[each.name] = self.put(getattr(value, each.name), here)
            else:
                found[each.name] = self._marked(each, here)
        return replace(value, **found)

    def _marked(self, each: Field, path: str) -> Any:
        number = next(self._next)
        text, link = f"{self._text}mark{number}.", f"{self._link}mark{number}."
        value, *expected = self._values(number, text, link)[type(each.said)]()
        self.expected[path] = expected
        return value

    def _values(
        self, number: int, text: str, link: str
    ) -> Mapping[type[said.Said], Callable[[], tuple[Any, ...]]]:
        day = date(2001, 1, 1) + timedelta(days=number)
        at = datetime(2031, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
        words = f"{day.day} {day:%B} {day.year}"
        english, italian = f"{text}(en)", f"{text}(it)"
        return {
            said.Text: lambda: (text, text),
            said.Word: lambda: (text, text),
            said.Texts: lambda: ({"en": english, "it": italian}, english, italian),
            said.Tagged: lambda: ((("en", english), ("it", italian)), english, italian),
            said.Names: lambda: ((f"{text}A", f"{text}B"), f"{text}A", f"{text}B"),
            said.Link: lambda: (link, link),
            said.Links: lambda: ((f"{link}A", f"{link}B"), f"{link}A", f"{link}B"),
            said.Language: lambda: ("it", "Italian"),
            said.Mailbox: lambda: (f"mark{number}@torino.example", f"mark{number}@torino.example"),
            said.When: lambda: (Moment(value=day.isoformat()), words),
            said.Instant: lambda: (f"{at:%Y-%m-%dT%H:%M:%SZ}", f"{at.day} {at:%B %Y, %H:%M} UTC"),
            said.Integer: lambda: (7_000_000 + number, f"{7_000_000 + number:,}"),
            said.Days: lambda: (50_000 + number, f"{50_000 + number:,} days"),
            said.Decimal: lambda: (Number(number) + Number("0.25"), f"{number:,}.25"),
            said.Boolean: lambda: (True,),
            said.Typed: lambda: (f"POINT(7.{number} 45.07)", f"45.0700° N, 7.{number}° E"),
        }


class Reading(HTMLParser):
    """Collects every element with the text inside it, and what follows on what.

    The title of a card counts as text: it may be all there is to say.
    """

    empty: Final = ("area", "br", "img", "input", "link", "meta")

    def __init__(self, text: str) -> None:
        super().__init__()
        self._open: list[tuple[str, list[str]]] = []
        self.elements: list[tuple[str, str]] = []
        self.told: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.empty:
            card = ".card" if "card" in (dict(attrs).get("class") or "").split() else ""
            self._open.append((tag + card, []))

    def handle_endtag(self, tag: str) -> None:
        opened, texts = self._open.pop()
        assert opened.removesuffix(".card") == tag, "every element is closed where it was opened"
        self.elements.append((tag, "".join(texts).strip()))
        if re.fullmatch("h[1-6]", tag):
            self.told.append("text" if self._in_card() else tag)

    def handle_data(self, data: str) -> None:
        for _, texts in self._open:
            texts.append(data)
        if data.strip() and not any(re.fullmatch("h[1-6]", tag) for tag, _ in self._open):
            self.told.append("text")

    def _in_card(self) -> bool:
        return any(tag.endswith(".card") for tag, _ in self._open)

    def bare_headings(self) -> Iterator[str]:
        """Give the headings with nothing below them."""
        for this, following in zip(self.told, [*self.told[1:], "h1"], strict=True):
            if this != "text" and following != "text" and following <= this:
                yield this


async def main_of(client: TestClient, path: str, language: str = "en") -> str:
    answer = await client.get(path, headers=HTML | {"Accept-Language": language})
    text = await answer.text()
    assert answer.status == 200, text
    return text.partition("<main")[2].partition("<footer")[0]


def marked(kind: type[Record], marks: Marks) -> Any:
    return marks.put(full(kind, f"{TORINO.base}{kind.room}/full"))


def sparse(kind: type[Any], **given: Any) -> Any:
    """Make a value with every part there, and nothing in a part but what must be."""
    plain = full(kind, **given)
    found = {}
    for each in declared(kind):
        if isinstance(each.said, said.Part):
            assert each.part is not None
            part = sparse(each.part)
            found[each.name] = (part, part) if isinstance(each.said, said.Parts) else part
        elif each.needed:
            found[each.name] = getattr(plain, each.name)
    return kind(**found, **given)


@pytest.mark.parametrize("kind", KINDS)
async def test_whatever_a_record_says_can_be_read_on_its_page(
    tmp_path: Path, kind: type[Record]
) -> None:
    marks = Marks()
    record = marked(kind, marks)
    with town(tmp_path, record) as node:
        async with TestClient(TestServer(node.app())) as client:
            path = f"/{kind.room}/full"
            english = html.unescape(await main_of(client, path))
            italian = html.unescape(await main_of(client, path, "it"))

    missing = {
        path: words
        for path, expected in marks.expected.items()
        for words in expected
        if words not in english and words not in italian
    }
    assert missing == {}


@pytest.mark.parametrize("kind", KINDS)
async def test_each_yes_and_no_is_told(tmp_path: Path, kind: type[Record]) -> None:
    flags = [each.name for each in declared(kind) if isinstance(each.said, said.Boolean)]
    whole = full(kind, f"{TORINO.base}{kind.room}/full")
    pages = set()
    wanted = [whole, *(replace(whole, **{flag: to}) for flag in flags for to in (False, None))]

    for number, record in enumerate(wanted):
        folder = tmp_path / str(number)
        folder.mkdir()
        with town(folder, record) as node:
            async with TestClient(TestServer(node.app())) as client:
                text = await main_of(client, f"/{kind.room}/full")
                pages.add(text.partition('aria-labelledby="readiness"')[0])

    assert len(pages) == len(wanted)


@pytest.mark.parametrize("fill", [sparse, full])
@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_not_said_leaves_no_empty_place(
    tmp_path: Path, kind: type[Record], fill: Callable[..., Any]
) -> None:
    record = fill(kind, iri=f"{TORINO.base}{kind.room}/some")
    with town(tmp_path, record) as node:
        async with TestClient(TestServer(node.app())) as client:
            page = Reading("<main" + await main_of(client, f"/{kind.room}/some"))

    hollow = [tag for tag, text in page.elements if not text and tag != "td"]
    assert hollow == []
    assert list(page.bare_headings()) == []


@pytest.mark.parametrize("link", ["javascript:alert(1)//", "https://a.example/\u202e"])
@pytest.mark.parametrize("kind", KINDS)
async def test_hostile_words_stay_words_wherever_they_stand(
    tmp_path: Path, kind: type[Record], link: str
) -> None:
    record = marked(kind, Marks(EVIL, link))
    with town(tmp_path, record) as node:
        async with TestClient(TestServer(node.app())) as client:
            page = await main_of(client, f"/{kind.room}/full")
            hits = await main_of(client, f"/search?kind={kind.room}")

    for text in (page, hits):
        assert "<img src=x" not in text
        assert "{{ 7*7 }}" in text
        assert not re.search("[\u202e\x07]", text)
        assert not re.search("href=.(?!https?:|mailto:|/|#)", text)
    assert Reading("<main" + page).elements


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.lists(records, min_size=1, max_size=12))
def test_any_record_at_all_has_a_page(found: list[Record]) -> None:
    async def read() -> None:
        with TemporaryDirectory() as folder, town(Path(folder)) as node:
            async with TestClient(TestServer(node.app())) as client:
                for record in found:
                    node.say(replace(record, iri=f"{TORINO.base}{record.room}/any"))
                    page = await main_of(client, f"/{record.room}/any")
                    assert [tag for tag, _ in Reading("<main" + page).elements].count("h1") == 1

    asyncio.run(read())


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[TestClient]:
    again = replace(
        SHUTTLE,
        iri=f"{TORINO.base}experiments/again",
        replicates=(ROBOT_BUS.iri,),
        replications=(Replication(experiment=ROBOT_BUS.iri, kept={"en": "The operator."}),),
        inspired_by=("https://oulu.example/experiments/unheard",),
        testbeds=(CIRCUIT.iri,),
        services=(f"{CIRCUIT.iri}#service-1",),
        calls=(CALL.iri,),
        challenges=(f"{CALL.iri}#challenge-2",),
        goals=("http://metadata.un.org/sdg/3",),
        partners=(
            Partner(name="Città di Torino", helix=concept("helix", "public-administration")),
            Partner(name="Politecnico", helix=concept("helix", "research")),
        ),
        permits=(
            Permit(
                title={"en": "Road permit"},
                kind=concept("permit", "traffic-order"),
                submitted=Moment(value="2023-12-18"),
                granted=Moment(value="2024-01-02"),
                procedure=Procedure(declared_days=1),
            ),
            Permit(title={"en": "Other"}, submitted=Moment(value="2023"), granted=None),
        ),
    )
    gone = replace(CIRCUIT, iri=f"{TORINO.base}testbeds/gone")
    with town(tmp_path, again, ROBOT_BUS, CIRCUIT, CALL, gone) as node:
        node.withdraw(gone.iri)
        node.catch_up()
        async with TestClient(TestServer(node.app())) as found:
            yield found


@pytest.mark.parametrize(
    "link",
    [
        'href="/catalogue/helsinki.example/robottibussi"><span dir="auto" lang="fi">Robottibussi',
        'href="/testbeds/falchera"><span dir="auto" lang="en">Falchera',
        'href="/testbeds/falchera#service-1"><span dir="auto" lang="en">Roadside radio</span> ',
        'href="/catalogue/helsinki.example/calls/agile-piloting#challenge-2"><span',
        'href="https://oulu.example/experiments/unheard" rel="nofollow',
    ],
)
async def test_records_of_the_network_are_named_and_linked_to_their_page(
    client: TestClient, link: str
) -> None:
    assert link in await main_of(client, "/experiments/again")


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("/catalogue/helsinki.example/robottibussi", "Repeated by"),
        ("/testbeds/falchera", "Used by"),
        ("/catalogue/helsinki.example/calls/agile-piloting", "Answered by"),
    ],
)
async def test_a_record_names_those_that_name_it(
    client: TestClient, path: str, heading: str
) -> None:
    page = (await main_of(client, path)).partition('id="kin"')[0]  # those that are alike follow

    assert page.count('href="/experiments/again"') == 1
    assert 'href="/experiments/again"' in page.partition(f"<h3>{heading}</h3>")[2]


async def test_a_permit_says_how_long_it_really_took(client: TestClient) -> None:
    page = await main_of(client, "/experiments/again")

    assert "<strong>15 days</strong> from asking to granting; the authority states 1 day." in page
    assert page.count("from asking to granting") == 1


async def test_the_side_that_is_missing_is_said_in_words(client: TestClient) -> None:
    page = await main_of(client, "/experiments/again")

    assert "Not at the table: Company, Civil society." in page
    assert '<li class="missing"><b>none</b> Company</li>' in page


async def test_an_own_record_says_what_to_add_next_and_a_copy_does_not(client: TestClient) -> None:
    own = await main_of(client, "/testbeds/falchera")
    copy = await main_of(client, "/catalogue/helsinki.example/robottibussi")

    assert re.search(r"<strong>\d+ of 100\.</strong>", own)
    assert "of 100" not in copy


@pytest.mark.parametrize(
    ("question", "path"),
    [
        ("kind=testbeds", "/testbeds/falchera"),
        ("kind=calls", "/catalogue/helsinki.example/calls/agile-piloting"),
        ("goal=11", "/testbeds/falchera"),
        ("role=testbed-owner", "/testbeds/falchera"),
        ("permit=traffic-order", "/experiments/again"),
    ],
)
async def test_a_record_is_reached_by_its_facets(
    client: TestClient, question: str, path: str
) -> None:
    page = await main_of(client, f"/search?{question}")

    assert re.findall('<h3><a href="([^"]*)"', page) == [path]


async def test_hits_are_counted_by_kind(client: TestClient) -> None:
    everything = await main_of(client, "/search")
    calls = await main_of(client, "/search?kind=calls&kind=testbeds")
    home = await main_of(client, "/")

    assert "2 experiments, 1 testbed and 1 call</h2>" in everything
    assert "1 testbed and 1 call</h2>" in calls
    assert "2 experiments, 1 testbed and 1 call from 2 cities" in home


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/testbeds/none", 404, "No testbed is known here as"),
        ("/calls/none", 404, "No call is known here as"),
        ("/catalogue/helsinki.example/calls/none", 404, "No call is known here as"),
        ("/testbeds/gone", 410, "This testbed was withdrawn by its city on 2026-11-22."),
    ],
)
async def test_what_is_not_there_is_called_by_its_kind(
    client: TestClient, path: str, status: int, words: str
) -> None:
    answer = await client.get(path, headers=HTML)

    assert answer.status == status
    assert words in await answer.text()
