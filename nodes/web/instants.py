"""`asOf`: asking what this node showed at an earlier time, by the clock of its own journal.

The parameter is an xsd:dateTime with a time zone, of a time that is over. A date alone is refused:
which midnight it means would be a guess, and an answer must be the same for whoever asks. An
answer about an earlier time bears `Memento-Datetime` (RFC 7089) and no `Age`, for it does not age;
it may be kept by caches for an hour and no longer, because what is erased must leave them soon.
"""

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web

from nodes.errors import BadParameter, JournalError, PastBusy
from nodes.journal import past
from nodes.journal.past import Moment, Summary
from nodes.web.keys import BUDGETS, CITY, CLIENTS, FENCING, JOURNAL, NETWORK

PARAMETER: Final = "asOf"
KEPT: Final = "public, max-age=3600"
"""How long caches may keep an answer about an earlier time."""

ADVICE: Final = "a date, a time and a time zone, such as 2026-11-01T00:00:00Z"
_OVER: Final = f"a time that is over, as {ADVICE}: what will be shown later is not known yet"
_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_WRITTEN: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,12}))?"
    r"(Z|[+\- ][0-9]{2}:[0-9]{2})"
)


def named(parameters: Iterable[tuple[str, str]]) -> str | None:
    """Find the one `asOf` among parameters; raises BadParameter when there are several."""
    found = [value for name, value in parameters if name == PARAMETER]
    if len(found) > 1:
        raise BadParameter(PARAMETER, "", "it once")
    return found[0] if found else None


def read(text: str, now: datetime) -> datetime:
    """Read an instant; raises BadParameter for what is none, or not over yet.

    A `+` that an address has made a space is taken for what it was.
    """
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        raise BadParameter(PARAMETER, text, ADVICE)
    whole, parts, zone = match[1], (match[2] or "")[:6].ljust(6, "0"), match[3].replace(" ", "+")
    try:
        found = datetime.fromisoformat(f"{whole}.{parts}{zone}").astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadParameter(PARAMETER, text, ADVICE) from None
    return _held(found, text, now)


def _held(asked: datetime, text: str, now: datetime) -> datetime:
    if asked < _EARLIEST:
        raise BadParameter(PARAMETER, text, f"{ADVICE}, of a year from 1970 on")
    if asked > now:
        raise BadParameter(PARAMETER, text, _OVER)
    return asked


async def moment(request: web.Request, text: str) -> Moment:
    """Find the state of the journal that is asked for; raises BadParameter, PastGone, PastBusy."""
    return await of(request, read(text, request.app[JOURNAL].clock()))


def over(request: web.Request, asked: datetime) -> None:
    """Hold an instant to what can be asked about; raises BadParameter."""
    _held(asked, asked.isoformat(), request.app[JOURNAL].clock())


async def of(request: web.Request, asked: datetime) -> Moment:
    """Find the state of the journal at an instant that is over.

    Raises PastGone, PastBusy, OverBudget.
    """
    return await _fenced(request, lambda: past.moment(request.app[JOURNAL], asked))


async def present(request: web.Request) -> Moment:
    """Give the state that holds now, so that it can be asked for later; raises as `of` does."""
    return await _fenced(request, lambda: past.present(request.app[JOURNAL]))


async def _fenced(request: web.Request, find: Callable[[], Moment]) -> Moment:
    """Find a state, one at a time; it may be written down, which is charged like a query."""
    with request.app[BUDGETS].spending(request.app[CLIENTS].of(request)) as spending:
        async with request.app[FENCING]:
            began = time.monotonic()
            try:
                return await asyncio.to_thread(find)
            except JournalError:
                raise PastBusy("the journal is being written to", 2) from None
            finally:
                spending.seconds += time.monotonic() - began


async def summary(request: web.Request, then: Moment) -> Summary:
    """Tell what a state is made of; what that costs is charged like a query."""
    with request.app[BUDGETS].spending(request.app[CLIENTS].of(request)) as spending:
        began = time.monotonic()
        try:
            return await asyncio.to_thread(
                past.summary, request.app[JOURNAL], then.number, then.edition
            )
        finally:
            spending.seconds += time.monotonic() - began


async def headers(request: web.Request, then: Moment) -> dict[str, str]:
    """Say of an answer which time it speaks of and what of that is left."""
    found = await summary(request, then)
    account = f"{request.app[CITY].base}freshness?{written(then.asked)}"
    said = [
        f'as-of="{then.asked}"',
        f"origins={len(found.origins)}",
        f"records={sum(found.origins.values())}",
        f"lost={sum(found.lost.values())}",
    ]
    return {
        "Cache-Control": KEPT,
        "Memento-Datetime": http_date(then.asked),
        "Citynode-Freshness": ", ".join(said),
        "Link": f'<{account}>; rel="describedby"; type="application/ld+json"',
    }


def words(then: Moment) -> str:
    """Say in words what a state with nothing in it is."""
    return "" if then.number else "Before this node accepted its first member: there is nothing."


def written(at: str) -> str:
    """Write the parameter of an address."""
    return urlencode({PARAMETER: at})


def http_date(at: str) -> str:
    """Write a time as HTTP does, to the second before."""
    return format_datetime(datetime.fromisoformat(at).replace(microsecond=0), usegmt=True)


def accepted(header: str) -> datetime:
    """Read an Accept-Datetime (RFC 7089, section 2.1.1); raises BadParameter."""
    try:
        found = parsedate_to_datetime(header)
        return max(found if found.tzinfo else found.replace(tzinfo=UTC), _EARLIEST).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise BadParameter(
            "Accept-Datetime", header, "a time such as Sun, 01 Nov 2026 00:00:00 GMT"
        ) from None


def document(request: web.Request, then: Moment, found: Summary, context: Any) -> bytes:
    """Write which cities stood in an earlier state, since when, and what is not told of it."""
    named_cities = request.app[NETWORK]
    said = {
        "@context": context,
        "@id": f"{request.app[CITY].base}freshness?{written(then.asked)}",
        "generated": then.asked,
        **({"reason": words(then)} if words(then) else {}),
        "origins": [
            {
                "@id": base,
                "name": named_cities.city(base) or base,
                "records": records,
                **({"verified": found.heard[base]} if base in found.heard else {}),
            }
            for base, records in found.origins.items()
        ],
        "excluded": [
            {"reason": each.value, "members": number} for each, number in found.lost.items()
        ],
    }
    return json.dumps(said, ensure_ascii=False, indent=1).encode(errors="replace")
