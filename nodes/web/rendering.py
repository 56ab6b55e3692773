"""How pages are made from templates: one environment, autoescaped, strict about names.

Texts of strangers reach a template as `Wording` or plain text and leave it through `shown`;
addresses of strangers leave it through `link`, which lets only http(s) and mailto pass.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp_jinja2
import jinja2
from aiohttp import web

from nodes import permits
from nodes.cards import standing, verdict_of
from nodes.catalogue import Wording, wording
from nodes.web import implied, labels, shown, structured, wordings
from nodes.web.addresses import local_path
from nodes.web.answers import answer
from nodes.web.keys import CITY, NETWORK, SUBSCRIBING
from nodes.web.reader import languages
from vocab.fields import LanguageMap
from vocab.records import Record

_HERE: Final = Path(__file__).parent
_HTML: Final = "text/html; charset=utf-8"
ASSETS: Final = {path.name: path.read_bytes() for path in (_HERE / "static").iterdir()}
_STAMP: Final = sha256(b"".join(ASSETS[name] for name in sorted(ASSETS))).hexdigest()[:10]


def setup(app: web.Application) -> None:
    """Give the application its templates."""
    environment = aiohttp_jinja2.setup(
        app,
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "shown": shown.shown,
        "link": shown.link,
        "moment": wordings.moment,
        "when": wordings.when,
        "ago": wordings.ago,
        "counted": wordings.counted,
        "licence": wordings.licence,
        "number": wordings.number,
        "days": wordings.days,
        "address": wordings.address,
        "tail": wordings.tail,
        "position": wordings.position,
        "listed": wordings.listed,
        "tally": wordings.tally,
        "script": structured.script,
    }
    environment.globals |= {
        "period": wordings.period,
        "money": wordings.money,
        "days_taken": permits.days_taken,
        "balance": implied.balance,
        "standing": standing,
        "verdict_of": verdict_of,
        "short": labels.short,
        "concept_path": labels.concept_path,
        "stamp": _STAMP,
        "TITLES": labels.TITLES,
        "KINDS": labels.KINDS,
    }


def page(
    request: web.Request,
    template: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """Make a page for the reader of this request."""
    reader = languages(request)
    city = request.app[CITY]
    root = urlsplit(city.base).path or "/"
    subscribing = request.app.get(SUBSCRIBING)

    def said(texts: LanguageMap, original: str) -> Wording | None:
        return wording(texts, reader, original)

    def titled(record: Record) -> Wording:
        found = said(record.title, record.language)
        return found or Wording(language="", text=record.identifier.strip() or record.iri)

    def concept(iri: str) -> Wording:
        return labels.concept_word(iri, reader)

    def word(facet: str, value: str) -> str:
        return labels.word(facet, value, reader, request.app[NETWORK])

    def worded(facet: str, value: str) -> Wording:
        return labels.worded(facet, value, reader, request.app[NETWORK])

    def home_at(iri: str, origin: str) -> str:
        path = local_path(iri, origin, city.base)
        return path if "://" in path else root + path

    def home_of(record: Record, origin: str) -> str:
        return home_at(record.iri, origin)

    def owner(record: Record) -> str:
        return (record.author or record.publisher).name

    found = aiohttp_jinja2.render_string(
        template,
        request,
        {
            "city": city,
            "root": root,
            "here": request.path.removeprefix(root),
            "said": said,
            "titled": titled,
            "concept": concept,
            "word": word,
            "worded": worded,
            "home_of": home_of,
            "home_at": home_at,
            "owner": owner,
            "channels": subscribing.settings.channels if subscribing else (),
            **context,
        },
    )
    vary = "Accept, Accept-Encoding, Accept-Language"
    said_headers = {"Content-Language": "en", **(headers or {})}
    return answer(
        request, found.encode(errors="replace"), _HTML, status=status, vary=vary,
        headers=said_headers,
    )  # fmt: skip


def links(found: Sequence[tuple[str, str, str | None]]) -> dict[str, str]:
    """Write a Link header from targets, relations and media types."""
    written = (
        f'<{target}>; rel="{relation}"' + (f'; type="{media}"' if media else "")
        for target, relation, media in found
    )
    return {"Link": ", ".join(written)}
