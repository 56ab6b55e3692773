"""The search index, a view of the journal in tantivy. Only this package knows tantivy."""

from nodes.index.view import Index as Index
