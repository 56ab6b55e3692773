"""A feed's signed head: how long the feed is and what it ends with.

The root page carries it, so that a feed that was rolled back, cut or forked is noticed at the
next poll, before any of its pages is believed. A head is signed like a member (see `signing`).
"""

from dataclasses import dataclass, replace

from federation import signing
from federation.keys import SigningKey
from federation.member import Proof
from vocab import lines
from vocab.lines import Iri, Literal
from vocab.terms import AS, CN, RDF_TYPE, XSD, XSD_DATETIME


@dataclass(frozen=True, kw_only=True)
class Head:
    """The state of one feed: `count` members, the last with digest `last` (None when empty)."""

    feed: str
    actor: str
    count: int
    published: str
    last: str | None = None
    proof: Proof | None = None

    @property
    def iri(self) -> str:
        """The name under which the root page speaks of it."""
        return f"{self.feed}#head"


def statements(head: Head) -> list[str]:
    """Write what a head says, without its proof."""
    said = [
        lines.line(head.iri, RDF_TYPE, Iri(CN + "Head")),
        lines.line(head.iri, CN + "memberCount", Literal(str(head.count), XSD + "integer")),
        lines.line(head.iri, AS + "actor", Iri(head.actor)),
        lines.line(head.iri, AS + "published", Literal(head.published, XSD_DATETIME)),
    ]
    if head.last is not None:
        said.append(lines.line(head.iri, CN + "lastDigest", Literal(head.last)))
    return said


def signed(head: Head, key: SigningKey, *, method: str) -> Head:
    """Sign a head; `created` is its own time, to the second."""
    created = head.published[:19] + "Z"
    document = lines.canonical(statements(head))
    return replace(head, proof=signing.sign(document, key, method=method, created=created))


def is_signed_by(head: Head, multibase: str) -> bool:
    """Tell whether the key made the head's proof."""
    if head.proof is None:
        return False
    return signing.verify(lines.canonical(statements(head)), head.proof, multibase)
