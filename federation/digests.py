"""Digests of a live set: whether two journals show the same records, and if not, which differ.

The records that a city publishes at present fall into 256 buckets by the hash of their address. Of
each bucket there is a count and a sum: that of the marks of its records, each a hash of the
record's address and of the digest of the member that speaks for it. Sums need no order and are
kept up to date by adding and subtracting, whatever the size of the catalogue.

A `LiveSet` is a signed statement of it, in three sizes: the total in the root of a feed, beside its
head; all buckets at `{feed}/digest`; the records of one bucket at `{feed}/digest/{number}`. Each is
bound to the state of the feed by the head's count and time. See
docs/decisions/0014-digest-of-the-live-set.md.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from federation import signing
from federation.keys import SigningKey
from federation.member import Proof
from vocab import lines
from vocab.lines import Iri, Literal
from vocab.terms import AS, CN, RDF_TYPE, XSD, XSD_DATETIME

BUCKETS: Final = 256
_MODULUS: Final = 1 << 256


@dataclass(frozen=True, kw_only=True)
class Sum:
    """How many records, and the sum of their marks modulo 2^256, as 64 hexadecimal figures."""

    count: int = 0
    total: str = "0" * 64

    def __add__(self, other: "Sum") -> "Sum":
        return _sum(self.count + other.count, int(self.total, 16) + int(other.total, 16))

    def __sub__(self, other: "Sum") -> "Sum":
        return _sum(self.count - other.count, int(self.total, 16) - int(other.total, 16))


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A live record: its address, the member that speaks for it, and that member's digest."""

    record: str
    member: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class LiveSet:
    """What is live in a feed of `size` members, the newest of the time `published`.

    `iri` is where it stands; `buckets` are those that are not empty, and `listed` the records of
    one bucket, where it tells them.
    """

    iri: str
    actor: str
    size: int
    published: str
    sum: Sum
    buckets: Mapping[int, Sum] = field(default_factory=dict)
    listed: tuple[Listed, ...] = ()
    proof: Proof | None = None


def total_at(feed: str) -> str:
    """Name the statement of the total, which stands in the root of a feed."""
    return f"{feed}#live"


def buckets_at(feed: str) -> str:
    """Give the address of all buckets of a feed."""
    return f"{feed}/digest"


def bucket_at(feed: str, number: int) -> str:
    """Give the address of the records of one bucket."""
    return f"{feed}/digest/{number}"


def bucket_of(record: str) -> int:
    """Tell into which bucket a record falls: the first byte of the SHA-256 of its address."""
    return hashlib.sha256(record.encode()).digest()[0]


def mark(record: str, digest: str) -> Sum:
    """Sum up one record: SHA-256 of its address, a line feed, and the digest of its member."""
    return Sum(count=1, total=hashlib.sha256(f"{record}\n{digest}".encode()).hexdigest())


def add_up(sums: Iterable[Sum]) -> Sum:
    """Add sums in one pass."""
    count = total = 0
    for each in sums:
        count, total = count + each.count, total + int(each.total, 16)
    return _sum(count, total)


def sum_of(listed: Iterable[Listed]) -> Sum:
    """Sum up records."""
    return add_up(mark(each.record, each.digest) for each in listed)


def statements(live: LiveSet) -> list[str]:
    """Write what a statement says, without its proof."""
    said = [
        lines.line(live.iri, RDF_TYPE, Iri(CN + "LiveSet")),
        lines.line(live.iri, AS + "actor", Iri(live.actor)),
        lines.line(live.iri, CN + "memberCount", _number(live.size)),
        lines.line(live.iri, AS + "published", Literal(live.published, XSD_DATETIME)),
        *_about(live.iri, live.sum),
    ]
    for number, summed in sorted(live.buckets.items()):
        bucket = f"{live.iri}/{number}"
        said.append(lines.line(live.iri, CN + "bucket", Iri(bucket)))
        said.extend(_about(bucket, summed))
    for each in live.listed:
        said.append(lines.line(live.iri, CN + "lists", Iri(each.member)))
        said.append(lines.line(each.member, AS + "object", Iri(each.record)))
        said.append(lines.line(each.member, CN + "digest", Literal(each.digest)))
    return said


def signed(live: LiveSet, key: SigningKey, *, method: str) -> LiveSet:
    """Sign a statement; `created` is its own time, to the second."""
    document = lines.canonical(statements(live))
    created = live.published[:19] + "Z"
    return replace(live, proof=signing.sign(document, key, method=method, created=created))


def is_signed_by(live: LiveSet, multibase: str) -> bool:
    """Tell whether the key made the statement's proof."""
    if live.proof is None:
        return False
    return signing.verify(lines.canonical(statements(live)), live.proof, multibase)


def _about(subject: str, summed: Sum) -> list[str]:
    return [
        lines.line(subject, CN + "liveCount", _number(summed.count)),
        lines.line(subject, CN + "liveSum", Literal(summed.total)),
    ]


def _number(value: int) -> Literal:
    return Literal(str(value), XSD + "integer")


def _sum(count: int, total: int) -> Sum:
    return Sum(count=count, total=f"{total % _MODULUS:064x}")
