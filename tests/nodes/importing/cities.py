"""The eight example cities, read once for all tests of a run."""

import tomllib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from nodes.city import City
from nodes.importing import Reading, load_mapping, read

CITIES = Path(__file__).parents[3] / "examples" / "cities"
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
FILES = {
    "amsterdam": "package_search.json",
    "barcelona": "proves_pilot_bcn.csv",
    "copenhagen": "forsoeg_koebenhavn.geojson",
    "ghent": "experimenten_gent.ttl",
    "helsinki": "helsinki_pilots.xlsx",
    "paris": "experimentations_paris.csv",
    "torino": "sperimentazioni_torino.csv",
    "vienna": "pilotprojekte_wien.json",
}


def city(name: str) -> City:
    """Give a city as its example folder names it, under a made-up base."""
    said = tomllib.loads((CITIES / name / "city.toml").read_text("utf-8"))["city"]
    return City(**{**said, "box": tuple(said["box"])}, base=f"https://{name}.example/")


@cache
def reading(name: str) -> Reading:
    """Read a city's own file with its own mapping."""
    folder = CITIES / name
    mapping = load_mapping(folder / "mapping.toml")
    return read(folder / FILES[name], mapping, city(name), NOW)
