"""How well a column fits a field: what its heading says, weighed with what its values show.

The heading proposes and the values may object: a column called "start" without a single date is
no start. Values alone are enough only where they can hardly be anything else, such as words of a
scheme, geometries, or roles behind names.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from nodes.city import City
from nodes.importing.lexicon import Meaning, meanings
from nodes.importing.traits import Traits, found_in
from vocab.geometry import web_mercator

LIKELY: Final = 0.45
"""The score from which a column is proposed for a field."""

_EVERYWHERE: Final = (-180.0, -90.0, 180.0, 90.0)
_WORDS: Final = {"themes": "theme", "technologies": "technology", "status": "lifecycle"}
_FILLED: Final = {"identifier", "title", "description"}
"""The fields that no empty column stands for: each record needs them."""

_TEXT: Final = {"title": (2, 200), "place": (2, 120), "address": (3, 160), "outcome": (3, 5000)}


def scores(column: Traits, city: City, main: str) -> dict[str, float]:
    """Score a column for every field; only likely ones are given."""
    said = meanings(column.heading)
    found: dict[str, float] = {}
    for field in _FITS:
        points = _score(field, column, said.get(field), city, main)
        if points >= LIKELY:
            found[field] = points
    if "source" in found and "source" not in said and _means_else(said):
        del found["source"]  # the address of a theme or a licence is no page to read
    return found


def _means_else(said: Mapping[str, Meaning]) -> bool:
    return any(each.sure >= 0.9 for name, each in said.items() if name != "landing_page")


def _score(field: str, column: Traits, said: Meaning | None, city: City, main: str) -> float:
    empty = (0.0 if field in _FILLED else 0.5, 0.0)
    fit, evidence = _FITS[field](column, field, city) if column.values else empty
    if fit < 0.15:
        return 0.0
    by_heading = 0.0
    if said is not None:
        by_heading = 0.65 * said.sure + 0.35 * fit + (0.02 if main in said.languages else 0.0)
    return max(by_heading, 0.7 * evidence)


def role_key(column: Traits) -> tuple[str | None, str | None]:
    """Tell which keys of objects hold name and role."""
    items = [
        item
        for value in column.values
        for item in (value if isinstance(value, list) else [value])
        if isinstance(item, dict)
    ]
    keys = list(dict.fromkeys(key for item in items for key in item))
    known = {
        key: sum(found_in("helix", str(item.get(key, ""))) is not None for item in items)
        for key in keys
    }
    role = max(known, key=lambda key: known[key], default=None)
    if role is not None and known[role] * 2 < len(items):
        role = next((key for key in keys if "roles" in meanings(key)), None)
    names = [key for key in keys if key != role]
    titled = [key for key in names if meanings(key).keys() & {"title", "partners"}]
    return next(iter((*titled, *names)), None), role


def _identifier(column: Traits, _field: str, _city: City) -> tuple[float, float]:
    fit = column.names * column.distinct if not (column.pages or column.dates == 1.0) else 0.0
    if _is_counted(column):
        fit *= 0.5  # numbers of rows name nothing for long; any other code is better
    plain_numbers = column.share(lambda value: isinstance(value, int | float))
    surely = fit == 1.0 and len(column.values) > 2 and not plain_numbers and column.length <= 30
    digits = column.share(lambda value: bool(re.search(r"\d", str(value))))
    return fit, 0.7 if surely and digits == 1.0 else 0.0


def _is_counted(column: Traits) -> bool:
    """Whether the values are 1, 2, 3 and so on, as the rows of a table are numbered."""
    said = [str(each).strip().rstrip(".") for each in column.values]
    return len(said) > 1 and said == [str(each) for each in range(1, len(said) + 1)]


def _text(column: Traits, field: str, _city: City) -> tuple[float, float]:
    least, most = _TEXT[field]
    if column.objects or column.pages > 0.5 or column.shapes > 0.5 or column.mails > 0.5:
        return 0.0, 0.0
    if field in {"place", "address"} and column.words("theme") >= 0.5:
        return 0.0, 0.0
    pairs = len(column.pairs) + column.lettered
    if column.map_links > 0.5:
        return 0.0, 0.0
    if max(len(column.numbers), pairs) > 0.5 * len(column.values) or column.dates > 0.8:
        return 0.0, 0.0
    fit = 1.0 if least <= column.length <= most else 0.2
    if field == "title":
        fit *= 0.5 + 0.5 * column.distinct
        sure = column.distinct > 0.9 and 12 < column.length < 100 and not column.separator
        return fit, 0.65 if sure and len(column.values) > 2 else 0.0
    return fit, 0.0


def _long_text(column: Traits, field: str, _city: City) -> tuple[float, float]:
    if column.objects or column.pages > 0.5 or column.shapes > 0.5 or column.dates > 0.5:
        return 0.0, 0.0
    least = 60 if field == "description" else 25
    fit = max(0.2, min(1.0, column.length / least))
    long = field == "description" and column.length >= 100 and column.distinct > 0.8
    return fit, 0.68 if long else 0.0


def _scheme(column: Traits, field: str, _city: City) -> tuple[float, float]:
    if column.objects or column.pages > 0.5 or column.dates > 0.5 or column.length > 200:
        return 0.0, 0.0
    share = column.words(_WORDS[field])
    others = [column.words(each) for name, each in _WORDS.items() if name != field]
    if max(others) > share + 0.3:
        return 0.0, 0.0
    return max(share, 0.3), share if share >= 0.5 else 0.0


def _verdict(column: Traits, _field: str, _city: City) -> tuple[float, float]:
    share = column.words("verdict")
    return (0.0 if column.length > 60 else max(share, 0.2)), 0.0


def _keywords(column: Traits, _field: str, _city: City) -> tuple[float, float]:
    plain = not (column.objects or column.pages > 0.5 or column.dates > 0.5)
    return (1.0 if plain and column.length < 200 else 0.0), 0.0


def _date(column: Traits, _field: str, _city: City) -> tuple[float, float]:
    if column.objects or column.pages > 0.5 or column.length > 40:
        return 0.0, 0.0
    return max(column.dates, 0.16), 0.0  # what is no date is reported cell by cell


def _period(column: Traits, _field: str, _city: City) -> tuple[float, float]:
    if not column.periods:
        return (0.3 if column.dates > 0.5 else 0.0), 0.0
    fit = min(1.0, column.periods + column.dates)
    return fit, 0.9 if column.periods > 0.5 else 0.0


def _coordinate(column: Traits, field: str, city: City) -> tuple[float, float]:
    if column.degrees > 0.4:
        return 1.0, 0.0
    if _in_metres(column, field, city):
        return 1.0, 0.9
    share = len(column.numbers) / len(column.values)
    if share < 0.5:
        return 0.0, 0.0
    west, south, east, north = city.box or _EVERYWHERE
    low, high = (south, north) if field == "latitude" else (west, east)
    inside = sum(low <= each <= high for each in column.numbers) / len(column.numbers)
    whole = sum(each.is_integer() for each in column.numbers) > 0.5 * len(column.numbers)
    likely = city.box is not None and inside > 0.8 and not whole
    on_earth = sum(-180 <= each <= 180 for each in column.numbers) > 0.5 * len(column.numbers)
    return (share if on_earth else 0.0), 0.9 if likely else 0.0


def _in_metres(column: Traits, field: str, city: City) -> bool:
    """Whether the values are metres of Web Mercator that lie where the city is."""
    if city.box is None or len(column.metres) * 2 < len(column.values):
        return False
    axis = 1 if field == "latitude" else 0
    west, south, east, north = city.box
    low, high = web_mercator(west, south)[axis], web_mercator(east, north)[axis]
    return sum(low <= each <= high for each in column.metres) > 0.8 * len(column.metres)


def _point(column: Traits, _field: str, _city: City) -> tuple[float, float]:
    share = max(column.map_links, (len(column.pairs) + column.lettered) / len(column.values))
    return share, 0.95 if share > 0.5 else 0.0


def _geometry(column: Traits, _field: str, _city: City) -> tuple[float, float]:
    return column.shapes, 0.98 if column.shapes > 0.5 else 0.0


def _page(column: Traits, field: str, _city: City) -> tuple[float, float]:
    return column.pages, 0.7 if column.pages > 0.5 and field == "source" else 0.0


def _contact(column: Traits, _field: str, _city: City) -> tuple[float, float]:
    return column.mails, 0.9 if column.mails > 0.5 else 0.0


def _partners(column: Traits, _field: str, _city: City) -> tuple[float, float]:
    if column.objects:
        name, role = role_key(column)
        return (1.0, 0.9) if name and role else (0.3, 0.0)
    if column.pages > 0.5 or column.dates > 0.5 or column.shapes > 0.5 or column.mails > 0.5:
        return 0.0, 0.0
    if len(column.numbers) > 0.5 * len(column.values) or column.length > 600:
        return 0.0, 0.0
    share = column.form[2]
    return (1.0, 0.95) if share >= 0.4 else (0.7, 0.0)


def _roles(column: Traits, _field: str, _city: City) -> tuple[float, float]:
    share = 0.0 if column.objects else column.words("helix")
    return (share if share > 0.3 else 0.0), share if share > 0.6 else 0.0


def _short_text(column: Traits, _field: str, _city: City) -> tuple[float, float]:
    if column.objects or column.pages > 0.5 or column.shapes > 0.5 or column.dates > 0.5:
        return 0.0, 0.0
    return (0.0 if len(column.numbers) > 0.5 * len(column.values) else 1.0), 0.0


def _amount(column: Traits, _field: str, _city: City) -> tuple[float, float]:
    share = column.share(lambda value: bool(re.search(r"\d", str(value))))
    return (0.0 if column.objects or column.length > 40 else share), 0.0


def _goal(column: Traits, _field: str, _city: City) -> tuple[float, float]:
    plain = not (column.objects or column.pages > 0.5 or column.dates > 0.8)
    return (1.0 if plain and column.length < 300 else 0.0), 0.0


def _level(column: Traits, _field: str, _city: City) -> tuple[float, float]:
    return column.share(lambda value: bool(re.fullmatch(r"\D{0,6}[1-9](\.0)?", str(value)))), 0.0


def _aside(column: Traits, _field: str, _city: City) -> tuple[float, float]:
    return (1.0 if column.values else 0.9), 0.0


_FITS: Final[dict[str, Callable[[Traits, str, City], tuple[float, float]]]] = {
    "identifier": _identifier,
    "title": _text,
    "description": _long_text,
    "summary": _long_text,
    "status": _scheme,
    "verdict": _verdict,
    "outcome": _text,
    "start": _date,
    "end": _date,
    "period": _period,
    "themes": _scheme,
    "technologies": _scheme,
    "keywords": _keywords,
    "place": _text,
    "address": _text,
    "latitude": _coordinate,
    "longitude": _coordinate,
    "point": _point,
    "geometry": _geometry,
    "landing_page": _page,
    "source": _page,
    "contact": _contact,
    "partners": _partners,
    "roles": _roles,
    "goals": _goal,
    "grants": _short_text,
    "participants": _amount,
    "cost": _amount,
    "permits": _short_text,
    "preconditions": _short_text,
    "lessons": _short_text,
    "trl_at_start": _level,
    "trl_at_end": _level,
    "aside": _aside,
}
