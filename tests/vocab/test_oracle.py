"""Both engines find the same faults: ours, that is fast, and pySHACL, the reference.

Two thousand records are judged, each rule being broken on purpose in several and the others spoilt
anyhow. The reference engine takes its time, so that batches of a hundred are shared out over the
processors: half a minute on two.
"""

import multiprocessing
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import cache

import pytest

from tests.vocab.broken import broken, garbled, rules
from tests.vocab.reference import Fault, reference
from tests.vocab.valid import BASE
from vocab.validation import validate

RECORDS = 2000
TIMES = 7
LEAST = 3


@cache
def batches() -> list[dict[str, bytes]]:
    on_purpose = [broken(rule, seed) for seed in range(TIMES) for rule in rules().values()]
    anyhow = [garbled(seed) for seed in range(RECORDS - len(on_purpose))]
    made = [*on_purpose, *anyhow]
    return [dict(made[start : start + 100]) for start in range(0, RECORDS, 100)]


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
def test_both_engines_find_the_same_faults_in_two_thousand_records() -> None:
    assert sum(map(len, batches())) == RECORDS

    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as workers:
        theirs = list(workers.map(reference_faults, batches()))

    for here, there in zip(ours(), theirs, strict=True):
        assert here - there == set(), "found by our engine alone"
        assert there - here == set(), "found by the reference engine alone"


def test_the_two_thousand_records_break_every_rule_several_times() -> None:
    counted = Counter({(part, rule) for found in ours() for part, _, rule, _ in found})
    times = Counter(rule for _, rule in counted)

    assert {name: times[name] for name in rules() if times[name] < LEAST} == {}
