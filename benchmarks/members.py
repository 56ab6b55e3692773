"""What one record costs on its way out and in: triples, digest, signature."""

from collections.abc import Iterator

from benchmarks import sample
from benchmarks.measuring import Measurement, measure
from federation import keys, signing
from federation.member import digest, document
from vocab.triples import from_payload, to_payload


def measurements() -> Iterator[Measurement]:
    """Write, read, hash, sign and verify records, one at a time."""
    key = keys.generate()
    records = [sample.experiment(number) for number in range(100)]
    members = sample.members(100, key)
    stamp = "2026-11-22T12:00:00Z"

    yield measure(
        "experiment to canonical triples", "records", 100, lambda: [to_payload(r) for r in records]
    )
    yield measure(
        "canonical triples to experiment",
        "records",
        100,
        lambda: [from_payload(m.payload, m.object) for m in members],
    )
    yield measure("digest of a member", "members", 100, lambda: [digest(m) for m in members])
    yield measure(
        "sign a member",
        "members",
        100,
        lambda: [
            signing.sign(document(m), key, method=sample.METHOD, created=stamp) for m in members
        ],
    )
    yield measure(
        "verify a member",
        "members",
        100,
        lambda: [signing.verify(document(m), m.proof, key.multibase) for m in members if m.proof],
    )
