"""The example cities: where their files lie and what a demonstration expects of them.

Beside the cities lie the golden records, in which every field is filled; a city has those whose
file begins with its id.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nodes.errors import BadParameter, ConfigError

_PLACES: Final = (
    Path(__file__).parent / "cities",  # as installed from a wheel
    Path(__file__).parents[2] / "examples" / "cities",  # as checked out
)


@dataclass(frozen=True, kw_only=True)
class ExampleCity:
    """One city of the examples: its id, settings, data file and mapping, and golden records.

    The records are named below `https://{id}.example/`, whatever the address of the city's node.
    """

    id: str
    settings: dict[str, Any]
    data: Path
    mapping: Path
    golden: tuple[Path, ...] = ()


def example_cities(wanted: list[str] | None = None) -> list[ExampleCity]:
    """Find the example cities, all or those named; raises BadParameter for an unknown one."""
    root = next((place for place in _PLACES if place.is_dir()), None)
    if root is None:
        raise ConfigError("the example cities are not installed; run from a checkout")
    ids = sorted(folder.name for folder in root.iterdir() if (folder / "city.toml").is_file())
    for name in wanted or ():
        if name not in ids:
            raise BadParameter("cities", name, f"one or more of {','.join(ids)}")
    return [_example(root / name) for name in (wanted or ids)]


def _example(folder: Path) -> ExampleCity:
    settings = tomllib.loads((folder / "city.toml").read_text("utf-8"))
    ours = {"city.toml", "mapping.toml", "README.md"}
    files = [
        file
        for file in sorted(folder.iterdir())
        if file.is_file() and file.name not in ours and file.suffix not in (".rq", ".sparql")
    ]
    if len(files) != 1:
        raise ConfigError(f"{folder} should hold one data file, it holds {len(files)}")
    return ExampleCity(
        id=folder.name,
        settings=settings.get("city", settings),
        data=files[0],
        mapping=folder / "mapping.toml",
        golden=tuple(sorted((folder.parents[1] / "golden").glob(f"{folder.name}-*.jsonld"))),
    )
