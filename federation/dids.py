"""DID documents of nodes (did:web): their keys as other programs look for them.

The key that speaks now stands first. Keys that spoke before are there too, with the members they
spoke for, so that what they signed can be verified for ever; the present key vouches for that. A
revoked key asserts nothing any more. Sources: W3C Controlled Identifiers 1.0, did:web method.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from federation import succession
from federation.errors import BadKey
from federation.keys import PublicKey, SigningKey, did, raw_public
from federation.succession import MOST_KEYS, Keys, Ring
from vocab.errors import VocabError
from vocab.terms import CN

_TERMS = {
    "first": "cn:firstMember",
    "last": "cn:lastMember",
    "retired": "expires",
    "revoked_from": "cn:revokedFrom",
    "revoked": "revoked",
}


def did_document(base: str, ring: Ring, key: SigningKey) -> dict[str, Any]:
    """Write the DID document of the node at `base`, whose present key is `key`."""
    name = did(base)
    return {
        "@context": [
            "https://www.w3.org/ns/did/v1",
            "https://w3id.org/security/multikey/v1",
            {"cn": CN},
        ],
        "id": name,
        "alsoKnownAs": [f"{base}#node"],
        "verificationMethod": [_method(each, name) for each in ring],
        "assertionMethod": [each.method for each in ring if each.revoked_from is None],
        "authentication": [each.method for each in succession.speaking(ring)],
        "cn:vouched": succession.vouch(base, ring, key),
    }


def read_did_document(document: object, base: str) -> Ring:
    """Return the keys of the node at `base`, those that speak now first; raises BadKey.

    The document must be about that node, and each key must be its own and listed under
    `assertionMethod` (W3C Controlled Identifiers 1.0, section 2.3.1). Keys that spoke before count
    only when a present key vouches for them.
    """
    name = did(base)
    if not isinstance(document, Mapping) or document.get("id") != name:
        raise BadKey(f"the DID document at {base} is not about {name}")
    methods = document.get("verificationMethod")
    allowed = document.get("assertionMethod")
    if not isinstance(methods, list) or not isinstance(allowed, list):
        raise BadKey(f"the DID document of {name} names no key that may assert")
    own = [
        method
        for method in methods[:MOST_KEYS]
        if isinstance(method, Mapping)
        and method.get("type") == "Multikey"
        and method.get("controller") == name
        and isinstance(method.get("id"), str)
        and method["id"].startswith(f"{name}#")
        and isinstance(method.get("publicKeyMultibase"), str)
    ]
    for method in own:
        raw_public(method["publicKeyMultibase"])
    present = [method for method in own if method["id"] in allowed and not _over(method)]
    if not present:
        raise BadKey(f"the DID document of {name} names no Ed25519 Multikey that may assert")
    return _proven(own, document.get("cn:vouched"), base) or tuple(
        PublicKey(method=method["id"], multibase=method["publicKeyMultibase"]) for method in present
    )


def _proven(methods: Sequence[Mapping[str, Any]], vouched: object, base: str) -> Ring | None:
    """Return the whole succession, when a present key vouches for it."""
    if not isinstance(vouched, str):
        return None
    try:
        ring = succession.ordered([_key(method) for method in methods])
    except (ValueError, TypeError):
        return None
    said = Keys(ring=ring, vouched=vouched)
    try:
        return ring if succession.is_vouched_for(said, base, succession.speaking(ring)) else None
    except VocabError:
        return None


def _method(key: PublicKey, controller: str) -> dict[str, Any]:
    facts = {name: getattr(key, field) for field, name in _TERMS.items()}
    return {
        "id": key.method,
        "type": "Multikey",
        "controller": controller,
        "publicKeyMultibase": key.multibase,
        **{name: value for name, value in facts.items() if value is not None},
    }


def _key(method: Mapping[str, Any]) -> PublicKey:
    """Read a key as we write it; raises ValueError."""
    facts = {field: method[name] for field, name in _TERMS.items() if name in method}
    for field, value in facts.items():
        if type(value) is not (str if field in ("retired", "revoked") else int):
            raise ValueError(f"{field} of a key is {value!r}")
    return PublicKey(method=method["id"], multibase=method["publicKeyMultibase"], **facts)


def _over(method: Mapping[str, Any]) -> bool:
    return "revoked" in method or "cn:lastMember" in method
