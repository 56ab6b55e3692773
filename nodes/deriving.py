"""A record in other terms: one of our own CONSTRUCT queries over a single member, in memory.

The catalogue asks the same query of the store. Here it is asked of members that are history, which
the store no longer holds. Only our own members and our own query go in, nothing foreign.
"""

from threading import Lock
from typing import Final

from pyoxigraph import NamedNode, QueryTriples, RdfFormat, Store, serialize

from federation.member import Member
from vocab import lines, schemes, shelf
from vocab.terms import CN

_VOCABULARY: Final = NamedNode(CN.removesuffix("#"))
_FILES: Final = ("ns.ttl", *(f"schemes/{name}.ttl" for name in schemes.NAMES))


class Workbench:
    """A small store with the names of concepts, where one member at a time is laid down."""

    def __init__(self) -> None:
        self._quads = Store()
        self._lock = Lock()
        for name in _FILES:
            self._quads.load(
                shelf.read(name),
                RdfFormat.TURTLE,
                base_iri=_VOCABULARY.value,
                to_graph=_VOCABULARY,
            )

    def derive(self, member: Member, query: str) -> bytes:
        """Give what the query makes of a member's record, as canonical triples."""
        graph = NamedNode(member.iri)
        with self._lock:
            self._quads.load(member.payload, RdfFormat.N_TRIPLES, to_graph=graph, lenient=True)
            try:
                found = self._quads.query(query, named_graphs=[graph, _VOCABULARY])
                assert isinstance(found, QueryTriples)
                text = serialize(found, format=RdfFormat.N_TRIPLES) or b""
            finally:
                self._quads.remove_graph(graph)
        return canonical(text)


def canonical(ntriples: bytes) -> bytes:
    """Put N-Triples as the engine writes them into canonical form."""
    text = ntriples.decode()
    return lines.canonical(text[:-1].split("\n")) if text else b""
