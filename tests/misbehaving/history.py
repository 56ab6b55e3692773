"""History: feeds that forget, fork, jump, or take everything back."""

from dataclasses import replace

from federation.member import digest
from federation.page import nquads
from tests.misbehaving.registry import Rogue, misbehaves, some, turns


@misbehaves("leaves a member out of its chain", "which comes before it, is missing", good=1)
def _gap(rogue: Rogue) -> None:
    some(3)(rogue)
    del rogue.city.members[1]


@misbehaves("begins its chain in the middle", "which comes before it, is missing", good=0)
def _middle(rogue: Rogue) -> None:
    some(3)(rogue)
    rogue.city.members = rogue.city.members[2:]


@misbehaves(
    "names a member before it that never was", "does not follow member 1|two histories", good=1
)
def _digest(rogue: Rogue) -> None:
    some(1)(rogue)
    rogue.city.publish("bad")
    last = rogue.city.members.pop()
    rogue.city.members.append(
        rogue.city.sign(object=last.object, payload=last.payload, previous=digest(last))
    )


@misbehaves("gives two members one number", "another member under number 2|two histories", good=2)
def _two(rogue: Rogue) -> None:
    some(2)(rogue)
    twin = rogue.city.sign(
        object=f"{rogue.base}experiments/p2",
        payload=rogue.city.members[1].payload,
        sequence=2,
        previous=digest(rogue.city.members[0]),
    )
    rogue.city.members.append(twin)


@turns("goes back to an older state", "feed went back: it had 5 members, now 3", first=some(5))
def _rollback(rogue: Rogue) -> None:
    rogue.city.members = rogue.city.members[:3]


@turns("begins anew as if nothing had been", "went back", first=some(5), good=5)
def _anew(rogue: Rogue) -> None:
    rogue.city.members = []
    rogue.city.publish("new")


@turns("tells another history of the same length", "ends with another member", first=some(5))
def _fork(rogue: Rogue) -> None:
    rogue.city.members = rogue.city.members[:4]
    rogue.city.publish("other")


@turns(
    "tells another history that is longer",
    "another member under number|two histories",
    first=some(5),
)
def _long_fork(rogue: Rogue) -> None:
    rogue.city.members = rogue.city.members[:3]
    for number in range(4):
        rogue.city.publish(f"other-{number}")


@turns("counts far ahead of itself", "counts 1000002 members, but only", first=some(2), good=2)
def _ahead(rogue: Rogue) -> None:
    page = rogue.page()
    head = rogue.city.head(page.stream, rogue.city.entries(0, 2) * 500_001)
    rogue.answers(nquads(replace(page, head=head)))


@turns(
    "takes everything back at once", "withdraws 10 of 10 records at once", first=some(10), good=10
)
def _withdrawal(rogue: Rogue) -> None:
    for number in range(1, 11):
        rogue.city.withdraw(f"p{number}")


@turns("takes a third of its records back", "withdraws 6 of 20 records at once", first=some(20))
def _third(rogue: Rogue) -> None:
    for number in range(1, 7):
        rogue.city.withdraw(f"p{number}")


@turns("is gone for good", "gone for good", first=some(2), good=2)
def _gone(rogue: Rogue) -> None:
    rogue.refuses(410)
