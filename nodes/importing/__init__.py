"""A city's own file becomes experiments: readers, the mapping and what was found on the way.

`read` is the one verb. A reader turns a file into rows, the mapping says which cell is which
field and which word means which concept, and every row becomes an experiment or a finding that
names sheet, row, column, value and what to write instead. Nothing is guessed silently and nothing
that can be read is lost. Nothing here knows the journal or the network.
"""

from nodes.importing.findings import Finding, Reading
from nodes.importing.limits import LIMITS, Limits
from nodes.importing.mapping import Mapping, load_mapping
from nodes.importing.reading import read

__all__ = ["LIMITS", "Finding", "Limits", "Mapping", "Reading", "load_mapping", "read"]
