"""Where in a record a statement stands: by its node and its property, which field of which part.

The rules of the shapes speak of nodes and properties; people know fields, headings and cells. What
is missing is found as well, for a rule may be about what is not there.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from vocab import fields as said
from vocab.fields import declared
from vocab.records import Record

Steps = tuple[str | int, ...]
"""The fields that lead to a place, with the number of the part, from 0, behind that of a list:
`("partners", 0, "name")`."""


def whereabouts(record: Record) -> Mapping[tuple[str, str], Steps]:
    """Give the place of every property, by fragment and property; of a part under no property."""
    found: dict[tuple[str, str], Steps] = {}
    for node, predicate, steps in _places(record, "", "", ()):
        found.setdefault((node, predicate), steps)
    return found


def _places(value: Any, node: str, suffix: str, steps: Steps) -> Iterator[tuple[str, str, Steps]]:
    yield node, "", steps
    for each in declared(type(value)):
        here, at, via = (*steps, each.name), node, each.said.via
        if via is not None:
            at = f"#{via.name}{suffix}"
            yield node, via.predicate, here
            yield at, "", here
        yield at, each.said.predicate, here
        inner = getattr(value, each.name)
        if isinstance(each.said, said.Parts):
            for number, part in enumerate(inner):
                end = f"{suffix}-{number + 1}"
                yield from _places(part, f"#{each.said.name}{end}", end, (*here, number))
        elif isinstance(each.said, said.Part) and inner is not None:
            yield from _places(inner, f"#{each.said.name}{suffix}", suffix, here)
