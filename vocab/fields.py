"""How a field of a record is said in RDF: the words its declaration is written in.

`vocab.parts` and `vocab.records` declare their fields as `x: Annotated[type, Word(property)]`.
One declaration serves writing, reading, the checks of the context and of the shapes, and the
forms and spreadsheets made from the model. A field is one property of its node; with `via` its
value stands one step further, on a node of its own: a partner's name is the name of an agent.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Annotated, Any, Final, get_args, get_origin, get_type_hints

from vocab.terms import XSD

LanguageMap = Mapping[str, str]
"""Text by lower-case BCP 47 tag, such as `{"it": "Navetta", "en": "Shuttle"}`."""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A date at the precision the city gave: `2019`, `2019-09` or `2019-09-30`.

    `value` is the lexical form of xsd:gYear, xsd:gYearMonth or xsd:date; the precision
    follows from its length.
    """

    value: str


@dataclass(frozen=True)
class Via:
    """A node between a part and its value: the property to it, its fragment name, its class."""

    predicate: str
    name: str
    type: str


@dataclass(frozen=True)
class Said:
    """The property by which a field is said, and the node it stands on."""

    predicate: str
    via: Via | None = None


class Text(Said):
    """One text without a language: `str | None`."""


class Names(Said):
    """Texts without a language, a set: `tuple[str, ...]`."""


class Texts(Said):
    """One text per language: `LanguageMap`."""


class Tagged(Said):
    """Texts with their languages, a set: `tuple[tuple[str, str], ...]` (language, text)."""


class Word(Said):
    """One text in the language of the record: `str | None`."""


class Link(Said):
    """One IRI: `str | None`."""


class Links(Said):
    """IRIs, a set: `tuple[str, ...]`."""


class Language(Said):
    """A language, as a tag here and as a concept of the EU's table in RDF: `str`."""


class Mailbox(Said):
    """An e-mail address, without `mailto:` here: `str | None`."""


class When(Said):
    """A date at the precision given: `Moment | None`."""


class Integer(Said):
    """A whole number: `int | None`."""

    datatype = XSD + "integer"


class Decimal(Said):
    """A number with its decimals: `decimal.Decimal | None`."""

    datatype = XSD + "decimal"


class Boolean(Said):
    """Yes or no: `bool | None`."""

    datatype = XSD + "boolean"


class Days(Said):
    """A number of days, as xsd:duration in RDF (`P30D`): `int | None`."""


class Instant(Said):
    """An xsd:dateTime in its lexical form: `str | None`."""


@dataclass(frozen=True)
class Typed(Said):
    """A text of a datatype of its own: `str | None`."""

    datatype: str = ""


@dataclass(frozen=True)
class Part(Said):
    """A part of the record, a value of another declared class, at `{record}#name`."""

    name: str = ""


@dataclass(frozen=True)
class Parts(Part):
    """Parts in the order given, at `{record}#name-1`, `#name-2`….

    With `chain`, each names the one before it by that property.
    """

    chain: str | None = None


@dataclass(frozen=True)
class Field:
    """A declared field: its name in Python, how it is said, and the class of a part."""

    name: str
    said: Said
    part: type[Any] | None
    needed: bool


def declared(kind: type[Any]) -> tuple[Field, ...]:
    """Give the fields of a class of `vocab.parts` or `vocab.records` in their order."""
    found = _KNOWN.get(kind)
    if found is None:
        found = _KNOWN[kind] = tuple(_declared(kind))
    return found


def every(kinds: Iterable[type[Any]]) -> Iterator[Field]:
    """Give the fields of these classes and of all their parts, each class once."""
    waiting = list(kinds)
    seen: set[type[Any]] = set()
    while waiting:
        kind = waiting.pop()
        if kind in seen:
            continue
        seen.add(kind)
        yield from declared(kind)
        waiting.extend(each.part for each in declared(kind) if each.part is not None)


_KNOWN: Final[dict[type[Any], tuple[Field, ...]]] = {}


def _declared(kind: type[Any]) -> Iterator[Field]:
    hints = get_type_hints(kind, include_extras=True)
    for each in fields(kind):
        hint = hints[each.name]
        if get_origin(hint) is not Annotated:
            continue
        of, said = get_args(hint)[:2]
        part = None
        if isinstance(said, Part):
            part = next(one for one in _classes(of) if hasattr(one, "rdf_type"))
        needed = each.default is MISSING and each.default_factory is MISSING
        yield Field(each.name, said, part, needed)


def _classes(of: Any) -> Iterator[type[Any]]:
    if isinstance(of, type):
        yield of
    for each in get_args(of):
        yield from _classes(each)
