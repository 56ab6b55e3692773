"""Signatures: missing, changed, by strangers; and members of others that are no one's to change."""

from dataclasses import replace

from federation import keys
from federation.member import Kind, Member
from federation.page import nquads
from tests.city import City
from tests.misbehaving.content import spoilt
from tests.misbehaving.registry import Rogue, misbehaves, some, turns
from vocab.terms import SEC


@misbehaves("signs nothing", "it is not signed", good=1)
def _unsigned(rogue: Rogue) -> None:
    some(1)(rogue)
    bad = rogue.city.publish("bad")
    rows = rogue.text().splitlines(keepends=True)
    rogue.answers("".join(row for row in rows if f"<{bad.iri}> <{SEC}proof>" not in row))


@misbehaves("changes a byte after signing", "it was changed after .* signed it", good=1)
def _changed(rogue: Rogue) -> None:
    some(1)(rogue)
    rogue.city.publish("bad", title="Vecchio titolo")
    spoilt(rogue, '"Vecchio titolo"', '"Vecchio titola"')


@misbehaves("signs with a key it does not have", "no key of .* signed it", good=1)
def _stranger(rogue: Rogue) -> None:
    some(1)(rogue)
    own, rogue.city.key = rogue.city.key, keys.generate()
    rogue.city.publish("bad")
    rogue.city.key = own


@misbehaves("signs in the name of another key", "no key of .* signed it", good=1)
def _other_method(rogue: Rogue) -> None:
    some(1)(rogue)
    bad = rogue.city.publish("bad")
    assert bad.proof is not None
    other = replace(bad.proof, method=f"{rogue.base}#other")
    rogue.city.members[-1] = replace(bad, proof=other)


@misbehaves("signs by a method that is none", "it is not signed|is not signed with its key")
def _suite(rogue: Rogue) -> None:
    some(1)(rogue)
    spoilt(rogue, "eddsa-rdfc-2022", "none")


@misbehaves("says for another city what that never said", "may speak only for itself here", good=1)
def _for_another(rogue: Rogue) -> None:
    some(1)(rogue)
    victim = rogue.victim.city
    forged = City("forger", key=rogue.city.key, at=victim.base).publish("forged")
    rogue.city.members.append(forged)


@misbehaves("publishes the members of another city as its own", "may speak only for itself here")
def _replayed(rogue: Rogue) -> None:
    some(1)(rogue)
    rogue.city.members.append(rogue.victim.city.members[0])


def _next(rogue: Rogue) -> Member:
    """What the victim would say next, if it did."""
    victim = rogue.victim.city
    copy = City("copy", key=victim.key, at=victim.base, members=list(victim.members))
    copy.clock = victim.clock
    return copy.publish("never-said")


@misbehaves("carries a member of another city that it changed", "changed after .* signed it")
def _relay_changed(rogue: Rogue) -> None:
    true = _next(rogue)
    forged = replace(true, payload=true.payload.replace(b"Navetta", b"Rubata!"))
    rogue.relays(forged)


@misbehaves("carries a member that it signed for another city", "no key of .* signed it")
def _relay_signed(rogue: Rogue) -> None:
    rogue.relays(rogue.city.resign(replace(_next(rogue), kind=Kind.CREATE)))


@misbehaves("carries members of a city that nobody knows", "no key of .* is known here")
def _relay_stranger(rogue: Rogue) -> None:
    rogue.relays(City("nobody", at="https://nobody.example/").publish("one"))


@misbehaves("carries an old deletion of what another city still says", "fit|another|follow|signed")
def _relay_deletion(rogue: Rogue) -> None:
    victim = rogue.victim.city
    gone = City("copy", key=rogue.city.key, at=victim.base, members=list(victim.members))
    gone.clock = victim.clock
    rogue.relays(gone.withdraw("first"))


@turns("has other keys without a word", "key changed without notice", first=some(2), good=2)
def _new_keys(rogue: Rogue) -> None:
    rogue.city.key = keys.generate()
    rogue.city.members = [rogue.city.resign(each) for each in rogue.city.members]
    rogue.city.publish("new")


@turns(
    "lets a stranger write its feed",
    "key changed without notice|is not signed with its key",
    first=some(2),
)
def _taken_over(rogue: Rogue) -> None:
    thief = City("thief", at=rogue.base)
    thief.clock = rogue.city.clock
    for number in range(4):
        thief.publish(f"stolen-{number}")
    page = thief.page("feed")
    assert page is not None
    rogue.answers(nquads(page))
