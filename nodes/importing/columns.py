"""The small grammar of a mapping: how a field names its columns.

A field is a heading, a list of headings, a table of headings by language, or a table with more
to say: `{ column = "Temi", separator = ";" }`. All of them become a tuple of `Column`.
"""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from vocab.errors import BadTerm
from vocab.languages import normal
from vocab.schemes import fold

_COLUMN_SETTINGS: Final = {"column", "constant"}


class Strict(BaseModel):
    """A part of a mapping: nothing is converted, nothing unknown is passed over."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def _language(tag: str) -> str:
    try:
        return normal(tag)
    except BadTerm:
        raise ValueError(f"'{tag}' is no language: write a tag such as it or pt-br") from None


def _encoding(name: str) -> str:
    try:
        b" ".decode(name)
    except UnicodeError:
        return name  # a known encoding in which one space is not a whole letter
    except LookupError as error:
        raise ValueError(f"'{name}' is no encoding: write utf-8, cp1252 or the like") from error
    return name


def _columns(value: Any) -> Any:
    """Bring every way to write a field into one: a tuple of columns."""
    if isinstance(value, str):
        return ({"column": value},)
    if isinstance(value, list):
        return tuple(each for item in value for each in _columns(item))
    if isinstance(value, dict) and not _COLUMN_SETTINGS & value.keys():
        if value and all(isinstance(each, str) for each in value.values()):
            return tuple({"column": each, "language": tag} for tag, each in value.items())
        return (value,)
    return (value,) if isinstance(value, dict) else value


def _separators(value: Any) -> Any:
    """Allow one separator or a list of them."""
    found = (
        tuple(value) if isinstance(value, list) else (value,) if isinstance(value, str) else value
    )
    if isinstance(found, tuple) and any(each == "" for each in found):
        raise ValueError("a separator cannot be empty")
    return found


def _status(value: Any) -> Any:
    """Let a stage stand for itself: `"conclusa" = "completed"`."""
    return {"stage": value} if isinstance(value, str) else value


def _folded(table: dict[str, Any]) -> dict[str, Any]:
    """Fold the words of a table for comparison; two that then are the same are refused."""
    found: dict[str, Any] = {}
    for word, meaning in table.items():
        if (key := fold(word)) in found:
            raise ValueError(f"'{word}' stands there twice: case and spaces make no difference")
        found[key] = meaning
    return found


def _many(value: Any) -> Any:
    """Let a single table stand for a list of one."""
    return [value] if isinstance(value, dict) else value


Words = Annotated[list[str], AfterValidator(lambda words: [fold(each) for each in words])]
Encoding = Annotated[str, AfterValidator(_encoding)]
Language = Annotated[str, AfterValidator(_language)]
Separators = Annotated[tuple[str, ...], BeforeValidator(_separators)]
DateOrder = Literal["year-month-day", "day-month-year", "month-day-year"]
Decimal = Literal[".", ","]


class Column(Strict):
    """One column of a field, or a constant where no column says it.

    `is` makes a box to tick of a column: where it is marked, this word stands in its stead.
    """

    column: str | None = None
    constant: str | None = None
    ticked: str | None = Field(default=None, alias="is", min_length=1)
    language: Language | None = None
    bilingual: list[Language] = Field(default_factory=list)
    divider: str = "/"
    separator: Separators = ()

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.column is None) == (self.constant is None):
            raise ValueError('write either column = "…" or constant = "…"')
        if self.ticked is not None and self.column is None:
            raise ValueError('is = "…" says what a mark in a column means: name the column')
        if self.bilingual and self.language:
            raise ValueError("write either language or bilingual, not both")
        return self

    def headings(self) -> Iterator[str]:
        """Give the headings this column reads."""
        if self.column is not None:
            yield self.column


Columns = Annotated[tuple[Column, ...], BeforeValidator(_columns)]


class PointColumn(Strict):
    """Both coordinates in one cell: `45.095, 7.699`."""

    column: str
    order: Literal["latitude longitude", "longitude latitude"] = "latitude longitude"
    separator: str = Field(default=",", min_length=1)

    def headings(self) -> Iterator[str]:
        """Give the heading this column reads."""
        yield self.column


class PartnersColumn(Strict):
    """Who took part: in one cell, in parallel lists, in a list of objects, or always the same.

    `form` shows how name and role stand in a cell (`name (role)`, `name - role`); `roles` is the
    column with the list that runs beside the names; `name`, `role` and `task` are the keys of
    objects. `is` gives a role to all names of the column.
    """

    column: str | None = None
    constant: str | None = None
    separator: Separators = ()
    form: str = "name"
    roles: str | None = None
    tasks: str | None = None
    name: str | None = None
    role: str | None = None
    task: str | None = None
    all_are: str | None = Field(default=None, alias="is")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.column is None) == (self.constant is None):
            raise ValueError('write either column = "…" or constant = "…"')
        if re.findall(r"\b(?:name|role)\b", self.form) not in (
            ["name"], ["name", "role"], ["role", "name"],
        ):  # fmt: skip
            raise ValueError('form shows where name and role stand, such as "name (role)"')
        if (self.role or self.task) and not self.name:
            raise ValueError("name the key of the name too, beside that of the role")
        return self

    def headings(self) -> Iterator[str]:
        """Give the headings of names, roles and tasks."""
        yield from (each for each in (self.column, self.roles, self.tasks) if each is not None)


Partners = Annotated[list[PartnersColumn], BeforeValidator(_many)]


class Status(Strict):
    """What a status word means: a stage of the lifecycle and, for an ended trial, a verdict."""

    stage: str
    verdict: str | None = None


StatusTable = Annotated[
    dict[str, Annotated[Status, BeforeValidator(_status)]], AfterValidator(_folded)
]
WordTable = Annotated[dict[str, str], AfterValidator(_folded)]


class Tables(Strict):
    """The city's own words, folded, and the concepts they mean.

    An empty concept says that a word means none of them and stays a keyword.
    """

    status: StatusTable = Field(default_factory=dict)
    verdict: WordTable = Field(default_factory=dict)
    themes: WordTable = Field(default_factory=dict)
    technologies: WordTable = Field(default_factory=dict)
    roles: WordTable = Field(default_factory=dict)
    goals: WordTable = Field(default_factory=dict)
    causes: WordTable = Field(default_factory=dict)
