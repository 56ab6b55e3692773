"""Keys of a city: Ed25519, written as Multikey, published as did:web, read aloud as six words.

Only values here: where a private key is kept is the node's business. Sources: W3C Controlled
Identifiers 1.0 (Multikey), did:web method, RFC 8032 (Ed25519).
"""

import hashlib
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final
from urllib.parse import quote, urlsplit

import base58
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from mnemonic import Mnemonic

from federation.errors import BadKey

_ED25519_PUBLIC: Final = b"\xed\x01"
_WORDS: Final = 6
_BITS_A_WORD: Final = 11


@dataclass(frozen=True, kw_only=True)
class PublicKey:
    """A key that signs for a city: `method` is a did:web key URL, `multibase` starts `z6Mk`.

    It speaks for the members from number `first` to `last`, both included; without `last` it is
    one that speaks now. What it signed from member `revoked_from` on the city has taken back. The
    times (xsd:dateTime) say when it was retired, and when revoked.
    """

    method: str
    multibase: str
    first: int = 1
    last: int | None = None
    retired: str | None = None
    revoked_from: int | None = None
    revoked: str | None = None


@dataclass(frozen=True)
class SigningKey:
    """A city's private key; never printed."""

    private: Ed25519PrivateKey

    def __repr__(self) -> str:
        return f"SigningKey({self.multibase})"

    @property
    def multibase(self) -> str:
        """The public half as a Multikey, `z6Mk…`."""
        raw = self.private.public_key().public_bytes_raw()
        encoded: bytes = base58.b58encode(_ED25519_PUBLIC + raw)
        return "z" + encoded.decode()

    def public(self, base: str) -> PublicKey:
        """Name the public half as the key of the node at `base`."""
        return PublicKey(method=f"{did(base)}#{self.multibase}", multibase=self.multibase)

    def pem(self) -> bytes:
        """Write the private key as PKCS #8 PEM, unencrypted: keep the file to yourself."""
        return self.private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )


def generate() -> SigningKey:
    """Make a new key."""
    return SigningKey(Ed25519PrivateKey.generate())


def load(pem: bytes) -> SigningKey:
    """Read a key written by `SigningKey.pem`; raises BadKey for anything else."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadKey("the key file does not hold a PKCS #8 private key") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKey("the key file holds a key that is not Ed25519")
    return SigningKey(key)


def raw_public(multibase: str) -> bytes:
    """Decode a Multikey to the 32 bytes of an Ed25519 key; raises BadKey."""
    if not multibase.startswith("z") or len(multibase) > 64:
        raise BadKey(f"not a base58btc Multikey: {multibase[:64]!r}")
    try:
        decoded: bytes = base58.b58decode(multibase[1:])
    except ValueError:
        raise BadKey(f"not base58btc: {multibase!r}") from None
    if len(decoded) != 34 or not decoded.startswith(_ED25519_PUBLIC):
        raise BadKey(f"not an Ed25519 Multikey: {multibase!r}")
    return decoded[2:]


def signed_by(multibase: str, signature: bytes, data: bytes) -> bool:
    """Tell whether the key made this signature over these bytes."""
    try:
        _public(multibase).verify(signature, data)
    except (ValueError, InvalidSignature, BadKey):
        return False
    return True


@lru_cache(maxsize=1_024)
def _public(multibase: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(raw_public(multibase))


def fingerprint(multibase: str) -> str:
    """Say a public key in six words (66 bits of its SHA-256), for two people on the telephone."""
    number = int.from_bytes(hashlib.sha256(raw_public(multibase)).digest())
    words = _wordlist()
    picked = (
        number >> (256 - _BITS_A_WORD * (place + 1)) & (2**_BITS_A_WORD - 1)
        for place in range(_WORDS)
    )
    return " ".join(words[index] for index in picked)


@cache
def _wordlist() -> list[str]:
    """Read the words of BIP 39 once: the library reads its file each time that it is asked."""
    return Mnemonic("english").wordlist


def did(base: str) -> str:
    """Name a node as did:web: `https://a.example:81/x/` is `did:web:a.example%3A81:x`."""
    parts = urlsplit(base)
    path = [quote(step, safe="") for step in parts.path.split("/") if step]
    return ":".join(["did:web", parts.netloc.replace(":", "%3A"), *path])
