"""The template: an XLSX workbook to fill in, which needs no mapping when it is imported.

Its columns and help texts are data (`template.toml`), its drop-downs the schemes. A hidden sheet
says that it is the template and in which language; by that it is known again.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException

from nodes.city import City
from nodes.errors import ImportRefused
from nodes.importing.limits import Limits
from nodes.importing.mapping import Mapping
from nodes.importing.opening import load
from nodes.importing.workbooks import first_cells
from vocab.schemes import label, scheme

LANGUAGES: Final = ("en", "it", "fr", "de", "es")

_MARK: Final = "citynode template"
_VERSION: Final = 1
_HIDDEN: Final = "_citynode"
_SHEETS: Final = {
    "en": "Experiments",
    "it": "Sperimentazioni",
    "fr": "Expérimentations",
    "de": "Experimente",
    "es": "Experimentos",
}
_LISTS: Final = {
    "status": ("status", "lifecycle"),
    "theme": ("themes", "theme"),
    "technology": ("technologies", "technology"),
    "role": ("roles", "helix"),
    "verdict": ("verdict", "verdict"),
}
_TIMES: Final = {"theme": 3, "technology": 3, "partner": 4, "role": 4}
_TEXTS: Final = ("start_about", "end_about", "identifier")
_LAST_ROW: Final = 1000
_HERE: Final = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Field:
    """One column of the template."""

    name: str
    heading: str
    advice: str


def write_template(path: Path, language: str) -> None:
    """Write an empty template; raises ImportRefused where it cannot be written."""
    if path.suffix.lower() != ".xlsx":
        raise ImportRefused(f"{path.name}: the template is a workbook, so end its name in .xlsx")
    language = _known(language)
    try:
        with path.open("xb") as file, xlsxwriter.Workbook(file, {"in_memory": True}) as book:
            _fill(book, language)
    except FileExistsError as error:
        raise ImportRefused(f"{path} is there already: choose another name") from error
    except (OSError, XlsxWriterException) as error:
        raise ImportRefused(f"{path} cannot be written: {error}") from error


def template_mapping(path: Path, city: City, limits: Limits) -> Mapping | None:
    """Give the mapping of a filled template; None for any other file; raises ImportRefused."""
    if path.suffix.lower() not in {".xlsx", ".xlsm", ".ods"}:
        return None
    cells = first_cells(path.name, load(path, limits), limits, _HIDDEN)
    if cells[:1] != [_MARK]:
        return None
    if len(cells) < 3 or cells[1] != _VERSION or cells[2] not in LANGUAGES:
        raise ImportRefused(f"{path.name} is a template of another version: make a new one")
    return Mapping.model_validate(_mapping(str(cells[2]), city.language))


def columns_of(language: str) -> tuple[Field, ...]:
    """Give the columns of the template in a language; a partner is followed by its role."""
    return _columns(_known(language))


def choices(name: str, language: str) -> dict[str, str]:
    """Give the words of a drop-down and the concepts they mean."""
    concepts = [each for each in scheme(_LISTS[name][1]).concepts if each.id != "unknown"]
    labels = {label(each.iri, (language,)): each.id for each in concepts}
    return dict(sorted(labels.items(), key=lambda each: each[0].casefold()))


def _known(language: str) -> str:
    base = language.lower().split("-", 1)[0]
    return base if base in LANGUAGES else "en"


@cache
def _columns(language: str) -> tuple[Field, ...]:
    return tuple(_each_column(language))


def _each_column(language: str) -> Iterator[Field]:
    said = tomllib.loads((_HERE / "template.toml").read_text("utf-8"))
    for name, texts in said.items():
        if name == "role":
            continue
        for number in range(1, _TIMES.get(name, 1) + 1):
            for each in ("partner", "role") if name == "partner" else (name,):
                heading, advice = said[each][language] if each != name else texts[language]
                counted = f"{heading} {number}" if name in _TIMES else heading
                yield Field(name=each, heading=counted, advice=advice)


def _fill(book: Any, language: str) -> None:
    sheet = book.add_worksheet(_SHEETS[language])
    lists = book.add_worksheet("_lists")
    hidden = book.add_worksheet(_HIDDEN)
    hidden.write_row(0, 0, [_MARK, _VERSION, language])
    ranges: dict[str, str] = {}
    for index, name in enumerate(_LISTS):
        words = list(choices(name, language))
        lists.write_column(0, index, words)
        letter = chr(ord("A") + index)
        ranges[name] = f"=_lists!${letter}$1:${letter}${len(words)}"
    for each in (lists, hidden):
        each.very_hidden() if each is hidden else each.hide()
    bold = book.add_format({"bold": True, "text_wrap": True, "bg_color": "#E8EEF4", "border": 1})
    formats = {
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        "text": book.add_format({"num_format": "@"}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
    }
    sheet.freeze_panes(1, 2)
    for index, column in enumerate(columns_of(language)):
        wide = column.name in {"title", "description", "summary_en", "outcome"}
        day = column.name in {"start", "end"}
        kind = "day" if day else "text" if column.name in _TEXTS else "wrap"
        sheet.set_column(index, index, 40 if wide else 20, formats[kind])
        sheet.write_string(0, index, column.heading, bold)
        sheet.write_comment(0, index, column.advice)
        sheet.data_validation(1, index, _LAST_ROW, index, _rule(column, ranges))


def _rule(column: Field, ranges: dict[str, str]) -> dict[str, Any]:
    said = {"input_title": column.heading[:32], "input_message": column.advice[:255]}
    wrong = {"error_title": column.heading[:32], "error_message": column.advice[:255]}
    if column.name in ranges:
        return {"validate": "list", "source": ranges[column.name], **said, **wrong}
    if column.name in {"start", "end"}:
        span = {"criteria": "between", "minimum": date(1950, 1, 1), "maximum": date(2100, 1, 1)}
        return {"validate": "date", **span, **said, **wrong}
    return {"validate": "any", **said}


def _mapping(language: str, texts: str) -> dict[str, Any]:
    """Say what the columns mean; the city's texts are in its own language."""
    by_name: dict[str, list[str]] = {}
    for column in columns_of(language):
        by_name.setdefault(column.name, []).append(column.heading)
    one = {name: headings[0] for name, headings in by_name.items()}

    def in_english(heading: str) -> dict[str, str]:
        return {"column": heading, "language": "en"}

    return {
        "language": texts,
        "file": {"format": "xlsx", "sheet": _SHEETS[language], "header_row": 1},
        "fields": {
            **{
                name: one[name]
                for name in (
                    "identifier", "description", "status", "verdict", "outcome", "place",
                    "latitude", "longitude", "landing_page", "source", "contact",
                )
            },
            "title": [one["title"], in_english(one["title_en"])],
            "summary": in_english(one["summary_en"]),
            "start": [one["start"], one["start_about"]],
            "end": [one["end"], one["end_about"]],
            "themes": by_name["theme"],
            "technologies": by_name["technology"],
            "keywords": {"column": one["keywords"], "separator": ";"},
            "partners": [
                {"column": partner, "roles": role}
                for partner, role in zip(by_name["partner"], by_name["role"], strict=True)
            ],
        },
        "values": {section: choices(name, language) for name, (section, _) in _LISTS.items()},
    }  # fmt: skip
