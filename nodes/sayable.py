"""Whether the city may say it: its own records pass the same shapes as everybody's."""

from collections.abc import Sequence
from typing import Final, TypeVar

from federation.limits import Limits
from federation.reading import weight
from vocab import lines
from vocab.records import Record
from vocab.triples import to_payload
from vocab.validation import validate

_Record = TypeVar("_Record", bound=Record)

_BATCH: Final = 200
_LIMITS: Final = Limits()
_NAME: Final = "x" * 200
"""As long as the name of a member may well be."""


def checked(records: Sequence[_Record]) -> tuple[list[_Record], list[str]]:
    """Split off what peers would refuse; returns the good ones and sentences about the others."""
    good: list[_Record] = []
    told: list[str] = []
    for start in range(0, len(records), _BATCH):
        batch = records[start : start + _BATCH]
        payloads = {each.iri: to_payload(each) for each in batch}
        found = validate(payloads)
        for each in batch:
            errors = [one for one in found.get(each.iri, ()) if one.severity == "error"]
            if long := _too_long(payloads[each.iri]):
                told.append(f"error: {each.identifier}: {long}")
            elif errors:
                told.extend(
                    f"error: {each.identifier}: {one.path}: {one.message}" for one in errors
                )
            else:
                good.append(each)
    return good, told


def _too_long(payload: bytes) -> str:
    """Tell what is longer than a node takes from another, unless its operator allows more."""
    rows = lines.rows(payload)
    if max(map(len, rows), default=0) > _LIMITS.literal_chars:
        return f"a text is longer than {_LIMITS.literal_chars} characters; shorten it"
    if weight(_NAME, rows) > _LIMITS.member_bytes or len(rows) > _LIMITS.quads_per_member:
        return f"the record takes more than {_LIMITS.member_bytes} bytes; shorten its texts"
    return ""
