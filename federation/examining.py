"""Examining a page: read, check signatures, validate. Everything that touches a stranger's bytes.

This is what a worker process does with a page; it knows the pinned keys but neither the journal
nor the network. Order matters: the signature is checked over the bytes first, and only what a
known city signed is given to the shapes.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import StrEnum

from federation import digests, signing, succession
from federation import gap as gapping
from federation import head as heads
from federation.carrying import Carried
from federation.errors import PageUnreadable
from federation.foreign import to_nquads
from federation.gap import Gap
from federation.keys import PublicKey
from federation.limits import Limits
from federation.member import Kind, Member, digest, digest_of, document, remember
from federation.reading import ReadPage, read_page
from vocab.validation import validate

Keys = Mapping[str, Sequence[PublicKey]]
"""Pinned keys by origin (a node's base)."""


class Signature(StrEnum):
    """What a proof is worth."""

    GOOD = "good"
    BAD = "bad"
    STRANGER = "stranger"
    MISSING = "missing"


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A member with what was found about it; `faults` are sentences of the shapes.

    `digest` is that of a member with a good signature (`federation.member.digest`), if it is known.
    """

    carried: Carried
    signature: Signature
    faults: tuple[str, ...] = ()
    digest: str = ""


@dataclass(frozen=True, kw_only=True)
class Examined:
    """A page with each member checked; the members stand in `checked` and not in `page`.

    `gaps` are those that their origin signed.
    `head_signed` is about the page's signed head, `live_signed` about its digest of the live set.
    """

    page: ReadPage
    checked: tuple[Checked, ...]
    head_signed: bool = False
    live_signed: bool = False
    gaps: tuple[Gap, ...] = ()


def examine(body: bytes, media_type: str, url: str, keys: Keys, limits: Limits) -> Examined:
    """Examine one page; raises PageUnreadable when it cannot be read at all."""
    page = _read(body, media_type, url, limits)
    signatures = _signatures(page.carried, keys)
    found = faults(
        [
            (carried.member.iri, carried.member.object, carried.member.payload)
            for carried, signature in zip(page.carried, signatures, strict=True)
            if carried.member is not None
            and signature is Signature.GOOD
            and carried.member.kind is not Kind.DELETE
            and not succession.about_keys(carried.member)
        ]
    )
    checked = tuple(
        Checked(
            carried=carried,
            signature=signature,
            faults=found.get(carried.iri, ()),
            digest=_digest(carried.member, signature),
        )
        for carried, signature in zip(page.carried, signatures, strict=True)
    )
    return Examined(
        page=replace(page, carried=()),
        checked=checked,
        head_signed=_head_signed(page, keys),
        live_signed=_live_signed(page, keys),
        gaps=tuple(gap for gap in page.gaps if _is_signed(gap, keys)),
    )


def _read(body: bytes, media_type: str, url: str, limits: Limits) -> ReadPage:
    if media_type == "application/n-quads":
        try:
            return read_page(body.decode(), url, limits)
        except UnicodeDecodeError:
            raise PageUnreadable(f"{url} is not UTF-8") from None
        except PageUnreadable:
            pass  # N-Quads, but not written our way: the general parser knows better
    return read_page(to_nquads(body, media_type, url, limits), url, limits)


def faults(versions: Sequence[tuple[str, str, bytes]]) -> dict[str, tuple[str, ...]]:
    """Validate records; give the errors of each version by the name of its member.

    A version is its member's name, its record's and the payload; each version of a record stands
    in a batch of its own.
    """
    batches: list[dict[str, tuple[str, bytes]]] = []
    for member, record, payload in versions:
        for batch in batches:
            if record not in batch:
                batch[record] = (member, payload)
                break
        else:
            batches.append({record: (member, payload)})
    found: dict[str, tuple[str, ...]] = {}
    for batch in batches:
        judged = validate({record: payload for record, (_, payload) in batch.items()})
        for record, findings in judged.items():
            found[batch[record][0]] = tuple(
                f"{finding.path}: {finding.told('en')}"
                for finding in findings
                if finding.severity == "error"
            )
    return found


def _signatures(page: Iterable[Carried], keys: Keys) -> list[Signature]:
    """Check the proofs of a page in its order.

    A key that a member of the page announces counts for those after it: whether it may speak, and
    for which of them, is for the judge.
    """
    known = dict(keys)
    found: list[Signature] = []
    for carried in page:
        member = carried.member
        found.append(_signature(member, known))
        if member is not None and found[-1] is Signature.GOOD and succession.about_keys(member):
            with suppress(ValueError):
                said = succession.read(member.payload, member.origin)
                known[member.origin] = (*known[member.origin], *said.ring)
    return found


def _digest(member: Member | None, signature: Signature) -> str:
    return digest(member) if member is not None and signature is Signature.GOOD else ""


def _signature(member: Member | None, keys: Keys) -> Signature:
    if member is None or member.proof is None:
        return Signature.MISSING
    pinned = keys.get(member.origin)
    if pinned is None:
        return Signature.STRANGER
    for key in pinned:
        if key.method == member.proof.method:
            written = document(member)
            if not signing.verify(written, member.proof, key.multibase):
                return Signature.BAD
            remember(member, digest_of(written))
            return Signature.GOOD
    return Signature.STRANGER


def _is_signed(gap: Gap, keys: Keys) -> bool:
    return any(
        gap.proof is not None
        and key.method == gap.proof.method
        and gapping.is_signed_by(gap, key.multibase)
        for key in keys.get(gap.origin, ())
        if key.revoked_from is None and (key.last is None or gap.last <= key.last)
    )


def _head_signed(page: ReadPage, keys: Keys) -> bool:
    head = page.head
    if head is None or head.proof is None:
        return False
    pinned = succession.speaking(keys.get(head.actor.removesuffix("#node"), ()))
    return any(
        key.method == head.proof.method and heads.is_signed_by(head, key.multibase)
        for key in pinned
    )


def _live_signed(page: ReadPage, keys: Keys) -> bool:
    live = page.live
    if live is None or live.proof is None:
        return False
    pinned = succession.speaking(keys.get(live.actor.removesuffix("#node"), ()))
    return any(
        key.method == live.proof.method and digests.is_signed_by(live, key.multibase)
        for key in pinned
    )
