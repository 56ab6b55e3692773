"""The constraint components that can be decided without looking at another shape.

Those of `ABOUT_A_VALUE` say of one value node whether it will do; those of `ABOUT_ALL` give the
values that will not, `None` where the fault is not one value's. Each is made from its parameter. A
value is given twice, as a term and as what it says.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from vocab.errors import BadShapes
from vocab.shacl.paths import Known, Shapes
from vocab.shacl.values import FORMS, Rank, is_iri, rank, text_of, value_of
from vocab.terms import RDF_LANGSTRING, SH, XSD, XSD_STRING

Test = Callable[[str, str], bool]
Check = Callable[[Known, str, Sequence[str]], Sequence[str | None]]

_KINDS: Final = {"IRI": True, "Literal": False}


def number(term: str) -> int:
    """Read a whole number of a shape; raises BadShapes."""
    found = rank(term)
    if found is None or found[0] != "number" or found[1] != int(found[1]):
        raise BadShapes(f"not a whole number: {term}")
    return int(found[1])


def _node_kind(_: Shapes, kind: str) -> Test:
    name = text_of(kind).removeprefix(SH)
    if name not in _KINDS:
        raise BadShapes(f"a kind of node that is not known: {kind}")
    wanted = _KINDS[name]
    return lambda value, _: is_iri(value) is wanted


def _datatype(_: Shapes, datatype: str) -> Test:
    name = text_of(datatype)
    if name == RDF_LANGSTRING:
        return lambda value, _: not is_iri(value) and value_of(value).language != ""
    if name.startswith(XSD) and name not in FORMS:
        raise BadShapes(f"a datatype whose form is not known: {datatype}")
    form = FORMS.get(name, FORMS[XSD_STRING])

    def allows(value: str, text: str) -> bool:
        return not is_iri(value) and value_of(value).datatype == name and form(text)

    return allows


def _pattern(_: Shapes, pattern: str) -> Test:
    """Search a pattern; `$` at its end is the end of the text, not before a last line feed."""
    plain = value_of(pattern).text
    if plain.endswith("$") and not plain.endswith("\\$"):
        plain = f"{plain[:-1]}\\Z"
    try:
        search = re.compile(plain).search
    except re.error as error:
        raise BadShapes(f"sh:pattern {pattern}: {error}") from None
    return lambda _, text: search(text) is not None


def _max_length(_: Shapes, most: str) -> Test:
    limit = number(most)
    return lambda _, text: len(text) <= limit


def _min_length(_: Shapes, least: str) -> Test:
    limit = number(least)
    return lambda _, text: len(text) >= limit


def _in(shapes: Shapes, listed: str) -> Test:
    allowed = frozenset(shapes.listed(listed))
    return lambda value, _: value in allowed


def _language_in(shapes: Shapes, listed: str) -> Test:
    tags = tuple(value_of(each).text.lower() for each in shapes.listed(listed))

    def allows(value: str, _: str) -> bool:
        tag = "" if is_iri(value) else value_of(value).language
        return any(tag == each or tag.startswith(f"{each}-") for each in tags)

    return allows


def _bounded(fits: Callable[[Rank, Rank], bool]) -> Callable[[Shapes, str], Test]:
    def made(_: Shapes, bound: str) -> Test:
        limit = rank(bound)
        if limit is None:
            raise BadShapes(f"a bound that has no order: {bound}")

        def allows(value: str, _: str) -> bool:
            found = rank(value)
            return found is not None and found[0] == limit[0] and fits(found, limit)

        return allows

    return made


def _unique_lang(_: Shapes, wanted: str) -> Check:
    if text_of(wanted) != "true":
        raise BadShapes(f"sh:uniqueLang can be true, and nothing else: {wanted}")

    def check(_: Known, __: str, values: Sequence[str]) -> Sequence[str | None]:
        if len(values) < 2:
            return []
        tags = Counter(value_of(each).language for each in values if not is_iri(each))
        return [None for tag, times in tags.items() if tag and times > 1]

    return check


def _has_value(_: Shapes, wanted: str) -> Check:
    def check(_: Known, __: str, values: Sequence[str]) -> Sequence[str | None]:
        return [None] if wanted not in values else []

    return check


def _equals(_: Shapes, other: str) -> Check:
    def check(known: Known, focus: str, values: Sequence[str]) -> Sequence[str | None]:
        return list(set(values).symmetric_difference(known.of(focus).get(other, ())))

    return check


def _less_than(_: Shapes, other: str) -> Check:
    def check(known: Known, focus: str, values: Sequence[str]) -> Sequence[str | None]:
        others = known.of(focus).get(other, ())
        if not values or not others:
            return []
        ranks = [rank(each) for each in others]
        kinds = {None if each is None else each[0] for each in ranks}
        kind = kinds.pop() if len(kinds) == 1 else None
        least = None if kind is None else min(each[1] for each in ranks if each is not None)
        if least is None:
            return values
        found = ((each, rank(each)) for each in values)
        return [each for each, its in found if its is None or its[0] != kind or not its[1] < least]

    return check


ABOUT_A_VALUE: Final[dict[str, Callable[[Shapes, str], Test]]] = {
    "nodeKind": _node_kind,
    "datatype": _datatype,
    "pattern": _pattern,
    "maxLength": _max_length,
    "minLength": _min_length,
    "in": _in,
    "languageIn": _language_in,
    "minInclusive": _bounded(lambda found, limit: found[1] >= limit[1]),
    "maxInclusive": _bounded(lambda found, limit: found[1] <= limit[1]),
    "minExclusive": _bounded(lambda found, limit: found[1] > limit[1]),
    "maxExclusive": _bounded(lambda found, limit: found[1] < limit[1]),
}
ABOUT_ALL: Final[dict[str, Callable[[Shapes, str], Check]]] = {
    "uniqueLang": _unique_lang,
    "hasValue": _has_value,
    "equals": _equals,
    "lessThan": _less_than,
}
ABOUT_OTHERS: Final = frozenset(("equals", "lessThan"))
"""The components of `ABOUT_ALL` that look at more of a node than the values of one property."""

MEANINGFUL_WITHOUT_VALUES: Final = frozenset(("hasValue", "equals", "qualifiedMinCount"))
"""The components that may find a fault where a path leads nowhere, beside `sh:minCount`."""
