"""The lists to choose from: the concepts of the schemes, yes and no, the kinds of record.

A list is words and what they mean. The workbook carries its lists with it, so that a word means
tomorrow, and on another node, what it meant when it was chosen.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from nodes.importing.form.layout import KIND, STATED, Column
from vocab import fields as said
from vocab.fields import Field
from vocab.schemes import label, scheme

BOOLEAN: Final = "yes-no"
KINDS: Final = "kinds"

Lists = Mapping[str, Mapping[str, str]]
"""By the name of a list, its words and what they mean: an IRI, `true`, the room of a kind."""

_SCHEMES: Final = {
    "themes": "theme",
    "data_themes": "data-theme",
    "urban_topics": "urban-topic",
    "goals": "goal",
    "technologies": "technology",
    "stage": "lifecycle",
    "from_stage": "lifecycle",
    "to_stage": "lifecycle",
    "helix": "helix",
    "roles": "role",
    "verdict": "verdict",
    "causes": "cause",
    "cost_band": "cost-band",
    "involvement": "involvement",
    "availability": "availability",
    "status": "call-status",
    "indicator": "indicator",
    "climate": "climate",
    "income": "income",
    "Testbed.kind": "testbed",
    "Agreement.kind": "agreement",
    "Permit.kind": "permit",
    "Procedure.kind": "permit",
    "Precondition.kind": "precondition",
    "Service.kind": "service",
}
"""The scheme of a field, by its name or by its class and name."""


def list_of(column: Column) -> str | None:
    """Name the list that a column chooses from, if it does."""
    if column.name == KIND:
        return KINDS
    if column.name.endswith(STATED) or isinstance(column.said, said.Boolean):
        return BOOLEAN
    return None if column.owner is None else scheme_of(column.owner, column.path[-1])


def scheme_of(owner: type[Any], field: Field) -> str | None:
    """Name the scheme that a field of a class takes its concepts from, if any."""
    if not isinstance(field.said, said.Link | said.Links):
        return None
    return _SCHEMES.get(f"{owner.__name__}.{field.name}", _SCHEMES.get(field.name))


def scheme_names(columns: Iterable[Column]) -> tuple[str, ...]:
    """Name the schemes among the lists of some columns, each once."""
    found = (list_of(each) for each in columns)
    return tuple(dict.fromkeys(each for each in found if each not in {None, BOOLEAN, KINDS}))


def concepts(name: str, language: str) -> dict[str, str]:
    """Give the words of a scheme in a language and the concepts they mean, in its order."""
    found: dict[str, str] = {}
    for each in scheme(name).concepts:
        word = label(each.iri, (language,))
        found[word if word not in found else f"{word} ({each.id})"] = each.iri
    return found
