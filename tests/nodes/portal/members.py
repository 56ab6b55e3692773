"""The members of a page, taken as a consumer of the feed takes them."""

from pyoxigraph import Dataset, NamedNode, Store
from rdflib import Graph

from vocab.terms import TREE

Quads = Store | Dataset


def members(store: Quads) -> list[NamedNode]:
    """List the members of a page in their order."""
    found = [quad.object for quad in store if quad.predicate == NamedNode(TREE + "member")]
    named = [each for each in found if isinstance(each, NamedNode)]
    return sorted(named, key=lambda each: int(each.value.partition("#")[2].partition("-")[0]))


def of_member(store: Quads, member: NamedNode) -> Graph:
    """Take what a consumer takes: the activity and its graph."""
    about = [quad.triple for quad in store if member in (quad.subject, quad.graph_name)]
    return Graph().parse(data="\n".join(f"{triple} ." for triple in about), format="nt")
