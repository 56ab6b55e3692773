"""Which records each of many searches finds: for those who wait for what is new.

The records are put into an index of their own, in memory, with the schema of the one on disk, and
each search is asked of it. So a word means the same here as in search, save that all of them must
be found: what search shows when nothing fits better is nothing to wake anybody for.
"""

from collections.abc import Sequence
from typing import Final

import tantivy

from nodes.findable import Findable
from nodes.index.documents import analyzer, bare, schema
from nodes.index.narrowing import all_of, around, at, narrowings
from nodes.index.ordering import located, points
from nodes.index.questions import attempts
from nodes.searches import SearchRequest
from nodes.words import ask

_HEAP: Final = 15_000_000


def matching(
    records: Sequence[Findable], requests: Sequence[SearchRequest]
) -> list[frozenset[str]]:
    """Give, for each search, the IRIs of the records that it finds; order and page do not count.

    Nothing is fresh or stale here: that is a question to what is known at one moment.
    """
    if not records:
        return [frozenset()] * len(requests)
    index = tantivy.Index(schema())
    index.register_tokenizer("words", analyzer())
    writer = index.writer(_HEAP, 1)
    for each in records:
        writer.add_json(bare(each))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()
    return [_found(index.schema, searcher, request, len(records)) for request in requests]


def _found(
    fields: tantivy.Schema, searcher: tantivy.Searcher, request: SearchRequest, most: int
) -> frozenset[str]:
    strict = next(attempts(fields, searcher, ask(request.text))).query
    where = narrowings(fields, request, {})
    if (near := request.near) is not None and near.within is not None:
        around_it = all_of([strict, around(fields, near, near.within)])
        inside = located(searcher, around_it, near, near.within)
        where["near"] = at(fields, points(searcher, inside))
    hits = searcher.search(all_of([strict, *where.values()]), most, count=False).hits
    return frozenset(str(searcher.doc(address).get_first("iri")) for _, address in hits)
