"""The journal: the only truth of a node. Everything else can be deleted and rebuilt from it."""

from nodes.journal.journal import Journal
from nodes.journal.rows import Entry

__all__ = ["Entry", "Journal"]
