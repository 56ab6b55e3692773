"""A city speaks for itself, at one address of its own, and for no other city."""

from dataclasses import replace
from pathlib import Path

from federation.judging import unfit
from nodes.journal.cities import origins, profiles
from tests.city import City, experiment
from tests.federation.node import Node
from tests.vocab.test_profile import TORINO as SAID
from vocab.profile import OWN, to_payload
from vocab.triples import to_payload as record_payload


def test_a_city_is_believed_of_itself_at_its_own_address_only() -> None:
    ghent, torino = City("ghent"), City("torino")
    bases = [ghent.base, torino.base]
    good = ghent.say(object=ghent.base + OWN, payload=own(ghent))
    elsewhere = replace(SAID, iri=f"{ghent.base}cities/antwerp")
    astray = ghent.say(object=elsewhere.iri, payload=to_payload(elsewhere))
    other = ghent.say(object=torino.base + OWN, payload=own(torino))
    record = replace(experiment(ghent.base, "x"), iri=ghent.base + OWN)
    posing = ghent.say(object=record.iri, payload=record_payload(record))
    hidden = replace(SAID, iri=f"{ghent.base}experiments/x")
    disguised = ghent.say(object=hidden.iri, payload=to_payload(hidden))
    whole = replace(SAID, iri=ghent.base + OWN)
    many = tuple(f"https://source.example/{number:0500}" for number in range(40))
    long = ghent.say(object=whole.iri, payload=to_payload(replace(whole, sources=many)))

    assert unfit(good, bases) == ""
    assert "is not the address of a record" in unfit(astray, bases)
    assert "is not for https://ghent.example/ to speak about" in unfit(other, bases)
    assert "nothing else, stands at" in unfit(posing, bases)
    assert "nothing else, stands at" in unfit(disguised, bases)
    assert "more than 16,000 bytes" in unfit(long, bases)


async def test_a_profile_travels_with_the_feed_and_through_relays(tmp_path: Path) -> None:
    node, ghent, torino = Node(tmp_path), City("ghent"), City("torino")
    said = ghent.say(object=ghent.base + OWN, payload=own(ghent))
    torino.publish("navetta")
    torino.relayed.append(said)
    node.knows_key_of(ghent)
    node.knows(torino.relay)

    done = await node.reads(torino.relay, torino)

    assert (done.new, done.refused) == (2, 0)
    assert origins(node.journal) == [ghent.base, torino.base]
    assert profiles(node.journal) == {ghent.base: replace(SAID, iri=ghent.base + OWN)}


def own(city: City) -> bytes:
    return to_payload(replace(SAID, iri=city.base + OWN))
