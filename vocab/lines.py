r"""Triples as canonical text: one line each, sorted, the bytes that are signed and stored.

A record without blank nodes has one canonical form (RDFC-1.0, section 5): write each statement
as a canonical N-Quads line, drop duplicates, sort by code point. So a record can be signed,
hashed, compared and split again without a graph library, and nothing here can be made to work
longer than its input is long.

Rules of the form, beyond the N-Quads grammar:

- one space between terms, one before the full stop, one line feed after it, no comments;
- no blank nodes anywhere; IRIs absolute and without escapes;
- `xsd:string` is never written; language tags are lower case;
- in literals only ``\b \t \n \f \r \" \\``, and ``\uXXXX`` for what XML 1.1 forbids and for other
  control characters up to U+001F and U+007F; everything else stands as itself.

IRIs and language tags are held to RFC 3987 and BCP 47 (without user names, private characters and
grandfathered tags), so that no parser downstream refuses or changes what passed here.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import sha256
from operator import ge
from typing import Final, NamedTuple

from vocab.errors import BadTerm, NotCanonical
from vocab.terms import RDF, RDF_LANGSTRING, XSD_STRING

_PERCENT: Final = "%[0-9A-Fa-f]{2}"
# Beyond ASCII these let more pass than RFC 3987; `_UNFIT` keeps out the rest. With all its ranges
# in every set the expressions take 0.1 s to compile, at the start of each process and worker.
_NAME: Final = rf"(?:[^\x00- \"#%/:<>?@\[\\\]\^`{{|}}\x7f-\x9f]++|{_PERCENT})*+"
_PATH: Final = rf"(?:[^\x00- \"#%<>?\[\\\]\^`{{|}}\x7f-\x9f]++|{_PERCENT})*+"
_REST: Final = rf"(?:[^\x00- \"#%<>\[\\\]\^`{{|}}\x7f-\x9f]++|{_PERCENT})*+"
_HEX: Final = "[0-9a-fA-F]{1,4}"
_ADDRESS: Final = (
    rf"\[(?=(?:[0-9a-fA-F]*:){{2,7}}[0-9a-fA-F]*\])"
    rf"(?:(?:{_HEX}:){{7}}{_HEX}|(?:{_HEX}(?::{_HEX})*)?::(?:{_HEX}(?::{_HEX})*)?)\]"
)
_HOST: Final = rf"(?:{_NAME}|{_ADDRESS})(?::[0-9]*+)?+(?=[/?#>])"
_IRI: Final = (
    rf"<[a-zA-Z][a-zA-Z0-9+.\-]*+:(?://{_HOST}|(?!//)){_PATH}(?:\?{_REST})?+(?:\#{_REST})?+>"
)
_CHARS: Final = r"[^\"\\\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]++"
_ESCAPE: Final = r"\\(?:[btnfr\"\\]|u(?:00(?:0[0-7BEF]|1[0-9A-F]|7F)|FFF[EF]))"
_SUBTAGS: Final = "(?:-[a-z0-9]{1,8})++"
_END: Final = r"(?![a-z0-9])"
_LANGUAGE: Final = (
    rf"(?:(?:[a-z]{{2,3}}(?:-[a-z]{{3}}{_END}){{0,3}}|[a-z]{{4,8}}){_END}(?:-[a-z]{{4}}{_END})?+"
    rf"(?:-(?:[a-z]{{2}}|[0-9]{{3}}){_END})?+"
    rf"(?:-(?:[a-z0-9]{{5,8}}|[0-9][a-z0-9]{{3}}){_END})*+"
    rf"(?:-[a-wyz0-9](?:-[a-z0-9]{{2,8}}{_END})++)*+(?:-x{_SUBTAGS})?+|x{_SUBTAGS})(?![a-z0-9\-])"
)
_LITERAL: Final = rf"\"(?:{_CHARS}|{_ESCAPE})*+\"(?:@{_LANGUAGE}|\^\^{_IRI})?+"

_QUAD: Final = re.compile(rf"({_IRI}) ({_IRI}) ({_IRI}|{_LITERAL}) ({_IRI}) \.")
_TRIPLES: Final = re.compile(rf"(?:{_IRI} {_IRI} (?:{_IRI}|{_LITERAL}) \.\n)*+")
_IRI_ONLY: Final = re.compile(_IRI)
_LITERAL_ONLY: Final = re.compile(_LITERAL)
_LANGUAGE_ONLY: Final = re.compile(_LANGUAGE)
_UNFIT: Final = re.compile(
    r"[^\x00-\ud7ff\uf900-\ufdcf\ufdf0-\uffef"
    + "".join(rf"\U{plane:04x}0000-\U{plane:04x}fffd" for plane in range(1, 0xE))
    + r"\U000e1000-\U000efffd]"
)
_UNESCAPE: Final = re.compile(r"\\(?:u([0-9A-F]{4})|(.))")
_SHORT: Final = 200
_UNWRITTEN: Final = frozenset({XSD_STRING, RDF_LANGSTRING, RDF + "dirLangString"})
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
_MOST_CHECKED: Final = 4_096
_CHECKED: Final[dict[bytes, None]] = {}
"""The SHA-256 of payloads that were found to be canonical lately."""

_NAMED: Final = {
    "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\",
}  # fmt: skip
_ESCAPES: Final = {
    **{code: f"\\u{code:04X}" for code in (*range(0x20), 0x7F, 0xFFFE, 0xFFFF)},
    **{ord(char): text for char, text in _NAMED.items()},
}
_LETTERS: Final = {text[1]: char for char, text in _NAMED.items()}


class Iri(NamedTuple):
    """A resource, by its IRI without the angle brackets."""

    value: str


class Literal(NamedTuple):
    """A value; `language` is set for language-tagged text, else `datatype` is an IRI."""

    value: str
    datatype: str = XSD_STRING
    language: str | None = None


Object = Iri | Literal


class Triple(NamedTuple):
    """One statement; subject and predicate are IRIs without angle brackets."""

    subject: str
    predicate: str
    object: Object


def iri(value: str) -> str:
    """Write an IRI as `<…>`; raises BadTerm when it is relative or has forbidden characters."""
    text = f"<{value}>"
    if not _is_iri(text):
        raise BadTerm(f"not an absolute IRI: {value[:200]!r}")
    return text


def literal(value: str, datatype: str = XSD_STRING, language: str | None = None) -> str:
    """Write a literal in canonical form; raises BadTerm for a bad tag or a lone surrogate."""
    if _SURROGATE.search(value):
        raise BadTerm("text with a lone surrogate cannot be written as UTF-8")
    text = f'"{value.translate(_ESCAPES)}"'
    if language is not None:
        tag = language.lower()
        if not _LANGUAGE_ONLY.fullmatch(tag):
            raise BadTerm(f"not a language tag: {language[:40]!r}")
        return f"{text}@{tag}"
    if datatype in _UNWRITTEN - {XSD_STRING}:
        raise BadTerm("text of the type langString needs a language")
    return text if datatype == XSD_STRING else f"{text}^^{iri(datatype)}"


def term(value: Object) -> str:
    """Write an IRI or literal in canonical form."""
    return iri(value.value) if isinstance(value, Iri) else literal(*value)


def line(subject: str, predicate: str, value: Object) -> str:
    """Write one triple as a canonical line, without the line feed."""
    return f"{iri(subject)} {iri(predicate)} {term(value)} ."


def in_graph(triple: str, graph: str) -> str:
    """Turn a canonical triple line into the quad line of a named graph."""
    return f"{triple[:-1]}{iri(graph)} ."


def canonical(lines: Iterable[str]) -> bytes:
    """Join lines into canonical bytes: unique, sorted by code point, a line feed after each."""
    return "".join([f"{each}\n" for each in sorted(dict.fromkeys(lines))]).encode()


def rows(payload: bytes) -> list[str]:
    """Split canonical bytes into lines; raises NotCanonical when they are not sorted text."""
    try:
        text = payload.decode()
    except UnicodeDecodeError as error:
        raise NotCanonical(f"byte {error.start} is not UTF-8") from None
    if not text:
        return []
    if not text.endswith("\n"):
        raise NotCanonical("the last line has no line feed")
    found = text[:-1].split("\n")
    if any(map(ge, found, found[1:])):
        raise NotCanonical("lines are not sorted, or stand twice")
    return found


def check(payload: bytes) -> None:
    """Hold a whole record to the form; raises NotCanonical. What passed lately is remembered."""
    known = sha256(payload).digest()
    if known in _CHECKED:
        return
    found, text = rows(payload), payload.decode()
    if not _is_plain(text) or _TRIPLES.fullmatch(text) is None:
        for row in found:
            check_triple(row)
    _CHECKED[known] = None
    while len(_CHECKED) > _MOST_CHECKED:
        _CHECKED.pop(next(iter(_CHECKED), known), None)


def is_canonical(payload: bytes) -> bool:
    """Tell whether a whole record has the form."""
    try:
        check(payload)
    except NotCanonical:
        return False
    return True


def split(payload: bytes) -> list[tuple[str, str, str]]:
    """Give the terms of each canonical line, as written; raises NotCanonical."""
    check(payload)
    found = [row.split(" ", 2) for row in payload.decode().split("\n")[:-1]]
    return [(subject, predicate, value[:-2]) for subject, predicate, value in found]


def check_triple(row: str) -> tuple[str, str, str]:
    """Return subject, predicate and object of a canonical line, each as written."""
    subject, _, rest = row.partition(" ")
    predicate, _, rest = rest.partition(" ")
    value = rest[:-2]
    if not (_is_iri(subject) and _is_iri(predicate) and _is_object(value) and rest.endswith(" .")):
        raise NotCanonical(f"not a canonical triple: {row[:200]!r}")
    return subject, predicate, value


def check_quad(row: str) -> tuple[str, str, str, str]:
    """Return subject, predicate, object and graph of a canonical line, each as written."""
    match = _QUAD.fullmatch(row)
    if match is None or _unfit(row, match) or _unwritten(match[3]):
        raise NotCanonical(f"not a canonical quad: {row[:200]!r}")
    return match[1], match[2], match[3], match[4]


def parse_term(text: str) -> Object:
    """Read a term of a canonical line; raises NotCanonical when it cannot be one."""
    if text.startswith("<"):
        return Iri(text[1:-1])
    end = text.rfind('"')
    rest = text[end + 1 :]
    if end < 1 or text[0] != '"' or not (rest == "" or rest[0] == "@" or rest[:3] == "^^<"):
        raise NotCanonical(f"not a canonical term: {text[:200]!r}")
    value = text[1:end]
    if "\\" in value:
        value = _UNESCAPE.sub(_unescape, value)
    if rest.startswith("@"):
        return Literal(value, RDF_LANGSTRING, rest[1:])
    return Literal(value, rest[3:-1] or XSD_STRING)


def triples(payload: bytes) -> Iterator[Triple]:
    """Read canonical bytes; raises NotCanonical for anything else."""
    for subject, predicate, value in split(payload):
        yield Triple(subject[1:-1], predicate[1:-1], parse_term(value))


def _is_plain(text: str) -> bool:
    """Tell whether nothing in a text needs a closer look than that at its form."""
    if any(f'"^^<{each}>' in text for each in _UNWRITTEN):
        return False
    return text.isascii() or not _UNFIT.search(text)


def _unfit(row: str, match: re.Match[str]) -> bool:
    """Tell whether an IRI, also that of a datatype, has a character that RFC 3987 keeps out."""
    if row.isascii() or not _UNFIT.search(row):
        return False
    return any(_UNFIT.search(term, term.rfind('"') + 1) for term in match.groups())


def _is_iri(text: str) -> bool:
    return _known_iri(text) if len(text) < _SHORT else _fits(text)


@lru_cache(maxsize=4_096)
def _known_iri(text: str) -> bool:
    """Remember what was found: properties, classes and subjects come again and again."""
    return _fits(text)


def _fits(text: str) -> bool:
    return _IRI_ONLY.fullmatch(text) is not None and not _UNFIT.search(text)


def _is_object(text: str) -> bool:
    if text.startswith("<"):
        return _is_iri(text)
    if _LITERAL_ONLY.fullmatch(text) is None or _unwritten(text):
        return False
    return text.isascii() or not _UNFIT.search(text, text.rfind('"') + 1)


def _unwritten(value: str) -> bool:
    """Tell whether a typed literal has a datatype that the form leaves out or forbids."""
    return (
        value.endswith(">") and value[0] == '"' and value[value.rindex("<") + 1 : -1] in _UNWRITTEN
    )


def _unescape(match: re.Match[str]) -> str:
    char = chr(int(match[1], 16)) if match[1] else _LETTERS.get(match[2])
    if char is None or _SURROGATE.match(char):
        raise NotCanonical(f"not an escape of canonical text: {match[0][:20]!r}")
    return char
