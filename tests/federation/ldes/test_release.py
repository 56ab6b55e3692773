"""What the shapes refused of an unsigned feed can be released by a person, and nothing else."""

from pathlib import Path

import pytest

from nodes import trusting
from nodes.errors import NotReleasable
from nodes.journal.unsigned import UnsignedInbox
from tests.city import NOON
from tests.federation.ldes.publisher import STREAM, Reader, publisher, version


def unfit(slug: str, minute: int) -> str:
    return version(slug, minute).replace("dct:source <https://example.org/fonte> ;", "")


async def test_a_record_that_only_its_content_kept_out_is_released_once_and_stays(
    tmp_path: Path,
) -> None:
    reader = Reader(tmp_path)
    inbox = UnsignedInbox(inbox=reader.inbox)
    async with publisher() as city:
        city.turtle("feed", STREAM + unfit("uno", 1) + version("due", 2))
        await reader.reads(city.peer)
        before, reasons = reader.titles(), reader.reasons()
        name = f"{city.peer.base.rpartition('/')[0]}/versions/uno/1"

        released = inbox.release(name)
        after = reader.titles()
        city.turtle("feed", STREAM + unfit("uno", 1) + version("due", 2) + version("tre", 3))
        again = await reader.reads(city.peer)

    assert set(before) == {"due"}
    assert len(reasons) == 1
    assert released
    assert set(after) == {"uno", "due"}
    assert (again.failure, again.new, again.refused) == (None, 1, 0)
    assert set(reader.titles()) == {"uno", "due", "tre"}
    assert reader.reasons() == []
    assert not inbox.release(name)


async def test_what_another_may_say_or_what_is_blocked_is_never_released(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    inbox = UnsignedInbox(inbox=reader.inbox)
    async with publisher() as city:
        city.turtle("feed", STREAM + unfit("uno", 1))
        await reader.reads(city.peer)
        base = city.peer.base.rpartition("/")[0]
        trusting.block(reader.journal, f"{base}/id/", "", NOON)

        with pytest.raises(NotReleasable, match="blocked"):
            inbox.release(f"{base}/versions/uno/1")

    assert reader.titles() == {}
    assert not inbox.release(f"{base}/versions/none/1")
