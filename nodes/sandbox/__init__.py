"""Worker processes for everything that comes from outside: foreign bytes and foreign queries.

A parser can be made to crash, to fill the memory or to run for hours by a few kilobytes, so none
of them runs in the node itself. A worker is a child process with one task, little memory, little
processor time and no network; it speaks over its own pipes and dies with its parent, at its
deadline, or on its input. The node goes on, and a spare worker takes the next job.

`pool` is the node's side, `__main__` the worker's; `wire` is what both agree on.
"""
