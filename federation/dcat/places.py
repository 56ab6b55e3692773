"""Where it was: the best described place of a dataset, with the registers that know the others.

Places without names of their own are put in order by what they say: those with a position come
first, then those with a name.
"""

import re
from dataclasses import replace
from typing import Any, Final

from federation.dcat import geometries, values
from federation.dcat.said import Catalogue, both_schemas, is_link
from vocab.fields import LanguageMap
from vocab.parts import Place
from vocab.terms import DCTERMS, FOAF, LOCN, RDFS, SKOS

_NAMES: Final = (
    RDFS + "label",
    SKOS + "prefLabel",
    LOCN + "geographicName",
    DCTERMS + "title",
    FOAF + "name",
    *both_schemas("name"),
)
_WORD: Final = re.compile(r"[^\W\d_]{2}")
_LONGEST: Final = 500
_MOST: Final = 50
_ADDRESS: Final = (
    ("address", LOCN + "fullAddress", re.compile(r".{1,500}", re.DOTALL)),
    ("city", LOCN + "postName", re.compile(r".{1,200}", re.DOTALL)),
    ("country", LOCN + "adminUnitL1", re.compile(r"[A-Z]{2}")),
)


def place(page: Catalogue, dataset: str, language: str) -> Place | None:
    """Read the place of a dataset; None where it says none."""
    found: list[Place] = []
    for node in page.nodes(dataset, DCTERMS + "spatial"):
        texts = {
            tag: text
            for predicate in _NAMES
            for tag, text in page.facts.texts(node, predicate, language).items()
            if text.strip() and len(text) <= _LONGEST
        }
        matches = (node,) if is_link(node) else ()
        found.append(
            Place(
                name=texts,
                wkt=values.shape(page, node),
                matches=matches,
                **_address(page, node),
            )
        )
    names, shapes, links = _written(page, dataset, language)
    found += (Place(wkt=each) for each in shapes)
    found.append(Place(name=names, matches=links))
    found = [each for each in found if each != Place()]
    if not found:
        return None
    everywhere = sorted({one for each in found for one in each.matches})
    best = min(found, key=_order)
    return replace(best, name=best.name or names, matches=tuple(everywhere[:_MOST]))


def _written(
    page: Catalogue, dataset: str, language: str
) -> tuple[LanguageMap, list[str], tuple[str, ...]]:
    """Read places that are only written: names by language, shapes, and addresses."""
    names: dict[str, str] = {}
    shapes: list[str] = []
    links: list[str] = []
    for tag, said in page.facts.tagged(dataset, DCTERMS + "spatial", language):
        text = said.strip()
        if (shape := geometries.wkt(text)) is not None:
            shapes.append(shape)
        elif is_link(text):
            links.append(text)
        elif len(text) <= _LONGEST and _WORD.search(text) and not text.startswith("{"):
            names.setdefault(tag, text)
    return names, shapes, tuple(links)


def _address(page: Catalogue, node: str) -> dict[str, str]:
    """Read the address of a place, as far as it is one."""
    found: dict[str, str] = {}
    for name, predicate, form in _ADDRESS:
        addresses = page.nodes(node, LOCN + "address")
        said = (text for each in addresses for text in page.texts(each, predicate))
        first = min((text for text in said if form.fullmatch(text)), default=None)
        if first is not None:
            found[name] = first
    return found


def _order(each: Place) -> tuple[Any, ...]:
    return (
        each.wkt is None,
        not each.name,
        sorted(each.name.items()),
        each.wkt or "",
        each.address or "",
        each.city or "",
        each.country or "",
        each.matches,
    )
