"""Vectors on disk: real files, and every way in which a process can end in between."""

import os
from pathlib import Path
from struct import pack, unpack
from threading import Event, Thread
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodes.errors import ViewDamaged, ViewsClosed
from nodes.meaning.embedding import BYTES, SIZE
from nodes.meaning.vectors import LEDGER, ROWS, Vectors

NOWHERE = bytes(BYTES)


def towards(*numbers: float) -> bytes:
    return pack(f"<{SIZE}f", *numbers, *([0.0] * (SIZE - len(numbers))))


def names(found: tuple[tuple[str, float], ...]) -> list[str]:
    return [name for name, _ in found]


def opened(folder: Path) -> Vectors:
    vectors = Vectors.open(folder)
    if not vectors.begun:
        vectors.begin(NOWHERE)
    return vectors


def test_what_lies_near_comes_first_and_what_lies_far_does_not_come(tmp_path: Path) -> None:
    vectors = opened(tmp_path)
    vectors.apply({"a": towards(1), "b": towards(1, 1), "c": towards(-1), "d": towards(0, 1)}, 4)

    assert vectors.near(towards(2), most=9, least=0.1) == (("a", 1.0), ("b", 0.707107))
    assert names(vectors.near(towards(2), most=1, least=0.01)) == ["a"]
    assert vectors.near_to("a", most=1, least=0.1) == (("b", 0.707107),)
    assert vectors.near_to("nobody", most=1, least=0.1) == ()
    vectors.close()


def test_the_middle_is_taken_from_all(tmp_path: Path) -> None:
    vectors = Vectors.open(tmp_path)
    vectors.begin(towards(1, 1))
    vectors.apply({"a": towards(2, 1), "b": towards(1, 2)}, 1)

    assert vectors.near(towards(3, 1), most=9, least=0.01) == (("a", 1.0),)
    vectors.close()


def test_what_was_applied_is_there_after_a_restart(tmp_path: Path) -> None:
    vectors = opened(tmp_path)
    vectors.apply({"a": towards(1), "b": towards(0, 1)}, 2)
    vectors.apply({"a": None, "c": towards(1, 0.1)}, 7)
    vectors.apply({"a": towards(1)}, 3)  # was told before
    vectors.close()

    again = Vectors.open(tmp_path)

    assert again.position == 7
    assert names(again.near(towards(1, 0.1), most=9, least=0.01)) == ["c", "b"]
    again.close()


@given(steps=st.lists(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 3)), max_size=8))
@settings(max_examples=30, deadline=None)
def test_rows_and_names_agree_whatever_comes_and_goes(
    tmp_path_factory: pytest.TempPathFactory, steps: list[dict[str, int]]
) -> None:
    folder = tmp_path_factory.mktemp("vectors")
    vectors, kept = opened(folder), {}
    for position, step in enumerate(steps, 1):
        said = {name: towards(far, 1) if far else None for name, far in step.items()}
        vectors.apply(said, position)
        kept = {name: each for name, each in (kept | said).items() if each}
        if position % 3 == 0:
            vectors.close()
            vectors = opened(folder)

    found = dict(vectors.near(towards(1), most=9, least=0.01))

    assert found.keys() == kept.keys()
    for name, cosine in found.items():
        far = unpack("<f", kept[name][:4])[0]
        assert cosine == pytest.approx(far / (far * far + 1) ** 0.5, abs=1e-5)
    vectors.close()


@pytest.mark.parametrize("lost", [1, 30, 60])
def test_a_step_that_did_not_end_never_happened(tmp_path: Path, lost: int) -> None:
    vectors = opened(tmp_path)
    vectors.apply({"a": towards(1)}, 1)
    vectors.apply({"b": towards(1), "a": None}, 2)
    vectors.close()
    ledger = tmp_path / LEDGER
    ledger.write_bytes(ledger.read_bytes()[:-lost])
    # the row of `a` was not wiped yet when the process died
    rows = bytearray((tmp_path / ROWS).read_bytes())
    rows[: 2 * BYTES] = towards(1) + towards(1)
    (tmp_path / ROWS).write_bytes(rows)

    again = Vectors.open(tmp_path)

    assert again.position == 1
    assert names(again.near(towards(1), most=9, least=0)) == ["a"]
    assert (tmp_path / ROWS).read_bytes().count(towards(1)) == 1  # that of `b` is wiped
    again.apply({"b": towards(1), "a": None}, 2)
    assert names(again.near(towards(1), most=9, least=0)) == ["b"]
    again.close()


class Slow(dict[str, bytes | None]):
    """Vectors that a thread is in the middle of applying until it is told to go on."""

    def __init__(self, *said: object) -> None:
        super().__init__(*said)
        self.begun, self.go_on = Event(), Event()

    def items(self) -> Any:
        self.begun.set()
        assert self.go_on.wait(60)
        return super().items()


def test_a_step_under_way_writes_into_no_file_that_is_opened_after_closing(tmp_path: Path) -> None:
    vectors, slow = opened(tmp_path / "vectors"), Slow({"a": towards(1)})
    applying = Thread(target=vectors.apply, args=(slow, 1))
    closing = Thread(target=vectors.close)
    applying.start()
    assert slow.begun.wait(60)
    closing.start()
    closing.join(0.1)  # it waits for the step; where it does not, it has closed by now

    with (tmp_path / "another").open("wb") as another:
        slow.go_on.set()
        applying.join()
        closing.join()
        assert os.fstat(another.fileno()).st_size == 0
    assert Vectors.open(tmp_path / "vectors").position == 1
    with pytest.raises(ViewsClosed):
        vectors.apply({"b": towards(1)}, 2)


def test_what_is_taken_back_is_in_no_file(tmp_path: Path) -> None:
    vectors = opened(tmp_path)
    vectors.apply({"a": towards(3, 4)}, 1)
    row = vectors._seen_from_middle(towards(3, 4)).tobytes()
    assert row in (tmp_path / ROWS).read_bytes()

    vectors.apply({"a": None}, 2)

    assert not any((tmp_path / ROWS).read_bytes())
    vectors.close()


def test_the_ledger_does_not_grow_for_ever(tmp_path: Path) -> None:
    vectors = opened(tmp_path)
    for position in range(1, 520):
        vectors.apply({"a": towards(1, position), "b": None}, position)
    vectors.close()

    assert len((tmp_path / LEDGER).read_bytes().splitlines()) < 1_100
    assert (tmp_path / ROWS).stat().st_size <= 300 * BYTES
    assert Vectors.open(tmp_path).position == 519


@pytest.mark.parametrize(
    ("file", "content"),
    [
        (LEDGER, b'{"format": "0-of-another-version", "middle": ""}\n'),
        (LEDGER, b"not JSON\n"),
        (LEDGER, b'{"name": "a"}\n'),
        (ROWS, b""),
    ],
)
def test_files_that_make_no_sense_are_told_apart_from_a_bug(
    tmp_path: Path, file: str, content: bytes
) -> None:
    vectors = opened(tmp_path)
    vectors.apply({"a": towards(1)}, 1)
    vectors.close()
    (tmp_path / file).write_bytes(content)

    with pytest.raises(ViewDamaged, match="vectors"):
        Vectors.open(tmp_path)
