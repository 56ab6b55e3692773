"""What the SPARQL endpoint says of itself: SPARQL 1.1 Service Description.

It is asked of the endpoint's own workers as a CONSTRUCT without a pattern, so it can be had in
every format of a graph that they write.
"""

from typing import Final

from nodes.sandbox.formats import FORMATS, Kind

FORMATS_OF_DESCRIPTION: Final = ("ttl", "rdf", "jsonld", "nt")

_QUERY: Final = """\
PREFIX sd: <http://www.w3.org/ns/sparql-service-description#>
CONSTRUCT {{
  <{endpoint}#service> a sd:Service ;
    sd:endpoint <{endpoint}> ;
    sd:supportedLanguage sd:SPARQL11Query ;
    sd:feature sd:UnionDefaultGraph ;
    sd:resultFormat {formats} ;
    sd:defaultDataset <{endpoint}#dataset> .
  <{endpoint}#dataset> a sd:Dataset ; sd:defaultGraph <{endpoint}#everything> .
  <{endpoint}#everything> a sd:Graph .
}} WHERE {{}}
"""


def description(endpoint: str) -> str:
    """Write the query whose answer describes the endpoint at this address."""
    formats = dict.fromkeys(each.iri for kind in Kind for each in FORMATS[kind])
    return _QUERY.format(endpoint=endpoint, formats=", ".join(f"<{iri}>" for iri in formats))
