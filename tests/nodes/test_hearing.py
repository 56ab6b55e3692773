"""The inbox under pressure: one city, or somebody in its name, must not keep the others from it."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from federation import keys, pings
from federation.errors import BadMessage, NotBelieved
from federation.keys import SigningKey
from federation.messages import signed_message
from federation.pings import Ping, Verb
from nodes.config import FILE, read_config
from nodes.errors import TooOften
from nodes.hearing import Hearing
from nodes.journal import Journal, known
from tests.city import NOON, City
from tests.journeys.places import eventually

SETTINGS = """
[city]
name = "Gent"
base = "https://data.gent.example/lab/"
country = "BE"
language = "nl"
"""
INBOX = "https://data.gent.example/lab/inbox"
CITIES = {id_: City(id_) for id_ in ("torino", "helsinki")}


@dataclass
class Place:
    """An inbox with a clock that stands still until it is moved."""

    hearing: Hearing
    journal: Journal
    clock: list[datetime] = field(default_factory=lambda: [NOON])

    async def outcome(self, *said: object, **more: object) -> str:
        """Send a message and say what became of it."""
        fields, body = message(*said, **more)  # type: ignore[arg-type]
        return await self.again(fields, body)

    async def again(self, fields: dict[str, str], body: bytes) -> str:
        try:
            await self.hearing.hear(fields, body)
        except TooOften as error:
            return "too often" if error.seconds > 0 else "too often, and no word for how long"
        except BadMessage as error:
            return str(error)
        return "taken"


def message(
    id_: str, number: int = 0, *, at: datetime = NOON, key: SigningKey | None = None
) -> tuple[dict[str, str], bytes]:
    city = CITIES[id_]
    said = Ping(verb=Verb.ANNOUNCE, actor=f"{city.base}#node", object=f"{city.base}feed")
    body = pings.write(said)
    headers = signed_message(
        body,
        pings.MEDIA,
        INBOX,
        key or city.key,
        method=city.public.method,
        created=int(at.timestamp()),
        nonce=str(number),
    )
    return {name.lower(): value for name, value in headers.items()}, body


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    (tmp_path / FILE).write_text(SETTINGS)
    config = read_config(tmp_path)
    with closing(Journal(tmp_path / "journal.sqlite", config.city.base)) as journal:
        for city in CITIES.values():
            known.add_peer(journal, city.peer, NOON)
        clock = [NOON]
        hearing = Hearing(config=config, journal=journal, now=lambda: clock[0])
        yield Place(hearing=hearing, journal=journal, clock=clock)


async def test_a_city_below_a_path_is_told_like_any_other(place: Place) -> None:
    assert await place.outcome("torino") == "taken"
    assert place.hearing.outcomes == {"taken": 1}


async def test_a_city_that_speaks_without_end_keeps_no_other_from_speaking(place: Place) -> None:
    flood = [await place.outcome("torino", number) for number in range(500)]

    other = await place.outcome("helsinki")

    assert {"taken", "too often"} == set(flood)
    assert flood.count("too often") > 400
    assert other == "taken"


async def test_somebody_who_forges_a_citys_name_keeps_no_other_from_speaking(
    place: Place,
) -> None:
    forger = keys.generate()
    forged = [await place.outcome("torino", number, key=forger) for number in range(500)]

    assert "taken" not in forged
    assert "too often" in forged
    assert await place.outcome("helsinki") == "taken"


async def test_a_copy_is_known_for_as_long_as_its_message_would_be_believed(
    place: Place,
) -> None:
    early = NOON + timedelta(seconds=290)  # its sender's clock is ahead
    copy = message("torino", at=early)
    first = await place.again(*copy)
    second = await place.again(*copy)
    place.clock[0] = early + timedelta(seconds=299)
    late = await place.again(*copy)
    place.clock[0] = early + timedelta(seconds=302)
    too_late = await place.again(*copy)
    await place.outcome("torino", 1, at=place.clock[0])

    assert first == "taken"
    assert "heard before" in second
    assert "heard before" in late
    assert "seconds ago" in too_late
    assert len(place.hearing._heard) == 1


async def test_a_city_that_is_no_peer_any_more_is_not_believed(place: Place) -> None:
    before = await place.outcome("torino")
    known.remove_peer(place.journal, CITIES["torino"].base, NOON)
    numbers = count(1)

    async def unknown() -> bool:
        return "knows nobody" in await place.outcome("torino", next(numbers))

    await eventually(unknown)
    assert before == "taken"


async def test_a_node_that_takes_no_pings_says_so(place: Place) -> None:
    config = place.hearing.config
    off = config.harvest.model_copy(update={"pings": False})
    place.hearing.config = config.model_copy(update={"harvest": off})

    with pytest.raises(NotBelieved, match="takes no pings"):
        await place.hearing.hear(*message("torino"))
