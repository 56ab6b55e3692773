"""Whether the city may say it: its own records pass the same shapes as everybody's."""

from collections.abc import Sequence
from typing import Final

from vocab.experiment import Experiment
from vocab.triples import to_payload
from vocab.validation import validate

_BATCH: Final = 200


def checked(experiments: Sequence[Experiment]) -> tuple[list[Experiment], list[str]]:
    """Split off what the shapes refuse; returns the good ones and sentences about the others."""
    good: list[Experiment] = []
    told: list[str] = []
    for start in range(0, len(experiments), _BATCH):
        batch = experiments[start : start + _BATCH]
        found = validate({each.iri: to_payload(each) for each in batch})
        for each in batch:
            errors = [one for one in found.get(each.iri, ()) if one.severity == "error"]
            if errors:
                told.extend(
                    f"error: {each.identifier}: {one.path}: {one.message}" for one in errors
                )
            else:
                good.append(each)
    return good, told
