"""A member: one activity of one city about one of its records, signed and chained.

A member is what travels and what the journal keeps. Its *document* is the canonical N-Quads of
the activity (default graph) and of the record (a graph named by the member's IRI); the document
is what is hashed and signed. See design, section 4.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import base58

from vocab import lines
from vocab.lines import Iri, Literal
from vocab.terms import AS, CN, PROV, RDF_TYPE, XSD_DATETIME


class Kind(StrEnum):
    """What the city does to its record; the local names of the ActivityStreams verbs."""

    CREATE = "Create"
    UPDATE = "Update"
    DELETE = "Delete"


@dataclass(frozen=True, kw_only=True)
class Proof:
    """A Data Integrity proof, cryptosuite eddsa-rdfc-2022; `value` is multibase base58btc."""

    created: str
    method: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Member:
    """One activity. `payload` is canonical N-Triples of the whole record, empty for a Delete.

    One that nobody signed has no proof; its actor is the address of the feed it came from, and
    `source` the name it bears there. A signed one with a `source` is observed: the node that signs
    found the record of somebody else there.
    `erases` names gaps that it makes (`federation.gap`): what its city said there about the same
    record must go everywhere.
    """

    iri: str
    sequence: int
    kind: Kind
    object: str
    actor: str
    published: str
    previous: str | None = None
    payload: bytes = b""
    proof: Proof | None = None
    source: str | None = None
    erases: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        """The base of the node that says this, its actor without `#node`; or an unsigned feed."""
        return self.actor.removesuffix("#node")

    @cached_property
    def _digest(self) -> str:
        return digest_of(document(self))

    @property
    def observed(self) -> bool:
        """Whether the node that signs tells of a record that somebody else published."""
        return self.source is not None and self.proof is not None


def deed(member: Member) -> list[str]:
    """Write what was done to which record, and when: all that DCAT-AP Feeds allow."""
    return [
        lines.line(member.iri, RDF_TYPE, Iri(AS + member.kind)),
        lines.line(member.iri, AS + "published", Literal(member.published, XSD_DATETIME)),
        lines.line(member.iri, AS + "object", Iri(member.object)),
    ]


def activity(member: Member) -> list[str]:
    """Write the member's own statements, those of the default graph, without the proof."""
    said = [*deed(member), lines.line(member.iri, AS + "actor", Iri(member.actor))]
    if member.previous is not None:
        said.append(lines.line(member.iri, CN + "previous", Literal(member.previous)))
    if member.source is not None:
        said.append(lines.line(member.iri, PROV + "wasDerivedFrom", Iri(member.source)))
    said.extend(lines.line(member.iri, CN + "erases", Iri(each)) for each in member.erases)
    return said


def document(member: Member) -> bytes:
    """Write the canonical N-Quads that are signed: activity and payload, without the proof."""
    graph = f"{lines.iri(member.iri)} ."
    payload = [f"{row[:-1]}{graph}" for row in lines.rows(member.payload)]
    return lines.canonical([*activity(member), *payload])


def digest(member: Member) -> str:
    """Hash the document: a sha2-256 multihash in base58btc multibase, `zQm…`; done once."""
    return member._digest


def digest_of(document: bytes) -> str:
    """Hash a document that is written already."""
    return multihash(hashlib.sha256(document).digest())


def remember(member: Member, digest: str) -> None:
    """Take a digest from whoever hashed the document for its signature, and hash it no more."""
    member.__dict__["_digest"] = digest


def multihash(sha256: bytes) -> str:
    """Write a SHA-256 digest as a multihash in multibase base58btc."""
    encoded: bytes = base58.b58encode(b"\x12\x20" + sha256)
    return "z" + encoded.decode()


def name(base: str, sequence: int, content: Member) -> str:
    """Mint a member's IRI: `{base}feed/{sequence}-{digest8}`, bound to what it says."""
    facts = "\n".join(
        (
            *(content.kind, content.object, content.published, content.previous or ""),
            *(str(sequence), *content.erases),
        )
    )
    short = hashlib.sha256(facts.encode() + b"\n" + content.payload).hexdigest()[:8]
    return f"{base}feed/{sequence}-{short}"
