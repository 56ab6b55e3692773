"""A proof that other verifiers reject would make every record of a city worthless."""

import json
import os
from hashlib import sha256
from pathlib import Path

import base58
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation import keys, signing
from federation.dids import did_document, read_did_document
from federation.errors import BadKey
from federation.member import Proof
from vocab import lines

STANDARDS = Path(os.environ.get("CITYNODE_STANDARDS", "../shared/standards"))
VECTORS = STANDARDS / "vc-di-eddsa"


vectors = pytest.mark.skipif(not VECTORS.is_dir(), reason="the W3C test vectors are not here")


@vectors
def test_verifies_the_published_vector_and_hashes_as_it_does() -> None:
    folder = VECTORS / "eddsa-rdfc-2022"
    document = (folder / "canonDocDataInt.txt").read_bytes().rstrip(b"\n") + b"\n"
    proof = json.loads((folder / "signedDataInt.json").read_text())["proof"]
    public = json.loads((VECTORS / "keyPair.json").read_text())["publicKeyMultibase"]

    data = signing.hash_data(document, proof["created"], proof["verificationMethod"])
    made = Proof(
        created=proof["created"], method=proof["verificationMethod"], value=proof["proofValue"]
    )

    assert data.hex() == (folder / "combinedHashDataInt.txt").read_text().strip()
    assert signing.verify(document, made, public)
    assert not signing.verify(document.replace(b"Alumni", b"Alumnx"), made, public)


@vectors
def test_signs_the_published_vector_with_the_published_signature() -> None:
    folder = VECTORS / "eddsa-rdfc-2022"
    document = (folder / "canonDocDataInt.txt").read_bytes().rstrip(b"\n") + b"\n"
    config = json.loads((folder / "proofConfigDataInt.json").read_text())
    pair = json.loads((VECTORS / "keyPair.json").read_text())
    secret = base58.b58decode(pair["privateKeyMultibase"][1:])[2:]
    key = keys.SigningKey(Ed25519PrivateKey.from_private_bytes(secret))

    made = signing.sign(
        document, key, method=config["verificationMethod"], created=config["created"]
    )
    canonical = "".join(
        f"_:c14n0 {lines.iri(predicate)} {lines.term(value)} .\n"
        for predicate, value in signing.options(made.created, made.method)
    )
    signature = base58.b58decode(made.value[1:])

    def published(name: str) -> str:
        return (folder / name).read_text().strip()

    assert key.multibase == pair["publicKeyMultibase"]
    assert canonical.strip() == published("proofCanonDataInt.txt")
    assert sha256(canonical.encode()).hexdigest() == published("proofHashDataInt.txt")
    assert sha256(document).hexdigest() == published("docHashDataInt.txt")
    assert signature.hex() == published("sigHexDataInt.txt")
    assert made.value == published("sigBTC58DataInt.txt")
    assert made.value == json.loads(published("signedDataInt.json"))["proof"]["proofValue"]


def test_a_changed_byte_date_or_method_breaks_the_proof() -> None:
    key = keys.generate()
    public = key.public("https://torino.example/")
    proof = signing.sign(
        b"<a:a> <b:b> <c:c> .\n", key, method=public.method, created="2026-11-22T10:00:00Z"
    )

    assert signing.verify(b"<a:a> <b:b> <c:c> .\n", proof, public.multibase)
    assert not signing.verify(b"<a:a> <b:b> <c:d> .\n", proof, public.multibase)
    later = Proof(created="2026-11-23T10:00:00Z", method=proof.method, value=proof.value)
    assert not signing.verify(b"<a:a> <b:b> <c:c> .\n", later, public.multibase)
    elsewhere = Proof(created=proof.created, method=proof.method + "x", value=proof.value)
    assert not signing.verify(b"<a:a> <b:b> <c:c> .\n", elsewhere, public.multibase)


@pytest.mark.parametrize("value", ["", "z", "zzzz", "m" + "A" * 88, "z" + "1" * 500, "z0OIl"])
def test_a_proof_that_is_no_signature_is_simply_false(value: str) -> None:
    key = keys.generate().public("https://torino.example/")
    proof = Proof(created="2026-11-22T10:00:00Z", method=key.method, value=value)

    assert not signing.verify(b"", proof, key.multibase)


def test_a_key_survives_its_file() -> None:
    key = keys.generate()

    assert keys.load(key.pem()).multibase == key.multibase
    with pytest.raises(BadKey):
        keys.load(b"-----BEGIN NOTHING-----")


@pytest.mark.parametrize(
    ("base", "name"),
    [
        ("https://torino.example/", "did:web:torino.example"),
        ("http://127.0.0.1:8101/", "did:web:127.0.0.1%3A8101"),
        ("https://lab.example/citta/torino/", "did:web:lab.example:citta:torino"),
    ],
)
def test_a_node_is_named_by_its_address(base: str, name: str) -> None:
    assert keys.did(base) == name


def test_reads_back_its_own_did_document_and_no_other() -> None:
    base = "https://torino.example/"
    key = keys.generate()
    public = key.public(base)
    document = did_document(base, (public,), key)

    assert read_did_document(document, base) == (public,)
    with pytest.raises(BadKey, match="not about"):
        read_did_document(document, "https://ghent.example/")
    with pytest.raises(BadKey, match="no Ed25519"):
        read_did_document({**document, "assertionMethod": []}, base)


def test_a_fingerprint_is_six_words_and_differs_between_keys() -> None:
    first, second = keys.generate().multibase, keys.generate().multibase

    assert len(keys.fingerprint(first).split()) == 6
    assert keys.fingerprint(first) == keys.fingerprint(first) != keys.fingerprint(second)
