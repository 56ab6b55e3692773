"""One node with a short history for all tests of the folder."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.journeys.places import found
from tests.nodes.past.place import Place, opened


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    town = found("torino", tmp_path_factory.mktemp("past"), "Torino")
    async with opened(town.folder) as place:
        with place.node.desk.journal.transaction() as db:
            db.execute("UPDATE past SET since = '1990-01-01T00:00:00.000000Z'")
        yield place


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def times(place: Place) -> list[str]:
    """Four times: of nothing, of one record, of two of two cities, of one that was changed."""
    return [
        place.now(),
        await place.say("tram", "Uno"),
        await place.hear("bussi", "Due"),
        await place.say("tram", "Tre"),
    ]
