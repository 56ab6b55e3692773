"""A city's own file becomes experiments: readers, the mapping and what was found on the way.

`read` is the verb. A reader turns a file into rows, the mapping says which cell is which
field and which word means which concept, and every row becomes an experiment or a finding that
names sheet, row, column, value and what to write instead. Nothing is guessed silently and nothing
that can be read is lost. For a file nobody has explained yet, `propose` writes a mapping to be
corrected. Nothing here knows the journal or the network.
"""

from nodes.books.limits import LIMITS, Limits
from nodes.importing.findings import Finding, Reading
from nodes.importing.form import is_form, read_form, write_form
from nodes.importing.mapping import Mapping, load_mapping, read_mapping
from nodes.importing.own import read_own
from nodes.importing.proposal import Proposal
from nodes.importing.proposing import propose
from nodes.importing.reading import read
from nodes.importing.reporting import write_report
from nodes.importing.sentences import say

__all__ = [
    "LIMITS",
    "Finding",
    "Limits",
    "Mapping",
    "Proposal",
    "Reading",
    "is_form",
    "load_mapping",
    "propose",
    "read",
    "read_form",
    "read_mapping",
    "read_own",
    "say",
    "write_form",
    "write_report",
]
