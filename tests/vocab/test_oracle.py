"""Both engines find the same faults: ours, that is fast, and pySHACL, the reference.

Three hundred records are judged, each rule being broken on purpose in one and the others spoilt
anyhow. The reference engine takes its time, so that batches are shared out over the processors.
`CITYNODE_RECORDS=2000` judges more, each rule being broken seven times: before a release, and after
a change of the shapes or of an engine.
"""

import multiprocessing
import os
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import cache

import pytest

from tests.vocab.broken import broken, garbled, rules
from tests.vocab.reference import Fault, reference
from tests.vocab.valid import BASE
from vocab.validation import validate

RECORDS = int(os.environ.get("CITYNODE_RECORDS", "300"))
TIMES = max(1, 7 * RECORDS // 2000)
LEAST = min(3, TIMES)
BATCH = 75


@cache
def on_purpose() -> list[tuple[str, bytes]]:
    """Break each rule anew until our engine has said so often enough, or seven times."""
    made: list[tuple[str, bytes]] = []
    times: Counter[str] = Counter()
    for seed in range(7):
        more = [broken(rule, seed) for name, rule in rules().items() if times[name] < TIMES]
        made += more
        times.update(rule for _, rule in {(part, rule) for part, _, rule, _ in faults(dict(more))})
    return made


@cache
def batches() -> list[dict[str, bytes]]:
    anyhow = [garbled(seed) for seed in range(RECORDS - len(on_purpose()))]
    made = [*on_purpose(), *anyhow]
    return [dict(made[start : start + BATCH]) for start in range(0, RECORDS, BATCH)]


@cache
def ours() -> list[set[Fault]]:
    return [faults(batch) for batch in batches()]


def faults(payloads: Mapping[str, bytes]) -> set[Fault]:
    return {
        (each.part, each.path, each.rule, each.severity)
        for said in validate(payloads).values()
        for each in said
        if each.part.startswith(BASE)
    }


def reference_faults(payloads: Mapping[str, bytes]) -> set[Fault]:
    """Leave out what is said of others' things: we judge a record that points to them apart."""
    return {each for each in reference(payloads) if each[0].startswith(BASE)}


@pytest.mark.timeout(900)
def test_both_engines_find_the_same_faults() -> None:
    assert sum(map(len, batches())) == RECORDS

    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as workers:
        theirs = list(workers.map(reference_faults, batches()))

    for here, there in zip(ours(), theirs, strict=True):
        assert here - there == set(), "found by our engine alone"
        assert there - here == set(), "found by the reference engine alone"


def test_the_records_break_every_rule() -> None:
    counted = Counter({(part, rule) for found in ours() for part, _, rule, _ in found})
    times = Counter(rule for _, rule in counted)

    assert {name: times[name] for name in rules() if times[name] < LEAST} == {}
