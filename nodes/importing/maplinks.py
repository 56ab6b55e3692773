"""Links to a place on a map of the web, which cities keep instead of coordinates.

Google Maps writes the place into `!3d45.07!4d7.68`, `@45.07,7.68,15z` or `?q=45.07,7.68`,
OpenStreetMap into `?mlat=45.07&mlon=7.68` or `#map=15/45.07/7.68`, phones into `geo:45.07,7.68`.
Yandex writes the longitude first: `?ll=7.68,45.07`.
A shortened link tells nothing of itself, and nothing is fetched.
"""

import re
from typing import Final
from urllib.parse import unquote

_MAP: Final = re.compile(
    r"(?:https?://)?(?:www\.)?(?:(?:maps\.)?google\.[a-z.]{2,6}/(?:maps\b|\?)|goo\.gl/maps|"
    r"maps\.app\.goo\.gl|maps\.apple\.com|(?:www\.)?openstreetmap\.org|osm\.org|"
    r"bing\.com/maps|yandex\.[a-z.]{2,6}/maps|what3words\.com|w3w\.co)|geo:",
    re.IGNORECASE,
)
_DEGREES: Final = r"([+-]?\d{1,3}\.\d+)"
_PLACES: Final = tuple(
    re.compile(each)
    for each in (
        rf"!3d{_DEGREES}!4d{_DEGREES}",
        rf"[?&]pt={_DEGREES},{_DEGREES}",
        rf"\bmlat={_DEGREES}&(?:amp;)?mlon={_DEGREES}",
        rf"[?&](?:q|query|ll|sll|center|destination)=(?:loc:)?\s*{_DEGREES},\s*\+?{_DEGREES}(?![\d.])",
        rf"/(?:place|search|dir)/{_DEGREES},\+?{_DEGREES}(?![\d.])",
        rf"@{_DEGREES},{_DEGREES},",
        rf"#map=\d{{1,2}}/{_DEGREES}/{_DEGREES}",
        rf"^geo:{_DEGREES},{_DEGREES}",
    )
)
"""The place that is marked comes before the middle of what is shown."""

_EAST_FIRST: Final = re.compile(r"(?:https?://)?(?:www\.)?yandex\.", re.IGNORECASE)


def is_map_link(text: str) -> bool:
    """Whether a text is a link to a map."""
    return _MAP.match(text.strip()) is not None


def place_of_link(text: str) -> tuple[float, float] | None:
    """Give latitude and longitude of the place a link shows; None where it does not say."""
    if not is_map_link(text):
        return None
    said = unquote(text.strip())
    found = next((each for each in (form.search(said) for form in _PLACES) if each), None)
    if found is None:
        return None
    first, second = float(found[1]), float(found[2])
    return (second, first) if _EAST_FIRST.match(said) else (first, second)
