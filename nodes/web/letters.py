"""The words of what is sent to people: mails as text and HTML, and what webhooks are told.

Texts of strangers are shown as on pages: what is invisible is written out, HTML is escaped, and
only addresses of this node are links. A subject is one line. Nothing here is sent.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import jinja2

from nodes.cards import standing
from nodes.catalogue import Known, known_of, wording
from nodes.city import City
from nodes.journal.alerts import Letter, Told
from nodes.searches import SCHEME_OF, SearchRequest
from nodes.subscriptions import Pace, Subscription
from nodes.web.addresses import shown_below
from nodes.web.labels import KINDS, TITLES, concept_word
from nodes.web.shown import shown
from nodes.web.wordings import counted, period

MOST: Final = 50
"""Records that one message lists; the search shows the rest."""

_READER: Final = ("en",)
_LONGEST_TITLE: Final = 200
_LONGEST_SEARCH: Final = 60
_FOLDER: Final = Path(__file__).parent / "templates" / "letters"
_PACES: Final = {
    Pace.INSTANT: "as soon as there is something",
    Pace.DAILY: "once a day",
    Pace.WEEKLY: "once a week",
}

CityOf = Callable[[str], str | None]
"""Names the city of an origin."""


@dataclass(frozen=True, kw_only=True)
class Words:
    """A mail in words."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, kw_only=True)
class Item:
    """A record as a letter lists it."""

    title: str
    href: str
    line: str
    iri: str
    member: str
    origin: str
    change: str


_TEMPLATES: Final = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_FOLDER),
    autoescape=jinja2.select_autoescape(["html"], default=False),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_TEMPLATES.filters["counted"] = counted


def confirmation(to: Subscription, city: City, link: str, hours: float) -> Words:
    """Ask for confirmation; nothing of what others wrote is in it."""
    said = {"hours": f"{hours:g}", "pace": _PACES[to.pace]}
    subject = "Please confirm: news of urban experiments"
    return _words("confirm", subject, {**_about(to, city, link), **said})


def news(to: Subscription, letter: Letter, city: City, link: str, city_of: CityOf) -> Words:
    """Tell of what is new."""
    found = items(letter.told, city)
    total = len(found) + letter.more
    joined = [
        (_line(city_of(teller) or teller), count, f"{city.base}search{_narrowed(to, teller)}")
        for teller, count in letter.joined.items()
    ]
    if total:
        first = found[0].title if len(found) == 1 and not letter.more else ""
        subject = first or f"{counted(total, 'record')} new or changed: {described(to.request)}"
    else:
        subject = "; ".join(
            f"{name}: {counted(count, 'earlier record')} that your search finds"
            for name, count, _ in joined
        )
    said = {
        "items": found[:MOST],
        "more": total - len(found[:MOST]),
        "joined": joined,
        "pace": _PACES[to.pace],
    }
    return _words("news", subject, {**_about(to, city, link), **said})


def event(
    to: Subscription, letter: Letter, city: City, link: str, city_of: CityOf
) -> dict[str, Any]:
    """Say the same to a webhook."""
    found = items(letter.told, city)
    return {
        "subscription": to.id,
        "search": f"{city.base}search{to.address}",
        "manage": link,
        "records": [
            {
                "iri": each.iri,
                "member": each.member,
                "origin": each.origin,
                "title": each.title,
                "href": each.href,
                "change": each.change,
            }
            for each in found[:MOST]
        ],
        "more": max(0, len(found) - MOST) + letter.more,
        "joined": [
            {"origin": teller, "city": city_of(teller), "records": count}
            for teller, count in letter.joined.items()
        ],
    }


def items(told: Sequence[Told], city: City) -> list[Item]:
    """Say each record of a letter in words."""
    found = []
    for each in told:
        known = known_of(each.entry)
        if isinstance(known, Known):
            found.append(_item(known, city, first=each.first))
    return found


def described(request: SearchRequest) -> str:
    """Say a search in words, as far as they are short."""
    said = [f"“{_line(request.text)[:_LONGEST_SEARCH]}”"] if request.text else []
    for facet, values in request.filters.items():
        words = [
            concept_word(value, _READER).text if facet in SCHEME_OF else KINDS.get(value, value)
            for value in values
        ]
        said.append(f"{TITLES.get(facet, facet)}: {_line(' or '.join(words))[:_LONGEST_SEARCH]}")
    if request.box is not None or request.near is not None:
        said.append("in a part of the map")
    if request.period is not None:
        said.append(f"from {request.period.first or '…'} to {request.period.last or '…'}")
    return "; ".join(said) or "everything"


def _about(to: Subscription, city: City, link: str) -> dict[str, Any]:
    return {
        "city": city,
        "search": described(to.request),
        "address": f"{city.base}search{to.address}",
        "link": link,
    }


def _words(name: str, subject: str, said: dict[str, Any]) -> Words:
    return Words(
        subject=_line(subject)[:_LONGEST_TITLE],
        text=_TEMPLATES.get_template(f"{name}.txt").render(said),
        html=_TEMPLATES.get_template(f"{name}.html").render(said),
    )


def _item(known: Known, city: City, *, first: bool) -> Item:
    record = known.record
    title = wording(record.title, _READER, record.language)
    stage = standing(record)
    facts = (
        KINDS[record.room],
        (record.place and record.place.city) or "",
        period(record.start, record.end) if record.start or record.end else "",
        concept_word(stage, _READER).text if stage else "",
    )
    return Item(
        title=_line(title.text if title else record.identifier or record.iri)[:_LONGEST_TITLE],
        href=shown(shown_below(city.base, record.iri, known.origin)),
        line=", ".join(_line(str(each))[:_LONGEST_TITLE] for each in facts if each),
        iri=record.iri,
        member=known.member.iri,
        origin=known.origin,
        change="new" if first else "changed",
    )


def _narrowed(to: Subscription, teller: str) -> str:
    """Write the search of a subscription, for one origin only."""
    more = str(jinja2.filters.do_urlencode({"origin": teller}))
    return f"{to.address}&{more}" if to.address and "origin=" not in to.address else f"?{more}"


def _line(text: str) -> str:
    """Write text of a stranger on one line."""
    return " ".join(shown(text).split())
