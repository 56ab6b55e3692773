"""What is said of one subject, looked up in the node's own process (decision 25).

Outside queries run in workers. This one shape of query is the exception, since nothing hostile fits
into it: flat text of bounded length, one pattern, a subject that is named, few variables.
Statements about a subject stand in one graph only, that of its record (`federation.judging`), of
its member or of the vocabulary, so an answer is as long as one record. Where the engine is not
content with a query, a worker is asked to say why.
"""

import re
from pathlib import Path
from typing import Final, Self

from pyoxigraph import QueryResultsFormat, QuerySolutions, Store

_FORMATS: Final = {
    "json": QueryResultsFormat.JSON,
    "csv": QueryResultsFormat.CSV,
    "tsv": QueryResultsFormat.TSV,
}
"""In which answers are written here; XML has to be mended, which workers do."""

_LONGEST: Final = 4_000

_IRI: Final = rb'<[a-z][a-z0-9+.-]*+:[^\x00-\x20<>"{}|\\^`\x7f-\xff]*+>\s*+'
_VARIABLE: Final = rb"[?$][a-z0-9_]++\s*+"
_SHAPE: Final = re.compile(
    rb"\s*+(?:PREFIX\s++[a-z0-9_.-]*+:\s*+%(iri)s)*+"
    rb"SELECT\s*+(?:(?:DISTINCT|REDUCED)\s++)?+(?:\*\s*+|(?:%(variable)s){1,8}+)"
    rb"(?:WHERE\s*+)?+\{\s*+%(iri)s(?:%(variable)s|%(iri)s|a\s++)%(variable)s(?:\.\s*+)?+\}\s*+"
    % {b"iri": _IRI, b"variable": _VARIABLE},
    re.IGNORECASE,
)
"""What is taken of the grammar in SPARQL 1.1, section 19.8: prefixes, SELECT, and one pattern of an
absolute IRI, a variable, IRI or `a`, and a variable. Every part takes what it can and gives nothing
back, so a stranger's text is read once."""


def is_lookup(query: bytes) -> bool:
    """Whether a query has the one shape."""
    return len(query) <= _LONGEST and _SHAPE.fullmatch(query) is not None


class Snapshot:
    """A checkpoint of the store, open in this process."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @classmethod
    def open(cls, folder: Path) -> Self | None:
        """Open one; None when that cannot be done. It blocks for some milliseconds."""
        try:
            return cls(Store.read_only(str(folder)))
        except (OSError, RuntimeError, ValueError):
            return None

    def look_up(self, query: bytes, form: str | None, base: str | None) -> bytes | None:
        """Answer a query that `is_lookup`; None when it takes a worker."""
        written_as = _FORMATS.get(form or "")
        if written_as is None:
            return None
        try:
            found = self._store.query(
                query.decode("ascii"), base_iri=base, use_default_graph_as_union=True
            )
            return found.serialize(format=written_as) if isinstance(found, QuerySolutions) else None
        except (SyntaxError, ValueError, RuntimeError, OSError):
            return None
