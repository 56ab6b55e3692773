"""Making dumps: everything the node knows at one moment, as files that need no node.

`writing` looks at the journal once and keeps all files in step; `formats` and `columns` write
them, `citing` says how they are cited. `nodes.dumps` keeps them, `nodes.nightly` has one made each
night, in a process of its own (`python -m nodes.dumping`).
"""

from nodes.dumping.writing import write_dump

__all__ = ["write_dump"]
