"""Worked questions in SPARQL, `vocab/files/queries/*.rq`: for pages, editors and readers.

Each file is a query that any node answers, with its title in English and Italian in its first
lines (`# en: …`, `# it: …`). As RDF they are `sh:SPARQLExecutable`s (SHACL Advanced Features,
section 5), the form in which public query editors look for examples and prefixes at an endpoint.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from vocab.lines import Iri, Literal, Triple
from vocab.terms import PREFIXES, RDF_TYPE, RDFS, SCHEMES, SH, XSD

QUERIES: Final = SCHEMES + "queries"
"""The IRI of the collection; a question is `{QUERIES}/{id}`."""

_FORMS: Final = {"SELECT": "Select", "CONSTRUCT": "Construct", "ASK": "Ask"}


@dataclass(frozen=True, kw_only=True)
class Example:
    """A question: its short name, its title by language, and the query without the titles."""

    id: str
    titles: Mapping[str, str]
    query: str

    @property
    def iri(self) -> str:
        """Its name in RDF."""
        return f"{QUERIES}/{self.id}"

    @property
    def form(self) -> str:
        """`SELECT`, `CONSTRUCT` or `ASK`."""
        return next(word for line in self.query.splitlines() for word in _FORMS if word in line)


@cache
def examples() -> tuple[Example, ...]:
    """Give all questions in the order of their files."""
    folder = files("vocab") / "files" / "queries"
    found = sorted((each for each in folder.iterdir()), key=lambda each: each.name)
    return tuple(
        _read(each.name, each.read_text("utf-8")) for each in found if each.name.endswith(".rq")
    )


def statements() -> Iterator[Triple]:
    """Say the questions, and the prefixes that a reader of them may use, in RDF."""
    for prefix, namespace in sorted(PREFIXES.items()):
        name = f"{QUERIES}#{prefix}"
        yield Triple(QUERIES, SH + "declare", Iri(name))
        yield Triple(name, RDF_TYPE, Iri(SH + "PrefixDeclaration"))
        yield Triple(name, SH + "prefix", Literal(prefix))
        yield Triple(name, SH + "namespace", Literal(namespace, XSD + "anyURI"))
    for example in examples():
        form = _FORMS[example.form]
        yield Triple(example.iri, RDF_TYPE, Iri(SH + "SPARQLExecutable"))
        yield Triple(example.iri, RDF_TYPE, Iri(f"{SH}SPARQL{form}Executable"))
        yield Triple(example.iri, SH + "prefixes", Iri(QUERIES))
        yield Triple(example.iri, SH + form.lower(), Literal(example.query))
        for language, title in sorted(example.titles.items()):
            yield Triple(example.iri, RDFS + "label", Literal(title, language=language))
            yield Triple(example.iri, RDFS + "comment", Literal(title, language=language))


def _read(name: str, text: str) -> Example:
    rows = text.splitlines()
    titles = {row[2:4]: row[6:] for row in rows if row.startswith("# ") and row[4:6] == ": "}
    query = "\n".join(row for row in rows if not row.startswith("# ")).strip()
    return Example(id=name.partition("-")[2].removesuffix(".rq"), titles=titles, query=query)
