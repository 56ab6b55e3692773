"""The worker's task "query": answer one SPARQL query from a checkpoint.

A job is the query as body and in the header the checkpoint's folder, one format for each kind of
answer (none: that kind fits nothing the asker accepts), the dataset if the request names one, and
how many bytes the answer may have; a `canonical` one is told with its facts. An answer longer than
`keep` goes to the file `spool`, where the header names one. A refusal is an answer too:
`{"refused": {…}}`. Either says how many seconds of processor time it took.
"""

import io
import re
import time
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, Final, cast

import pyoxigraph
from pyoxigraph import (
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
)

from nodes.errors import QueryRefused
from nodes.sandbox import canonical
from nodes.sandbox.formats import FORMATS, Kind
from nodes.sandbox.querytext import Gist, examine
from vocab.terms import PREFIXES

_RESULTS: Final = {
    "json": QueryResultsFormat.JSON,
    "xml": QueryResultsFormat.XML,
    "csv": QueryResultsFormat.CSV,
    "tsv": QueryResultsFormat.TSV,
}
_GRAPHS: Final = {
    "ttl": RdfFormat.TURTLE,
    "nt": RdfFormat.N_TRIPLES,
    "rdf": RdfFormat.RDF_XML,
    "jsonld": RdfFormat.JSON_LD,
    "nq": RdfFormat.N_QUADS,
    "trig": RdfFormat.TRIG,
}
_IN_XML: Final = frozenset(("xml", "rdf"))
_FORBIDDEN: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_FAULT: Final = re.compile(r"error at (\d+):(\d+): (?:expected )?(?:one of )?(.*)", re.DOTALL)
_CLASSES: Final = re.compile(r"\[(?:'[^']*'|[^\]'])*\]")

Results = QuerySolutions | QueryBoolean | QueryTriples


def answer(header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    """Answer a job; what is refused is said in the header."""
    began = time.process_time()
    said, answered = _answer(header, body)
    return {**said, "seconds": time.process_time() - began}, answered


def _answer(header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        query = body.decode()
        gist = examine(query)
        with Output(header["limit"], header.get("spool"), header.get("keep", 0)) as output:
            kind, facts = evaluate(header, query, output, gist)
            size, kept = output.finish()
    except UnicodeDecodeError as error:
        return _refusal(QueryRefused(f"byte {error.start} is not UTF-8", reason="syntax")), b""
    except QueryRefused as refusal:
        return _refusal(refusal), b""
    return {"kind": kind, "size": size, "spooled": kept is None, "facts": facts}, kept or b""


def evaluate(
    header: dict[str, Any], query: str, output: "Output", gist: Gist
) -> tuple[Kind, dict[str, Any]]:
    """Ask the checkpoint; raises QueryRefused for everything that is the query's fault.

    Returns the facts of a canonical answer, and none of another.
    """
    if header.get("canonical") and gist.fickle:
        raise QueryRefused(
            f"{gist.fickle}() gives something else each time, so what it gives cannot be cited",
            reason="fickle",
        )
    store = _open(header["checkpoint"])
    try:
        results = _query(store, header, query, union=not gist.has_dataset)
        kind = _kind(results)
        name = header["formats"].get(kind)
        if name is None:
            offers = ", ".join(each.media_type for each in FORMATS[kind])
            raise QueryRefused(
                f"the answer is a {kind}; it can be had as {offers}", reason="format"
            )
        facts = _write(results, name, output, header, gist)
    except SyntaxError as error:
        raise _syntax(str(error), query) from None
    except PermissionError:
        raise QueryRefused("the query asks for the network", reason="service") from None
    except (RuntimeError, ValueError, OSError) as error:
        raise QueryRefused(str(error)[:500], reason="failed") from None
    return kind, facts


def _query(store: Store, header: dict[str, Any], query: str, *, union: bool) -> Results:
    base = header.get("base")
    defaults, named = header.get("default_graphs"), header.get("named_graphs")
    if defaults or named:
        return store.query(
            query,
            base_iri=base,
            default_graph=[NamedNode(iri) for iri in defaults or ()],
            named_graphs=[NamedNode(iri) for iri in named or ()],
        )
    return store.query(query, base_iri=base, use_default_graph_as_union=union)


def _kind(results: Results) -> Kind:
    if isinstance(results, QuerySolutions):
        return Kind.TABLE
    return Kind.TRUTH if isinstance(results, QueryBoolean) else Kind.GRAPH


def _write(
    results: Results, name: str, into: "Output", header: dict[str, Any], gist: Gist
) -> dict[str, Any]:
    output = cast("IO[bytes]", _Xml(into) if name in _IN_XML else into)
    if header.get("canonical"):
        form = _GRAPHS[name] if isinstance(results, QueryTriples) else _RESULTS[name]
        most = int(header["limit"])
        return canonical.write(results, form, output, most=most, starred=gist.starred)
    if isinstance(results, QueryTriples):
        pyoxigraph.serialize(results, output, format=_GRAPHS[name], prefixes=PREFIXES)
    else:
        results.serialize(output, format=_RESULTS[name])
    return {}


class _Xml(io.RawIOBase):
    """Mends what the engine writes as XML (XML 1.0, sections 2.2 and 2.11).

    Readers take a carriage return for a line feed unless it is escaped, and refuse the whole
    document for a character that XML cannot have: that one is shown as U+FFFD.
    """

    def __init__(self, into: "Output") -> None:
        super().__init__()
        self._into = into

    def writable(self) -> bool:
        """Say so."""
        return True

    def write(self, piece: Any) -> int:
        """Take a piece and pass it on."""
        said = bytes(piece)
        self._into.write(_FORBIDDEN.sub(b"\xef\xbf\xbd", said).replace(b"\r", b"&#xD;"))
        return len(said)


class Output(io.RawIOBase):
    """Takes the answer as it is written, and no more of it than allowed.

    What is longer than `keep` goes to the file `spool`, if there is one.
    """

    def __init__(self, limit: int, spool: str | None, keep: int) -> None:
        super().__init__()
        self._limit = limit
        self._spool = spool
        self._keep = keep if spool is not None else limit
        self._size = 0
        self._memory = io.BytesIO()
        self._file: io.FileIO | None = None

    def writable(self) -> bool:
        """Say so."""
        return True

    def write(self, piece: Any) -> int:
        """Take a piece; raises QueryRefused beyond the limit."""
        self._size += len(piece)
        if self._size > self._limit:
            size = f"{self._limit >> 20} MiB" if self._limit >> 20 else f"{self._limit} bytes"
            raise QueryRefused(f"the answer is larger than {size}", reason="size")
        self._memory.write(piece)
        if self._memory.tell() > self._keep:
            self._spill()
        return len(piece)

    def finish(self) -> tuple[int, bytes | None]:
        """Give the size and, when it is not in the file, the answer."""
        if self._file is None:
            return self._size, self._memory.getvalue()
        self._spill()
        return self._size, None

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
        super().close()

    def _spill(self) -> None:
        if self._file is None:
            self._file = Path(str(self._spool)).open("xb", buffering=0)  # noqa: SIM115 - see close
        with self._memory.getbuffer() as rest:
            position = 0
            while position < len(rest):
                position += self._file.write(rest[position:])
        self._memory = io.BytesIO()


@lru_cache(maxsize=1)
def _open(checkpoint: str) -> Store:
    return Store.read_only(checkpoint)


def _syntax(message: str, query: str) -> QueryRefused:
    """Say where the query breaks off and what could stand there, in the asker's words."""
    match = _FAULT.fullmatch(message)
    if match is None:
        return QueryRefused(message[:500], reason="syntax")
    line, column = int(match[1]), int(match[2])
    wishes = _CLASSES.sub("", match[3]).replace("\n", " ").split(", ")
    wanted = [wish for wish in dict.fromkeys(wish.strip(" |") for wish in wishes) if wish]
    reasons = [wish for wish in wanted if re.search(r"[a-z] [a-z]|[a-z]{3} failed", wish)]
    text = "; ".join(reasons) or f"expected {' or '.join(wanted[:12]) or 'something else'}"
    rows = query.split("\n")
    read = rows[line - 1][: column - 1][-40:].strip() if line <= len(rows) else ""
    after = f', after "{read}"' if read else ""
    return QueryRefused(
        f"line {line}, column {column}{after}: {text}", reason="syntax", line=line, column=column
    )


def _refusal(refusal: QueryRefused) -> dict[str, Any]:
    facts = {"message": str(refusal), "reason": refusal.reason}
    return {"refused": facts | {"line": refusal.line, "column": refusal.column}}
