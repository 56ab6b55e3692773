"""Where a page leads, and when a page need not be visited.

Several relations to one node hold together (AND). A bound is trusted only when its path is the one
by which the stream is ordered; whatever else a relation says, the node is visited.
"""

from dataclasses import dataclass, replace
from typing import Final

from federation.errors import PageUnreadable
from federation.ldes.dataset import Dataset, moment
from federation.ldes.origins import document
from federation.ldes.paths import read_path
from federation.ldes.stream import Stream
from federation.limits import Limits
from federation.statements import iri_of
from vocab.terms import RDF_TYPE, TREE

_IRI_CHARS: Final = 2_000
_LOWER: Final = frozenset((TREE + "GreaterThanRelation", TREE + "GreaterThanOrEqualToRelation"))
_UPPER: Final = frozenset((TREE + "LessThanRelation", TREE + "LessThanOrEqualToRelation"))
_EQUAL: Final = TREE + "EqualToRelation"


@dataclass(frozen=True, kw_only=True)
class Lead:
    """A node to visit: members there lie at `lower` or later, and before `upper`.

    With `closed` there may be members at `upper` itself. None means no bound is known.
    """

    node: str
    lower: str | None = None
    upper: str | None = None
    closed: bool = False

    def may_hold_after(self, stamp: str | None) -> bool:
        """Tell whether there may be members that are not all before a time, or just at it."""
        if stamp is None or self.upper is None:
            return True
        return self.upper > stamp or (self.closed and self.upper == stamp)


def read_relations(
    dataset: Dataset, names: frozenset[str], stream: Stream | None, limits: Limits
) -> tuple[Lead, ...]:
    """Read the relations of a page, which goes by some `names`; raises PageUnreadable."""
    found: dict[str, Lead] = {}
    relations = [
        each for name in sorted(names) for each in dataset.values(f"<{name}>", TREE + "relation")
    ]
    if len(relations) > 2 * limits.relations_per_page:
        raise PageUnreadable("too many relations on one page")
    for relation in relations:
        node = iri_of(dataset.one(relation, TREE + "node"))
        if node is None:
            raise PageUnreadable("a relation without exactly one tree:node")
        if len(node) > _IRI_CHARS:
            raise PageUnreadable(f"a relation to an address of {len(node)} characters")
        node = document(node)
        found[node] = _narrowed(found.get(node, Lead(node=node)), dataset, relation, stream)
    return tuple(found.values())


def _narrowed(lead: Lead, dataset: Dataset, relation: str, stream: Stream | None) -> Lead:
    path = read_path(dataset, dataset.one(relation, TREE + "path"))
    if stream is None or stream.timestamp is None or path != stream.timestamp:
        return lead
    said = dataset.one(relation, TREE + "value")
    low, high = moment(said), moment(said, up=True)
    if low is None or high is None:
        return lead
    for kind in map(iri_of, dataset.values(relation, RDF_TYPE)):
        if kind in _LOWER or kind == _EQUAL:
            lead = replace(lead, lower=max(low, lead.lower or ""))
        if kind in _UPPER or kind == _EQUAL:
            closed = kind != TREE + "LessThanRelation"
            if lead.upper is None or high < lead.upper:
                lead = replace(lead, upper=high, closed=closed)
            elif high == lead.upper:
                lead = replace(lead, closed=lead.closed and closed)
    return lead
