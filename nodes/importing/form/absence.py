"""What it means that nothing is said: of a field, of a part, and what a part cannot do without."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from vocab import fields as said
from vocab.fields import Field, declared

_EMPTY: Final[tuple[Any, ...]] = (None, (), {})


def is_empty(value: Any) -> bool:
    """Tell whether a value of a field says nothing; a text that is empty is said."""
    return value in _EMPTY


def all_empty(values: Iterable[Any]) -> bool:
    """Tell whether none of some values says anything."""
    return all(map(is_empty, values))


def has_nothing(part: Any) -> bool:
    """Tell whether a part is there and says nothing."""
    return all_empty(getattr(part, each.name) for each in declared(type(part)))


def nothing(each: Field) -> Any:
    """Give the value of a field of which nothing is said."""
    match each.said:
        case said.Texts():
            return {}
        case said.Tagged() | said.Names() | said.Links() | said.Parts():
            return ()
    return None


def missing(of: type[Any], values: Mapping[str, Any]) -> str | None:
    """Name a field that a part cannot do without and does not have.

    A part without texts is one, though a poor one: that is for the rules of the model to say.
    """
    for each in declared(of):
        needed = each.needed and not isinstance(each.said, said.Texts)
        if needed and values.get(each.name) is None:
            return each.name
    return None


def class_of(each: Field) -> type[Any]:
    """Give the class of a field that holds parts."""
    assert each.part is not None, each.name
    return each.part
