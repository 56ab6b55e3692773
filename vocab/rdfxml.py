"""RDF/XML, written by hand: one element per subject, one per statement, nothing abbreviated.

XML cannot hold every text and every property: control characters are replaced by U+FFFD, and a
property whose IRI does not end in an XML name cannot be written at all. Carriage returns are
written as references, because XML readers would turn them into line feeds.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from vocab.errors import BadTerm
from vocab.lines import Iri, Triple
from vocab.terms import PREFIXES, RDF, XSD_STRING

_LETTERS: Final = "A-Za-z_À-ÖØ-öø-ÿ"
_LOCAL: Final = re.compile(rf"[{_LETTERS}][{_LETTERS}0-9.\-]*\Z")
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_PREFIX_OF: Final = {namespace: prefix for prefix, namespace in PREFIXES.items()}


def rdfxml(triples: Iterable[Triple]) -> bytes:
    """Write statements as RDF/XML; raises BadTerm for a property that XML cannot name."""
    ordered = sorted(set(triples), key=_order)
    names = {triple.predicate: _split(triple.predicate) for triple in ordered}
    prefixes = _prefixes(names)
    opening = "".join(
        f"\n    xmlns:{prefix}={quoteattr(namespace)}" for namespace, prefix in prefixes.items()
    )
    body = "".join(
        _description(subject, group, names, prefixes)
        for subject, group in groupby(ordered, key=lambda triple: triple.subject)
    )
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF{opening}>\n{body}</rdf:RDF>\n'
    return text.encode()


def _order(triple: Triple) -> tuple[str, str, bool, tuple[str, ...]]:
    value = triple.object
    return (
        triple.subject,
        triple.predicate,
        isinstance(value, Iri),
        tuple(part or "" for part in value),
    )


def _split(predicate: str) -> tuple[str, str]:
    """Split an IRI into a namespace and the longest XML name at its end."""
    for namespace in _PREFIX_OF:
        if predicate.startswith(namespace) and _LOCAL.match(predicate, len(namespace)):
            return namespace, predicate[len(namespace) :]
    if (found := _LOCAL.search(predicate)) is None or found.start() == 0:
        raise BadTerm(f"RDF/XML cannot name the property {predicate[:200]}")
    return predicate[: found.start()], found[0]


def _prefixes(names: dict[str, tuple[str, str]]) -> dict[str, str]:
    spaces = {RDF} | {namespace for namespace, _ in names.values()}
    unknown = sorted(spaces - _PREFIX_OF.keys())
    minted = {namespace: f"ns{number}" for number, namespace in enumerate(unknown, start=1)}
    return {space: _PREFIX_OF.get(space) or minted[space] for space in sorted(spaces)}


def _description(
    subject: str,
    triples: Iterator[Triple],
    names: dict[str, tuple[str, str]],
    prefixes: dict[str, str],
) -> str:
    said = "".join(_property(triple, names, prefixes) for triple in triples)
    return f"  <rdf:Description rdf:about={quoteattr(subject)}>\n{said}  </rdf:Description>\n"


def _property(triple: Triple, names: dict[str, tuple[str, str]], prefixes: dict[str, str]) -> str:
    namespace, local = names[triple.predicate]
    name = f"{prefixes[namespace]}:{local}"
    value = triple.object
    if isinstance(value, Iri):
        return f"    <{name} rdf:resource={quoteattr(value.value)}/>\n"
    kind = ""
    if value.language is not None:
        kind = f" xml:lang={quoteattr(value.language)}"
    elif value.datatype != XSD_STRING:
        kind = f" rdf:datatype={quoteattr(value.datatype)}"
    text = escape(_FORBIDDEN.sub("\ufffd", value.value), {"\r": "&#13;"})
    return f"    <{name}{kind}>{text}</{name}>\n"
