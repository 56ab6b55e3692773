"""The client that others use must read the plain files of a city as it reads a node."""

import pytest

from tests.conftest import PlainSite
from tests.interop.test_ldes_client import pytestmark, replicate
from tests.journeys.test_static import hosted

__all__ = ["pytestmark"]


@pytest.mark.parametrize("suffix", ["nq", "trig", "jsonld"])
async def test_replicates_the_files_of_a_plain_host(plain_site: PlainSite, suffix: str) -> None:
    async with hosted(plain_site.town, plain_site.site):
        members, end = await replicate(f"{plain_site.town.base}feed.{suffix}")

    assert len({member["member"] for member in members}) == len(members) == end["members"] == 300
    assert min(member["quads"] for member in members) > 4
