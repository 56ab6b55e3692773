"""A small made-up city for trying one thing at a time."""

from pathlib import Path
from typing import Any

from nodes.city import City
from nodes.importing import Limits, Mapping, Reading, read
from tests.nodes.importing.cities import NOW

CITY = City(
    name="Provincia",
    base="https://lab.example/",
    country="IT",
    language="it",
    publisher="Comune di Provincia",
    licence="http://publications.europa.eu/resource/authority/licence/CC_BY_4_0",
    box=(7.5, 44.9, 7.9, 45.2),
)
HEADINGS = (
    "id",
    "titolo",
    "testo",
    "temi",
    "chi",
    "fonte",
    "inizio",
    "fine",
    "stato",
    "lat",
    "lon",
)
FIELDS = {
    "identifier": "id",
    "title": "titolo",
    "description": "testo",
    "themes": "temi",
    "partners": {"column": "chi", "form": "name (role)"},
    "source": "fonte",
    "start": "inizio",
    "end": "fine",
    "status": "stato",
    "latitude": "lat",
    "longitude": "lon",
}
VALUES = {
    "status": {"conclusa": "completed"},
    "themes": {"mobilità": "mobility"},
    "roles": {"impresa": "company"},
}
GOOD = {
    "id": "p-1",
    "titolo": "Navetta",
    "testo": "Una navetta di prova.",
    "temi": "mobilità",
    "chi": "Ohmio (impresa)",
    "fonte": "https://example.org/1",
}


def mapping(**changes: Any) -> Mapping:
    """Give the mapping of the small city, with changes."""
    said: dict[str, Any] = {
        "language": "it",
        "date_order": "day-month-year",
        "decimal": ",",
        "separator": ",",
        "fields": FIELDS,
        "values": VALUES,
    }
    return Mapping.model_validate({**said, **changes})


def table(*rows: dict[str, str], mark: str = ";", headings: tuple[str, ...] = HEADINGS) -> str:
    """Write rows as a text table."""
    lines = [mark.join(f'"{row.get(each, "")}"' for each in headings) for row in rows]
    return "\r\n".join([mark.join(headings), *lines]) + "\r\n"


def write(folder: Path, name: str, content: str | bytes) -> Path:
    """Put a file into the folder."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read_text(folder: Path, content: str | bytes, **changes: Any) -> Reading:
    """Read a text table of the small city."""
    return read(write(folder, "prove.csv", content), mapping(**changes), CITY, NOW)


def read_rows(folder: Path, *changes: dict[str, str], **settings: Any) -> Reading:
    """Read good rows with changes, one for each."""
    rows = [GOOD | {"id": f"p-{number}"} | each for number, each in enumerate(changes, start=1)]
    return read_text(folder, table(*rows), **settings)


def read_file(path: Path, limits: Limits | None = None, **changes: Any) -> Reading:
    """Read any file of the small city."""
    return read(path, mapping(**changes), CITY, NOW, limits=limits or Limits())
