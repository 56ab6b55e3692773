"""A change of key that is cut off at any instant leaves a node that works, with one key."""

import shutil
from pathlib import Path

import pytest

from federation import keys, succession
from federation.keys import SigningKey
from federation.member import Kind, Member
from nodes.checking import Report, check_journal, check_own_chain
from nodes.errors import ConfigError
from nodes.journal import Journal
from nodes.keyring import KEY, NEXT, Keyring, write_key
from nodes.publishing import Draft, compose
from tests.city import NOON, experiment
from vocab.triples import to_payload

BASE = "https://torino.example/"


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    write_key(tmp_path / KEY, keys.generate())
    return Keyring(folder=tmp_path, journal=Journal(tmp_path / "journal.sqlite", BASE))


def restarted(keyring: Keyring) -> Keyring:
    """The same folder, opened by another process."""
    return Keyring(folder=keyring.folder, journal=Journal(keyring.journal.path, BASE))


def publish(keyring: Keyring, slug: str) -> Member:
    record = experiment(BASE, slug)
    draft = Draft(kind=Kind.CREATE, object=record.iri, payload=to_payload(record))

    def said(newest: Member | None) -> list[Member]:
        return compose(BASE, keyring.key(), newest, NOON, [draft])

    [member] = keyring.journal.publish(said, None, NOON)
    return member


def faults(keyring: Keyring) -> list[str]:
    report = Report()
    check_journal(keyring.journal, {BASE: keyring.ring()}, report, lambda _: None)
    check_own_chain(keyring.journal, report)
    return report.faults


def on_disk(file: Path) -> SigningKey:
    return keys.load(file.read_bytes())


def test_a_new_key_signs_from_the_next_member_on_in_every_process(keyring: Keyring) -> None:
    other = restarted(keyring)
    old = keyring.key()
    publish(other, "navetta")
    new = keyring.rotate(NOON)
    member = publish(other, "orti")

    assert other.key().multibase == new.multibase != old.multibase
    assert member.proof is not None
    assert member.proof.method == new.method
    assert (new.multibase, member.sequence) == (on_disk(keyring.folder / KEY).multibase, 3)
    assert not (keyring.folder / NEXT).exists()
    assert (keyring.folder / KEY).stat().st_mode & 0o077 == 0
    assert faults(keyring) == []


def test_a_crash_before_the_announcement_leaves_the_old_key(keyring: Keyring) -> None:
    publish(keyring, "navetta")
    write_key(keyring.folder / NEXT, keys.generate())  # and then the power was cut

    after = restarted(keyring)
    publish(after, "orti")

    assert after.key().multibase == keyring.key().multibase
    assert faults(after) == []
    after.rotate(NOON)
    assert faults(after) == []


def test_a_crash_after_the_announcement_leaves_the_new_key(keyring: Keyring) -> None:
    publish(keyring, "navetta")
    before = (keyring.folder / KEY).read_bytes()
    new = keyring.rotate(NOON)
    shutil.move(keyring.folder / KEY, keyring.folder / NEXT)
    (keyring.folder / KEY).write_bytes(before)  # announced, and then the power was cut

    after = restarted(keyring)
    publish(after, "orti")

    assert after.key().multibase == new.multibase == on_disk(keyring.folder / KEY).multibase
    assert not (keyring.folder / NEXT).exists()
    assert faults(after) == []


def test_a_write_that_was_cut_off_is_no_key(keyring: Keyring) -> None:
    (keyring.folder / NEXT).with_suffix(".part").write_bytes(b"-----BEGIN")

    assert restarted(keyring).key().multibase == keyring.key().multibase
    keyring.rotate(NOON)
    assert restarted(keyring).key().multibase == keyring.key().multibase


def test_a_node_whose_key_is_not_the_announced_one_says_so_and_does_not_speak(
    keyring: Keyring,
) -> None:
    publish(keyring, "navetta")
    keyring.rotate(NOON)
    write_key(keyring.folder / KEY, keys.generate())

    with pytest.raises(ConfigError, match=r"not the key that the journal names.*--lost"):
        restarted(keyring).key()


def test_a_city_that_lost_its_key_goes_on_with_another_that_says_what_was_before(
    keyring: Keyring,
) -> None:
    publish(keyring, "navetta")
    old = keyring.key()
    (keyring.folder / KEY).unlink()
    after = restarted(keyring)
    with pytest.raises(ConfigError):
        after.key()

    new = after.replace_lost(NOON)
    publish(after, "orti")

    assert after.key().multibase == new.multibase
    assert [(key.multibase, key.first, key.last) for key in after.ring()] == [
        (new.multibase, 2, None),
        (old.multibase, 1, 1),
    ]
    assert faults(after) == []


def test_a_key_lost_before_anything_was_said_is_simply_another_one(keyring: Keyring) -> None:
    (keyring.folder / KEY).unlink()

    new = restarted(keyring).replace_lost(NOON)

    assert on_disk(keyring.folder / KEY).multibase == new.multibase
    assert keyring.journal.size() == 0


def test_our_own_members_are_taken_back_with_the_key_that_signed_them(keyring: Keyring) -> None:
    old = keyring.key().multibase
    publish(keyring, "navetta")
    publish(keyring, "rubato")
    keyring.rotate(NOON)
    keyring.revoke(old, 2, NOON)

    assert [entry.member.sequence for entry in keyring.journal.records()] == [1]
    assert succession.speaking(keyring.ring())[0].multibase == keyring.key().multibase
    assert faults(keyring) == []
