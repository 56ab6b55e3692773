"""A record as canonical triples and back, without a graph library.

`to_payload` writes the whole record as its classes declare it (`vocab.fields`); every subject is
the record or a part of it (`{record}#place`), so there are no blank nodes and the bytes can be
signed as they are. `from_payload` reads such a record and overlooks what it does not know, so
that a record of a later version, or of another program, is still understood. For every record
that can be written, `from_payload(to_payload(r), r.iri) == normalised(r)`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal as Number
from typing import Any, Final, TypeVar

from vocab import fields as said
from vocab import lines
from vocab.errors import BadTerm
from vocab.fields import Field, LanguageMap, Said, declared
from vocab.languages import authority, primary
from vocab.lines import Iri, Literal, Object, Triple
from vocab.reading import MAILTO, PRECISIONS, from_payload
from vocab.records import Record
from vocab.terms import CN, RDF_TYPE, XSD, XSD_DATETIME

__all__ = ["from_payload", "normalised", "to_payload"]

_MOMENT: Final = re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?")
_LONGEST_NUMBER: Final = 40

_Sortable = TypeVar("_Sortable", str, tuple[str, str])
_Record = TypeVar("_Record", bound=Record)


def to_payload(record: Record) -> bytes:
    """Write a record as canonical N-Triples; raises BadTerm for what RDF cannot carry."""
    if "#" in record.iri:
        raise BadTerm(f"the address of a record has no '#': {record.iri[:200]!r}")
    whole = normalised(record)
    writer = _Writer(whole)
    return lines.canonical(lines.line(*each) for each in writer.node(whole, whole.iri, ""))


def normalised(record: _Record) -> _Record:
    """Give the one form a record has: sets sorted, tags lower case, language without region."""
    return replace(record, **_normal_fields(record))


class _Writer:
    """Says everything about a normalised record."""

    def __init__(self, record: Record) -> None:
        self._iri = record.iri
        self._language = record.language

    def node(self, value: Any, node: str, suffix: str) -> Iterator[Triple]:
        """Say a value at `node`; parts of the part `#kpi-2` end in its suffix `-2`."""
        yield Triple(node, RDF_TYPE, Iri(value.rdf_type))
        between: set[str] = set()
        for each in declared(type(value)):
            found = getattr(value, each.name)
            if found is None or found in ((), {}):
                continue
            at, via = node, each.said.via
            if via is not None:
                at = f"{self._iri}#{via.name}{suffix}"
                if at not in between:
                    between.add(at)
                    yield Triple(node, via.predicate, Iri(at))
                    yield Triple(at, RDF_TYPE, Iri(via.type))
            if isinstance(each.said, said.Part):
                yield from self._parts(at, each.said, found, suffix)
            else:
                for literal in self._objects(each.said, found):
                    yield Triple(at, each.said.predicate, literal)

    def _parts(self, at: str, how: said.Part, found: Any, suffix: str) -> Iterator[Triple]:
        if not isinstance(how, said.Parts):
            part = f"{self._iri}#{how.name}{suffix}"
            yield Triple(at, how.predicate, Iri(part))
            yield from self.node(found, part, suffix)
            return
        before = None
        for position, each in enumerate(found, start=1):
            inner = f"{suffix}-{position}"
            part = f"{self._iri}#{how.name}{inner}"
            yield Triple(at, how.predicate, Iri(part))
            yield Triple(part, CN + "position", Literal(str(position), XSD + "integer"))
            if how.chain is not None and before is not None:
                yield Triple(part, how.chain, Iri(before))
            before = part
            yield from self.node(each, part, inner)

    def _objects(self, how: Said, found: Any) -> Iterator[Object]:
        match how:
            case said.Links():
                yield from (Iri(each) for each in found)
            case said.Link():
                yield Iri(found)
            case said.Texts():
                yield from (Literal(text, language=tag) for tag, text in found.items())
            case said.Tagged():
                yield from (Literal(text, language=tag) for tag, text in found)
            case said.Names():
                yield from (Literal(each) for each in found)
            case said.Word():
                yield Literal(found, language=self._language)
            case said.Language():
                yield Iri(authority(found))
            case said.Mailbox():
                yield Iri(MAILTO + found)
            case _:
                yield _literal(how, found)


def _literal(how: Said, found: Any) -> Literal:
    match how:
        case said.When():
            if not _MOMENT.fullmatch(found.value):
                raise BadTerm(f"not a year, month or day: {found.value[:40]!r}")
            return Literal(found.value, PRECISIONS[len(found.value)])
        case said.Instant():
            return Literal(found, XSD_DATETIME)
        case said.Integer():
            return Literal(_checked(str(int(found))), said.Integer.datatype)
        case said.Decimal():
            return Literal(_checked(_plain(found)), said.Decimal.datatype)
        case said.Boolean():
            return Literal("true" if found else "false", said.Boolean.datatype)
        case said.Days():
            return Literal(f"P{_checked(str(int(found)))}D", XSD + "duration")
        case said.Typed():
            return Literal(found, how.datatype)
    return Literal(found)


def _plain(number: Number) -> str:
    """Write a number as xsd:decimal has it: no exponent, no needless zeros."""
    if not number.is_finite() or abs(number.adjusted()) > _LONGEST_NUMBER:
        raise BadTerm(f"not a number to be written out: {number}")
    plain = f"{number:f}"
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain in {"-0", ""} else plain


def _checked(plain: str) -> str:
    if len(plain) > _LONGEST_NUMBER:
        raise BadTerm(f"a number of more than {_LONGEST_NUMBER} figures: {plain[:50]}…")
    return plain


def _normal_fields(value: Any) -> dict[str, Any]:
    found = {each: getattr(value, each.name) for each in declared(type(value))}
    return {each.name: _normal(each, value) for each, value in found.items() if value is not None}


def _normal(each: Field, found: Any) -> Any:
    match each.said:
        case said.Parts():
            return tuple(replace(part, **_normal_fields(part)) for part in found)
        case said.Part():
            return replace(found, **_normal_fields(found))
        case said.Texts():
            return _lowered(found)
        case said.Tagged():
            return _set((tag.lower(), text) for tag, text in found)
        case said.Links() | said.Names():
            return _set(found)
        case said.Language():
            return primary(found)
        case said.Mailbox():
            return found.removeprefix(MAILTO)
        case said.Decimal():
            return Number(_plain(found))
    return found


def _set(values: Iterable[_Sortable]) -> tuple[_Sortable, ...]:
    return tuple(sorted(set(values)))


def _lowered(texts: LanguageMap) -> LanguageMap:
    found: dict[str, str] = {}
    for tag, text in sorted(texts.items(), key=lambda item: item[1]):
        found.setdefault(tag.lower(), text)
    return dict(sorted(found.items()))
