"""The mapping: one TOML file a city writes once, which says what its columns mean.

`load_mapping` reads and checks it: an unknown setting, a wrong type or a concept no scheme has is
refused, naming the line of the mapping and the nearest right word. docs/importing.md explains
every setting with Torino's file.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field, ValidationError

from nodes.errors import ImportRefused
from nodes.importing.calendars import Calendar
from nodes.importing.columns import (
    Column,
    Columns,
    DateOrder,
    Decimal,
    Encoding,
    Language,
    Partners,
    PartnersColumn,
    PointColumn,
    Separators,
    Status,
    Strict,
    Tables,
    Words,
)
from nodes.importing.opening import Format
from nodes.importing.rows import nearest
from vocab import schemes

_LONGEST: Final = 1_000_000
_SCHEMES: Final = {
    "themes": "theme",
    "technologies": "technology",
    "roles": "helix",
    "verdict": "verdict",
    "goals": "goal",
    "causes": "cause",
}
_TYPES: Final = {
    "string_type": "write text in quotation marks",
    "int_type": "write a whole number",
    "list_type": "write a list in square brackets",
    "dict_type": "write a table",
    "literal_error": "write {expected}",
    "missing": "is needed and not there",
}


class File(Strict):
    """How the file is to be read; everything may be left out that the file itself shows."""

    format: Format | None = None
    encoding: Encoding | None = None
    fallback: Encoding | None = "cp1252"
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    sheet: str | None = None
    header_row: int | None = Field(default=None, ge=1, le=1000)  # else found
    header_rows: int = Field(default=1, ge=1, le=3)  # headings may stand one over the other
    records: str | None = None
    json_cells: list[str] = Field(default_factory=list, alias="json")
    query: str | None = None  # in the TOML the name of a file beside it, here its SPARQL text


class Fields(Strict):
    """Which column is which field of an experiment."""

    identifier: Columns = ()  # else made of the title
    title: Columns
    description: Columns
    summary: Columns = ()
    status: Columns = ()
    verdict: Columns = ()
    outcome: Columns = ()
    start: Columns = ()
    end: Columns = ()
    period: str | None = None  # start and end in one cell
    themes: Columns = ()
    technologies: Columns = ()
    keywords: Columns = ()
    place: Columns = ()
    address: Columns = ()
    latitude: Columns = ()
    longitude: Columns = ()
    point: PointColumn | None = None
    geometry: Columns = ()
    landing_page: Columns = ()
    source: Columns = ()
    contact: Columns = ()
    partners: Partners = Field(default_factory=list)
    goals: Columns = ()
    projects: Columns = ()
    solution: Columns = ()
    permits: Columns = ()
    preconditions: Columns = ()
    participants: Columns = ()
    cost: Columns = ()
    grants: Columns = ()
    trl_at_start: Columns = ()
    trl_at_end: Columns = ()
    lessons: Columns = ()
    causes: Columns = ()
    note: Columns = ()

    def headings(self) -> Iterator[tuple[str, str]]:
        """Give each field's name with each heading it reads."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            for column in value if isinstance(value, tuple | list) else (value,):
                if isinstance(column, str):
                    yield name, column
                elif column is not None:
                    yield from ((name, heading) for heading in column.headings())


class Mapping(Strict):
    """What a city's columns and words mean."""

    language: Language
    date_order: DateOrder = "year-month-day"
    calendar: Calendar | None = None  # else as the cells and the language say, where certain
    decimal: Decimal = "."
    currency: Literal["EUR"] | None = None  # of amounts that do not name theirs
    separator: Separators = ()
    blank: Words = Field(default_factory=list)
    ignore: list[str] = Field(default_factory=list)
    file: File = Field(default_factory=File)
    fields: Fields
    values: Tables = Field(default_factory=Tables)

    def wanted(self) -> tuple[str, ...]:
        """Every heading the mapping names, once."""
        return tuple(dict.fromkeys(heading for _, heading in self.fields.headings()))


def load_mapping(path: Path) -> Mapping:
    """Read a mapping from a file; raises ImportRefused with every fault in it."""
    return read_mapping(_text(path), path)


def read_mapping(text: str, path: Path) -> Mapping:
    """Read the text of a mapping that stands, or would stand, at `path`; raises ImportRefused."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ImportRefused(f"{path.name} is not TOML: {error}") from error
    _read_query(path, data)
    try:
        mapping = Mapping.model_validate(data)
    except ValidationError as error:
        faults = "\n".join(f"- {_fault(each)}" for each in error.errors(include_url=False))
        raise ImportRefused(f"{path.name} cannot be followed:\n{faults}") from error
    if faults := "\n".join(f"- {each}" for each in _unknown_concepts(mapping.values)):
        raise ImportRefused(f"{path.name} cannot be followed:\n{faults}")
    return mapping


def _text(path: Path) -> str:
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        reason = error.strerror or "it cannot be opened"
        raise ImportRefused(f"{path.name} cannot be read: {reason}") from error
    except UnicodeDecodeError as error:
        raise ImportRefused(f"{path.name} is not UTF-8: save it as UTF-8") from error
    if len(text) > _LONGEST:
        raise ImportRefused(f"{path.name} is longer than {_LONGEST:,} characters")
    return text


def _read_query(path: Path, data: dict[str, Any]) -> None:
    """Put the text of the query file in the place of its name."""
    file = data.get("file")
    name = file.get("query") if isinstance(file, dict) else None
    if isinstance(file, dict) and isinstance(name, str):
        if Path(name).name != name:
            raise ImportRefused(f"{path.name}: file.query: write the name of a file beside it")
        file["query"] = _text(path.with_name(name))


def _fault(error: Any) -> str:
    steps = [str(step) for step in error["loc"]]
    place = ".".join(steps) or "the mapping"
    if error["type"] == "extra_forbidden":
        close = nearest(steps[-1], _NAMES)
        meant = f", did you mean '{close}'?" if close else ""
        return f"{place}: is no setting of a mapping{meant}"
    reason = _TYPES.get(error["type"])
    if reason is None:
        reason = str(error["msg"]).removeprefix("Value error, ")
    return f"{place}: {reason.format(**error.get('ctx', {}))}"


def _unknown_concepts(tables: Tables) -> Iterator[str]:
    """Name each concept of the value tables that its scheme does not have."""
    for name, scheme in _SCHEMES.items():
        table: dict[str, str] = getattr(tables, name)
        for word, concept in table.items():
            if concept:
                yield from _unknown(f"values.{name}.'{word}'", scheme, concept)
    for word, meaning in tables.status.items():
        yield from _unknown(f"values.status.'{word}'", "lifecycle", meaning.stage)
        if meaning.verdict is not None:
            yield from _unknown(f"values.status.'{word}'", "verdict", meaning.verdict)


def _unknown(place: str, scheme: str, concept: str) -> Iterator[str]:
    if schemes.concept(schemes.folder(scheme) + concept) is None:
        known = [each.iri.rsplit("/", 1)[1] for each in schemes.scheme(scheme).concepts]
        close = nearest(concept, known)
        meant = f"did you mean '{close}'?" if close else f"choose one of: {', '.join(known)}"
        yield f"{place}: '{concept}' is no concept of the scheme {scheme}; {meant}"


_MODELS: Final = (Mapping, File, Fields, Tables, Status, Column, PartnersColumn, PointColumn)
_NAMES: Final = sorted(
    {field.alias or name for model in _MODELS for name, field in model.model_fields.items()}
)
