"""The RDF store follows the journal, repeats safely, and gives checkpoints."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Store as Quads

from federation.member import Kind, Member, activity
from nodes.changes import Change
from nodes.errors import ViewDamaged
from nodes.store import VOCABULARY, Store, as_stored
from vocab import lines
from vocab.errors import NotCanonical
from vocab.lines import Literal
from vocab.terms import XSD

BASE = "https://torino.example/"


def member(number: int, kind: Kind = Kind.CREATE, title: str = "Smart lighting") -> Member:
    record = f"{BASE}experiments/{number % 100}"
    payload = lines.canonical([lines.line(record, f"{BASE}title", Literal(title, language="it"))])
    return Member(
        iri=f"{BASE}feed/{number}-abcdef01",
        sequence=number,
        kind=kind,
        object=record,
        actor=f"{BASE}#node",
        published=f"2026-11-22T10:00:00.{number:06d}Z",
        payload=b"" if kind is Kind.DELETE else payload,
    )


def change(member: Member) -> Change:
    return Change(object=member.object, position=member.sequence, member=member)


def contents(store: Store, folder: Path) -> set[str]:
    store.checkpoint(folder)
    return {str(quad) for quad in Quads.read_only(str(folder))}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store", vocabulary=())


def test_a_new_store_is_at_the_beginning(store: Store) -> None:
    assert store.position == 0
    assert store.objects() == {}


def test_holds_a_record_in_the_graph_of_its_member(store: Store, tmp_path: Path) -> None:
    first = member(1)

    store.apply([change(first)], 1)

    [in_graph] = lines.rows(first.payload)
    expected = {row.removesuffix(" .") for row in activity(first)}
    expected.add(lines.in_graph(in_graph, first.iri).removesuffix(" ."))
    assert contents(store, tmp_path / "copy") == expected
    assert store.objects() == {first.object: first.iri}
    assert store.payload(first.iri) == first.payload
    assert store.position == 1


def test_an_update_leaves_nothing_of_the_version_before(store: Store, tmp_path: Path) -> None:
    old, new = member(1), member(101, Kind.UPDATE, "Smarter lighting")
    store.apply([change(old)], 1)

    store.apply([change(new)], 101)

    assert old.object == new.object
    assert not any(old.iri in row for row in contents(store, tmp_path / "copy"))
    assert store.payload(new.iri) == new.payload


def test_a_deletion_keeps_only_who_said_it(store: Store, tmp_path: Path) -> None:
    gone = member(101, Kind.DELETE)
    store.apply([change(member(1))], 1)

    store.apply([change(gone)], 101)

    assert contents(store, tmp_path / "copy") == {row.removesuffix(" .") for row in activity(gone)}


def test_a_record_without_member_leaves_nothing(store: Store, tmp_path: Path) -> None:
    first = member(1)
    store.apply([change(first)], 1)

    store.apply([Change(object=first.object, position=2, member=None)], 2)

    assert contents(store, tmp_path / "copy") == set()


def test_repeating_changes_changes_nothing(store: Store, tmp_path: Path) -> None:
    changes = [change(member(number)) for number in (1, 2, 3)]
    store.apply(changes, 3)
    before = contents(store, tmp_path / "before")

    store.apply(changes, 3)
    store.apply(changes[1:], 2)

    assert contents(store, tmp_path / "after") == before
    assert store.position == 3


def test_the_last_of_two_changes_of_one_record_counts(store: Store) -> None:
    old, new = member(1), member(101, Kind.UPDATE)

    store.apply([change(old), change(new)], 101)

    assert store.objects() == {new.object: new.iri}


def test_a_large_batch_gives_the_same_as_a_small_one(tmp_path: Path) -> None:
    changes = [change(member(number, title="x" * 60_000)) for number in range(1, 80)]
    whole = Store.open(tmp_path / "whole", vocabulary=())
    piecewise = Store.open(tmp_path / "piecewise", vocabulary=())

    whole.apply(changes, 79)
    for each in changes:
        piecewise.apply([each], each.position)

    assert contents(whole, tmp_path / "a") == contents(piecewise, tmp_path / "b")


def test_remembers_its_position_when_closed(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store", vocabulary=())
    store.apply([change(member(1))], 7)
    store.close()

    reopened = Store.open(tmp_path / "store", vocabulary=())

    assert reopened.position == 7
    assert len(reopened.objects()) == 1


def test_refuses_what_is_not_canonical_and_keeps_all_as_it_was(
    store: Store, tmp_path: Path
) -> None:
    store.apply([change(member(1))], 1)
    before = contents(store, tmp_path / "before")
    nested = replace(member(101), payload=b"<< <a:b> <a:b> <a:b> >> <a:b> <a:b> .\n")

    with pytest.raises(NotCanonical):
        store.apply([change(nested)], 101)

    assert contents(store, tmp_path / "after") == before
    assert store.position == 1


def test_a_damaged_folder_says_how_to_rebuild(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store", vocabulary=())
    store.apply([change(member(1))], 1)
    store.close()
    (tmp_path / "store" / "quads" / "CURRENT").write_text("nonsense")

    with pytest.raises(ViewDamaged) as caught:
        Store.open(tmp_path / "store", vocabulary=())

    assert "citynode rebuild" in caught.value.hint


@pytest.mark.parametrize("state", ["", "{}", "[]", '{"format": 99}', '{"format": 1}'])
def test_a_damaged_position_is_not_guessed(tmp_path: Path, state: str) -> None:
    Store.open(tmp_path / "store", vocabulary=()).close()
    (tmp_path / "store" / "state.json").write_text(state)

    with pytest.raises(ViewDamaged):
        Store.open(tmp_path / "store", vocabulary=())


def test_learns_the_vocabulary_once_and_again_when_it_changes(tmp_path: Path) -> None:
    before = b'<https://example.org/a> <https://example.org/label> "one" .'
    after = b'<https://example.org/a> <https://example.org/label> "two" .'
    Store.open(tmp_path / "store", vocabulary=[before]).close()

    store = Store.open(tmp_path / "store", vocabulary=[after])

    assert contents(store, tmp_path / "copy") == {
        f'<https://example.org/a> <https://example.org/label> "two" <{VOCABULARY}>'
    }


def test_the_vocabulary_of_the_house_can_be_learned(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store")

    assert any("prefLabel" in row for row in contents(store, tmp_path / "copy"))


def test_a_checkpoint_does_not_follow_the_store(store: Store, tmp_path: Path) -> None:
    store.apply([change(member(1))], 1)

    assert store.checkpoint(tmp_path / "copy") == 1
    store.apply([change(member(2))], 2)

    assert not any("feed/2-" in str(quad) for quad in Quads.read_only(str(tmp_path / "copy")))


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_text_comes_back_as_it_was(text: str) -> None:
    payload = lines.canonical([lines.line("a:b", "a:b", Literal(text))])

    assert as_stored(payload) == payload


def test_numbers_and_times_are_kept_by_value() -> None:
    written = lines.canonical([lines.line("a:b", "a:b", Literal("01", f"{XSD}integer"))])

    assert as_stored(written) == written.replace(b'"01"', b'"1"')
