"""Signing and verifying documents: W3C Data Integrity, cryptosuite eddsa-rdfc-2022.

What is signed is SHA-256 of the canonical proof options followed by SHA-256 of the canonical
document (Data Integrity EdDSA Cryptosuites 1.0, section 3.2). The documents of citynode have no
blank nodes, so both canonical forms are sorted lines: no graph library, no parsing.
"""

import hashlib
from functools import lru_cache
from typing import Final

import base58

from federation.keys import SigningKey, signed_by
from federation.member import Proof
from vocab import lines
from vocab.lines import Iri, Literal
from vocab.terms import DCTERMS, RDF_TYPE, SEC, XSD_DATETIME

CRYPTOSUITE: Final = "eddsa-rdfc-2022"

_ATTESTED: Final = b"citynode keys\n"
"""Stands before what is attested, so that it can be taken for nothing else that a key signs."""


def options(created: str, method: str) -> list[tuple[str, lines.Object]]:
    """List what a proof states besides its value, as predicate and object."""
    return [
        (DCTERMS + "created", Literal(created, XSD_DATETIME)),
        (RDF_TYPE, Iri(SEC + "DataIntegrityProof")),
        (SEC + "cryptosuite", Literal(CRYPTOSUITE, SEC + "cryptosuiteString")),
        (SEC + "proofPurpose", Iri(SEC + "assertionMethod")),
        (SEC + "verificationMethod", Iri(method)),
    ]


def statements(proof: Proof) -> list[tuple[str, lines.Object]]:
    """List all that a proof states, its value included."""
    value = Literal(proof.value, SEC + "multibase")
    return [*options(proof.created, proof.method), (SEC + "proofValue", value)]


def hash_data(document: bytes, created: str, method: str) -> bytes:
    """Compute the 64 bytes that are signed."""
    return _hash_options(created, method) + hashlib.sha256(document).digest()


@lru_cache(maxsize=256)
def _hash_options(created: str, method: str) -> bytes:
    """Hash what a proof states, which is the same for all that a city signs within a second."""
    config = "".join(
        f"_:c14n0 {lines.iri(predicate)} {lines.term(value)} .\n"
        for predicate, value in options(created, method)
    )
    return hashlib.sha256(config.encode()).digest()


def sign(document: bytes, key: SigningKey, *, method: str, created: str) -> Proof:
    """Sign canonical bytes; `created` is an xsd:dateTime in UTC to the second."""
    signature = key.private.sign(hash_data(document, created, method))
    encoded: bytes = base58.b58encode(signature)
    return Proof(created=created, method=method, value="z" + encoded.decode())


def attest(data: bytes, key: SigningKey) -> str:
    """Sign lines that are no document of their own: what one key says of others."""
    encoded: bytes = base58.b58encode(key.private.sign(_ATTESTED + data))
    return "z" + encoded.decode()


def attested(data: bytes, value: str, multibase: str) -> bool:
    """Tell whether the key signed these lines."""
    if not value.startswith("z") or len(value) > 96:
        return False
    try:
        signature: bytes = base58.b58decode(value[1:])
    except ValueError:
        return False
    return signed_by(multibase, signature, _ATTESTED + data)


def verify(document: bytes, proof: Proof, multibase: str) -> bool:
    """Tell whether the key made this proof over these bytes."""
    if not proof.value.startswith("z") or len(proof.value) > 96:
        return False
    try:
        signature: bytes = base58.b58decode(proof.value[1:])
        data = hash_data(document, proof.created, proof.method)
    except ValueError:
        return False
    return signed_by(multibase, signature, data)
