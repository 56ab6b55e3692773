"""What sheets and columns are called and what is said to help, in five languages: `words.toml`."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final

from nodes.importing.form.choices import BOOLEAN, list_of
from nodes.importing.form.layout import STATED, Column, Table, many_values
from vocab import fields as said
from vocab.records import Record

LANGUAGES: Final = ("en", "it", "fr", "de", "es")

_WORDS: Final = Path(__file__).with_name("words.toml")
_LONGEST_TITLE: Final = 31  # of a sheet
_HINTS: Final[tuple[tuple[type[said.Said], str], ...]] = (
    (said.When, "date"),
    (said.Instant, "instant"),
    (said.Integer, "whole"),
    (said.Days, "whole"),
    (said.Decimal, "number"),
    (said.Links, "links"),
    (said.Link, "link"),
    (said.Tagged, "list"),
    (said.Names, "list"),
)


def spoken(language: str) -> str:
    """Give the language of these words nearest to a language."""
    base = language.lower().split("-", 1)[0]
    return base if base in LANGUAGES else "en"


def title(table: Table, language: str) -> str:
    """Name a sheet."""
    return _word(f"sheet {table.name}", language)[:_LONGEST_TITLE]


def heading(column: Column, language: str) -> str:
    """Name a column, with the part it belongs to and the language of its texts."""
    name = base_heading(column, language)
    return name if column.tag is None else f"{name} ({column.tag})"


def base_heading(column: Column, language: str) -> str:
    """Name a column without the language of its texts."""
    if not column.path:
        return _word(column.name, language)
    names = [_field(of, name, language)[0] for of, name in _steps(column)]
    if column.name.endswith(STATED):
        names.append(_word(STATED, language))
    first, *rest = names
    return ": ".join([first, *(each[:1].lower() + each[1:] for each in rest)])


def advice(column: Column, language: str, *, needed: bool) -> str:
    """Say what a column is for and how it is filled in."""
    found = [_word("hint needed", language)] if needed else []
    if column.path:
        *_, (of, name) = _steps(column)
        found += _field(of, name, language)[1:]
        found += _hint(column, language)
    else:
        found += _entry(column.name, language)[1:]
    return " ".join(found)


def kind_name(kind: type[Record], language: str) -> str:
    """Name a kind of record."""
    return _word(f"kind {kind.room}", language)


def yes_and_no(language: str) -> tuple[str, str]:
    """Give the words for yes and no."""
    return _word("yes", language), _word("no", language)


def known_fields() -> frozenset[str]:
    """Give every key of the words."""
    return frozenset(_words())


def _hint(column: Column, language: str) -> list[str]:
    how = column.said
    if how is None or column.name.endswith(STATED):
        return [_word("hint yes-no", language)]
    listed = list_of(column)
    if listed == BOOLEAN:
        return [_word("hint yes-no", language)]
    if listed is not None:
        return [_word("hint choices" if many_values(how) else "hint choice", language)]
    return [_word(f"hint {word}", language) for of, word in _HINTS if type(how) is of]


def _steps(column: Column) -> list[tuple[type[Any] | None, str]]:
    """Name the class and the field of each step that leads to a column."""
    of = [each.part for each in column.path[:-1]]
    owners: list[type[Any] | None] = [None, *of]
    owners[-1] = column.owner
    return list(zip(owners, (each.name for each in column.path), strict=True))


def _field(of: type[Any] | None, name: str, language: str) -> tuple[str, ...]:
    for each in of.__mro__ if of is not None else ():
        if (key := f"{each.__name__}.{name}") in _words():
            return _entry(key, language)
    return _entry(name, language)


def _word(key: str, language: str) -> str:
    return _entry(key, language)[0]


def _entry(key: str, language: str) -> tuple[str, ...]:
    return tuple(_words()[key][spoken(language)])


@cache
def _words() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(_WORDS.read_text("utf-8"))
