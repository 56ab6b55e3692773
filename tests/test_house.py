"""The house keeps its own rules: rooms, owners, imports, links and versions."""

import ast
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import TypeGuard

import pytest

from federation.limits import Limits
from nodes.config import Config
from nodes.sections import (
    AlertsSection,
    CitySection,
    DumpsSection,
    HarvestSection,
    PastSection,
    ProfileSection,
    QuerySection,
    RetentionSection,
    SearchSection,
    ServerSection,
)

ROOT = Path(__file__).parent.parent
ROOMS = ("vocab", "federation", "nodes")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
NOT_OURS = {"node_modules", "build", "dist"}
LINK = re.compile(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"")


def files(suffix: str) -> Iterator[Path]:
    """Find the project's own files of a kind."""
    for path in sorted(ROOT.rglob(f"*{suffix}")):
        parts = path.relative_to(ROOT).parts
        if not any(part.startswith(".") or part in NOT_OURS for part in parts):
            yield path.relative_to(ROOT)


@cache
def room_files() -> list[Path]:
    return [path for path in files(".py") if path.parts[0] in ROOMS]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text())


def imported(path: Path) -> Iterator[str]:
    """Name every module that a file imports."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module or ""


def contracts() -> list[dict[str, object]]:
    return PROJECT["tool"]["importlinter"]["contracts"]


def test_every_python_file_belongs_to_a_room() -> None:
    allowed = {*ROOMS, "tests", "benchmarks"}

    homeless = [str(path) for path in files(".py") if path.parts[0] not in allowed]

    assert homeless == []


def test_every_folder_of_python_is_a_package() -> None:
    folders = {path.parent for path in files(".py")}

    missing = [str(folder) for folder in folders if not (ROOT / folder / "__init__.py").exists()]

    assert missing == []


def test_every_library_has_an_owner() -> None:
    owned = {name for contract in contracts() for name in contract.get("forbidden_modules", [])}
    used = {name.split(".")[0] for path in room_files() for name in imported(path)}

    ownerless = used - owned - set(ROOMS) - set(sys.stdlib_module_names)

    assert ownerless == set()


@pytest.mark.parametrize("module", ["http.client", "urllib.request", "pickle", "ftplib"])
def test_no_room_uses(module: str) -> None:
    users = [str(path) for path in room_files() if module in set(imported(path))]

    assert users == []


def test_imports_stand_at_the_top_and_are_never_for_types_only() -> None:
    inner, for_types = [], []
    for path in room_files():
        top = {id(node) for node in tree(path).body}
        for node in ast.walk(tree(path)):
            if is_import(node) and id(node) not in top:
                inner.append(f"{path}:{node.lineno}")
            if isinstance(node, ast.Name) and node.id == "TYPE_CHECKING":
                for_types.append(f"{path}:{node.lineno}")

    assert inner == []
    assert for_types == []


def is_import(node: ast.AST) -> TypeGuard[ast.Import | ast.ImportFrom]:
    return isinstance(node, ast.Import | ast.ImportFrom)


@pytest.mark.parametrize("room", ROOMS)
def test_the_errors_of_a_room_stand_in_the_tree_above_them(room: str) -> None:
    module = tree(Path(room) / "errors.py")
    above: list[str] = []
    told = {}
    for depth, name in re.findall(
        r"^([│├└─ ]*)([A-Z][A-Za-z]+)", ast.get_docstring(module) or "", re.MULTILINE
    ):
        above[len(depth) // 4 :] = [name]
        told[name] = above[-2] if depth else "Exception"
    classes = [each for each in module.body if isinstance(each, ast.ClassDef)]

    assert {each.name: ast.unparse(each.bases[0]) for each in classes}.items() <= told.items()


def test_links_between_pages_lead_somewhere() -> None:
    dead = []
    for path in files(".md"):
        found = [first or second for first, second in LINK.findall((ROOT / path).read_text())]
        local = [link.split("#")[0] for link in found if not re.match(r"[a-z]+:|#", link)]
        dead += [f"{path}: {link}" for link in local if not (ROOT / path.parent / link).exists()]

    assert dead == []


def test_every_requirement_is_bounded_and_pinned() -> None:
    pinned = {
        re.sub(r"[-_.]+", "-", row.split("==")[0]).lower()
        for row in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in row
    }
    wanted = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]

    unbounded = [one for one in wanted if ">=" not in one or "<" not in one]
    unpinned = [
        one
        for one in wanted
        if re.split(r"[\[>=<; ]", one)[0].lower().replace("_", "-") not in pinned
    ]

    assert unbounded == []
    assert unpinned == []


@pytest.mark.parametrize("path", ["publiccode.yml", "CITATION.cff", "CHANGELOG.md"])
def test_the_version_is_told_everywhere(path: str) -> None:
    assert PROJECT["project"]["version"] in (ROOT / path).read_text()


def test_every_setting_is_in_the_docs_with_its_default() -> None:
    page = (ROOT / "docs/configuration.md").read_text()
    told = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", page, re.MULTILINE))
    sections = (
        *(CitySection, ProfileSection, ServerSection, HarvestSection, RetentionSection),
        *(DumpsSection, QuerySection, SearchSection, AlertsSection, PastSection),
    )
    defaults: dict[str, object] = {
        name: setting.get_default()
        for section in sections
        for name, setting in section.model_fields.items()
    }
    defaults |= {limit.name: limit.default for limit in fields(Limits)}

    wrong = {
        name: value
        for name, value in defaults.items()
        if isinstance(value, int | float) and json.loads(told.get(name, "0").strip("`")) != value
    }

    assert set(told) == set(defaults)
    assert wrong == {}


def test_every_section_of_the_settings_is_in_the_docs() -> None:
    page = (ROOT / "docs/configuration.md").read_text()

    missing = [
        name for name in Config.model_fields if name != "folder" and f"## `[{name}]`" not in page
    ]

    assert missing == []


def test_every_decision_is_in_the_index() -> None:
    folder = ROOT / "docs/decisions"
    pages = sorted(path.name for path in folder.glob("[0-9]*.md"))

    listed = re.findall(r"\]\((\d{4}-[^)]+)\)", (folder / "README.md").read_text())

    assert listed == pages
    assert len({page[:4] for page in pages}) == len(pages)
