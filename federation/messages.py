"""Signed messages: whoever receives bytes can tell which node sent them, and when.

HTTP Message Signatures (RFC 9421) with Ed25519 and the digest of the content as it travels
(Content-Digest, RFC 9530). An answer is signed over its status: that covers what no member says,
that a page of the feed, a catalogue or a record was answered by this node just now. A message to
another node is signed over where it goes and what it is, and is believed nowhere else.

Of structured fields (RFC 9651) only what such signatures need is read, in its canonical form.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from federation.errors import BadMessage, NotBelieved
from federation.keys import SigningKey, signed_by

LABEL: Final = "node"
"""The name of the signature within its headers."""

COVERED: Final = ("@method", "@target-uri", "content-digest", "content-type")
"""What the signature of a message must cover; it may cover further header fields."""

_METHOD: Final = "POST"
_LONGEST_FIELD: Final = 2_000
_MOST_SIGNATURES: Final = 4
_NAME: Final = "[a-z*][a-z0-9_.*-]*"
_COMPONENT: Final = re.compile(r'"([a-z0-9@-]+)"')
_PARAMETER: Final = re.compile(rf';({_NAME})=(?:"([ !#-\[\]-~]*)"|(-?[0-9]{{1,15}}))')
_INPUT: Final = re.compile(
    rf'({_NAME})=(\(("[a-z0-9@-]+"(?: "[a-z0-9@-]+")*)\)'
    rf'((?:;{_NAME}=(?:"[ !#-\[\]-~]*"|-?[0-9]{{1,15}}))*))'
)
_BYTES: Final = re.compile(rf"({_NAME})=:([A-Za-z0-9+/]*={{0,2}}):")
_COMMA: Final = re.compile(r"[ \t]*,[ \t]*")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What the signature of a message says before anything was checked.

    `keyid` names the key, `data` are the bytes that it signed if the claim is true.
    """

    keyid: str
    created: int
    expires: int | None
    data: bytes
    signature: bytes

    @property
    def digest(self) -> bytes:
        """The message in 32 bytes: another signature over the same message has the same."""
        return hashlib.sha256(self.data).digest()


def signed(
    body: bytes, status: int, key: SigningKey, *, method: str, created: int
) -> dict[str, str]:
    """Give the headers that sign an answer.

    `body` are the bytes sent, after compression; `method` is the key's did:web URL and `created`
    seconds since 1970.
    """
    digest = content_digest(body)
    components = {"content-digest": digest, "@status": str(status)}
    parameters = f';created={created};keyid="{method}";alg="ed25519"'
    return {"Content-Digest": digest, **_signature(components, parameters, key)}


def signed_message(
    body: bytes, media: str, url: str, key: SigningKey, *, method: str, created: int, nonce: str
) -> dict[str, str]:
    """Give the headers of a message of some type that is posted to an address, its type included.

    `nonce` makes each message one of its kind, so that a copy of it can be told.
    """
    digest = content_digest(body)
    components = {
        "@method": _METHOD,
        "@target-uri": url,
        "content-digest": digest,
        "content-type": media,
    }
    parameters = f';created={created};nonce="{nonce}";keyid="{method}";alg="ed25519"'
    return {
        "Content-Type": media,
        "Content-Digest": digest,
        **_signature(components, parameters, key),
    }


def claim(fields: Mapping[str, str], url: str) -> Claim:
    """Read the signature of a message that was posted to `url`; raises BadMessage.

    `fields` are its header fields by lower-case name; several of a name are joined by commas.
    """
    inputs = _members(fields, "signature-input", _INPUT)
    signatures = _members(fields, "signature", _BYTES)
    label = LABEL if LABEL in inputs else next(iter(inputs))
    if label not in signatures:
        raise BadMessage(f"Signature has no member {label}, which Signature-Input speaks of")
    _, whole, components, rest = inputs[label].groups()
    names = [each[1] for each in _COMPONENT.finditer(components)]
    if missing := [name for name in COVERED if name not in names]:
        raise BadMessage(f"the signature does not cover {', '.join(missing)}")
    if len(set(names)) < len(names):
        raise BadMessage("the signature covers something twice")
    parameters = _parameters(rest)
    created, expires = parameters.get("created"), parameters.get("expires")
    keyid, algorithm = parameters.get("keyid"), parameters.get("alg", "ed25519")
    if not isinstance(created, int) or not isinstance(keyid, str):
        raise BadMessage("the signature must say when it was made (created) and by which key")
    if algorithm != "ed25519" or not isinstance(expires, int | None):
        raise BadMessage("the signature must be of ed25519, and `expires` a number of seconds")
    said = {**fields, "@method": _METHOD, "@target-uri": url}
    if unknown := [name for name in names if name not in said]:
        raise BadMessage(f"the signature covers {', '.join(unknown)}, which is not there")
    return Claim(
        keyid=keyid,
        created=created,
        expires=expires,
        data=_data({name: said[name] for name in names}, whole),
        signature=_decoded(signatures[label][2]),
    )


def check(claimed: Claim, multibase: str, *, now: int, skew: float) -> None:
    """Hold a claim to a key and to the clock; raises NotBelieved.

    `now` is in seconds since 1970; two clocks may be `skew` seconds apart.
    """
    apart = now - claimed.created
    if abs(apart) > skew:
        when = f"{apart} seconds ago" if apart > 0 else f"{-apart} seconds from now"
        raise NotBelieved(f"it was signed {when}; clocks may be {skew:g} seconds apart")
    if claimed.expires is not None and claimed.expires < now:
        raise NotBelieved(f"it expired {now - claimed.expires} seconds ago")
    if not signed_by(multibase, claimed.signature, claimed.data):
        raise NotBelieved("the signature does not fit: it must be over this very address and body")


def check_digest(fields: Mapping[str, str], body: bytes) -> None:
    """Hold a body to the digest its message was signed with; raises BadMessage or NotBelieved."""
    said = _members(fields, "content-digest", _BYTES).get("sha-256")
    if said is None:
        raise BadMessage("Content-Digest must give sha-256")
    if _decoded(said[2]) != hashlib.sha256(body).digest():
        raise NotBelieved("the body is not the one that was signed: its digest differs")


def content_digest(body: bytes) -> str:
    """Write the Content-Digest of a body."""
    return f"sha-256=:{_encoded(hashlib.sha256(body).digest())}:"


def _signature(components: Mapping[str, str], parameters: str, key: SigningKey) -> dict[str, str]:
    names = " ".join(f'"{name}"' for name in components)
    whole = f"({names}){parameters}"
    made = key.private.sign(_data(components, whole))
    return {"Signature-Input": f"{LABEL}={whole}", "Signature": f"{LABEL}=:{_encoded(made)}:"}


def _data(components: Mapping[str, str], whole: str) -> bytes:
    """Write the signature base (RFC 9421, section 2.5)."""
    lines = [f'"{name}": {value.strip()}' for name, value in components.items()]
    written = "\n".join((*lines, f'"@signature-params": {whole}'))
    return written.encode(errors="surrogateescape")  # a header may bear any bytes


def _members(
    fields: Mapping[str, str], name: str, form: re.Pattern[str]
) -> dict[str, re.Match[str]]:
    """Read a dictionary of which every member has one form; raises BadMessage."""
    text = fields.get(name, "").strip()
    if not text:
        raise BadMessage(f"the message has no {name.title()}")
    found: dict[str, re.Match[str]] = {}
    place = 0
    while len(text) <= _LONGEST_FIELD and len(found) < _MOST_SIGNATURES:
        member = form.match(text, place)
        if member is None or member[1] in found:
            break
        found[member[1]] = member
        if member.end() == len(text):
            return found
        comma = _COMMA.match(text, member.end())
        if comma is None:
            break
        place = comma.end()
    raise BadMessage(f"{name.title()} cannot be read as RFC 9421 and RFC 9530 have it")


def _parameters(text: str) -> dict[str, str | int]:
    found: dict[str, str | int] = {}
    for name, words, number in (each.groups() for each in _PARAMETER.finditer(text)):
        if name in found:
            raise BadMessage(f"the signature says {name} twice")
        found[name] = words if number is None else int(number)
    return found


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise BadMessage("a signature or digest is not in base64") from None
