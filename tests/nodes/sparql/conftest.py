"""One endpoint for all tests of a module."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.nodes.sparql.endpoint import Endpoint, changes, endpoint


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Endpoint]:
    folder: Path = tmp_path_factory.mktemp("endpoint")
    async with endpoint(folder, known=changes(5)) as site:
        yield site
