"""Making dumps: everything the node knows at one moment, as files that need no node.

`writing` looks at the journal once and keeps all files in step; `formats` and `columns` write
them, `citing` says how they are cited, `nightly` makes one each night. `nodes.dumps` keeps them.
"""

from nodes.dumping.writing import write_dump

__all__ = ["write_dump"]
