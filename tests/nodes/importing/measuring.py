"""How much of a city's file lands in the right field when nobody explains it."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from nodes.importing import Mapping, Reading, load_mapping, propose, read
from nodes.importing.reading import open_sheet
from tests.nodes.importing.cities import CITIES, FILES, NOW, city, reading

Cell = tuple[int, str, str]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Filled cells by field: as the hand-made mapping has them, and as the proposal has them."""

    filled: int
    right: int
    elsewhere: int  # cells the proposal reads as a field and the hand-made mapping does not
    records: int
    same: int  # fields of records that say the same
    fields: int

    @property
    def share(self) -> float:
        return self.right / self.filled


def cells(path: Path, mapping: Mapping) -> Iterator[Cell]:
    """Give every filled cell as its row, the field it is read as and what stands in it.

    Rows are counted, for a file of linked data has no others; they come in the same order.
    """
    for number, row in enumerate(open_sheet(path, mapping).rows):
        for field, heading in dict.fromkeys(mapping.fields.headings()):
            value = row.get(heading)
            if value not in (None, "", [], {}):
                yield number, field, said(value)


def said(value: Any) -> str:
    """Write a value so that the names of its parts make no difference."""
    if isinstance(value, str) and value.startswith(("{", "[")):
        value = json.loads(value)
    if isinstance(value, list):
        return "|".join(sorted(map(said, value)))
    if isinstance(value, dict):
        return "|".join(sorted(said(each) for each in value.values()))
    return str(value)


@cache
def proposed_reading(name: str) -> tuple[Mapping, Reading]:
    path = CITIES / name / FILES[name]
    with TemporaryDirectory() as folder:
        written = Path(folder) / "mapping.toml"
        written.write_text(propose(path, city(name)).text(), "utf-8")
        mapping = load_mapping(written)
    return mapping, read(path, mapping, city(name), NOW)


@cache
def measured(name: str) -> Measured:
    path = CITIES / name / FILES[name]
    mapping, found = proposed_reading(name)
    by_hand = Counter(cells(path, load_mapping(CITIES / name / "mapping.toml")))
    proposed = Counter(cells(path, mapping))
    ours = {each.iri: each for each in found.records}
    same = fields = 0
    for each in reading(name).records:
        mine = ours.get(each.iri)
        for field in each.__dataclass_fields__:
            value = getattr(each, field)
            fields += 1
            same += mine is not None and getattr(mine, field) == value
    return Measured(
        filled=by_hand.total(),
        right=(by_hand & proposed).total(),
        elsewhere=(proposed - by_hand).total(),
        records=len(ours.keys() & {each.iri for each in reading(name).records}),
        same=same,
        fields=fields,
    )
