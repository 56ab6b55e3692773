"""The names used on the wire: namespaces, classes, properties and fixed IRIs.

Own terms (`CN`) exist only where no established vocabulary fits; see docs/model.md.
"""

from typing import Final

CN: Final = "https://w3id.org/citynode/ns#"
CONTEXT: Final = "https://w3id.org/citynode/context/v1"

ADMS: Final = "http://www.w3.org/ns/adms#"
AS: Final = "https://www.w3.org/ns/activitystreams#"
CPSV: Final = "http://purl.org/vocab/cpsv#"
DCAT: Final = "http://www.w3.org/ns/dcat#"
DCATAP: Final = "http://data.europa.eu/r5r/"
DCTERMS: Final = "http://purl.org/dc/terms/"
FOAF: Final = "http://xmlns.com/foaf/0.1/"
GEO: Final = "http://www.opengis.net/ont/geosparql#"
HYDRA: Final = "http://www.w3.org/ns/hydra/core#"
LDES: Final = "https://w3id.org/ldes#"
LOCN: Final = "http://www.w3.org/ns/locn#"
M8G: Final = "http://data.europa.eu/m8g/"
ORG: Final = "http://www.w3.org/ns/org#"
PROV: Final = "http://www.w3.org/ns/prov#"
QUDT: Final = "http://qudt.org/schema/qudt/"
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
SCHEMA: Final = "https://schema.org/"
SEC: Final = "https://w3id.org/security#"
SH: Final = "http://www.w3.org/ns/shacl#"
SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
SOSA: Final = "http://www.w3.org/ns/sosa/"
TREE: Final = "https://w3id.org/tree#"
VCARD: Final = "http://www.w3.org/2006/vcard/ns#"
VOID: Final = "http://rdfs.org/ns/void#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"

RDF_TYPE: Final = RDF + "type"
XSD_STRING: Final = XSD + "string"
XSD_DATETIME: Final = XSD + "dateTime"
RDF_LANGSTRING: Final = RDF + "langString"

EU_LANGUAGE: Final = "http://publications.europa.eu/resource/authority/language/"
EU_LICENCE: Final = "http://publications.europa.eu/resource/authority/licence/"
EU_THEME: Final = "http://publications.europa.eu/resource/authority/data-theme/"
UN_GOAL: Final = "http://metadata.un.org/sdg/"
EU_ACCESS: Final = "http://publications.europa.eu/resource/authority/access-right/"

SCHEMES: Final = "https://w3id.org/citynode/"
"""Concept schemes of ours are `{SCHEMES}{name}`, with the names of `vocab.schemes.NAMES`; a concept
is `{scheme}/{id}`, such as `https://w3id.org/citynode/theme/mobility`."""

PREFIXES: Final = {
    "adms": ADMS,
    "as": AS,
    "cn": CN,
    "cpsv": CPSV,
    "dcat": DCAT,
    "dcatap": DCATAP,
    "dcterms": DCTERMS,
    "foaf": FOAF,
    "geo": GEO,
    "hydra": HYDRA,
    "ldes": LDES,
    "locn": LOCN,
    "m8g": M8G,
    "org": ORG,
    "prov": PROV,
    "qudt": QUDT,
    "rdf": RDF,
    "rdfs": RDFS,
    "schema": SCHEMA,
    "sec": SEC,
    "sh": SH,
    "skos": SKOS,
    "sosa": SOSA,
    "tree": TREE,
    "vcard": VCARD,
    "void": VOID,
    "xsd": XSD,
}
