"""The node's own records as a catalogue for data portals, page by page.

Datasets are derived by one CONSTRUCT (`vocab/files/dcat-ap.rq`), asked of the query service like
any other question; what is true of the whole node is added (`nodes.dcat`). What was observed in the
catalogue of somebody else is not listed: portals have it from there. Nothing is kept but the last
few pages in memory, until the store moves on.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from nodes import dcat
from nodes.city import City
from nodes.deriving import canonical
from nodes.journal import Journal
from nodes.queries import Queries
from nodes.remembering import MIB, Memory
from nodes.sandbox.formats import Kind
from vocab import lines, shelf
from vocab.records import KINDS
from vocab.terms import CN, DCTERMS, PROV

SIZE: Final = 100
QUERY: Final = shelf.read("dcat-ap.rq").decode()

_VOCABULARY: Final = CN.removesuffix("#")
_KINDS: Final = " ".join(f"<{kind.rdf_type}>" for kind in KINDS)
_OWN: Final = """
  VALUES ?kind {{ {kinds} }}
  GRAPH ?member {{ ?record a ?kind ; <{terms}issued> ?issued }}
  FILTER NOT EXISTS {{ ?member <{prov}wasDerivedFrom> ?source }}
  FILTER(STRSTARTS(STR(?member), "{base}feed/"))
"""
_COUNT: Final = """
SELECT (COUNT(*) AS ?total)
WHERE {{ GRAPH ?member {{ ?s ?p ?o }} FILTER(STRSTARTS(STR(?member), "{base}feed/")) }}
"""
_REMEMBERED: Final = 32
_BYTES: Final = 32 * MIB


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of the catalogue: its statements, canonical, and how many datasets there are.

    `position` is that of the store it was derived from.
    """

    position: int
    number: int
    last: int
    total: int
    triples: bytes


@dataclass(kw_only=True)
class Portal:
    """The catalogue of a node."""

    queries: Queries
    journal: Journal
    city: City
    size: int = SIZE
    _memory: Memory[Page] = field(
        default_factory=lambda: Memory(most=_REMEMBERED, most_bytes=_BYTES, largest=_BYTES)
    )
    _counted: tuple[int, int] = (-1, 0)
    _written: Memory[bytes] = field(
        default_factory=lambda: Memory(most_bytes=_BYTES, largest=_BYTES // 4)
    )
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def page(self, number: int) -> Page | None:
        """Give a page, counted from 1; None where there is none. One is derived at a time."""
        position = await self.queries.refresh()
        async with self._turn:
            found = self._memory.recall(position, number)
            if found is None and (found := await self._derive(position, number)) is not None:
                self._memory.keep(position, number, found, len(found.triples))
            return found

    async def written(self, page: Page, syntax: str, write: Callable[[bytes, str], bytes]) -> bytes:
        """Give a page as `write` makes it of its statements; one is made at a time, and kept.

        It takes half a second: many readers at once would fill the threads that others wait for.
        """
        async with self._turn:
            kept = self._written.recall(page.position, (page.number, syntax))
            if kept is None:
                job = asyncio.ensure_future(asyncio.to_thread(write, page.triples, syntax))
                try:
                    kept = await asyncio.shield(job)
                finally:  # a reader that has gone leaves no thread at work behind it
                    await asyncio.wait([job])
                self._written.keep(page.position, (page.number, syntax), kept, len(kept))
            return kept

    async def triples(self) -> int:
        """Count the statements of the node's own records."""
        position = await self.queries.refresh()
        if self._counted[0] != position:
            [found] = await self._table(_COUNT.format(base=self.city.base))
            self._counted = (position, int(found["total"]))
        return self._counted[1]

    async def _derive(self, position: int, number: int) -> Page | None:
        own = _OWN.format(kinds=_KINDS, terms=DCTERMS, prov=PROV, base=self.city.base)
        [counted] = await self._table(
            f"SELECT (COUNT(*) AS ?total) (MIN(?issued) AS ?first) WHERE {{ {own} }}"
        )
        total = int(counted["total"])
        last = max(1, -(-total // self.size))
        if number > last:
            return None
        rows = await self._table(
            f"SELECT ?member ?record WHERE {{ {own} }} ORDER BY ?record "
            f"LIMIT {self.size} OFFSET {(number - 1) * self.size}"
        )
        derived = b""
        if rows:
            graphs = [*(row["member"] for row in rows), _VOCABULARY]
            answer = await self.queries.ask(
                QUERY, formats={**_JSON, Kind.GRAPH: "nt"}, named_graphs=graphs
            )
            derived = answer.body
        newest = await asyncio.to_thread(self.journal.newest, self.city.base)
        modified = newest.published if newest is not None else None
        dossiers = [row["record"] + dcat.DOSSIER for row in rows]
        said = [
            *dcat.statements(self.city, dossiers, counted.get("first"), modified),
            *dcat.pages(self.city, number, last, total, self.size),
        ]
        rows_of_text = await asyncio.to_thread(_together, derived, said)
        return Page(position=position, number=number, last=last, total=total, triples=rows_of_text)

    async def _table(self, query: str) -> list[dict[str, str]]:
        answer = await self.queries.ask(query, formats=_JSON)
        found = json.loads(answer.body)["results"]["bindings"]
        return [{name: value["value"] for name, value in row.items()} for row in found]


_JSON: Final[dict[Kind, str | None]] = {Kind.TABLE: "json", Kind.TRUTH: None, Kind.GRAPH: None}


def _together(derived: bytes, said: Sequence[dcat.Statement]) -> bytes:
    rows = lines.rows(canonical(derived))
    return lines.canonical([*rows, *(lines.line(*each) for each in said)])
