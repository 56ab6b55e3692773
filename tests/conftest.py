"""What tests of several folders share."""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copytree

import pytest
from hypothesis import settings

from nodes.demo.town import Town
from tests.journeys.places import Table, citynode, found, take

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # nodes are started often: each would compile anew
os.environ.setdefault("CITYNODE_SEARCH__VECTORS", "false")
"""No node of a test loads the model, which takes a second each; tests of it ask for it."""

settings.register_profile("unhurried", deadline=None)  # no test fails because a machine is busy
settings.load_profile("unhurried")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what may take longest, so that no processor waits for it at the end."""
    items.sort(key=_longest, reverse=True)


def _longest(item: pytest.Item) -> float:
    limit = item.get_closest_marker("timeout")
    return float(limit.args[0]) if limit else 0.0


@dataclass(frozen=True, kw_only=True)
class PlainSite:
    """A city with 300 trials, one page of its feed sealed and one open, written as plain files."""

    town: Town
    table: Table
    site: Path

    def copy(self, folder: Path) -> "PlainSite":
        """Give a test one of its own to change; its address is the same."""
        table = replace(self.table, file=folder / self.table.file.name, rows={**self.table.rows})
        copytree(self.town.folder, folder / self.town.id)
        copytree(self.site, folder / "site")
        town = replace(self.town, folder=folder / self.town.id)
        return PlainSite(town=town, table=table, site=folder / "site")


@pytest.fixture(scope="session")
def plain_site(tmp_path_factory: pytest.TempPathFactory) -> PlainSite:
    folder = tmp_path_factory.mktemp("plain")
    town = found("torino", folder)
    table = Table(folder / "prove.csv", {f"t-{n}": f"Prova {n}" for n in range(300)})
    take(town, table)
    done = citynode(town, "static", str(folder / "site"), "--json")
    assert done.returncode == 0, done.stderr
    return PlainSite(town=town, table=table, site=folder / "site")
