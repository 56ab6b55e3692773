"""Results that can be cited: `/cite` makes an address, and whoever follows it gets the same bytes.

`/cite?query=…&asOf=…` asks a query once, in canonical form (`nodes.sandbox.canonical`), and leads
to `/cite/{citation}`, an address that says everything itself (`nodes.citations`): a page for
people, and by suffix or `Accept` the result. Each time it is asked for, the result is had anew from
the state of the journal at that instant, and held to the digest in the address. What is not the
same any more, because something was erased since or the words of the vocabulary are others, is not
given under that address: the page says so, and programs get 410.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from aiohttp import hdrs, web

from federation.times import stamp
from nodes import citations
from nodes.citations import Citation
from nodes.citing import citation as cited
from nodes.dumps import Part
from nodes.errors import NodeError, NotFound
from nodes.journal.past import Moment
from nodes.queries import Answer
from nodes.sandbox.formats import FORMATS, Kind
from nodes.web import instants, sparqlrequest
from nodes.web.answers import answer
from nodes.web.cells import table
from nodes.web.keys import BASE, BUDGETS, CITY, CLIENTS, NETWORK, QUERIES
from nodes.web.negotiation import accepted, choose
from nodes.web.problems import PROBLEM, Problem, of_query
from nodes.web.querying import DOWNLOADS, start
from nodes.web.rendering import links, page
from nodes.web.snippets import permalink
from nodes.web.sparqlanswer import send
from nodes.web.sparqlrequest import Asked

REFERENCE: Final[Mapping[Kind, str]] = {Kind.TABLE: "tsv", Kind.TRUTH: "json", Kind.GRAPH: "nt"}
"""The format of each kind of result whose bytes are its one form."""

_HTML: Final = "text/html"
_BIBTEX: Final = "application/x-bibtex"
_CSL: Final = "application/vnd.citationstyles.csl+json"
_ROWS: Final = 20
_CITIES: Final = 200
_LICENCES: Final = """\
PREFIX as: <https://www.w3.org/ns/activitystreams#>
PREFIX dcterms: <http://purl.org/dc/terms/>
SELECT ?node ?licence (COUNT(?record) AS ?records) WHERE {
  ?member as:actor ?node ; as:object ?record .
  GRAPH ?member { ?record dcterms:license ?licence }
} GROUP BY ?node ?licence
"""


@dataclass(frozen=True, kw_only=True)
class Result:
    """A result had anew: the state it was had from, and whether it is what was cited."""

    said: Citation
    then: Moment
    answer: Answer

    @property
    def sha256(self) -> str:
        """The digest of its one form."""
        return "" if self.answer.facts is None else self.answer.facts.sha256

    @property
    def same(self) -> bool:
        """Whether it is what the address says."""
        return self.sha256.startswith(self.said.digest)


def routes() -> list[web.RouteDef]:
    """Give the addresses."""
    return [
        web.get("/cite", make),
        web.get(r"/cite/{citation:[A-Za-z0-9_-]+}", show),
        web.get(r"/cite/{citation:[A-Za-z0-9_-]+}.{suffix:[a-z]+}", show),
    ]


async def make(request: web.Request) -> web.StreamResponse:
    """Ask a query and lead to the address of its result."""
    try:
        parameters = sparqlrequest.of_address(request)
        text = instants.named(parameters)
        then = await instants.moment(request, text) if text else await instants.present(request)
        asked = sparqlrequest.asked(parameters)
        if asked is None:
            raise web.HTTPSeeOther(f"{request.app[BASE]}query")
        found = await _result(request, _said(asked, then), then)
        address = citations.encode(replace(found.said, digest=found.sha256))
        if found.answer.spool is not None:
            found.answer.spool.close()
    except Problem as problem:
        return _trouble(request, problem)
    except NodeError as error:
        return _trouble(request, of_query(error))
    if address is None:
        return _trouble(request, Problem(
            HTTPStatus.REQUEST_URI_TOO_LONG, "The query is too long for an address.",
            hint="Leave out comments, and write long lists of values in fewer words.",
        ))  # fmt: skip
    return web.Response(
        status=HTTPStatus.SEE_OTHER,
        headers={
            hdrs.LOCATION: f"{request.app[BASE]}cite/{address}",
            hdrs.CACHE_CONTROL: "no-store",
        },
    )


async def show(request: web.Request) -> web.StreamResponse:
    """Give what was cited: a page about it, how to cite it, or the result; raises NotFound."""
    said = citations.decode(request.match_info["citation"])
    if said is None:
        raise NotFound("This is no address of a result; it may have been cut off.")
    suffix = request.match_info.get("suffix")
    accept = accepted(request)
    try:
        instants.over(request, said.asked)
        then = await instants.of(request, said.asked)
        if suffix in {"bib", "csl"} or (suffix is None and _for_people(accept)):
            return await _about(request, said, then, suffix)
        formats = sparqlrequest.wanted(accept, suffix)
        names = {kind: each.format.name for kind, each in formats.items()}
        found = await _result(request, said, then, names)
    except Problem as problem:
        return _trouble(request, problem)
    except NodeError as error:
        return _trouble(request, of_query(error))
    kind = found.answer.kind
    if not found.same:
        if found.answer.spool is not None:
            found.answer.spool.close()
        return _trouble(request, _lost(found))
    here = f"{request.app[BASE]}cite/{request.match_info['citation']}"
    headers = {
        **await instants.headers(request, then),
        hdrs.VARY: "Accept, Accept-Encoding",
        hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*",
        **links([(here, "cite-as", None)]),
    }
    tag = f"{found.sha256[:32]}-{found.answer.format}"
    return await send(request, found.answer, formats[kind].media_type, headers, strong=tag)


async def _about(
    request: web.Request, said: Citation, then: Moment, suffix: str | None
) -> web.StreamResponse:
    """Tell what was cited, and how to cite it."""
    found = await _result(request, said, then)
    body, cut = await start(found.answer)
    city, facts = request.app[CITY], found.answer.facts
    here = f"{city.base}cite/{request.match_info['citation']}"
    parts = await _parts(request, then)
    known = cited(
        city,
        here,
        then.asked,
        f"as of {then.asked}, SHA-256 {found.sha256[:32]}",
        parts,
        title=f"Result of a query to the node of {city.name}",
        key=found.sha256[:8],
    )
    whole = await instants.headers(request, then)
    if suffix == "bib":
        return answer(request, known["bibtex"].encode(), _BIBTEX, headers=whole)
    csl = json.dumps(known["csl"], ensure_ascii=False, indent=1)
    if suffix == "csl":
        return answer(request, csl.encode(), _CSL, headers=whole)
    kind = found.answer.kind
    text = body.decode(errors="ignore")
    hosts = frozenset(facts.hosts) if facts is not None else frozenset()
    licences = sorted({each for part in parts for each in part.licences})
    items = [(f"{here}.{name}", words) for name, words in DOWNLOADS[kind]]
    media = {each.name: each.media_type for each in FORMATS[kind]}
    relations = [
        (here, "cite-as", None),
        *((f"{here}.{name}", "item", media[name]) for name, _ in DOWNLOADS[kind]),
        (f"{here}.bib", "describedby", _BIBTEX),
        (f"{here}.csl", "describedby", _CSL),
        *((each, "license", None) for each in licences[:20] if each.isascii() and len(each) < 200),
    ]
    shown = {
        "said": said,
        "then": then,
        "empty": instants.words(then),
        "result": found,
        "rows": 0 if facts is None else facts.rows,
        "kind": kind.value,
        "reference": REFERENCE[kind],
        "table": table(text, _ROWS, cut=cut) if kind is Kind.TABLE else None,
        "text": text[:2_000],
        "parts": parts[:_CITIES],
        "more": len(parts) - _CITIES,
        "named": [each.origin for each in parts if _begins(each.origin) in hosts],
        "licences": licences,
        "lost": (await instants.summary(request, then)).lost,
        "known": known,
        "csl": csl,
        "items": items,
        "address": here,
        "again": permalink(f"{city.base}query", said.query, then.asked),
        "now": permalink(f"{city.base}query", said.query),
    }
    return page(request, "cite.html", shown, headers={**links(relations), **_kept(whole)})


async def _result(
    request: web.Request,
    said: Citation,
    then: Moment,
    formats: Mapping[Kind, str] = REFERENCE,
) -> Result:
    client = request.app[CLIENTS].of(request)
    with request.app[BUDGETS].spending(client) as spending:
        found = await request.app[QUERIES].ask(
            said.query,
            formats={kind: formats.get(kind) for kind in Kind},
            default_graphs=said.default_graphs,
            named_graphs=said.named_graphs,
            base=f"{request.app[BASE]}sparql",
            spooled=True,
            spending=spending,
            moment=then,
            canonical=True,
        )
    return Result(said=said, then=then, answer=found)


async def _parts(request: web.Request, then: Moment) -> list[Part]:
    """Tell which cities' records stood in the state, how many, under which licences."""
    client = request.app[CLIENTS].of(request)
    with request.app[BUDGETS].spending(client) as spending:
        found = await request.app[QUERIES].ask(_LICENCES, spending=spending, moment=then)
    licences: dict[str, list[str]] = {}
    for row in json.loads(found.body)["results"]["bindings"]:
        base = row["node"]["value"].removesuffix("#node")
        licences.setdefault(base, []).append(row["licence"]["value"])
    named = request.app[NETWORK]
    origins = (await instants.summary(request, then)).origins
    return [
        Part(
            origin=base,
            city=named.city(base) or "",
            records=records,
            licences=tuple(sorted(licences.get(base, ()))),
        )
        for base, records in origins.items()
    ]


def _said(asked: Asked, then: Moment) -> Citation:
    return Citation(
        query=asked.query,
        asked=datetime.fromisoformat(then.asked),
        digest="",
        default_graphs=asked.default_graphs,
        named_graphs=asked.named_graphs,
    )


def _lost(found: Result) -> Problem:
    return Problem(
        HTTPStatus.GONE,
        "The result that was cited cannot be had any more.",
        kind="citation-lost",
        hint="Something it rests on was erased since, or may not be told. The page at the address "
        "without a suffix tells more.",
        asOf=stamp(found.said.asked),
        cited=found.said.digest,
        present=found.sha256,
    )


def _for_people(accept: str | None) -> bool:
    offers = [_HTML, *(each.media_type for kind in Kind for each in FORMATS[kind])]
    return choose(accept, offers) == _HTML


def _begins(base: str) -> str:
    return "/".join(base.split("/", 3)[:3]) + "/"


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: said for name, said in headers.items() if name != hdrs.LINK}


def _trouble(request: web.Request, problem: Problem) -> web.Response:
    """Say what is wrong, on a page for people."""
    if choose(accepted(request), (PROBLEM, _HTML)) != _HTML:
        return problem.response()
    said: dict[str, Any] = {
        "status": int(problem.status), "detail": str(problem), "hint": problem.hint,
    }  # fmt: skip
    headers = {**problem.headers, hdrs.CACHE_CONTROL: "no-store"}
    return page(request, "error.html", said, status=problem.status, headers=headers)
