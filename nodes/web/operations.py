"""What can be asked of a node, one line for each address: the table behind `/openapi.json`.

Kept by hand, for people to read; a test holds it against the routes there are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from federation.pings import MEDIA as PING_MEDIA
from federation.pings import Verb
from nodes import citations
from nodes.citations import Citation
from nodes.observatory import FACETS as COUNTED_BY
from nodes.searches import (
    BANDS,
    DEEPEST,
    FACETS,
    LARGEST_PAGE,
    LONGEST_CURSOR,
    MOST_FILTERS,
    NO,
    SCHEME_OF,
    YES,
    Sort,
)  # fmt: skip
from nodes.subscriptions import Channel, Pace
from nodes.web.asking import FORMATS
from nodes.web.suggest import LONGEST
from nodes.web.twins import MEDIA
from nodes.words import LONGEST_QUESTION
from vocab.records import ROOMS, Experiment
from vocab.schemes import NAMES, ids

HTML: Final = "text/html"
JSON: Final = "application/json"
LD: Final = "application/ld+json"
TURTLE: Final = "text/turtle"
TRIG: Final = "application/trig"
NQUADS: Final = "application/n-quads"
NTRIPLES: Final = "application/n-triples"
RDFXML: Final = "application/rdf+xml"
XML: Final = "application/xml"
ATOM: Final = "application/atom+xml"
CSV: Final = "text/csv"
TEXT: Final = "text/plain"
GEOJSON: Final = "application/geo+json"
ICS: Final = "text/calendar"

_RECORD: Final = (LD, HTML, TURTLE, TRIG, NQUADS, NTRIPLES, RDFXML)
_STREAM: Final = (TRIG, NQUADS, LD, TURTLE, NTRIPLES)
_SEARCH: Final = (JSON, HTML, *MEDIA.values())
_CATALOG: Final = (TURTLE, LD, RDFXML, NTRIPLES)
_TABLE: Final = (
    "application/sparql-results+json",
    "application/sparql-results+xml",
    CSV,
    "text/tab-separated-values",
)
_SPARQL: Final = (*_TABLE, TURTLE, NTRIPLES, RDFXML, LD, NQUADS, TRIG)


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter: `place` is path or query; `example` is one that works on any node, or none."""

    name: str
    place: str
    about: str
    schema: Mapping[str, Any]
    example: str | None = None


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One address, by GET and HEAD; with `form`, by POST too, or by nothing else if `posted`.

    What is posted to one that is `taken` is answered with 202, as a page or JSON.
    """

    path: str
    id: str
    about: str
    media: tuple[str, ...]
    tag: str
    parameters: tuple[Parameter, ...] = ()
    refusals: tuple[int, ...] = ()
    form: Mapping[str, Any] | None = field(default=None)
    posted: bool = False
    taken: bool = False
    cached: bool = True


def _path(name: str, about: str, example: str, **schema: Any) -> Parameter:
    said = {"type": "string", "minLength": 1, **schema}
    return Parameter(name=name, place="path", about=about, schema=said, example=example)


def _query(name: str, about: str, **schema: Any) -> Parameter:
    return Parameter(name=name, place="query", about=about, schema={"type": "string", **schema})


def _suffix(*names: str) -> Parameter:
    return _path("suffix", "The syntax.", names[0], enum=list(names))


def _op(path: str, id_: str, tag: str, about: str, *media: str, **said: Any) -> Operation:
    return Operation(path=path, id=id_, about=about, media=media, tag=tag, **said)


_AS_OF: Final = _query(
    "asOf",
    "What this node showed at a time that is over, by the time at which it accepted each member.",
    format="date-time",
)
_MAYBE_AS_OF: Final = _query(
    "asOf", "The same; nothing for now.", pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2}T.+)?$"
)
_SLUG: Final = _path("slug", "The name of the record, with or without a suffix.", "trial")
_ORIGIN: Final = _path("origin", "The base of its node.", "lab.example")
_TRIAL: Final = _path("slug", "The name of the experiment.", "trial")
_PAIRS: Final = Parameter(
    name="page",
    place="query",
    about="Which page of pairs, counted from 1.",
    schema={"type": "integer", "minimum": 1, "maximum": 1_000, "default": 1},
)
_CITY: Final = _path("city", "The base of its node, or own for this one.", "own")
_ROOM: Final = _path(
    "room", "Its kind.", "testbeds", enum=[each for each in ROOMS if each != Experiment.room]
)
_NUMBER: Final = _path("page", "The number of the page.", "0", pattern="^[0-9]{1,9}$")
_INDEX: Final = _path("page", "Level and number.", "1-0", pattern="^[1-9]-[0-9]{1,9}$")
_PAGE: Final = Parameter(
    name="page",
    place="query",
    about="Which page, counted from 1.",
    schema={"type": "integer", "minimum": 1, "maximum": 100_000, "default": 1},
)
_CHOICES: Final[Mapping[str, Mapping[str, Any]]] = {
    "kind": {"enum": ["", *ROOMS]},
    "year": {"pattern": "^([0-9]{4})?$"},
    "country": {"pattern": "^([A-Za-z]{2})?$"},
    "language": {"pattern": "^([A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*)?$"},
    "origin": {"pattern": "^(https?://[a-z0-9.-]+(:[0-9]{1,5})?/[!-~]*)?$"},
    "trl": {"pattern": "^[1-9]?$"},
    "outcome": {"enum": ["", YES, NO]},
    "replication": {"enum": ["", YES, NO]},
    "fresh": {"enum": ["", *BANDS]},
}
"""What a facet may be given, where it is not free. An empty value counts as not given."""


def _values(facet: str) -> dict[str, Any]:
    if facet in SCHEME_OF:
        return {"type": "string", "enum": ["", *ids(SCHEME_OF[facet])]}
    return {"type": "string", "maxLength": 300, **_CHOICES.get(facet, {})}


_FACETS: Final = tuple(
    Parameter(
        name=facet,
        place="query",
        about=f"Only records with this {facet}; several widen the search.",
        schema={"type": "array", "maxItems": MOST_FILTERS, "items": _values(facet)},
    )
    for facet in FACETS
)
_DEGREES: Final = r"-?[0-9]{1,2}([.][0-9]{1,6})?"
_DATE: Final = "^([12][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|1[0-9]|2[0-8]))?)?)?$"
_ASKED: Final = (
    _query("q", "Words in any language.", maxLength=LONGEST_QUESTION),
    *_FACETS,
    _query(
        "box",
        "west,south,east,north in degrees, such as 7.5,45.0,7.8,45.2; south below north.",
        pattern=f"^({_DEGREES}(,{_DEGREES}){{3}})?$",
    ),
    _query(
        "from",
        "Only records with a day of theirs on or after this date: a year, a month or a day.",
        pattern=_DATE,
    ),
    _query(
        "to",
        "Only records with a day of theirs on or before this date; not before `from`.",
        pattern=_DATE,
    ),
    _query(
        "near",
        "latitude,longitude in degrees, such as 45.07,7.69: measures from there.",
        pattern=f"^({_DEGREES},{_DEGREES})?$",
    ),
    _query(
        "within",
        "Only records so many kilometres from `near`.",
        pattern=r"^([0-9]{1,5}([.][0-9]{1,3})?)?$",
    ),
    _query("sort", "The order of hits; distance needs `near`.", enum=[each.value for each in Sort]),
    Parameter(
        name="page",
        place="query",
        about=f"Which page of hits, among the first {DEEPEST}; `links.next` leads on to all.",
        schema={"type": "integer", "minimum": 1, "maximum": DEEPEST, "default": 1},
    ),
    Parameter(
        name="limit",
        place="query",
        about="How many hits on a page.",
        schema={"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": 20},
    ),
    _query(
        "cursor",
        "Where the last page ended, as `links.next` has it. Nothing is missed or told twice when "
        "records come and go between two pages.",
        maxLength=LONGEST_CURSOR,
    ),
    _query(
        "facets",
        "The facets to be counted, with commas between, or none; without it all of them.",
        examples=["theme,city,year"],
    ),
    _query("format", "The shape, instead of Accept.", enum=list(FORMATS)),
)
_FORMATS: Final = ["json", "xml", "csv", "tsv", "ttl", "nt", "rdf", "jsonld", "nq", "trig"]
_DATASET: Final = tuple(
    Parameter(
        name=name,
        place="query",
        about=f"A graph of the dataset, as the SPARQL protocol has it ({name}).",
        schema={"type": "array", "items": {"type": "string", "format": "iri"}},
    )
    for name in ("default-graph-uri", "named-graph-uri")
)
_SPARQL_TEXT: Final = {
    "type": "string",
    "minLength": 1,
    "contentMediaType": "application/sparql-query",
}
_QUERY: Final = (
    Parameter(
        name="query",
        place="query",
        about="A SPARQL 1.1 query; without one the endpoint describes itself.",
        schema=_SPARQL_TEXT,
        example="SELECT * WHERE { ?s ?p ?o } LIMIT 10",
    ),
    *_DATASET,
    _AS_OF,
    _query("format", "The format of the answer, instead of Accept.", enum=_FORMATS),
)
_FORM: Final[Mapping[str, Any]] = {
    "application/sparql-query": {"schema": {"type": "string"}},
    "application/x-www-form-urlencoded": {
        "schema": {
            "type": "object",
            "required": ["query"],
            "properties": {"query": _SPARQL_TEXT},
        },
        "example": {"query": "ASK { ?s ?p ?o }"},
    },
}
_PING: Final[Mapping[str, Any]] = {
    PING_MEDIA: {
        "schema": {
            "type": "object",
            "required": ["type", "actor", "object"],
            "properties": {
                "type": {"enum": [each.value for each in Verb]},
                "actor": {"type": "string", "format": "iri"},
                "object": {"type": "string", "format": "iri"},
            },
        },
        "example": {
            "@context": "https://www.w3.org/ns/activitystreams",
            "type": "Announce",
            "actor": "https://lab.example/#node",
            "object": "https://lab.example/feed",
        },
    }
}
_SAVED: Final = tuple(
    each
    for each in _ASKED
    if each.name not in ("sort", "page", "limit", "cursor", "facets", "format")
)
_COUNTED_BY: Final = _path("facet", "What is counted.", "theme", enum=list(COUNTED_BY))
_LABEL: Final = "[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?"
_HOST: Final = f"{_LABEL}([.]{_LABEL}){{0,3}}"


def _wish(channel: Channel, form: str, *required: str) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["target", *required],
        "properties": {
            "search": {"type": "string", "maxLength": 4_000, "description": "A search address."},
            "channel": {"const": channel.value},
            "target": {"type": "string", "pattern": form},
            "pace": {"enum": [each.value for each in Pace]},
        },
        "additionalProperties": False,
    }


_WISH: Final[Mapping[str, Any]] = {
    "oneOf": [
        _wish(Channel.MAIL, rf"^[A-Za-z0-9_+-]{{1,64}}@{_HOST}$"),
        _wish(Channel.WEBHOOK, rf"^https://{_HOST}/[A-Za-z0-9/_-]{{0,200}}$", "channel"),
    ]
}
_SUBSCRIBE: Final[Mapping[str, Any]] = {
    each: {
        "schema": _WISH,
        "example": {
            "search": "?q=shuttle",
            "channel": "webhook",
            "target": "https://receiver.example/news",
            "pace": "daily",
        },
    }
    for each in (JSON, "application/x-www-form-urlencoded")
}
_ACTION: Final[Mapping[str, Any]] = {
    "application/x-www-form-urlencoded": {
        "schema": {
            "type": "object",
            "properties": {
                "action": {"enum": ["confirm", "resume", "end"]},
                "List-Unsubscribe": {"const": "One-Click"},
            },
            "anyOf": [{"required": ["action"]}, {"required": ["List-Unsubscribe"]}],
        },
        "example": {"List-Unsubscribe": "One-Click"},
    }
}
_DUMPED: Final = (
    *("records.nq.gz", "records.jsonld.gz", "records.csv.gz", "records.geojson.gz"),
    *("records.parquet", "dump.json", "CITATION.cff"),
)
_TERMS: Final = (TURTLE, LD, HTML)
_TERMS_SUFFIX: Final = _suffix("ttl", "jsonld", "html")
_SCHEME: Final = _path("scheme", "Its name.", "theme", enum=list(NAMES))
_CONCEPT: Final = _path("concept", "Its name in the scheme.", "mobility", pattern="^[A-Za-z0-9-]+$")
_REFUSED: Final = (400, 406, 408, 410, 413, 414, 415, 503)
_GONE: Final = (404, 406, 410)
_SHOWN: Final = (400, *_GONE, 503)
_CITED: Final = citations.encode(
    Citation(
        query="ASK {}",
        asked=datetime(2026, 1, 1, tzinfo=UTC),
        digest=sha256(b'{"head":{},"boolean":true}').hexdigest(),
    )
)
_CITATION: Final = _path(
    "citation", "A query, a time and a checksum.", str(_CITED), pattern="^[A-Za-z0-9_-]+$"
)

_IN_CITY: Final = _query("city", "Only of this city, by its name.", maxLength=300)
_TESTBEDS: Final = (
    _query("kind", "A kind of testbed.", enum=["", *ids("testbed")]),
    _query("service", "A service that it offers.", enum=["", *ids("service")]),
    _IN_CITY,
    next(each for each in _ASKED if each.name == "box"),
    _query("format", "The shape, instead of Accept.", enum=["json", "html", "csv", "geojson"]),
)
_CALLS: Final = (
    _query("status", "Whether it can be answered.", enum=["", "open", "planned", "closed"]),
    _IN_CITY,
    _query("format", "The shape, instead of Accept.", enum=["json", "html", "csv", "ics"]),
)
_PERMITS: Final = (
    _query("type", "A kind of permit.", enum=["", *ids("permit")]),
    _IN_CITY,
    _query("format", "The shape, instead of Accept.", enum=["json", "html", "csv"]),
)

OPERATIONS: Final[tuple[Operation, ...]] = (
    _op("/", "home", "pages", "The home page.", HTML),
    _op("/cities", "cities", "search", "The cities that are known, with their profiles.", JSON,
        HTML, refusals=(406,)),
    _op("/cities.{suffix}", "citiesAs", "search", "The same in one shape.", JSON, HTML,
        parameters=(_suffix("json", "html"),), refusals=(404,)),
    _op("/cities/{city}", "city", "search", "What a city says of itself.", *_RECORD,
        parameters=(_CITY,), refusals=(404, 406)),
    _op("/cities/own.{suffix}", "cityAs", "search", "What this city says of itself.", *_RECORD,
        parameters=(_suffix("jsonld", "html", "ttl", "trig", "nq", "nt", "rdf"),),
        refusals=(404,)),
    _op("/cities/{city}/like", "citiesLike", "search",
        "The cities like one, each with the parts of its likeness.", JSON, HTML,
        parameters=(_CITY,), refusals=(404, 406)),
    _op("/cities/{city}/like.{suffix}", "citiesLikeAs", "search", "The same in one shape.", JSON,
        HTML, parameters=(_CITY, _suffix("json", "html")), refusals=(404,)),
    _op("/network", "network", "pages", "The peers and how they fare.", HTML, JSON),
    _op("/network.{suffix}", "networkAs", "pages", "The same for programs.", JSON,
        parameters=(_suffix("json"),), refusals=(404,)),
    _op("/members", "members", "records", "The cities this node vouches for.", HTML, LD, TURTLE,
        CSV, refusals=(406,)),
    _op("/members.{suffix}", "membersAs", "records", "The same in one form.", HTML, LD, TURTLE,
        CSV, parameters=(_suffix("jsonld", "html", "ttl", "csv"),), refusals=(404,)),
    _op("/members/{slug}", "membership", "records", "What this node says of one city.", *_RECORD,
        parameters=(_SLUG,), refusals=_GONE),
    _op("/freshness", "freshness", "search",
        "How old what the node knows of each city is, and what is left out.", LD, JSON, HTML,
        parameters=(_AS_OF,), refusals=(400, 406, 410, 429, 503)),
    _op("/static/citynode.css", "style", "pages", "The look of the pages.", "text/css"),
    _op("/static/icon.svg", "icon", "pages", "The icon of the pages.", "image/svg+xml"),
    _op("/search", "search", "search", "Search all that the node knows.", *_SEARCH,
        parameters=_ASKED, refusals=(400, 404, 406)),
    _op("/search.{suffix}", "searchAs", "search", "The same search in one shape.", *_SEARCH,
        parameters=(_suffix(*FORMATS), *_ASKED),
        refusals=(400, 404)),
    _op("/observatory", "observatory", "search",
        "Experiments counted by theme, technology, stage, outcome and city.", HTML,
        parameters=_SAVED, refusals=(400,)),
    _op("/observatory/{facet}", "trends", "search",
        "Experiments by one of these and by year.", HTML, JSON, CSV,
        parameters=(_COUNTED_BY, *_SAVED), refusals=(400, 404, 406)),
    _op("/observatory/{facet}.{suffix}", "trendsAs", "search", "The same in one shape.", HTML, JSON,
        CSV, parameters=(_COUNTED_BY, _suffix("csv", "json", "html"), *_SAVED),
        refusals=(400, 404)),
    _op("/subscriptions", "subscribe", "search",
        "Be told of what a search finds: by mail or signed webhook, after confirming. To ask, the "
        "answer is 202, and the same whether or not anything is sent.", HTML,
        parameters=_SAVED, refusals=(400, 404, 408, 413, 415, 429, 503), form=_SUBSCRIBE,
        taken=True, cached=False),
    _op("/subscriptions/{token}", "subscription", "search",
        "A subscription, for whoever has its link: look, confirm, resume or end (RFC 8058).", HTML,
        parameters=(_path("token", "The last part of the link.", "none"),),
        refusals=(400, 404, 408, 413, 415), form=_ACTION, cached=False),
    _op("/suggest", "suggest", "search",
        "What words being typed may become: titles, concepts, cities, partners.", JSON,
        parameters=(_query("q", "The words so far.", maxLength=LONGEST),), refusals=(400,)),
    _op("/sparql", "sparql", "search", "Ask in SPARQL 1.1.", *_SPARQL,
        parameters=_QUERY, refusals=_REFUSED, form=_FORM, cached=False),
    _op("/sparql.{format}", "sparqlAs", "search", "Ask in SPARQL, answered in one format.",
        *_SPARQL, parameters=(_path("format", "The format.", "json", enum=_FORMATS),
        *_QUERY[:-1]), refusals=(*_REFUSED, 404), form=_FORM, cached=False),
    _op("/query", "query", "search", "Ask in SPARQL on a page.", HTML,
        parameters=(_query("query", "The query; without one, the form.", maxLength=10_000,
                           contentMediaType="application/sparql-query"),
                    _query("example", "The name of a worked question."), _MAYBE_AS_OF),
        refusals=(400, 410, 429, 503, 504)),
    _op("/cite", "cite", "search", "Make an address for a result, and go there.", HTML,
        parameters=(*_QUERY[:-2], _MAYBE_AS_OF),
        refusals=(400, 406, 410, 414, 429, 503, 504), cached=False),
    _op("/cite/{citation}", "cited", "search",
        "A result that was cited: a page about it, or the result.", HTML, *_SPARQL,
        parameters=(_CITATION,), refusals=(400, 404, 406, 410, 429, 503, 504)),
    _op("/cite/{citation}.{suffix}", "citedAs", "search",
        "The result in one format, byte for byte as it was, or how to cite it.", *_SPARQL,
        "application/x-bibtex", "application/vnd.citationstyles.csl+json",
        parameters=(_CITATION, _suffix("json", *_FORMATS[1:], "bib", "csl")),
        refusals=(400, 404, 406, 410, 429, 503, 504)),
    _op("/queries", "queries", "search", "Worked questions in SPARQL.", *_TERMS, refusals=(406,)),
    _op("/queries.{suffix}", "queriesAs", "search", "The same in one syntax.", *_TERMS,
        parameters=(_TERMS_SUFFIX,), refusals=(404,)),
    _op("/experiments/{slug}", "experiment", "records", "An experiment of this city.", *_RECORD,
        parameters=(_SLUG, _AS_OF), refusals=_SHOWN),
    _op("/experiments/{slug}/similar", "similar", "search",
        "The experiments like one, each with the parts of its likeness.", JSON, HTML,
        parameters=(_TRIAL,), refusals=_GONE),
    _op("/experiments/{slug}/similar.{suffix}", "similarAs", "search", "The same in one shape.",
        JSON, HTML, parameters=(_TRIAL, _suffix("json", "html")), refusals=(404, 410)),
    _op("/experiments/{slug}/replications", "replications", "records",
        "What an experiment repeats and inspired, seen from both sides.", JSON, HTML,
        parameters=(_TRIAL,), refusals=_GONE),
    _op("/experiments/{slug}/replications.{suffix}", "replicationsAs", "records",
        "The same in one shape.", JSON, HTML, parameters=(_TRIAL, _suffix("json", "html")),
        refusals=(404, 410)),
    _op("/catalogue/{origin}/{slug}/similar", "similarToCopy", "search",
        "The experiments like one of another city.", JSON, HTML, parameters=(_ORIGIN, _TRIAL),
        refusals=_GONE),
    _op("/catalogue/{origin}/{slug}/similar.{suffix}", "similarToCopyAs", "search",
        "The same in one shape.", JSON, HTML,
        parameters=(_ORIGIN, _TRIAL, _suffix("json", "html")), refusals=(404, 410)),
    _op("/catalogue/{origin}/{slug}/replications", "replicationsOfCopy", "records",
        "What an experiment of another city repeats and inspired.", JSON, HTML,
        parameters=(_ORIGIN, _TRIAL), refusals=_GONE),
    _op("/catalogue/{origin}/{slug}/replications.{suffix}", "replicationsOfCopyAs", "records",
        "The same in one shape.", JSON, HTML,
        parameters=(_ORIGIN, _TRIAL, _suffix("json", "html")), refusals=(404, 410)),
    _op("/testbeds", "testbeds", "search", "Testbeds by kind, service, city and box.", JSON, HTML,
        CSV, GEOJSON, parameters=_TESTBEDS, refusals=(400, 406)),
    _op("/testbeds.{suffix}", "testbedsAs", "search", "The same in one shape.", JSON, HTML, CSV,
        GEOJSON, parameters=(_suffix("json", "html", "csv", "geojson"), *_TESTBEDS),
        refusals=(400, 404)),
    _op("/calls", "calls", "search", "Calls, the open ones first, by deadline.", JSON, HTML, CSV,
        ICS, parameters=_CALLS, refusals=(400, 406)),
    _op("/calls.{suffix}", "callsAs", "search", "The same in one shape.", JSON, HTML, CSV, ICS,
        parameters=(_suffix("json", "html", "csv", "ics"), *_CALLS), refusals=(400, 404)),
    _op("/permits", "permits", "search", "How long permits take, by kind and city.", JSON, HTML,
        CSV, parameters=_PERMITS, refusals=(400, 406)),
    _op("/permits.{suffix}", "permitsAs", "search", "The same in one shape.", JSON, HTML, CSV,
        parameters=(_suffix("json", "html", "csv"), *_PERMITS), refusals=(400, 404)),
    _op("/duplicates", "duplicates", "search",
        "Records that may be the same, or of one project, with the reasons; nothing is merged.",
        JSON, HTML, parameters=(_PAIRS,), refusals=(400, 404, 406)),
    _op("/duplicates.{suffix}", "duplicatesAs", "search", "The same in one shape.", JSON, HTML,
        parameters=(_suffix("json", "html"), _PAIRS), refusals=(400, 404)),
    _op("/testbeds/{slug}", "testbed", "records", "A testbed of this city.", *_RECORD,
        parameters=(_SLUG, _AS_OF), refusals=_SHOWN),
    _op("/calls/{slug}", "call", "records", "A call of this city.", *_RECORD,
        parameters=(_SLUG, _AS_OF), refusals=_SHOWN),
    _op("/catalogue/{origin}/{slug}", "copy", "records",
        "Our copy of an experiment of another city.", *_RECORD,
        parameters=(_ORIGIN, _SLUG, _AS_OF), refusals=_SHOWN),
    _op("/catalogue/{origin}/{room}/{slug}", "copyOf", "records",
        "Our copy of a testbed or a call of another city.", *_RECORD,
        parameters=(_ORIGIN, _ROOM, _SLUG, _AS_OF), refusals=_SHOWN),
    _op("/unsigned/{name}", "unsigned", "records",
        "Our copy of a record, or of a member, of a feed that nobody signs.", *_RECORD,
        parameters=(_path("name", "The address of the record as one segment, or the member's name.",
                          "0123456789abcdef0123456789abcdef"),),
        refusals=_GONE),
    _op("/dump.nt", "dump", "records", "All records of this city.", NTRIPLES),
    _op("/dumps", "dumps", "records", "Dumps of all that the node knows, in DCAT.", *_CATALOG, HTML,
        refusals=(406,)),
    _op("/dumps.{suffix}", "dumpsAs", "records", "The same in one syntax.", *_CATALOG,
        parameters=(_suffix("ttl", "jsonld", "rdf", "nt"),), refusals=(404,)),
    _op("/dumps/{dump}/{file}", "dumpFile", "records",
        "A file of a dump, or a part of it (Range); /dumps/latest/{file} leads to the newest.",
        "application/gzip", "application/vnd.apache.parquet", JSON, "text/yaml",
        parameters=(_path("dump", "Its name, or latest.", "latest"),
                    _path("file", "The file.", "records.nq.gz", enum=list(_DUMPED))),
        refusals=(404, 416)),
    _op("/feed", "feed", "feeds", "What this city says, as an event stream.", *_STREAM,
        refusals=(406,)),
    _op("/feed.{suffix}", "feedAs", "feeds", "The same in one syntax.", *_STREAM,
        parameters=(_suffix("trig", "nq", "jsonld", "ttl", "nt"),), refusals=(404, 406)),
    _op("/feed/pages/{page}", "feedPage", "feeds", "A page of the stream.", *_STREAM,
        parameters=(_NUMBER,), refusals=(404, 406)),
    _op("/feed/index/{page}", "feedIndex", "feeds", "An index of older pages.", *_STREAM,
        parameters=(_INDEX,), refusals=(404, 406)),
    _op("/feed/shape", "feedShape", "feeds", "The shape of members.", TURTLE),
    _op("/feed/digest", "feedDigest", "feeds", "The digest of the live records, by buckets.",
        NQUADS, TURTLE, LD, refusals=(406,)),
    _op("/feed/digest/{bucket}", "feedDigestBucket", "feeds", "The live records of one bucket.",
        NQUADS, TURTLE, LD, parameters=(_path("bucket", "Its number, from 0 to 255.", "0",
                                              pattern="^(0|[1-9][0-9]{0,2})$"),),
        refusals=(404, 406)),
    _op("/feed/{member}", "member", "feeds", "One signed member.", LD, NQUADS,
        parameters=(_path("member", "Its name.", "1-00000000",
                          pattern="^[1-9][0-9]*-[0-9a-f]{8}([.](jsonld|nq))?$"),),
        refusals=(404, 406)),
    _op("/catalogue/{origin}/feed/{member}", "memberCopy", "feeds",
        "Our copy of a signed member of another city, unchanged.", LD, NQUADS,
        parameters=(_ORIGIN, _path("member", "Its name.", "1-00000000",
                                   pattern="^[1-9][0-9]*-[0-9a-f]{8}([.](jsonld|nq))?$")),
        refusals=(404, 406)),
    _op("/feed/all", "feedOfAll", "feeds", "All that the node knows, unchanged.", *_STREAM,
        refusals=(406,)),
    _op("/feed/all.{suffix}", "feedOfAllAs", "feeds", "The same in one syntax.", *_STREAM,
        parameters=(_suffix("trig", "nq", "jsonld", "ttl", "nt"),), refusals=(404, 406)),
    _op("/feed/all/pages/{page}", "feedOfAllPage", "feeds", "A page of it.", *_STREAM,
        parameters=(_NUMBER,), refusals=(404, 406)),
    _op("/feed/all/index/{page}", "feedOfAllIndex", "feeds", "An index of older pages.", *_STREAM,
        parameters=(_INDEX,), refusals=(404, 406)),
    _op("/feed/dcat-ap", "feedOfDossiers", "portals", "The stream in DCAT-AP.", TRIG, LD,
        refusals=(406,)),
    _op("/feed/dcat-ap.{suffix}", "feedOfDossiersAs", "portals", "The same in one syntax.", TRIG,
        LD, parameters=(_suffix("trig", "jsonld"),), refusals=(404, 406)),
    _op("/feed/dcat-ap/pages/{page}", "feedOfDossiersPage", "portals", "A page of it.", TRIG, LD,
        parameters=(_NUMBER,), refusals=(404, 406)),
    _op("/feed/dcat-ap/index/{page}", "feedOfDossiersIndex", "portals", "An index of older pages.",
        TRIG, LD, parameters=(_INDEX,), refusals=(404, 406)),
    _op("/feed/dcat-ap/shape", "feedOfDossiersShape", "portals", "The shape of members.", TURTLE),
    _op("/feed/runs", "runs", "feeds", "The node's own rounds with other cities.", *_STREAM,
        refusals=(406,)),
    _op("/feed/runs.{suffix}", "runsAs", "feeds", "The same in one syntax.", *_STREAM,
        parameters=(_suffix("trig", "nq", "jsonld", "ttl", "nt"),), refusals=(404, 406)),
    _op("/feed/runs/pages/{page}", "runsPage", "feeds", "A page of it.", *_STREAM,
        parameters=(_NUMBER,), refusals=_GONE),
    _op("/feed/runs/index/{page}", "runsIndex", "feeds", "An index of older pages.", *_STREAM,
        parameters=(_INDEX,), refusals=_GONE),
    _op("/feed/runs/shape", "runsShape", "feeds", "The shape of a run.", TURTLE),
    _op("/feed.atom", "news", "portals", "What the city changed last.", ATOM),
    _op("/catalog", "catalog", "portals", "The city's records in DCAT-AP.", *_CATALOG,
        parameters=(_PAGE,), refusals=(400, 404, 406, 503)),
    _op("/catalog.{suffix}", "catalogAs", "portals", "The same in one syntax.", *_CATALOG,
        parameters=(_suffix("ttl", "jsonld", "rdf", "nt"), _PAGE), refusals=(400, 404, 503)),
    _op("/.well-known/void", "void", "portals", "The records as a set of linked data.", TURTLE,
        refusals=(503,)),
    _op("/.well-known/api-catalog", "apiCatalog", "portals", "The interfaces of the node.",
        "application/linkset+json"),
    _op("/openapi.json", "openapi", "portals", "This description.", JSON),
    _op("/sitemap.xml", "sitemap", "portals", "The pages of the city's records.", XML),
    _op("/sitemap-{number}.xml", "sitemapPart", "portals", "One file of a large sitemap.", XML,
        parameters=(_path("number", "Which file.", "1", pattern="^[1-9][0-9]{0,4}$"),),
        refusals=(404,)),
    _op("/robots.txt", "robots", "portals", "What crawlers may visit.", TEXT),
    _op("/.well-known/citynode", "describe", "node", "Who the node speaks for.", JSON),
    _op("/.well-known/did.json", "did", "node", "The node's key.", "application/did+json"),
    _op("/did.json", "didBelow", "node", "The same, for a base with a path.",
        "application/did+json"),
    _op("/healthz", "healthz", "node", "Whether the process answers.", TEXT, cached=False),
    _op("/readyz", "readyz", "node", "Whether the views follow the journal.", JSON,
        refusals=(503,), cached=False),
    _op("/metrics", "metrics", "node", "How the node fares, for Prometheus.", TEXT, cached=False),
    _op("/inbox", "inbox", "node", "Where other nodes say, signed by a key that is pinned here, "
        "that they follow or that they have news.",
        refusals=(400, 403, 408, 413, 415, 429), form=_PING, posted=True, cached=False),
    _op("/ns", "vocabulary", "vocabulary", "The ontology.", *_TERMS, refusals=(406,)),
    _op("/ns.{suffix}", "vocabularyAs", "vocabulary", "The same in one syntax.", *_TERMS,
        parameters=(_TERMS_SUFFIX,), refusals=(404,)),
    _op("/context/v1", "context", "vocabulary", "The JSON-LD context.", LD),
    _op("/context/v1.jsonld", "contextFile", "vocabulary", "The JSON-LD context.", LD),
    _op("/shapes", "shapes", "vocabulary", "The rules records are held to.", TURTLE),
    _op("/shapes/memberships", "membershipShapes", "vocabulary",
        "The rules memberships of a network are held to.", TURTLE),
    _op("/shapes/cities", "cityShapes", "vocabulary",
        "The rules profiles of cities are held to.", TURTLE),
    _op("/schemes", "schemes", "vocabulary", "The schemes of concepts.", *_TERMS,
        refusals=(406,)),
    _op("/schemes.{suffix}", "schemesAs", "vocabulary", "The same in one syntax.", *_TERMS,
        parameters=(_TERMS_SUFFIX,), refusals=(404,)),
    _op("/schemes/{scheme}", "scheme", "vocabulary", "A scheme with its concepts.", *_TERMS,
        parameters=(_SCHEME,), refusals=(404, 406)),
    _op("/schemes/{scheme}.{suffix}", "schemeAs", "vocabulary", "The same in one syntax.", *_TERMS,
        parameters=(_SCHEME, _TERMS_SUFFIX), refusals=(404,)),
    _op("/schemes/{scheme}/{concept}", "concept", "vocabulary", "A concept in every language.",
        *_TERMS, parameters=(_SCHEME, _CONCEPT), refusals=(404, 406)),
    _op("/schemes/{scheme}/{concept}.{suffix}", "conceptAs", "vocabulary",
        "The same in one syntax.", *_TERMS, parameters=(_SCHEME, _CONCEPT, _TERMS_SUFFIX),
        refusals=(404,)),
)  # fmt: skip
"""Every address of a node."""
