"""Power cuts: what a city was told is published stays published, and the nodes come back alone.

`python -m tests.journeys.killing --kills 200` does the same for longer, before a release.
"""

from pathlib import Path

import pytest

from tests.journeys.killing.__main__ import killing


@pytest.mark.timeout(900)
async def test_kills_in_a_federation_under_way_lose_double_and_resurrect_nothing(
    tmp_path: Path,
) -> None:
    done = await killing(tmp_path, kills=4, seed=7, pause=1.2, verified=("helsinki",))

    assert done.faults == []
    assert done.kills.total() == 4
    assert done.records > 0
