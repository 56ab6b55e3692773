"""What can stop a node.

NodeError
├── ConfigError        node.toml says something the node cannot follow
├── JournalError       the journal cannot be opened or written
├── WorkerDied         a worker process ended on its input
├── WorkerTimedOut     a worker process was ended at its deadline
├── Busy               every worker is taken and the queue is full
├── ImportRefused      a file or mapping that cannot be read at all
├── QueryRefused       a query that the endpoint does not answer
└── NotFound           nothing is published at that address
"""


class NodeError(Exception):
    """Something stops this step of the node."""

    hint = "See the log for the step that failed."


class ConfigError(NodeError):
    """The configuration says something the node cannot follow."""

    hint = "Correct node.toml; docs/configuration.md lists every setting."


class JournalError(NodeError):
    """The journal cannot be opened, read or written."""

    hint = "Check that the data folder exists, is writable and has free space."


class WorkerDied(NodeError):
    """A worker process ended on its input: that input is to blame, the node goes on."""

    hint = "Simplify the input; it brought the process that read it down."


class WorkerTimedOut(NodeError):
    """A worker process was ended at its deadline."""

    hint = "Ask for less at once, or narrow the question."


class Busy(NodeError):
    """Every worker is taken, and enough callers wait already."""

    hint = "Try again in a few seconds."


class ImportRefused(NodeError):
    """A file or its mapping cannot be read at all; nothing was imported."""

    hint = "Check the file and its mapping; docs/importing.md shows both."


class QueryRefused(NodeError):
    """A query that the endpoint does not answer."""

    hint = "Only SPARQL 1.1 queries are answered here; updates and SERVICE are refused."


class NotFound(NodeError):
    """Nothing is published at that address."""

    hint = "Search for the experiment by its title."
