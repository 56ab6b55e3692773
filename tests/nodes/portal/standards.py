"""The published shapes of DCAT-AP and DCAT-AP Feeds, asked with pyshacl."""

import os
from functools import cache
from pathlib import Path

import pytest
from pyshacl import validate
from rdflib import Graph, Namespace

SH = Namespace("http://www.w3.org/ns/shacl#")
FOLDER = Path(
    os.environ.get("CITYNODE_STANDARDS") or Path(__file__).parents[4] / "shared" / "standards"
)
needed = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"no published standards in {FOLDER}; set CITYNODE_STANDARDS"
)


@cache
def shapes(*names: str) -> Graph:
    """Read shapes, without the property shapes they name and never define."""
    found = Graph()
    for name in names:
        found.parse(FOLDER / name)
    for shape, named in list(found.subject_objects(SH.property)):
        if (named, SH.path, None) not in found:
            found.remove((shape, SH.property, named))
    return found


def dcat_ap(graph: Graph) -> list[str]:
    """List what DCAT-AP 3.0.1 has to say against a graph, ranges included."""
    return _against(graph, "dcat-ap-3.0.1/dcat-ap-SHACL.ttl", "dcat-ap-3.0.1/ranges.ttl")


def dcat_ap_feeds(graph: Graph) -> list[str]:
    """List what DCAT-AP Feeds have to say against a member with its graph."""
    return _against(graph, "dcat-ap-feeds/shape.ttl")


def _against(graph: Graph, *names: str) -> list[str]:
    conforms, report, text = validate(graph, shacl_graph=shapes(*names))
    return [] if conforms else [text, *map(str, report.objects(None, SH.resultPath))]
