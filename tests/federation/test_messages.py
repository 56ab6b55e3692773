"""Messages between nodes: nobody can speak for another city, change its words or repeat them."""

import base64
import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    algorithms,
)

from federation import keys, pings
from federation.errors import BadMessage, NotBelieved
from federation.keys import raw_public
from federation.messages import COVERED, check, check_digest, claim, content_digest, signed_message
from federation.pings import Ping, Verb

KEY, OTHER = keys.generate(), keys.generate()
BASE = "https://torino.example/"
INBOX = "https://ghent.example/inbox"
NOW = int(datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp())
BODY = pings.write(Ping(verb=Verb.ANNOUNCE, actor=f"{BASE}#node", object=f"{BASE}feed"))
METHOD = KEY.public(BASE).method


@dataclass
class Request:
    """A request as the verifier of others wants it."""

    headers: dict[str, str]
    url: str = INBOX
    method: str = "POST"
    body: bytes = field(default=BODY)


class Keys(HTTPSignatureKeyResolver):  # type: ignore[misc]
    def resolve_public_key(self, key_id: str) -> Any:
        assert key_id == METHOD
        return Ed25519PublicKey.from_public_bytes(raw_public(KEY.multibase))

    def resolve_private_key(self, key_id: str) -> Any:
        assert key_id == METHOD
        return KEY.private


def ours(**said: Any) -> dict[str, str]:
    told: dict[str, Any] = {"method": METHOD, "created": NOW, "nonce": "n-1"} | said
    return signed_message(BODY, pings.MEDIA, INBOX, KEY, **told)


def theirs(covered: tuple[str, ...] = COVERED, **said: Any) -> dict[str, str]:
    """Sign the same message with a program that is not ours."""
    message = Request({"Content-Type": pings.MEDIA, "Content-Digest": content_digest(BODY)})
    signer = HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=Keys())
    told: dict[str, Any] = {"created": datetime.fromtimestamp(NOW, UTC), "key_id": METHOD} | said
    signer.sign(message, covered_component_ids=covered, **told)
    return message.headers


def believe(headers: dict[str, str], url: str = INBOX, body: bytes = BODY, now: int = NOW) -> None:
    fields = {name.lower(): value for name, value in headers.items()}
    claimed = claim(fields, url)
    assert claimed.keyid == METHOD
    check(claimed, KEY.multibase, now=now, skew=300)
    check_digest(fields, body)


def test_a_verifier_that_is_not_ours_believes_what_we_sign_and_nothing_else() -> None:
    verifier = HTTPMessageVerifier(signature_algorithm=algorithms.ED25519, key_resolver=Keys())
    lately = int(datetime.now(UTC).timestamp())  # it holds messages to its own clock
    headers = ours(created=lately)

    [found] = verifier.verify(Request(headers))

    covered = {str(name).strip('"') for name in found.covered_components}
    assert covered - {"@signature-params"} == set(COVERED)
    assert found.parameters["nonce"] == "n-1"
    digest = base64.b64encode(hashlib.sha256(BODY).digest()).decode()
    assert headers["Content-Digest"] == f"sha-256=:{digest}:"
    for changed in (
        Request(headers, url="https://helsinki.example/inbox"),
        Request(headers, method="PUT"),
        Request({**headers, "Content-Type": "text/plain"}),
        Request({**headers, "Content-Digest": content_digest(b"{}")}),
    ):
        with pytest.raises(InvalidSignature):
            verifier.verify(changed)


def test_what_others_sign_by_the_standard_is_believed_whatever_label_and_order() -> None:
    believe(ours())
    believe(theirs())
    believe(theirs(tuple(reversed(COVERED)), label="sig1", nonce="x", tag="citynode"))
    believe(theirs(include_alg=False))
    believe(theirs(expires=datetime.fromtimestamp(NOW + 60, UTC)))


def test_a_proxy_may_add_a_signature_of_its_own() -> None:
    headers = ours()
    headers["Signature-Input"] = (
        'proxy=("@method");created=1;keyid="p", ' + headers["Signature-Input"]
    )
    headers["Signature"] = "proxy=:AAAA:, " + headers["Signature"]

    believe(headers)


@pytest.mark.parametrize(
    ("spoilt", "words"),
    [
        ({"url": "https://ghent.example/x/inbox"}, "this very address"),
        ({"body": BODY.replace(b"torino", b"milano")}, "digest differs"),
        ({"now": NOW + 301}, "301 seconds ago"),
        ({"now": NOW - 301}, "301 seconds from now"),
    ],
)
def test_a_message_for_another_place_time_or_text_is_not_believed(
    spoilt: dict[str, Any], words: str
) -> None:
    with pytest.raises(NotBelieved, match=words):
        believe(ours(), **spoilt)


def test_the_key_of_another_city_does_not_vouch_for_it() -> None:
    fields = {name.lower(): value for name, value in ours().items()}

    with pytest.raises(NotBelieved, match="does not fit"):
        check(claim(fields, INBOX), OTHER.multibase, now=NOW, skew=300)


def test_an_expired_message_is_not_believed() -> None:
    expired = datetime.fromtimestamp(NOW, UTC) - timedelta(seconds=5)

    with pytest.raises(NotBelieved, match="expired 5 seconds ago"):
        believe(theirs(expires=expired, created=expired - timedelta(seconds=20)))


def test_what_the_signature_leaves_open_is_refused() -> None:
    for name in COVERED:
        rest = tuple(each for each in COVERED if each != name)
        with pytest.raises(BadMessage, match=f"does not cover {name}"):
            believe(theirs(rest))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda said: said.pop("Signature"),
        lambda said: said.pop("Signature-Input"),
        lambda said: said.pop("Content-Digest"),
        lambda said: said.update({"Signature": "node=:****:"}),
        lambda said: said.update({"Signature": "node=:AAA:"}),
        lambda said: said.update({"Signature": said["Signature"] + "," + said["Signature"]}),
        lambda said: said.update({"Content-Digest": "md5=:AAAA:"}),
        lambda said: said.update({"Signature-Input": said["Signature-Input"] + ";created=1"}),
        lambda said: said.update({"Signature-Input": said["Signature-Input"] + " x"}),
        lambda said: said.update({"Signature-Input": said["Signature-Input"] * 20}),
        lambda said: said.update({"Signature-Input": 'node=("' + '" "' * 600}),
        lambda said: said.update(
            {"Signature-Input": said["Signature-Input"].replace("ed25519", "rsa-pss-sha512")}
        ),
        lambda said: said.update(
            {"Signature-Input": said["Signature-Input"].replace('"@method"', '"@method" "@status"')}
        ),
        lambda said: said.update(
            {"Signature-Input": said["Signature-Input"].replace('"@method"', '"@method" "@method"')}
        ),
        lambda said: said.update(
            {"Signature-Input": said["Signature-Input"].replace(f"created={NOW};", "")}
        ),
        lambda said: said.update({"Content-Type": "text/plain\udcff"}),
    ],
)
def test_headers_that_make_no_sense_are_refused_in_words(spoil: Any) -> None:
    headers = ours()
    spoil(headers)

    with pytest.raises(BadMessage):
        believe(headers)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        b"[" * 4_000,
        b'{"type": "Delete", "actor": "a", "object": "b"}',
        b'{"type": ["Follow"], "actor": "a", "object": "b"}',
        b'{"type": "Follow", "actor": {"id": "a"}, "object": "b"}',
        b'{"type": "Follow", "type": "Announce", "actor": "a", "object": "b"}',
    ],
)
def test_a_body_that_is_no_ping_is_refused(body: bytes) -> None:
    with pytest.raises(BadMessage):
        pings.read(body)


def test_a_ping_is_read_as_it_was_written() -> None:
    said = Ping(verb=Verb.FOLLOW, actor=f"{BASE}#node", object="https://ghent.example/è/feed")

    assert pings.read(pings.write(said)) == said
    assert pings.read(pings.write(replace(said, verb=Verb.ANNOUNCE))).verb is Verb.ANNOUNCE
