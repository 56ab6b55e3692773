"""A member as a page carries it: its statements in, a member or a defect out.

A member that does not hold together is not dropped: it comes out with a `defect`, a sentence for
the officer, and its own lines, so that it can be looked at and released.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import Final

from federation.limits import Limits
from federation.member import Kind, Member, Proof
from federation.signing import CRYPTOSUITE
from federation.statements import Statements, iri_of, only, required, time_of, value_of, word_of
from vocab import lines
from vocab.errors import VocabError
from vocab.terms import AS, CN, DCTERMS, PROV, RDF_TYPE, SEC

IRI_CHARS: Final = 2_000
"""How long an address on a page may be."""

MOST_ERASED: Final = 500
"""How many gaps a member may make."""

_PROOF_LINES: Final = 6
_KEPT_CHARS: Final = 64_000
_SOURCE: Final = PROV + "wasDerivedFrom"
_NAME: Final = re.compile(r"feed/([1-9]\d{0,17})-[0-9a-f]{8}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Carried:
    """A member as a page carried it: `member` when it holds together, else a `defect`.

    `quads` are the lines of a member with a defect, as far as a person would read them.
    `published` and `received` are the times it bears, whatever else is wrong with it.
    """

    iri: str
    quads: str = ""
    member: Member | None = None
    published: str | None = None
    received: str | None = None
    defect: str | None = None


def sequence_of(iri: str, origin: str) -> int | None:
    """Read a member's number out of its IRI, or None when it is not one of that origin."""
    match = _NAME.fullmatch(iri.removeprefix(origin)) if iri.startswith(origin) else None
    return int(match[1]) if match else None


def weight(iri: str, rows: Sequence[str]) -> int:
    """Count the bytes that the record of a member takes on a page."""
    return len("".join(rows).encode()) + len(rows) * (len(iri.encode()) + 4)


def read_member(
    name: str, default: Statements, payload: bytes | Sequence[str], limits: Limits
) -> Carried:
    """Read a member by its name, from what a page says and the graph of that name.

    The graph is the lines of a page in their order, or a record in canonical form.
    """
    iri, said = iri_of(name), default.get(name, ())
    bare = Carried(
        iri=(iri or name)[:IRI_CHARS],
        published=time_of(only(said, AS + "published")),
        received=time_of(only(said, CN + "received")),
    )
    try:
        if iri is None or len(iri) > IRI_CHARS:
            raise ValueError("the member has no IRI of its own, or one that is far too long")
        proof = proof_of(default, only(said, SEC + "proof"))
        return replace(bare, member=_member(iri, said, payload, proof, limits))
    except (VocabError, ValueError) as error:
        return replace(bare, defect=str(error), quads=_shown(name, default, payload))


def proof_of(default: Statements, label: str | None) -> Proof | None:
    """Read a proof of our kind; None for any other."""
    said = default.get(label, ()) if label else ()
    if len(said) != _PROOF_LINES:
        return None
    suite = value_of(only(said, SEC + "cryptosuite"))
    purpose = iri_of(only(said, SEC + "proofPurpose"))
    method = iri_of(only(said, SEC + "verificationMethod"))
    created = word_of(only(said, DCTERMS + "created"))
    value = word_of(only(said, SEC + "proofValue"))
    if suite != CRYPTOSUITE or purpose != SEC + "assertionMethod":
        return None
    if method is None or created is None or value is None:
        return None
    return Proof(created=created, method=method, value=value)


def _shown(name: str, default: Statements, payload: bytes | Sequence[str]) -> str:
    """Write the lines of a member for a person to look at, up to a length."""
    rows = lines.rows(payload) if isinstance(payload, bytes) else payload
    said = default.get(name, ())
    label = only(said, SEC + "proof")
    proof = default.get(label, ())[:_PROOF_LINES] if label is not None else ()
    found = chain(
        (f"{name} <{predicate}> {value} ." for predicate, value in said),
        (f"{label} <{predicate}> {value} ." for predicate, value in proof),
        (f"{row[:-1]}{name} ." for row in rows),
    )
    kept: list[str] = []
    room = _KEPT_CHARS
    for row in found:
        kept.append(row[:room])
        room -= len(row) + 1
        if room <= 0:
            break
    return "".join(f"{row}\n" for row in kept)


def _member(
    iri: str,
    said: Sequence[tuple[str, str]],
    payload: bytes | Sequence[str],
    proof: Proof | None,
    limits: Limits,
) -> Member:
    known = {
        *(RDF_TYPE, AS + "published", AS + "object", AS + "actor"),
        *(CN + "previous", CN + "erases", _SOURCE),
    }
    for predicate, _ in said:
        if predicate not in known and predicate not in (SEC + "proof", CN + "received"):
            raise ValueError(f"the activity says something unknown: {predicate[:200]}")
    record = _record(iri, payload, limits)
    kind, published = required(said, RDF_TYPE), required(said, AS + "published")
    target, actor = iri_of(required(said, AS + "object")), iri_of(required(said, AS + "actor"))
    if not kind.startswith(f"<{AS}") or kind[len(AS) + 1 : -1] not in set(Kind):
        raise ValueError(f"the activity is no Create, Update or Delete: {kind[:200]}")
    if time_of(published) is None or time_of(published) != value_of(published):
        raise ValueError(f"as:published is no UTC time to the microsecond: {published[:80]}")
    if target is None or actor is None or not actor.endswith("#node"):
        raise ValueError("as:object and as:actor must be IRIs, the actor one that ends in #node")
    for each in (iri, target, actor):
        lines.iri(each)
        if len(each) > IRI_CHARS:
            raise ValueError(f"an IRI of {len(each)} characters: {each[:80]}")
    sequence = sequence_of(iri, actor.removesuffix("#node"))
    if sequence is None:
        raise ValueError(f"the member's IRI is not one of its actor's feed: {iri[:200]}")
    previous = [value for predicate, value in said if predicate == CN + "previous"]
    if len(previous) > 1 or any(value_of(each) is None for each in previous):
        raise ValueError("cn:previous is no text, or stands more than once")
    return Member(
        iri=iri,
        sequence=sequence,
        kind=Kind(kind[len(AS) + 1 : -1]),
        object=target,
        actor=actor,
        published=time_of(published) or "",
        previous=value_of(previous[0]) if previous else None,
        payload=record,
        proof=proof,
        source=_source(said),
        erases=_erased(said),
    )


def _erased(said: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Read which gaps a member makes, in the one order in which they may be written."""
    named = [value for predicate, value in said if predicate == CN + "erases"]
    found = sorted(each for each in map(iri_of, named) if each is not None)
    if len(found) < len(named) or len(set(found)) < len(found) or len(found) > MOST_ERASED:
        raise ValueError(f"cn:erases names no gaps, one twice, or more than {MOST_ERASED}")
    for each in found:
        lines.iri(each)
    return tuple(found)


def _source(said: Sequence[tuple[str, str]]) -> str | None:
    """Read what a record was observed at; raises ValueError for more than one address."""
    found = [value for predicate, value in said if predicate == _SOURCE]
    if not found:
        return None
    source = iri_of(found[0])
    if len(found) > 1 or source is None or len(source) > IRI_CHARS:
        raise ValueError("prov:wasDerivedFrom is no IRI, or stands more than once")
    lines.iri(source)
    return source


def _record(iri: str, payload: bytes | Sequence[str], limits: Limits) -> bytes:
    """Order the lines of a record, each of which must be canonical and none too much."""
    rows = lines.rows(payload) if isinstance(payload, bytes) else sorted(payload)
    if len(rows) > limits.quads_per_member:
        raise ValueError(f"{len(rows)} statements; the limit is {limits.quads_per_member}")
    if weight(iri, rows) > limits.member_bytes:
        raise ValueError(f"the record takes more than {limits.member_bytes} bytes of a page")
    if any(first == second for first, second in pairwise(rows)):
        raise ValueError("a statement stands twice")
    if any(len(row) > limits.literal_chars for row in rows):
        raise ValueError(f"a text is longer than {limits.literal_chars} characters")
    if isinstance(payload, bytes):
        return payload
    record = "".join(f"{row}\n" for row in rows).encode()
    lines.check(record)
    return record
