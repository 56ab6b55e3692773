"""How a dump or a result is cited: as a sentence, BibTeX, CSL-JSON and a `CITATION.cff`.

The author is who publishes the node; the cities whose records are in it are named. Pure functions.
"""

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from nodes.city import City
from nodes.dumps import Part

_SPECIAL: Final = re.compile(r"[\\{}$&#%_~^]")
_NAMED: Final = 20


def title_of(city: City) -> str:
    """Name what every dump of a node is a state of."""
    return f"Urban experiments known to the node of {city.name}"


def citation(
    city: City,
    address: str,
    issued: str,
    version: str,
    parts: Sequence[Part],
    *,
    title: str | None = None,
    key: str | None = None,
) -> dict[str, Any]:
    """Say how a dump is cited: `text`, `bibtex` and `csl`; or something else with a `title`."""
    title, day = title or title_of(city), issued[:10]
    whose = _whose(parts)
    note = f"With records of {whose}" if whose else ""
    text = f"{city.publisher} ({day[:4]}): {title}, {version}. Data set. {address}"
    fields = {
        "author": f"{{{_tex(city.publisher)}}}",
        "title": f"{{{_tex(title)}}}",
        "year": day[:4],
        "month": str(int(day[5:7])),
        "version": version,
        "publisher": f"{{{_tex(city.publisher)}}}",
        "url": address,
        "urldate": day,
        "note": _tex(note),
    }
    bibtex = "".join(f"  {name} = {{{said}}},\n" for name, said in fields.items() if said)
    csl = {
        "id": address,
        "type": "dataset",
        "title": title,
        "author": [{"literal": city.publisher}],
        "publisher": city.publisher,
        "issued": {"date-parts": [[int(each) for each in day.split("-")]]},
        "version": version,
        "URL": address,
        **({"note": note} if note else {}),
    }
    return {
        "text": f"{text} {note}." if note else text,
        "bibtex": f"@misc{{citynode-{key or version},\n{bibtex}}}\n",
        "csl": csl,
    }


def cff(
    city: City, address: str, issued: str, version: str, parts: Sequence[Part], *, licence: str
) -> str:
    """Write a `CITATION.cff` (Citation File Format 1.2.0); JSON strings are YAML too."""

    def quoted(text: str) -> str:
        return json.dumps(text)

    lines = [
        "cff-version: 1.2.0",
        'message: "If you use these data, please cite them as below."',
        "type: dataset",
        f"title: {quoted(title_of(city))}",
        "authors:",
        f"  - name: {quoted(city.publisher)}",
        f"version: {quoted(version)}",
        f"date-released: {quoted(issued[:10])}",
        f"url: {quoted(address)}",
        f"license-url: {quoted(licence)}",
    ]
    if whose := _whose(parts):
        lines.append(f"abstract: {quoted(f'With records of {whose}.')}")
    return "\n".join([*lines, ""])


def _whose(parts: Sequence[Part]) -> str:
    named = [each.city or each.origin for each in parts if each.records]
    more = len(named) - _NAMED
    return ", ".join(named[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _tex(text: str) -> str:
    """Leave out what TeX would take for a command."""
    return _SPECIAL.sub(" ", text)
