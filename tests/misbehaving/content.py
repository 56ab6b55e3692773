"""What members say: too much, too long, about others, or what no record may say.

Each of these cities signs what it says. One good record stands beside the bad one, and comes in.
"""

from dataclasses import replace
from datetime import timedelta

from federation.member import Kind, Member, name
from tests.misbehaving.registry import Rogue, misbehaves, misbehaviour, some
from vocab.errors import BadTerm
from vocab.terms import AS


def beside(rogue: Rogue, **facts: object) -> Member:
    """Say something good, then what it is told to say."""
    rogue.city.publish("good")
    return rogue.city.say(**facts)


def spoilt(rogue: Rogue, old: str, new: str) -> None:
    """Write something else on the page than what was signed."""
    text = rogue.text()
    assert old in text, old
    rogue.answers(text.replace(old, new))


def speaks(rogue: Rogue, iri: str) -> None:
    """Say something good, then something about an address, on the page if it cannot be signed."""
    try:
        beside(rogue, object=iri, kind=Kind.DELETE)
    except BadTerm:
        plain = rogue.city.say(object=f"{rogue.base}experiments/bad", kind=Kind.DELETE)
        spoilt(rogue, f"<{plain.object}>", f"<{iri}>")


def _facts(rogue: Rogue, slug: str) -> dict[str, object]:
    from_city = rogue.city.publish(slug)
    rogue.city.members.remove(from_city)
    return {"object": from_city.object, "payload": from_city.payload}


OBJECTS = {
    "speaks about a record of another city": lambda rogue: (
        f"{rogue.victim.city.base}experiments/first"
    ),
    "speaks about the node that reads it": lambda rogue: f"{rogue.node}experiments/one",
    "speaks about a host that begins like its own": lambda rogue: (
        rogue.base.rstrip("/") + ".evil.example/experiments/x"
    ),
    "speaks about a port that begins like its own": lambda rogue: (
        rogue.base.rstrip("/") + "0/experiments/x"
    ),
    "speaks about a host behind its own as a user name": lambda rogue: (
        rogue.base.rstrip("/") + "@other.example/experiments/x"
    ),
    "speaks about itself by another scheme": lambda rogue: (
        rogue.base.replace("http:", "https:") + "experiments/x"
    ),
    "speaks about a host of letters that look like others": lambda _: (
        "https://xn--80ak6aa92e.com/experiments/x"
    ),
    "speaks about a name that is no address": lambda _: (
        "urn:uuid:8f0e6f3a-0000-4000-8000-000000000000"
    ),
}
for _name, _object in OBJECTS.items():
    misbehaviour(
        _name,
        "is not for .* to speak about|not an absolute IRI|leads to another place",
        lambda rogue, iri=_object: speaks(rogue, iri(rogue)),
        good=1,
    )

PLACES = {
    "climbs out of its records by dots": "experiments/..",
    "climbs out of its records by dots amid an address": "experiments/../admin",
    "speaks about a part of a record": "experiments/x#part",
    "speaks about a question": "experiments/x?y",
    "speaks about a place with many levels": "experiments/a/b/c",
    "speaks about something that is no record": "admin",
}
for _name, _place in PLACES.items():
    misbehaviour(
        _name,
        "is not the address of a record|not an absolute IRI|leads to another place",
        lambda rogue, place=_place: speaks(rogue, rogue.base + place),
        good=1,
    )


@misbehaves("hides other things in its record", "speaks about something else", good=1)
def _hides(rogue: Rogue) -> None:
    facts = _facts(rogue, "bad")
    said = f'<{rogue.victim.city.base}experiments/first> <urn:x:p> "mine" .\n'.encode()
    rows = [said, *bytes(facts["payload"]).splitlines(keepends=True)]  # type: ignore[arg-type]
    beside(rogue, **{**facts, "payload": b"".join(sorted(rows))})


@misbehaves("deletes and says something all the same", "a deletion carries no record", good=1)
def _deletes(rogue: Rogue) -> None:
    beside(rogue, **_facts(rogue, "bad"), kind=Kind.DELETE)


@misbehaves("creates nothing", "a deletion carries no record, everything else does", good=1)
def _creates_nothing(rogue: Rogue) -> None:
    beside(rogue, object=f"{rogue.base}experiments/bad")


@misbehaves("names a member after another", "its name does not fit what it says", good=1)
def _name_of(rogue: Rogue) -> None:
    facts = _facts(rogue, "bad")
    beside(rogue, **facts, iri=f"{rogue.base}feed/2-00000000")


@misbehaves("uses a verb that is none", "no Create, Update or Delete", good=1)
def _verb(rogue: Rogue) -> None:
    some(1)(rogue)
    rogue.city.publish("bad", kind=Kind.UPDATE)
    spoilt(rogue, f"<{AS}Update>", f"<{AS}Like>")


@misbehaves("says something in an activity that nobody knows", "says something unknown", good=1)
def _unknown(rogue: Rogue) -> None:
    some(1)(rogue)
    bad = rogue.city.publish("bad")
    rogue.answers(rogue.text() + f'<{bad.iri}> <urn:x:evil> "yes" .\n')


@misbehaves("writes names that turn the sentence round", r"\\u202e", good=1)
def _bidi(rogue: Rogue) -> None:
    some(1)(rogue)
    bad = rogue.city.publish("bad")
    rogue.answers(rogue.text() + f'<{bad.iri}> <urn:x:\u202egpj.exe> "yes" .\n')


@misbehaves("writes a new line into the log", r"says something unknown", good=1)
def _new_line(rogue: Rogue) -> None:
    some(1)(rogue)
    bad = rogue.city.publish("bad")
    rogue.answers(rogue.text() + f'<{bad.iri}> <urn:x:a\u2028harvested\u0085all> "yes" .\n')


@misbehaves("writes blank nodes into a record", "blank|_:", good=1)
def _blank(rogue: Rogue) -> None:
    some(1)(rogue)
    bad = rogue.city.publish("bad")
    rogue.answers(rogue.text() + f"<{bad.object}> <urn:x:p> _:b <{bad.iri}> .\n")


@misbehaves("writes a text of a megabyte", "takes more than 120000 bytes of a page", good=1)
def _megabyte(rogue: Rogue) -> None:
    some(1)(rogue)
    rogue.city.publish("bad", description={"it": "a" * 1_000_000})


@misbehaves("writes a text longer than texts may be", "a text is longer than 50000", good=1)
def _long(rogue: Rogue) -> None:
    some(1)(rogue)
    rogue.city.publish("bad", description={"it": "a" * 60_000})


@misbehaves("says a hundred thousand things of a record", "100000 statements; the limit", good=1)
def _many(rogue: Rogue) -> None:
    some(1)(rogue)
    iri = f"{rogue.base}experiments/bad"
    said = "".join(f'<{iri}> <urn:x:p> "{number:06}" .\n' for number in range(100_000))
    rogue.city.say(object=iri, payload=said.encode())


@misbehaves("says the same thing twice", "a statement stands twice", good=1)
def _twice(rogue: Rogue) -> None:
    some(1)(rogue)
    bad = rogue.city.publish("bad")
    row = next(row for row in bad.payload.decode().splitlines())
    rogue.answers(rogue.text() + f"{row[:-1]}<{bad.iri}> .\n")


@misbehaves("writes an address that is none", "not a canonical triple", good=1)
def _bad_iri(rogue: Rogue) -> None:
    some(1)(rogue)
    bad = rogue.city.publish("bad")
    rogue.answers(rogue.text() + f"<{bad.object}> <urn:x:p> <no-scheme{{}}> <{bad.iri}> .\n")


@misbehaves("publishes a record that lacks what it must say", "themes|subject|source", good=1)
def _poor(rogue: Rogue) -> None:
    some(1)(rogue)
    rogue.city.publish("bad", themes=(), source_pages=())


@misbehaves("dates a member in the future", "it is dated in the future", good=1)
def _future(rogue: Rogue) -> None:
    some(1)(rogue)
    rogue.city.clock += timedelta(days=400)
    rogue.city.publish("bad")


@misbehaves("lets time go back", "not dated after the member before it", good=1)
def _back(rogue: Rogue) -> None:
    some(1)(rogue)
    rogue.city.clock -= timedelta(minutes=5)
    rogue.city.publish("bad")


@misbehaves("dates a member in no calendar", "is no UTC time", good=1)
def _no_time(rogue: Rogue) -> None:
    some(1)(rogue)
    bad = rogue.city.publish("bad")
    said = f'<{bad.iri}> <{AS}published> "'
    spoilt(rogue, said + bad.published, said + "2026-13-45T99:99:99.000000Z")


@misbehaves("numbers a member beyond all counting", "not one of its actor's feed|missing", good=1)
def _number(rogue: Rogue) -> None:
    some(1)(rogue)
    facts = _facts(rogue, "bad")
    rogue.city.say(**facts, sequence=10**17)


@misbehaves("names a member at the address of another city", "not one of its actor's feed", good=1)
def _foreign_name(rogue: Rogue) -> None:
    some(1)(rogue)
    bad = rogue.city.sign(**_facts(rogue, "bad"))
    taken = replace(bad, iri=name(rogue.victim.city.base, 2, bad))
    rogue.city.members.append(rogue.city.resign(taken))
