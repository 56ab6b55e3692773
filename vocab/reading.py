"""Canonical triples become a record again, whoever wrote them.

What is not understood is overlooked; only what makes a record one is asked for. Texts without a
language count as written in the record's language, parts without a place in the order come last.
"""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal as Number
from typing import Any, Final

from vocab import fields as said
from vocab.errors import NotARecord
from vocab.facts import Facts
from vocab.fields import Field, Moment, Said, declared
from vocab.languages import tag_of
from vocab.prefixed import short
from vocab.records import KINDS, Record
from vocab.terms import CN, DCTERMS, RDF_TYPE, XSD

MAILTO: Final = "mailto:"
PRECISIONS: Final = {4: XSD + "gYear", 7: XSD + "gYearMonth", 10: XSD + "date"}
"""The datatype of a date by the length of its lexical form."""

_MOMENT: Final = re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?")
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,40}")
_DECIMAL: Final = re.compile(r"[-+]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})")
_DAYS: Final = re.compile(r"P([0-9]{1,6})D(?:T0[HMS])?")
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}


def kind_of(facts: Facts, iri: str) -> type[Record]:
    """Tell which kind of record an IRI names; raises NotARecord when it is typed as none."""
    types = facts.iris(iri, RDF_TYPE)
    for kind in KINDS:
        if kind.rdf_type in types:
            return kind
    names = ", ".join(short(kind.rdf_type) for kind in KINDS)
    raise NotARecord(f"{iri} is not typed as one of {names}")


def from_payload(payload: bytes, iri: str) -> Record:
    """Read the record of `iri`; raises NotARecord when a mandatory property is missing."""
    return from_facts(Facts.read(payload), iri)


def from_facts(facts: Facts, iri: str) -> Record:
    """Read the record of `iri` among other statements; raises NotARecord as `from_payload`."""
    kind = kind_of(facts, iri)
    language = tag_of(facts.iri(iri, DCTERMS + "language") or "")
    if language is None:
        raise NotARecord(f"{iri} has no language (dcterms:language) of the EU table")
    found: Record = kind(iri=iri, **_Reader(facts, language).values(kind, iri, needed=True))
    return found


class _Missing(Exception):
    """A part says too little to be one."""


class _Reader:
    """Reads the declared fields of a record and of its parts."""

    def __init__(self, facts: Facts, language: str) -> None:
        self._facts = facts
        self._language = language

    def values(self, kind: type[Any], node: str, *, needed: bool) -> dict[str, Any]:
        """Read the fields of a class at `node`; what is missing counts only where needed."""
        found: dict[str, Any] = {}
        facts, own = self._facts, self._facts.of(node)
        for each in declared(kind):
            at: str | None = node
            here, via = own, each.said.via
            if via is not None:
                at = facts.iri(node, via.predicate)
                here = facts.of(at)
            nothing = each.said.predicate not in here and type(each.said) is not said.Language
            if nothing and not each.needed:
                continue  # as it is where nothing is given
            value = self._value(each, at)
            if each.needed and value in (None, {}):
                if needed:
                    what = f"{each.name} ({short(each.said.predicate)})"
                    raise NotARecord(f"{node} has no {what}")
                if not isinstance(each.said, said.Text | said.Texts):
                    raise _Missing
                value = "" if isinstance(each.said, said.Text) else {}
            found[each.name] = value
        return found

    def _value(self, each: Field, at: str | None) -> Any:
        return _VALUE.get(type(each.said), _Reader.literal)(self, each, at)

    def link(self, each: Field, at: str | None) -> Any:
        """Read one IRI."""
        return self._facts.iri(at, each.said.predicate)

    def links(self, each: Field, at: str | None) -> Any:
        """Read a set of IRIs."""
        return self._facts.iris(at, each.said.predicate)

    def texts(self, each: Field, at: str | None) -> Any:
        """Read one text per language."""
        return self._facts.texts(at, each.said.predicate, self._language)

    def tagged(self, each: Field, at: str | None) -> Any:
        """Read texts with their languages."""
        return self._facts.tagged(at, each.said.predicate, self._language)

    def names(self, each: Field, at: str | None) -> Any:
        """Read a set of texts without a language."""
        found = self._facts.literals(at, each.said.predicate)
        return tuple(sorted({one.value for one in found}))

    def language(self, _: Field, __: str | None) -> Any:
        """Give the language of the record."""
        return self._language

    def mailbox(self, each: Field, at: str | None) -> Any:
        """Read an e-mail address."""
        found = self._facts.iri(at, each.said.predicate)
        return None if found is None else found.removeprefix(MAILTO)

    def literal(self, each: Field, at: str | None) -> Any:
        """Read the first literal that is what the field asks for."""
        read = _READ.get(type(each.said))
        for one in self._facts.literals(at, each.said.predicate):
            value = one.value if read is None else read(one.value, one.datatype)
            if value is not None:
                return value
        return None

    def part(self, each: Field, at: str | None) -> Any:
        """Read a part of the record."""
        return self._part(each, self._facts.iri(at, each.said.predicate))

    def parts(self, each: Field, at: str | None) -> Any:
        """Read parts in their order."""
        return tuple(self._parts(each, at))

    def _part(self, each: Field, node: str | None) -> Any:
        if node is None or each.part is None:
            return None
        try:
            return each.part(**self.values(each.part, node, needed=each.needed))
        except _Missing:
            return None

    def _parts(self, each: Field, at: str | None) -> Iterator[Any]:
        for node in sorted(self._facts.iris(at, each.said.predicate), key=self._order):
            part = self._part(each, node)
            if part is not None:
                yield part

    def _order(self, node: str) -> tuple[int, str]:
        position = self._facts.text(node, CN + "position") or ""
        known = position.isascii() and position.isdigit() and len(position) < 10
        return (int(position) if known else 10**9), node


def _moment(value: str, datatype: str) -> Moment | None:
    if _MOMENT.fullmatch(value) and datatype == PRECISIONS[len(value)]:
        return Moment(value=value)
    return None


def _integer(value: str, _: str) -> int | None:
    return int(value) if _INTEGER.fullmatch(value) else None


def _decimal(value: str, _: str) -> Number | None:
    return Number(value) if _DECIMAL.fullmatch(value) else None


def _boolean(value: str, _: str) -> bool | None:
    return _BOOLEANS.get(value)


def _days(value: str, _: str) -> int | None:
    found = _DAYS.fullmatch(value)
    return int(found[1]) if found else None


_READ: Final[dict[type[Said], Callable[[str, str], Any]]] = {
    said.When: _moment,
    said.Integer: _integer,
    said.Decimal: _decimal,
    said.Boolean: _boolean,
    said.Days: _days,
}

_VALUE: Final[dict[type[Said], Callable[[_Reader, Field, str | None], Any]]] = {
    said.Parts: _Reader.parts,
    said.Part: _Reader.part,
    said.Links: _Reader.links,
    said.Link: _Reader.link,
    said.Texts: _Reader.texts,
    said.Tagged: _Reader.tagged,
    said.Names: _Reader.names,
    said.Language: _Reader.language,
    said.Mailbox: _Reader.mailbox,
}
"""How a field is read; any other is a literal."""
