"""What is remembered is never more than allowed, and never of another time."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.remembering import Memory, weight

STEPS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9), st.integers(0, 60)), max_size=60)


@given(STEPS)
def test_memory_is_bounded_and_speaks_of_one_version(
    steps: list[tuple[int, int, int]],
) -> None:
    memory: Memory[tuple[int, int]] = Memory(most=4, most_bytes=100, largest=50)
    for version, key, size in steps:
        memory.keep(version, key, (version, size), size)

        assert memory.used <= 100
        assert memory.recall(version, key) == ((version, size) if size <= 50 else None) or size > 50
        assert sum(memory.recall(version, each) is not None for each in range(10)) <= 4
        for each in range(10):
            found = memory.recall(version, each)
            assert found is None or found[0] == version


def test_what_is_asked_for_often_stays() -> None:
    memory: Memory[str] = Memory(most=2)
    memory.keep(1, "a", "a", 1)
    memory.keep(1, "b", "b", 1)
    memory.recall(1, "a")
    memory.keep(1, "c", "c", 1)

    assert [memory.recall(1, key) for key in "abc"] == ["a", None, "c"]


@pytest.fixture
def _restless() -> Iterator[None]:
    """Let threads take turns all the time."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("_restless")
def test_threads_may_share_a_memory() -> None:
    memory: Memory[int] = Memory(most=1)

    def work(first: int) -> None:
        for number in range(first, first + 20_000):
            memory.keep(None, number % 3, number, 30)
            memory.recall(None, number % 3)

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(work, range(4))) == [None] * 4
    assert memory.used == 30


@given(st.recursive(st.text(), lambda each: st.tuples(each) | st.lists(each, max_size=4)))
def test_the_weight_of_a_value_is_at_least_that_of_its_texts(value: object) -> None:
    def length(part: object) -> int:
        return len(part) if isinstance(part, str) else sum(map(length, part))  # type: ignore[call-overload]

    assert weight(value) >= length(value)
