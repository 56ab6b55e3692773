"""Anybody can check, with a verifier that is not ours, that this node sent these bytes."""

import base64
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from base58 import b58decode
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    algorithms,
)

from nodes.web import feed, signatures, wellknown
from nodes.web.keys import JOURNAL
from tests.nodes.town import EVERYTHING, town

Client = TestClient[web.Request, web.Application]
PATHS = (
    "/feed",
    "/feed.nq",
    "/feed.jsonld",
    "/experiments/navetta-autonoma",
    "/experiments/navetta-autonoma.ttl",
    "/experiments/navetta-autonoma.html",
    "/catalogue/helsinki.example/robottibussi",
)


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    with town(tmp_path, *EVERYTHING) as place:
        app = place.app()
        app[JOURNAL] = place.journal
        signatures.setup(app)
        app.add_routes([*feed.routes(), *wellknown.routes()])
        async with TestClient(TestServer(app), auto_decompress=False) as found:
            yield found


class Document(HTTPSignatureKeyResolver):  # type: ignore[misc]
    """Finds keys where the key's own URL says: in the node's did.json."""

    def __init__(self, said: dict[str, Any]) -> None:
        self.methods = {each["id"]: each for each in said["verificationMethod"]}
        self.trusted = said["assertionMethod"]

    def resolve_public_key(self, key_id: str) -> Any:
        assert key_id in self.trusted
        raw = b58decode(self.methods[key_id]["publicKeyMultibase"][1:])
        return Ed25519PublicKey.from_public_bytes(raw[2:])


def verify(did: dict[str, Any], status: int, headers: dict[str, str], body: bytes) -> None:
    """Check as a stranger would: the signature first, then the digest it covers."""
    verifier = HTTPMessageVerifier(
        signature_algorithm=algorithms.ED25519, key_resolver=Document(did)
    )
    message = SimpleNamespace(headers=headers, status_code=status, request=None)
    [found] = verifier.verify(message)
    covered = {str(name).strip('"') for name in found.covered_components}
    assert covered - {"@signature-params"} == {"content-digest", "@status"}
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    assert headers["Content-Digest"] == f"sha-256=:{digest}:"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("coding", ["identity", "gzip"])
async def test_an_answer_is_signed_by_the_node_that_gave_it(
    client: Client, path: str, coding: str
) -> None:
    did = await (await client.get("/.well-known/did.json")).json()

    answer = await client.get(path, headers={"Accept-Encoding": coding})
    body = await answer.read()

    verify(did, answer.status, dict(answer.headers), body)
    changed = {**answer.headers, "Content-Digest": "sha-256=:AAAA:"}
    with pytest.raises(InvalidSignature):
        verify(did, answer.status, changed, body)
    with pytest.raises(InvalidSignature):
        verify(did, 203, dict(answer.headers), body)


async def test_head_carries_what_get_carries(client: Client) -> None:
    got = await client.get("/feed.nq", headers={"Accept-Encoding": "identity"})
    head = await client.head("/feed.nq", headers={"Accept-Encoding": "identity"})

    assert head.headers["Content-Digest"] == got.headers["Content-Digest"]
    assert "Signature" in head.headers


async def test_what_is_not_of_the_feed_or_a_record_is_not_signed(client: Client) -> None:
    tag = (await client.get("/feed.nq")).headers["ETag"]

    for answer in (
        await client.get("/search"),
        await client.get("/experiments/none"),
        await client.get("/feed.nq", headers={"If-None-Match": tag}),
    ):
        assert "Signature" not in answer.headers
