"""The node as plain files, for a city that has a web host but nowhere to run a program.

Everything another node needs to follow the city is there: its feed, its key, who it is, each record
and each member, the catalogue, the vocabulary. The names of files are those that a served node
gives with a suffix, so that any host knows their types. The node's base must be the address at
which the folder is served: names are what they are, wherever the bytes lie.
"""

from nodes.mirror.site import Site, Tally
from nodes.mirror.writing import write_mirror

__all__ = ["Site", "Tally", "write_mirror"]
