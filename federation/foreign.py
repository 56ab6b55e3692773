"""Other syntaxes: any RDF a peer may send turned into plain N-Quads lines, and back.

The parser is not safe on hostile input (deep nesting, entity expansion), so reading runs in a
worker process only; writing is for our own pages.

What a stranger wrote nearly right may be mended on the way (`federation.mending`); a page of a node
that signs is read as it stands, or not at all.
"""

import io
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

import pyoxigraph
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat

from federation import mending
from federation.contexts import with_contexts
from federation.errors import PageUnreadable
from federation.limits import Limits
from federation.syntaxes import BOM, WEB_PAGE, syntax

_FORMATS: Final = {
    "application/n-quads": RdfFormat.N_QUADS,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/trig": RdfFormat.TRIG,
    "text/turtle": RdfFormat.TURTLE,
    "application/ld+json": RdfFormat.JSON_LD,
    "application/rdf+xml": RdfFormat.RDF_XML,
}
_TEXTS: Final = re.compile(
    rb"\"\"\"(?:[^\"\\]|\\.|\"(?!\"\"))*+\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*+'''"
    rb"|\"(?:[^\"\\\n\r]|\\.)*+\"|'(?:[^'\\\n\r]|\\.)*+'|<[^<>\"{}|^`\\\x00-\x20]*+>|\#[^\n\r]*+",
    re.DOTALL,
)
"""What brackets mean nothing in: texts, addresses and comments of Turtle and its kin."""
_ROUND: Final = bytes.maketrans(b"[]{}", b"()()")
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b"()[]{}"))
_OPEN: Final = ord("(")
_LABEL: Final = re.compile(r"\w(?:[\w.\-]*[\w\-])?")
_NO_PROPERTY: Final = re.compile(r"^\S++ <[^:>\n]*+> ", re.MULTILINE)
"""A statement of a key that means no property, and so is no address."""
_JSON_TEXTS: Final = re.compile(rb"\"(?:[^\"\\]|\\.)*+\"", re.DOTALL)


def to_nquads(body: bytes, media_type: str, url: str, limits: Limits, *, mend: bool = False) -> str:
    """Parse a page and write it as N-Quads in its own order; raises PageUnreadable.

    With `mend` a page is read as well as it can be: whatever name its host gives to the syntax, and
    with what is nearly an address or a language made one.
    """
    if mend:
        media_type, body = syntax(body, media_type), body.removeprefix(BOM)
    form = _FORMATS.get(media_type)
    if form is None:
        kind = "a web page" if mend and media_type == WEB_PAGE else media_type
        raise PageUnreadable(f"{url} is {kind}, which is no syntax of a feed")
    if form is RdfFormat.RDF_XML:
        body = mending.xml(body) if mend else body
        _refuse_entities(body, url)
    elif _is_deep(body, limits.nesting) and _is_deep(_bare(body, form), limits.nesting):
        raise PageUnreadable(f"{url} is nested deeper than {limits.nesting} levels")
    if form is RdfFormat.JSON_LD:
        body = with_contexts(body, url)
    try:
        if mend:
            return mending.undirected(_read_or_mended(body, form, url))
        return _parsed(body, form, url)
    except (SyntaxError, ValueError) as error:
        raise PageUnreadable(f"{url}: {str(error)[:300]}") from None


def _read_or_mended(body: bytes, form: RdfFormat, url: str) -> str:
    """Read a page as it stands, where nothing is lost by that; else mend it.

    A strict reader of JSON-LD leaves out what is no address or language without a word, so a
    lenient one reads first: where all that it finds is right, a second reading is spared.
    """
    loose = ""
    if form is RdfFormat.JSON_LD:
        loose = _parsed(body, form, url, lenient=True)
        if loose and _is_right(loose):
            return loose
    try:
        strict = _parsed(body, form, url)
    except (SyntaxError, ValueError):
        strict = ""
    if strict and not _leaves_out(loose, strict):
        return strict
    quads = _lenient(body, form, url)
    meant = _meant(quads, strict) if form is RdfFormat.JSON_LD else quads
    return _written(map(_mended, meant))


def _is_right(nquads: str) -> bool:
    """Tell whether every term of N-Quads is what a strict reader takes."""
    try:
        deque(pyoxigraph.parse(nquads, format=RdfFormat.N_QUADS), maxlen=0)
    except (SyntaxError, ValueError):
        return False
    return True


def _leaves_out(loose: str, strict: str) -> bool:
    """Tell whether a strict reader left out more of JSON-LD than keys that mean no property."""
    unmeant = sum(1 for _ in _NO_PROPERTY.finditer(loose))
    return loose != "" and loose.count("\n") - unmeant != strict.count("\n")


def _parsed(body: bytes, form: RdfFormat, url: str, *, lenient: bool = False) -> str:
    if lenient:
        return _written(_lenient(body, form, url))
    return _written(pyoxigraph.parse(io.BytesIO(body), format=form, base_iri=url))


def _lenient(body: bytes, form: RdfFormat, url: str) -> Iterator[Quad]:
    """Read what is nearly right; names of blank nodes alone are made right at once.

    Written as they stand, they could end their statement and begin others.
    """
    for quad in pyoxigraph.parse(io.BytesIO(body), format=form, base_iri=url, lenient=True):
        odd = any(isinstance(each, BlankNode) and not _LABEL.fullmatch(each.value) for each in quad)
        yield Quad(*map(_labelled, quad)) if odd else quad


def _labelled(term: Any) -> Any:
    if not isinstance(term, BlankNode) or _LABEL.fullmatch(term.value):
        return term
    return BlankNode(f"b{sha256(term.value.encode(errors='replace')).hexdigest()[:32]}")


def _written(quads: Iterable[Quad]) -> str:
    return (pyoxigraph.serialize(quads, format=RdfFormat.N_QUADS) or b"").decode()


def _meant(quads: Iterable[Quad], strict: str) -> list[Quad]:
    """Leave out keys of JSON that mean no property, and what is said below these alone.

    `strict` is what a strict reader found: what it names stands elsewhere too.
    """
    said: dict[Any, list[Quad]] = {}
    below: list[Any] = []
    for each in quads:
        if _is_address(each.predicate.value):
            said.setdefault(each.subject, []).append(each)
        else:
            below.append(each.object)
    named = {row.partition(" ")[0] for row in strict.split("\n")}
    led = Counter(each.object for found in said.values() for each in found)
    while below:
        node = below.pop()
        if node in said and not led[node] and str(node) not in named:
            gone = [each.object for each in said.pop(node)]
            led.subtract(gone)
            below.extend(gone)
    return [each for found in said.values() for each in found]


def _mended(quad: Quad) -> Quad:
    terms = [_term(each) for each in quad]
    same = all(new is old for new, old in zip(terms, quad, strict=True))
    return quad if same else Quad(*terms)


def _term(term: Any) -> Any:
    if isinstance(term, NamedNode):
        return term if _is_address(term.value) else NamedNode(_address(term.value))
    return _text(term) if isinstance(term, Literal) else term


def _text(said: Literal) -> Literal:
    if said.language is None:
        name = said.datatype.value
        right = _is_address(name)
        return said if right else Literal(said.value, datatype=NamedNode(_address(name)))
    if _is_language(said.language):
        return said
    try:
        return Literal(said.value, language=mending.language(said.language))
    except ValueError:
        return Literal(said.value)


def _address(said: str) -> str:
    for each in (said, mending.address(said)):
        if _is_address(each):
            return each
    return mending.nowhere(said)


@lru_cache(maxsize=1_000)
def _is_language(said: str) -> bool:
    try:
        Literal("", language=said)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=10_000)
def _is_address(said: str) -> bool:
    try:
        NamedNode(said)
    except ValueError:
        return False
    return True


def to_jsonld(nquads: str) -> bytes:
    """Write our own N-Quads as expanded JSON-LD; needs no context to be read."""
    quads = pyoxigraph.parse(nquads, format=RdfFormat.N_QUADS)
    return pyoxigraph.serialize(quads, format=RdfFormat.JSON_LD) or b""


def _refuse_entities(body: bytes, url: str) -> None:
    """Refuse XML that declares entities, which can grow without end, or hides that it does."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in body or b"<!ENTITY" in body:
        raise PageUnreadable(f"{url} declares XML entities, or is not UTF-8: neither is read")


def _bare(body: bytes, form: RdfFormat) -> bytes:
    """Take the texts out of a page, so that only brackets that mean something are left."""
    return (_JSON_TEXTS if form is RdfFormat.JSON_LD else _TEXTS).sub(b"", body)


def _is_deep(body: bytes, most: int) -> bool:
    """Tell whether brackets nest deeper, whatever they mean: so in no syntax anything does.

    Pairs with nothing between them are taken out again and again, the innermost first.
    """
    brackets = left = body.translate(_ROUND, delete=_NO_BRACKETS)
    for _ in range(most):
        if not left:
            return False
        left = left.replace(b"()", b"")
    if not left:
        return False
    deepest = level = 0  # there are more levels, or brackets without a partner
    for char in brackets:
        level = level + 1 if char == _OPEN else max(0, level - 1)
        deepest = max(deepest, level)
    return deepest > most
