"""A registry may introduce cities to this one, and can do nothing else to it."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation import keys
from federation.carrying import Carried
from federation.examining import Checked, Signature
from federation.joining import Known, Listed, Listing, Policy, Status, decide
from federation.judging import judge
from federation.keys import PublicKey
from federation.member import Kind
from federation.peers import Outcome
from tests.city import NOON, City, experiment
from vocab.membership import Key, Membership, to_payload
from vocab.triples import to_payload as record_payload

NETWORK, OTHER, OWN = "https://network.example/", "https://other.example/", "https://me.example/"
SOME_KEY = keys.generate()
HERE = Known(own=OWN, peers={NETWORK: (SOME_KEY.public(NETWORK),)})


def membership(
    base: str, name: str = "", by: str = NETWORK, key: PublicKey | None = None, slug: str = ""
) -> Membership:
    key = key or SOME_KEY.public(base)
    return Membership(
        iri=f"{by}members/{slug or base.split('/')[2]}",
        operator=by,
        city=base,
        name=name or base,
        country="BE",
        keys=(Key(method=key.method, multibase=key.multibase),),
        since="2026-11-22",
    )


def says(
    *said: Membership, policy: Policy = Policy.ACCEPT, by: str = NETWORK, whole: bool = True
) -> Listing:
    return Listing(registry=by, policy=policy, memberships=said, whole=whole)


def outcome(*listings: Listing, known: Known = HERE, most: int = 100) -> dict[str, Listed]:
    return {each.base: each for each in decide(listings, known, most=most)}


GHENT, TORINO = "https://ghent.example/", "https://torino.example/"


def test_a_listed_city_is_taken_at_once_or_proposed_as_this_city_has_chosen() -> None:
    taken = outcome(says(membership(GHENT, "Gent")))[GHENT]
    proposed = outcome(says(membership(GHENT, "Gent"), policy=Policy.PROPOSE))[GHENT]

    assert (taken.status, proposed.status) == (Status.NEW, Status.PROPOSED)
    assert taken.name == "Gent"
    assert taken.keys == (SOME_KEY.public(GHENT),)


def test_a_city_that_left_is_not_listed() -> None:
    assert outcome(says(replace(membership(GHENT), until="2026-12-01"))) == {}


@pytest.mark.parametrize(
    ("base", "reason"),
    [
        ("http://ghent.example/", "https"),
        ("https://GHENT.example/", "one form"),
        ("https://ghent.example:443/", "one form"),
        ("https://someone@ghent.example/", "one form"),
        ("https://ghént.example/", "one form"),
        ("https://ghent.example/%2e%2e/", "one form"),
        ("https://ghent.example/x/../", "one form"),
        ("https://ghent.example", "one form"),
        ("https://127.0.0.1/", "private"),
        ("https://10.0.0.1:8443/", "private"),
        ("https://2130706433/", "one form"),
        ("https://0x7f.1/", "one form"),
        ("https://[::1]/", "private"),
        ("https://localhost/", "private"),
        ("https://printer.local/", "private"),
        ("https://intranet/", "private"),
    ],
)
def test_a_registry_cannot_send_this_node_to_an_address_of_another_kind(
    base: str, reason: str
) -> None:
    found = outcome(says(membership(base)))[base]

    assert found.status is Status.UNFIT
    assert reason in found.reason


@pytest.mark.parametrize(
    "base",
    [
        f"{OWN}experiments/",
        f"{TORINO}experiments/",
        f"{NETWORK}members/",
        "https://hub.example/a/b/",
    ],
)
def test_a_registry_cannot_give_one_city_the_records_of_another(base: str) -> None:
    known = replace(HERE, peers={**HERE.peers, TORINO: (SOME_KEY.public(TORINO),)})
    outer = membership("https://hub.example/a/")

    found = outcome(says(membership(base), outer), known=known)

    assert found[base].status is Status.UNFIT
    assert "one within the other" in found[base].reason
    assert found[outer.city].status is Status.NEW


def test_cities_beside_each_other_on_one_host_are_no_trouble() -> None:
    bases = [f"https://hub.example/{name}/" for name in ("ghent", "ghent-2", "torino")]

    found = outcome(says(*map(membership, bases)))

    assert {each.status for each in found.values()} == {Status.NEW}


def test_the_pinned_key_stays_whatever_a_registry_says() -> None:
    other = keys.generate().public(GHENT)
    known = replace(HERE, peers={GHENT: (SOME_KEY.public(GHENT),)})

    same = outcome(says(membership(GHENT)), known=known)[GHENT]
    changed = outcome(says(membership(GHENT, key=other)), known=known)[GHENT]

    assert (same.status, same.reason) == (Status.PEER, "")
    assert changed.status is Status.PEER
    assert keys.fingerprint(other.multibase) in changed.reason


def test_a_registry_cannot_give_a_city_the_key_of_another() -> None:
    stolen = membership(GHENT, key=SOME_KEY.public(TORINO))

    found = outcome(says(stolen))[GHENT]

    assert (found.status, found.keys) == (Status.UNFIT, ())
    assert "somebody else" in found.reason


def test_a_person_decides_when_a_city_is_listed_with_two_keys() -> None:
    twice = [
        membership(GHENT, slug="1"),
        membership(GHENT, slug="2", key=keys.generate().public(GHENT)),
    ]
    apart = (says(twice[0]), says(replace(twice[1], operator=OTHER), by=OTHER))

    for listings in ((says(*twice),), apart):
        found = outcome(*listings)[GHENT]
        assert found.status is Status.PROPOSED
        assert "different keys" in found.reason


def test_a_city_that_is_listed_twice_alike_is_one_city() -> None:
    found = decide([says(membership(GHENT, slug="1"), membership(GHENT, slug="2"))], HERE, most=100)

    assert [each.status for each in found] == [Status.NEW]


def test_a_registry_speaks_for_its_own_network_only() -> None:
    assert outcome(says(replace(membership(GHENT), operator=OTHER))) == {}


def test_this_city_and_its_registry_are_not_proposed_to_it() -> None:
    found = outcome(says(membership(OWN), membership(NETWORK)))

    assert {base: each.status for base, each in found.items()} == {NETWORK: Status.PEER}


@pytest.mark.parametrize("kept_out", ["refused", "blocked"])
def test_who_is_kept_out_does_not_come_back_by_any_registry(kept_out: str) -> None:
    known = replace(HERE, **{kept_out: {GHENT}})
    both = (says(membership(GHENT)), says(membership(GHENT, by=OTHER), by=OTHER))

    assert outcome(*both, known=known)[GHENT].status is Status.REFUSED


def test_of_a_registry_that_lists_too_many_nobody_is_taken() -> None:
    many = [membership(f"https://c{number}.example/") for number in range(51)]

    found = outcome(says(*many), most=50)
    cut = outcome(says(*many[:9], whole=False), most=50)

    for each in (*found.values(), *cut.values()):
        assert each.status is Status.PROPOSED
        assert "more cities than are taken" in each.reason


def test_a_crowd_in_one_registry_hides_nobody_of_another() -> None:
    crowd = [membership(f"https://c{number}.example/", by=OTHER) for number in range(51)]

    found = outcome(says(*crowd, by=OTHER), says(membership(GHENT)), most=50)

    assert found[GHENT].status is Status.NEW


def test_names_are_shown_on_one_line_and_cannot_turn_round() -> None:
    found = outcome(says(membership(GHENT, "Gent\n\u202ettesreb <script>")))[GHENT]

    assert found.name == "Gent \\u202ettesreb <script>"


BASES = st.sampled_from(
    [f"https://c{number}.example/" for number in range(5)] + ["https://c1.example/x/", OWN, NETWORK]
)


@given(
    said=st.lists(st.tuples(BASES, st.sampled_from([NETWORK, OTHER]), st.booleans()), max_size=12),
    order=st.randoms(use_true_random=False),
)
def test_what_follows_does_not_depend_on_the_order_of_what_is_said(
    said: Sequence[tuple[str, str, bool]], order: Random
) -> None:
    every = [
        replace(membership(base, by=by, slug=str(place)), until="2026-12-01" if left else None)
        for place, (base, by, left) in enumerate(said)
    ]
    shuffled = list(every)
    order.shuffle(shuffled)

    def listings(found: list[Membership]) -> list[Listing]:
        return [
            says(*(each for each in found if each.operator == by), by=by) for by in (NETWORK, OTHER)
        ]

    first = decide(listings(every), HERE, most=3)
    second = decide(reversed(listings(shuffled)), HERE, most=3)

    assert first == second


# What a feed may carry


def test_a_membership_is_believed_on_the_feed_of_its_operator_and_below_members_only() -> None:
    network = City("network")
    said = membership(GHENT, slug="ghent")
    good = network.say(object=said.iri, payload=to_payload(said))
    elsewhere = replace(said, iri=f"{NETWORK}experiments/ghent")
    astray = network.say(object=elsewhere.iri, payload=to_payload(elsewhere))
    record = replace(experiment(NETWORK, "x"), iri=f"{NETWORK}members/x")
    posing = network.say(object=record.iri, payload=record_payload(record))
    padding = "".join(f'<{said.iri}> <urn:x:{number:05}> "x" .\n' for number in range(400))
    padded = b"".join(sorted((to_payload(said) + padding.encode()).splitlines(keepends=True)))
    long = network.say(object=said.iri, kind=Kind.UPDATE, payload=padded)
    gone = network.say(object=said.iri, kind=Kind.DELETE, payload=b"")

    page = [
        Checked(carried=Carried(iri=each.iri, member=each), signature=Signature.GOOD)
        for each in (good, astray, posing, long, gone)
    ]
    found = list(judge(page, network.peer, {NETWORK: (network.public,)}, {}, NOON))

    assert [each.outcome for each in found] == [
        Outcome.ACCEPTED, Outcome.REFUSED, Outcome.REFUSED, Outcome.REFUSED, Outcome.ACCEPTED,
    ]  # fmt: skip
    assert all("stand below" in each.reason for each in found[1:3])
    assert "more than 24,000 bytes" in found[3].reason
