"""Succession: which key of a city speaks for which of its members. Plain functions.

A city announces a new key by a member of its own chain, signed with the key it has until then. Its
object is the node (`{base}#node`), its payload the whole of the city's keys, so the newest such
member says all of them:

    <{base}#node> sec:assertionMethod <did:web:…#z6MkNew> ;
        cn:vouched "z…" .                    # the new key's signature over all other lines
    <did:web:…#z6MkNew> a sec:Multikey ; sec:controller <{base}#node> ;
        sec:publicKeyMultibase "z6MkNew" ; cn:firstMember 8 .
    <did:web:…#z6MkOld> a sec:Multikey ; sec:controller <{base}#node> ;
        sec:publicKeyMultibase "z6MkOld" ; cn:firstMember 1 ; cn:lastMember 7 ;
        sec:expiration "…" .                 # cn:revokedFrom, sec:revoked when it was stolen

The member itself is the last one of the old key: from the next number on the new key speaks. So two
proofs stand in it, the old key's over what comes after it and the new key's over what came before,
and whoever has pinned either key can tell the other. The first succession in the chain is the one
that counts; what was said of a key is never taken back, only more of it can be revoked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from federation import signing
from federation.errors import BadKey
from federation.keys import PublicKey, SigningKey, did, raw_public
from federation.member import Member
from vocab import lines
from vocab.errors import VocabError
from vocab.lines import Iri, Literal, Object
from vocab.terms import CN, RDF_TYPE, SEC, XSD, XSD_DATETIME

MOST_KEYS: Final = 64
"""How many keys a city may have had in its life."""

_LARGEST: Final = 10**15

Ring = tuple[PublicKey, ...]
"""The keys of a city: those that speak now, then those that did, the latest first."""


@dataclass(frozen=True, kw_only=True)
class Keys:
    """What a member, or a DID document, says of a city's keys; `vouched` signs it."""

    ring: Ring
    vouched: str


def about_keys(member: Member) -> bool:
    """Tell whether a member is about the keys of its origin, and no record."""
    return member.object == member.actor


def speaking(ring: Sequence[PublicKey]) -> Ring:
    """Give the keys that speak now."""
    return tuple(key for key in ring if key.last is None)


def write(base: str, ring: Ring, key: SigningKey) -> bytes:
    """Write the payload that says which keys a city has, vouched for by its present key."""
    said = _statements(base, ring)
    vouched = signing.attest(lines.canonical(said), key)
    return lines.canonical([*said, _vouched(base, vouched)])


def vouch(base: str, ring: Ring, key: SigningKey) -> str:
    """Sign what `write` says of the keys of a city."""
    return signing.attest(lines.canonical(_statements(base, ring)), key)


def read(payload: bytes, base: str) -> Keys:
    """Read a payload that `write` could have written; raises ValueError for anything else."""
    try:
        said: dict[str, dict[str, Object]] = {}
        for subject, predicate, value in lines.triples(payload):
            if predicate != SEC + "assertionMethod":
                if predicate in said.setdefault(subject, {}):
                    raise ValueError(f"it says {predicate} twice of {subject}")
                said[subject][predicate] = value
        vouched = said.pop(f"{base}#node", {}).get(CN + "vouched")
        if not isinstance(vouched, Literal):
            raise ValueError("no key vouches for it")
        ring = ordered([_key(method, facts, base) for method, facts in said.items()])
        written = [*_statements(base, ring), _vouched(base, vouched.value)]
    except (VocabError, BadKey) as error:
        raise ValueError(str(error)) from None
    if lines.canonical(written) != payload:
        raise ValueError("it says more, or other, than which keys the city has")
    return Keys(ring=ring, vouched=vouched.value)


def ordered(keys: Sequence[PublicKey]) -> Ring:
    """Put keys in their order; raises ValueError when they cannot be those of one city."""
    ring = tuple(sorted(keys, key=lambda key: (key.last is not None, -key.first, key.multibase)))
    if not 0 < len(ring) <= MOST_KEYS or not speaking(ring):
        raise ValueError(f"it names {len(ring)} keys, {len(speaking(ring))} that speak now")
    if len({key.multibase for key in ring}) < len(ring):
        raise ValueError("it names a key twice")
    for key in ring:
        if key.first < 1 or (key.last is not None and key.last < key.first):
            raise ValueError(f"{key.multibase} speaks for no member")
        if key.revoked_from is not None and key.last is None:
            raise ValueError("a key that speaks now is revoked")
    return ring


def is_vouched_for(said: Keys, base: str, by: Sequence[PublicKey]) -> bool:
    """Tell whether one of these keys signed what is said of the keys of a city."""
    document = lines.canonical(_statements(base, said.ring))
    return any(signing.attested(document, said.vouched, key.multibase) for key in by)


def rotated(ring: Ring, new: PublicKey, number: int, at: str) -> Ring:
    """Retire the keys that speak now with member `number`, and let a new one speak after it."""
    retired = [replace(key, last=number, retired=at) if key.last is None else key for key in ring]
    return ordered([replace(new, first=number + 1), *retired])


def revoked(ring: Ring, multibase: str, number: int, at: str) -> Ring:
    """Take back what a retired key signed from member `number` on; raises BadKey."""
    known = {key.multibase: key for key in ring}
    key = known.get(multibase)
    if key is None:
        raise BadKey(f"{multibase} was never a key of this city")
    if key.last is None:
        raise BadKey(f"{multibase} still speaks; announce a new key first: citynode key rotate")
    if not key.first <= number <= key.last:
        raise BadKey(f"that key spoke for the members {key.first} to {key.last} only")
    if key.revoked_from is not None and key.revoked_from <= number:
        raise BadKey(f"that key is revoked from member {key.revoked_from} on already")
    gone = replace(key, revoked_from=number, revoked=at)
    return tuple(gone if each is key else each for each in ring)


def follow(known: Ring, said: Keys, number: int, base: str) -> Ring:
    """Follow what member `number` says of keys; raises ValueError when it may not say so.

    The member stands in the chain and a key that speaks for it signed it: that was looked at. One
    that says what is known already, or was in its time, changes nothing.
    """
    rest = {key.multibase: key for key in known}
    merged: list[PublicKey] = []
    new: list[PublicKey] = []
    for key in said.ring:
        before = rest.pop(key.multibase, None)
        if before is None:
            new.append(key)
        else:
            merged.append(_later(before, key, number))
    if gone := [key.multibase for key in rest.values() if key.first <= number]:
        raise ValueError(f"it leaves out the key {gone[0]}")
    for key in new:
        if rest or key.first != number + 1 or key.last is not None:
            raise ValueError(f"it names a key that is not the next one: {key.multibase}")
    if not is_vouched_for(said, base, speaking(said.ring)):
        raise ValueError("the key it names does not vouch for it")
    return ordered([*new, *rest.values(), *merged])


def adopted(known: Ring, said: Keys, base: str) -> Ring | None:
    """Learn from a key that is pinned which keys spoke before it; None when nothing is learnt.

    For a reader who was told the present key only: it vouches for those before it.
    """
    here = {key.multibase for key in speaking(known)}
    by = [key for key in speaking(said.ring) if key.multibase in here]
    alone = all(key.multibase in {each.multibase for each in said.ring} for key in known)
    if not by or not alone or len(said.ring) <= len(known):
        return None
    return said.ring if is_vouched_for(said, base, by) else None


def doubt(ring: Sequence[PublicKey], member: Member) -> str:
    """Tell why the key in a member's proof does not speak for it; empty when it does."""
    method = member.proof.method if member.proof is not None else ""
    key = next((each for each in ring if each.method == method), None)
    if key is None:
        return f"no key of {member.origin} signed it"
    if key.last is not None and member.sequence > key.last:
        return f"its key was retired by {member.origin} with member {key.last}"
    if member.sequence < key.first:
        return f"its key speaks for {member.origin} from member {key.first} on only"
    return ""


def disowned(ring: Sequence[PublicKey], member: Member) -> str:
    """Tell that its origin took a member back with the key that signed it; else empty.

    What it says of keys stays: else no succession would hold.
    """
    method = member.proof.method if member.proof is not None else ""
    for key in ring:
        start = key.revoked_from
        if key.method == method and start is not None and member.sequence >= start:
            reason = f"{member.origin} revoked its key from member {start} on"
            return "" if about_keys(member) else reason
    return ""


def _later(before: PublicKey, said: PublicKey, number: int) -> PublicKey:
    """Bring what is known of a key and what is said of it together; raises ValueError."""
    if said.first != before.first or said.method != before.method:
        raise ValueError(f"it says otherwise since when {said.multibase} speaks")
    if said.last != before.last:
        retires = before.last is None and said.last == number
        earlier = said.last is None and before.last is not None and before.last >= number
        if not retires and not earlier:
            raise ValueError(f"it says otherwise until when {said.multibase} spoke")
    found = before if said.last is None else said
    marks = [key for key in (before, said) if key.revoked_from is not None]
    if marks and found.last is not None:
        mark = min(marks, key=lambda key: key.revoked_from or 0)
        found = replace(found, revoked_from=mark.revoked_from, revoked=mark.revoked)
    return found


def _statements(base: str, ring: Ring) -> list[str]:
    node = f"{base}#node"
    said = [lines.line(node, SEC + "assertionMethod", Iri(key.method)) for key in speaking(ring)]
    for key in ring:
        numbers = (
            (CN + "firstMember", key.first),
            (CN + "lastMember", key.last),
            (CN + "revokedFrom", key.revoked_from),
        )
        times = ((SEC + "expiration", key.retired), (SEC + "revoked", key.revoked))
        facts: list[tuple[str, Object]] = [
            (RDF_TYPE, Iri(SEC + "Multikey")),
            (SEC + "controller", Iri(node)),
            (SEC + "publicKeyMultibase", Literal(key.multibase, SEC + "multibase")),
            *((each, Literal(str(of), XSD + "integer")) for each, of in numbers if of is not None),
            *((each, Literal(of, XSD_DATETIME)) for each, of in times if of is not None),
        ]
        said.extend(lines.line(key.method, predicate, value) for predicate, value in facts)
    return said


def _vouched(base: str, value: str) -> str:
    return lines.line(f"{base}#node", CN + "vouched", Literal(value))


def _key(method: str, facts: dict[str, Object], base: str) -> PublicKey:
    multibase = _text(facts, SEC + "publicKeyMultibase") or ""
    raw_public(multibase)
    if not method.startswith(f"{did(base)}#"):
        raise ValueError(f"{method[:200]} is no key of {base}")
    return PublicKey(
        method=method,
        multibase=multibase,
        first=_number(facts, CN + "firstMember") or 0,
        last=_number(facts, CN + "lastMember"),
        retired=_text(facts, SEC + "expiration"),
        revoked_from=_number(facts, CN + "revokedFrom"),
        revoked=_text(facts, SEC + "revoked"),
    )


def _text(facts: dict[str, Object], predicate: str) -> str | None:
    value = facts.get(predicate)
    return value.value if isinstance(value, Literal) else None


def _number(facts: dict[str, Object], predicate: str) -> int | None:
    text = _text(facts, predicate)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or int(text[:17]) >= _LARGEST:
        raise ValueError(f"{text[:40]} is no number of a member")
    return int(text)
