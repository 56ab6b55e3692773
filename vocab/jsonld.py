"""JSON-LD in and out, with our own context only. The one owner of PyLD.

A record as JSON-LD is meant to be pleasant as plain JSON: texts by language, lists of concepts,
partners and place where one looks for them. Nothing is lost on the way: expanding a document
gives exactly the statements it was made of, and a member's document without its proof gives
exactly the bytes that were signed.

No context is ever fetched. The context travels by address (the address in `vocab.terms`, or the
same file served by a node); any other is refused, and so is a context written into a document.
Reading is for documents of modest size in a worker process, writing is for our own pages.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from itertools import chain
from typing import Any, Final, Protocol

from pyld import jsonld

from vocab import lines, shelf
from vocab.errors import BadDocument, NotCanonical, UnknownContext
from vocab.lines import Iri, Literal, Triple
from vocab.nesting import nested
from vocab.records import Record
from vocab.terms import CONTEXT, RDF_LANGSTRING, XSD
from vocab.triples import to_payload

Document = dict[str, Any]

MAX_NESTING: Final = 32
_ABSOLUTE: Final = re.compile("[A-Za-z][A-Za-z0-9+.-]*:")
_INTEGER: Final = re.compile("0|-?[1-9][0-9]{0,14}")
_TRUTH: Final = {"true": True, "false": False}
_KEYWORDS: Final = frozenset(
    {"@context", "@graph", "@id", "@type", "@value", "@language", "@none", "@set"}
)


class Proof(Protocol):
    """What of a Data Integrity proof (eddsa-rdfc-2022) differs from one to the next."""

    @property
    def created(self) -> str:
        """When it was made, as xsd:dateTime."""

    @property
    def method(self) -> str:
        """The key's IRI."""

    @property
    def value(self) -> str:
        """The signature in multibase."""


def context() -> Document:
    """Give the context file as JSON; callers must not change it."""
    return _context()


def loads(text: str | bytes) -> Any:
    """Read JSON that every reader reads alike.

    Raises BadDocument for duplicate keys, deep nesting, numbers that are none, and bad JSON.
    """
    try:
        found = json.loads(text, object_pairs_hook=_distinct, parse_constant=_no_constant)
    except RecursionError:
        raise BadDocument("the document is nested too deeply") from None
    except ValueError as error:
        raise BadDocument(f"not JSON: {error}") from None
    _check_nesting(found)
    return found


def record_document(record: Record | bytes, context_url: str = CONTEXT) -> Document:
    """Write a record, a value or its payload, as compacted JSON-LD."""
    payload = record if isinstance(record, bytes) else to_payload(record)
    nodes = nested(list(lines.triples(payload)))
    return _compact(nodes, context_url)


def member_document(
    quads: bytes, context_url: str = CONTEXT, proof: Proof | None = None
) -> Document:
    """Write a member, from the canonical N-Quads that were signed, as a secured document."""
    activity: list[Triple] = []
    record: list[Triple] = []
    for row in lines.rows(quads):
        triple, in_graph = _statement(row)
        (record if in_graph else activity).append(triple)
    [node] = nested(activity)
    if record:
        node["@graph"] = nested(record)
    document = _compact([node], context_url)
    return document if proof is None else {**document, "proof": proof_document(proof)}


def proof_document(proof: Proof) -> Document:
    """Write a proof as it stands in a secured document."""
    return {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": proof.created,
        "verificationMethod": proof.method,
        "proofPurpose": "assertionMethod",
        "proofValue": proof.value,
    }


def expand_to_payload(document: Document, known: Collection[str] = ()) -> bytes:
    """Read a record's document as canonical triples.

    `known` names further addresses of our context. Raises UnknownContext for any other context,
    BadDocument for what would be lost, has blank nodes or more than one graph.
    """
    quads = expand_to_quads(document, known)
    try:
        for row in lines.rows(quads):
            lines.check_triple(row)
    except NotCanonical as error:
        raise BadDocument(f"not the document of a record: {error}") from None
    return quads


def expand_to_quads(document: Document, known: Collection[str] = ()) -> bytes:
    """Read any document in our context, without its proof, as canonical N-Quads.

    Raises as `expand_to_payload`, and BadTerm for what RDF cannot carry.
    """
    return lines.canonical(_rows(_dataset(document, known)))


def statements(document: Document, known: Collection[str] = ()) -> list[Triple]:
    """Read a document that people wrote: its statements, in whatever graph, without its proof.

    Parts without an id are named `urn:blank:…`. Raises as `expand_to_payload`.
    """
    found = []
    for said in chain.from_iterable(_dataset(document, known).values()):
        subject, value = _named(said["subject"]), said["object"]
        blank = value["type"] == "blank node"
        read = Iri(_named(value)) if blank else _object(said)
        found.append(Triple(subject, said["predicate"]["value"], read))
    return found


def _named(node: Document) -> str:
    name: str = node["value"]
    return f"urn:blank:{name.removeprefix('_:')}" if node["type"] == "blank node" else name


def _compact(nodes: list[Document], context_url: str) -> Document:
    options = {
        "documentLoader": _loader({context_url}),
        "compactToRelative": False,
        "base": None,
    }
    compacted: Document = _readable(jsonld.compact(nodes, context_url, options))
    return compacted


def _readable(value: Any) -> Any:
    """Put the words of a document into the order of the context, and counts as numbers."""
    if isinstance(value, list):
        return [_readable(each) for each in value]
    if not isinstance(value, dict):
        return value
    last = len(_terms())
    keys = sorted(value, key=lambda key: -1 if key == "@context" else _terms().get(key, last))
    return {key: _native(key, _readable(value[key])) for key in keys}


def _native(key: str, value: Any) -> Any:
    """Write whole numbers and truth as JSON has them, where they come back as they were."""
    kind = _typed().get(key)
    if kind == XSD + "boolean" and isinstance(value, str) and value in _TRUTH:
        return _TRUTH[value]
    if kind == XSD + "integer" and isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    return value


def _statement(row: str) -> tuple[Triple, bool]:
    try:
        subject, predicate, value = lines.check_triple(row)
        in_graph = False
    except NotCanonical:
        subject, predicate, value, _ = lines.check_quad(row)
        in_graph = True
    return Triple(subject[1:-1], predicate[1:-1], lines.parse_term(value)), in_graph


def _rows(dataset: Mapping[str, list[Document]]) -> Iterator[str]:
    for name, statements in dataset.items():
        for said in statements:
            if "blank node" in {part["type"] for part in said.values()} or name.startswith("_:"):
                raise BadDocument("each part of a document needs an id")
            row = lines.line(said["subject"]["value"], said["predicate"]["value"], _object(said))
            yield row if name == "@default" else lines.in_graph(row, name)


def _object(said: Document) -> lines.Object:
    value = said["object"]
    if value["type"] == "IRI":
        return Iri(value["value"])
    if value["datatype"] == RDF_LANGSTRING:
        return Literal(value["value"], language=value["language"])
    return Literal(value["value"], value["datatype"])


def _dataset(document: Document, known: Collection[str]) -> Mapping[str, list[Document]]:
    _check_nesting(document)
    _check_contexts(document, {CONTEXT, *known})
    _check_terms(document)
    options = {"documentLoader": _loader({CONTEXT, *known}), "base": None}
    try:
        expanded = jsonld.expand(document, options)
        _check_names(expanded)
        found: Mapping[str, list[Document]] = jsonld.to_rdf(expanded, options)
    except jsonld.JsonLdError as error:
        raise BadDocument(f"not JSON-LD: {error.type}: {error.args[0]}") from None
    return found


@cache
def _context() -> Document:
    found: Document = json.loads(shelf.read("context-v1.jsonld"))
    return found


def _loader(known: Collection[str]) -> Any:
    def load(url: str, _options: object) -> Document:
        if url not in known:
            raise UnknownContext(f"the context {url} is not held here")
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": url,
            "document": _context(),
        }

    return load


def _distinct(pairs: list[tuple[str, Any]]) -> Document:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        double = next(key for key in keys if keys.count(key) > 1)
        raise BadDocument(f"the key {double[:100]!r} stands twice in one object")
    return found


def _no_constant(name: str) -> Any:
    raise BadDocument(f"{name} is not a number of JSON")


def _check_nesting(document: Any) -> None:
    for _, depth in _walk(document):
        if depth > MAX_NESTING:
            raise BadDocument(f"the document is nested deeper than {MAX_NESTING} levels")


def _walk(document: Any) -> Iterator[tuple[Document, int]]:
    """Visit every object of a document with its depth, without recursion."""
    waiting = [(document, 0)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, dict):
            yield value, depth
            waiting += [(each, depth + 1) for each in value.values()]
        elif isinstance(value, list):
            yield {}, depth
            waiting += [(each, depth + 1) for each in value]


def _check_contexts(document: Document, known: Collection[str]) -> None:
    for node, depth in _walk(document):
        if "@context" in node and depth:
            raise UnknownContext("a context may only stand at the top of a document")
    named = document.get("@context", [])
    for each in named if isinstance(named, list) else [named]:
        if not isinstance(each, str):
            raise UnknownContext("a context written into the document is not read")
        if each not in known:
            raise UnknownContext(f"the context {each[:200]} is not held here")


def _check_terms(document: Document) -> None:
    """Refuse a key that JSON-LD would drop in silence; the keys of language maps are languages."""
    terms = _terms() if "@context" in document else {}
    waiting: list[Any] = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            for key, inner in value.items():
                if not (key in terms or key in _KEYWORDS or ":" in key):
                    raise BadDocument(f"the word {key[:100]!r} is not in the context")
                if not (key in terms and key in _language_maps()) and key != "@context":
                    waiting.append(inner)


def _check_names(expanded: Any) -> None:
    """Refuse names that are no absolute IRIs: they would take their statements with them."""
    for node, _ in _walk(expanded):
        kinds = node.get("@type", [])
        for name in (node.get("@id", "x:"), *(kinds if isinstance(kinds, list) else [kinds])):
            if not _ABSOLUTE.match(name or ""):
                raise BadDocument(
                    f"{str(name)[:100]!r} is neither an IRI nor a word of the context"
                )


@cache
def _terms() -> dict[str, int]:
    """Give the words of the context with their places in its order."""
    return {term: place for place, term in enumerate(_context()["@context"])}


@cache
def _typed() -> dict[str, str]:
    return {
        term: meaning["@type"]
        for term, meaning in _context()["@context"].items()
        if isinstance(meaning, dict) and "@type" in meaning
    }


@cache
def _language_maps() -> frozenset[str]:
    return frozenset(
        term
        for term, meaning in _context()["@context"].items()
        if isinstance(meaning, dict) and "@language" in meaning.get("@container", "")
    )
