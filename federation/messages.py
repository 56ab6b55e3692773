"""Signed answers: whoever receives bytes can tell that this node sent them, and when.

HTTP Message Signatures (RFC 9421) with Ed25519 over the status and the digest of the content as it
travels (Content-Digest, RFC 9530). What cities say is signed member by member; this covers what no
member says: that a page of the feed, a catalogue or a record was answered by this node just now.
"""

import base64
import hashlib

from federation.keys import SigningKey

LABEL = "node"
"""The name of the signature within its headers."""


def signed(
    body: bytes, status: int, key: SigningKey, *, method: str, created: int
) -> dict[str, str]:
    """Give the headers that sign an answer.

    `body` are the bytes sent, after compression; `method` is the key's did:web URL and `created`
    seconds since 1970.
    """
    digest = f"sha-256=:{_base64(hashlib.sha256(body).digest())}:"
    parameters = f'("content-digest" "@status");created={created};keyid="{method}";alg="ed25519"'
    base = "\n".join(
        (
            f'"content-digest": {digest}',
            f'"@status": {status}',
            f'"@signature-params": {parameters}',
        )
    )
    return {
        "Content-Digest": digest,
        "Signature-Input": f"{LABEL}={parameters}",
        "Signature": f"{LABEL}=:{_base64(key.private.sign(base.encode()))}:",
    }


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
