"""A gap: an origin says, signed, which of its members it no longer gives, and why.

Members are chained, so whoever leaves one out is noticed. Two things take members out all the
same: an *erasure*, when something must go everywhere, and *retention*, when old versions were
replaced long ago. Then the origin states the gap: the numbers, the digest and the time of the last
of them, so that the chain goes on behind it. It is signed like a member (`signing`), stands on
pages where the members stood, and is relayed unchanged. What no key of the origin signed is no gap
and hides nothing: docs/decisions/0012-what-is-given-up.md.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from federation import signing
from federation.carrying import IRI_CHARS, proof_of
from federation.keys import SigningKey
from federation.member import Proof
from federation.statements import Statements, iri_of, number_of, only, time_of, value_of, word_of
from vocab import lines
from vocab.lines import Iri, Literal
from vocab.terms import AS, CN, RDF_TYPE, SEC, XSD, XSD_DATETIME

_NAME: Final = re.compile(r"feed/gaps/([1-9]\d{0,17})-([1-9]\d{0,17})-[0-9]{1,18}", re.ASCII)


class Reason(StrEnum):
    """Why members are given no longer; the end of the IRI by which a gap says so."""

    ERASURE = "Erasure"
    RETENTION = "Retention"


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Members `first` to `last` of an origin are given no longer.

    `digest` and `published` are those of the last one. `count` is how many members the origin had
    published when it said so: whoever has read so far has all that took the place of these.
    """

    iri: str
    actor: str
    first: int
    last: int
    count: int
    digest: str
    published: str
    reason: Reason
    proof: Proof | None = None

    @property
    def origin(self) -> str:
        """The base of the node whose members they are."""
        return self.actor.removesuffix("#node")

    def covers(self, number: int) -> bool:
        """Tell whether a number lies in the gap."""
        return self.first <= number <= self.last


def name(base: str, first: int, last: int, count: int) -> str:
    """Name a gap: its numbers, and how many members there were."""
    return f"{base}feed/gaps/{first}-{last}-{count}"


def numbers_of(iri: str, base: str) -> tuple[int, int] | None:
    """Read the first and last number out of a gap's name; None when it is none of that origin."""
    match = _NAME.fullmatch(iri.removeprefix(base)) if iri.startswith(base) else None
    return (int(match[1]), int(match[2])) if match else None


def statements(gap: Gap) -> list[str]:
    """Write what a gap says, without its proof."""
    return [
        lines.line(gap.iri, RDF_TYPE, Iri(CN + "Gap")),
        lines.line(gap.iri, AS + "actor", Iri(gap.actor)),
        lines.line(gap.iri, AS + "published", Literal(gap.published, XSD_DATETIME)),
        lines.line(gap.iri, CN + "firstNumber", _number(gap.first)),
        lines.line(gap.iri, CN + "lastNumber", _number(gap.last)),
        lines.line(gap.iri, CN + "lastDigest", Literal(gap.digest)),
        lines.line(gap.iri, CN + "memberCount", _number(gap.count)),
        lines.line(gap.iri, CN + "because", Iri(CN + gap.reason)),
    ]


def signed(gap: Gap, key: SigningKey, *, method: str, created: str) -> Gap:
    """Sign a gap; `created` is an xsd:dateTime in UTC to the second."""
    document = lines.canonical(statements(gap))
    return replace(gap, proof=signing.sign(document, key, method=method, created=created))


def is_signed_by(gap: Gap, multibase: str) -> bool:
    """Tell whether the key made the gap's proof."""
    if gap.proof is None:
        return False
    return signing.verify(lines.canonical(statements(gap)), gap.proof, multibase)


def read_gaps(default: Statements) -> tuple[Gap, ...]:
    """Read the gaps that a page states; what does not hold together is passed over."""
    said = (each for each, said in default.items() if (RDF_TYPE, f"<{CN}Gap>") in said)
    found = (_read(each, default) for each in said)
    return tuple(gap for gap in found if gap is not None)


def runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Part numbers into stretches without a break, as first and last."""
    found: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def bridge(gaps: Sequence[Gap], reached: int, before: int) -> list[Gap]:
    """Find gaps that lead from a number on without a break, to no further than `before`."""
    found: list[Gap] = []
    while reached < before:
        fitting = [gap for gap in gaps if gap.first <= reached + 1 and reached < gap.last <= before]
        if not fitting:
            break
        found.append(max(fitting, key=lambda gap: gap.last))
        reached = found[-1].last
    return found


def _read(subject: str, default: Statements) -> Gap | None:
    said, iri = default[subject], iri_of(subject)
    actor, published = iri_of(only(said, AS + "actor")), only(said, AS + "published")
    first, last = (number_of(only(said, CN + each)) for each in ("firstNumber", "lastNumber"))
    count, digest = number_of(only(said, CN + "memberCount")), only(said, CN + "lastDigest")
    because = (iri_of(only(said, CN + "because")) or "").removeprefix(CN)
    if iri is None or actor is None or first is None or last is None or count is None:
        return None
    if not actor.endswith("#node") or len(iri) > IRI_CHARS or len(actor) > IRI_CHARS:
        return None
    time, text = time_of(published), word_of(digest)
    if time is None or time != value_of(published) or text is None:
        return None
    if not 1 <= first <= last < count or because not in set(Reason):
        return None
    if numbers_of(iri, actor.removesuffix("#node")) != (first, last):
        return None
    return Gap(
        iri=iri,
        actor=actor,
        first=first,
        last=last,
        count=count,
        digest=text,
        published=time,
        reason=Reason(because),
        proof=proof_of(default, only(said, SEC + "proof")),
    )


def _number(value: int) -> Literal:
    return Literal(str(value), XSD + "integer")
