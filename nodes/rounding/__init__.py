"""A long round in a process of its own; `nodes.apart` is the node's end of it."""
