"""What can go wrong with a record's words.

VocabError
├── NotCanonical      a line of triples is not in the canonical form
├── BadTerm           an IRI, literal or language tag that no RDF syntax may carry
├── BadDocument       JSON that is broken, ambiguous or would lose something on reading
├── UnknownContext    JSON-LD that names a context we do not hold
├── NotARecord        triples that do not make an experiment
├── UnknownConcept    a word that no scheme knows
├── NoGeometry        text or JSON that is no geometry, with the kind of its fault
├── BadShapes         rules in SHACL that say something not known here
└── CannotAsk         a file that is no RDF, or a query that cannot be asked of it
"""


class VocabError(Exception):
    """Something a city said cannot be understood."""

    hint = "Correct the record and try again."


class NotCanonical(VocabError):
    """A line of triples is not in the canonical form of RDF Dataset Canonicalization (RDFC-1.0)."""

    hint = "The sender must write canonical N-Quads without blank nodes."


class BadTerm(VocabError):
    """An IRI, literal or language tag that no RDF syntax may carry."""

    hint = "Write an absolute IRI (https://…) or a well-formed language tag (it, pt-br)."


class BadDocument(VocabError):
    """JSON that is broken, ambiguous, or would lose something on reading."""

    hint = "Write plain JSON-LD in the citynode context; docs/model.md shows one."


class UnknownContext(VocabError):
    """JSON-LD that names a context the node does not hold; contexts are never fetched."""

    hint = "Use the citynode context, or write the terms out as full IRIs."


class NotARecord(VocabError):
    """Triples that do not make a record of the model."""

    hint = "Compare the record with docs/model.md."


class UnknownConcept(VocabError):
    """A word that no concept scheme knows."""

    hint = "Use a label of the scheme, or add the word to the mapping file."


class NoGeometry(VocabError):
    """Text or JSON that is no geometry: `kind` is what is wrong, `facts` what belongs to that.

    The kinds are none, no-wkt, collection, other-grid, too-long, empty, mixed, position,
    coordinate, too-few and open.
    """

    hint = "Write POINT(7.699 45.095), longitude first, or GeoJSON."

    def __init__(self, kind: str, **facts: str | int) -> None:
        super().__init__(f"no geometry: {kind}")
        self.kind = kind
        self.facts = facts


class BadShapes(VocabError):
    """Shapes that use what is not known here: they are refused whole, no rule is skipped."""

    hint = "Write the rule with the constraints of vocab/shacl, or add the constraint there."


class CannotAsk(VocabError):
    """A file that is no Turtle, or a query that cannot be asked of it."""

    hint = "Check the file with any RDF tool, and the query with a SPARQL editor."
