"""Records as linked data: one address, a page for people and RDF for programs.

Our records answer at their own IRI, those of others at `/catalogue/{origin}/{slug}` with
`rel=canonical` to the IRI. Whatever host served it, the subject is the record's IRI. A client
that names no type gets JSON-LD; only who asks for HTML gets the page.

JSON-LD of our own record carries a proof over the record alone, made when it is served: any
reader finds the facts in its default graph and any verifier can check them. What was said in
the feed, by us or by others, is the member that the Link header names; that of another city at its
own address and, beside it, at that of our copy.

With `?asOf=` a record is shown as this node knew it then (`nodes.web.instants`), and a request with
`Accept-Datetime` is led there: a record's address is its own TimeGate (RFC 7089, pattern 1.1).
"""

import asyncio
import json
from dataclasses import dataclass
from typing import Final

from aiohttp import hdrs, web

from federation.keys import SigningKey
from federation.member import Member, document
from federation.signing import sign
from federation.times import stamp
from nodes.catalogue import Gone, Known, known_of
from nodes.errors import NotFound
from nodes.journal import past
from nodes.web import instants, structured
from nodes.web.addresses import copied_member, iri_of, local_path, origin_of, record_iri
from nodes.web.answers import answer, typed
from nodes.web.keys import CATALOGUE, CITY, FEEDS, JOURNAL
from nodes.web.kin import Kin, kin
from nodes.web.labels import KINDS
from nodes.web.middleware import say
from nodes.web.negotiation import accepted, choose
from nodes.web.neighbours import NOBODY, around
from nodes.web.reader import languages
from nodes.web.rendering import links, page
from nodes.web.sections import SECTIONS
from vocab import graph, lines
from vocab.jsonld import proof_document, record_document
from vocab.readiness import readiness
from vocab.records import ROOMS, Experiment


@dataclass(frozen=True, kw_only=True)
class Then:
    """The time a record is shown as of, and since when it was so; ISO 8601 in UTC."""

    asked: str
    since: str


@dataclass(frozen=True, kw_only=True)
class Format:
    """A syntax in which a record can be had."""

    suffix: str
    media: str
    name: str
    writes: graph.Format | None = None


FORMATS: Final = (
    Format(suffix="jsonld", media="application/ld+json", name="JSON-LD"),
    Format(suffix="html", media="text/html", name="HTML"),
    Format(suffix="ttl", media="text/turtle", name="Turtle", writes="turtle"),
    Format(suffix="trig", media="application/trig", name="TriG", writes="trig"),
    Format(suffix="nq", media="application/n-quads", name="N-Quads", writes="nquads"),
    Format(suffix="nt", media="application/n-triples", name="N-Triples", writes="nt"),
    Format(suffix="rdf", media="application/rdf+xml", name="RDF/XML", writes="xml"),
)
_BY_SUFFIX: Final = {each.suffix: each for each in FORMATS}
_BY_MEDIA: Final = {each.media: each for each in FORMATS} | {
    "application/json": _BY_SUFFIX["jsonld"],
    "application/x-turtle": _BY_SUFFIX["ttl"],
    "text/n3": _BY_SUFFIX["ttl"],
    "text/plain": _BY_SUFFIX["nt"],
    "text/x-nquads": _BY_SUFFIX["nq"],
}
"""Older names are heard too: rdflib asks for N-Triples as text/plain, for Notation3 as text/n3."""
ACCEPT_DATETIME: Final = "Accept-Datetime"
_VARY: Final = "Accept, Accept-Encoding, Accept-Datetime"
_OTHERS: Final = tuple(room for room in ROOMS if room != Experiment.room)


def routes() -> list[web.RouteDef]:
    """Give the addresses of records."""
    return [
        *(web.get(f"/{{room:{room}}}/{{slug}}", own_record) for room in ROOMS),
        web.get("/catalogue/{origin}/{slug}", other_record),
        web.get(f"/catalogue/{{origin}}/{{room:{'|'.join(_OTHERS)}}}/{{slug}}", other_record),
        web.get("/unsigned/{name:[0-9a-f]{32}}", unsigned_member),
        web.get("/unsigned/{slug}", unsigned_record),
    ]


async def own_record(request: web.Request) -> web.Response:
    """Show a record of this node."""
    return await _record(request, request.app[CITY].base)


async def other_record(request: web.Request) -> web.Response:
    """Show our copy of a record of another node; raises NotFound for what is no node's base."""
    origin = origin_of(request.match_info["origin"])
    if origin is None:
        raise NotFound("No node has the base that this address names.")
    if origin == request.app[CITY].base:
        raise web.HTTPMovedPermanently(f"{origin}{_room(request)}/{request.match_info['slug']}")
    return await _record(request, origin)


async def unsigned_record(request: web.Request) -> web.Response:
    """Show our copy of a record of a feed that nobody signs; raises NotFound."""
    slug, wanted = _split(request.match_info["slug"])
    iri = iri_of(slug)
    known, then = await _found(request, iri)
    if known is None or known.member.proof is not None:
        raise NotFound(f"No unsigned record {_when(then)} known here as {iri[:300]}")
    return await _shown(request, known, wanted, then)


async def unsigned_member(request: web.Request) -> web.Response:
    """Give a member that nobody signed, as N-Quads; raises NotFound."""
    iri = f"{request.app[CITY].base}unsigned/{request.match_info['name']}"
    entry = await asyncio.to_thread(request.app[JOURNAL].member, iri)
    if entry is None or entry.member.proof is not None:
        raise NotFound(f"no member is called {iri}")
    return answer(request, document(entry.member), "application/n-quads")


async def _record(request: web.Request, origin: str) -> web.Response:
    slug, wanted = _split(request.match_info["slug"])
    iri = record_iri(origin, _room(request), slug)
    known, then = await _found(request, iri)
    if known is None or known.member.origin != origin:
        raise NotFound(f"No {_noun(request)} {_when(then)} known here as {iri[:300]}")
    return await _shown(request, known, wanted, then)


async def _found(request: web.Request, iri: str) -> tuple[Known | Gone | None, Then | None]:
    """Find a record as it is known, now or when the request says; raises NotFound.

    Raises HTTPFound for a request that names its time in a header, HTTPGone for what was shown
    then and may not be told any more.
    """
    text = instants.named(request.query.items())
    if text is None:
        if (header := request.headers.get(ACCEPT_DATETIME)) is not None:
            raise web.HTTPFound(await _memento(request, iri, header))
        return await request.app[CATALOGUE].record(iri), None
    moment = await instants.moment(request, text)
    state = await asyncio.to_thread(past.state, request.app[JOURNAL], iri, moment.number)
    if state.loss is not None:
        raise web.HTTPGone(text=f"What this node showed then cannot be told: {state.loss.value}.")
    then = Then(asked=moment.asked, since=state.at)
    return (None if state.entry is None else known_of(state.entry)), then


async def _memento(request: web.Request, iri: str, header: str) -> str:
    """Give the address of what was shown at the time a header names, or first of all."""
    journal = request.app[JOURNAL]
    asked = min(instants.accepted(header), journal.clock())
    first = await asyncio.to_thread(past.first, journal, iri)
    if first is None:
        raise NotFound(f"Nothing was ever known here as {iri[:300]}")
    at = max(stamp(asked), first)
    return f"{request.path}?{instants.written(at)}"


def _when(then: Then | None) -> str:
    return "is" if then is None else f"was, at {then.asked},"


async def _shown(
    request: web.Request, known: Known | Gone, wanted: Format | None, then: Then | None
) -> web.Response:
    if isinstance(known, Gone):
        return _tombstone(request, known, then)
    shape = wanted or _negotiated(request)
    if shape.suffix == "html":
        return await _page(request, known, then)
    city, key = request.app[CITY], request.app[FEEDS].key()
    body = await asyncio.to_thread(write, known.member, shape, city.base, key)
    headers = links([*_relations(request, known, then), _context(request)])
    return answer(request, body, typed(shape.media), vary=_VARY, headers=headers | _dated(then))


def _dated(then: Then | None) -> dict[str, str]:
    """Say which time an answer speaks of, when that is an earlier one."""
    if then is None:
        return {}
    return {
        "Memento-Datetime": instants.http_date(then.since or then.asked),
        hdrs.CACHE_CONTROL: instants.KEPT,
    }


def write(member: Member, shape: Format, base: str, key: SigningKey) -> bytes:
    """Write a member's record in a syntax that machines read.

    N-Quads and TriG hold the whole member too, as it was signed: the record in the graph of its
    name. In the default graph, the only one that many readers look at, is the record in each.
    """
    if shape.suffix in {"nq", "trig"}:
        whole = {*lines.rows(document(member)), *lines.rows(member.payload)}
        return graph.serialise(lines.canonical(whole), shape.writes or "nquads")
    if shape.writes is not None:
        return graph.serialise(member.payload, shape.writes)
    return json.dumps(_json(member, base, key), ensure_ascii=False, indent=1).encode()


def _json(member: Member, base: str, key: SigningKey) -> dict[str, object]:
    said: dict[str, object] = record_document(member.payload, f"{base}context/v1.jsonld")
    if member.proof is None or member.origin != base:
        return said
    method = key.public(base).method
    proof = sign(member.payload, key, method=method, created=member.proof.created)
    return {**said, "proof": proof_document(proof)}


def _room(request: web.Request) -> str:
    return request.match_info.get("room", Experiment.room)


def _noun(request: web.Request) -> str:
    return KINDS[_room(request)].lower()


def _split(name: str) -> tuple[str, Format | None]:
    slug, dot, suffix = name.rpartition(".")
    return (slug, _BY_SUFFIX[suffix]) if dot and suffix in _BY_SUFFIX else (name, None)


def _negotiated(request: web.Request) -> Format:
    offers = tuple(_BY_MEDIA)
    media = choose(accepted(request), offers)
    if media is None:
        raise web.HTTPNotAcceptable(text=f"This record can be had as {', '.join(offers)}.")
    return _BY_MEDIA[media]


def addresses(known: Known, base: str, asked: str = "") -> dict[str, str]:
    """Give the address of a record in each format but the page, by media type.

    With `asked`, as the record was known then.
    """
    path = local_path(known.record.iri, known.origin, base)
    as_of = f"?{instants.written(asked)}" if asked else ""
    return {
        each.media: f"{base}{path}.{each.suffix}{as_of}"
        for each in FORMATS
        if each.suffix != "html"
    }


def _relations(
    request: web.Request, known: Known, then: Then | None
) -> list[tuple[str, str, str | None]]:
    found = addresses(known, request.app[CITY].base, "" if then is None else then.asked)
    alternates = [(where, "alternate", media) for media, where in found.items()]
    base, member = request.app[CITY].base, known.member
    members = [member.iri]
    if known.origin != base and (ours := copied_member(member.iri, known.origin)):
        members.append(base + ours)
    described = [(where, "describedby", "application/ld+json") for where in members]
    here = base + local_path(known.record.iri, known.origin, base)
    gates = [(here, "original timegate", None)]
    return [(known.record.iri, "canonical", None), *gates, *described, *alternates]


def _context(request: web.Request) -> tuple[str, str, str | None]:
    return f"{request.app[CITY].base}ns", "describedby", "text/turtle"


async def _page(request: web.Request, known: Known, then: Then | None) -> web.Response:
    city = request.app[CITY]
    reader = languages(request)
    found = addresses(known, city.base, "" if then is None else then.asked)
    path = local_path(known.record.iri, known.origin, city.base)
    said = {
        "known": known,
        "record": known.record,
        "sections": SECTIONS[known.record.room],
        "readiness": readiness(known.record),
        "neighbours": NOBODY if then else await around(known.record, request.app[CATALOGUE]),
        "kin": Kin() if then else await kin(request, known),
        "at": path,
        "then": then,
        "present": city.base + path,
        "own": known.origin == city.base,
        "formats": [(each.name, each.media, found[each.media]) for each in FORMATS if each.writes],
        "jsonld": found["application/ld+json"],
        "age": request.app[CATALOGUE].ages().get(known.origin),
        "structured": structured.dataset(known, city, reader, city.base + path, found),
    }
    return page(
        request, "record.html", said, headers=links(_relations(request, known, then)) | _dated(then)
    )


def _tombstone(request: web.Request, gone: Gone, then: Then | None) -> web.Response:
    detail = f"This {_noun(request)} was withdrawn by its city on {gone.member.published[:10]}."
    found = say(request, 410, detail, "The withdrawal is the member named in the Link header.")
    found.headers.update(links([(gone.member.iri, "describedby", None)]))
    if then is not None:
        found.headers["Memento-Datetime"] = _dated(then)["Memento-Datetime"]
    return found
