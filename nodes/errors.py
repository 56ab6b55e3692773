"""What can stop a node.

NodeError
├── ConfigError        node.toml says something the node cannot follow
│   ├── NoNode         a folder without a node
│   ├── FolderTaken    a folder with a node, where a new one was to be made
│   ├── NotFounded     settings or a folder of which no node can be made
│   ├── KeyLost        a key that cannot be read or is not the one the journal names
│   └── PortTaken      an address at which the node cannot be served
├── JournalError       the journal cannot be opened or written
│   ├── NotErasable    nothing that this city could erase
│   ├── JournalTooNew  a journal that a newer citynode wrote
│   ├── NotReleasable  a member that no officer may accept
│   ├── OriginBlocked  an origin that officers of this node blocked
│   └── OriginTaken    an address whose members are kept as signed, or as unsigned, already
├── ViewDamaged        a view of the journal (store, index) that must be built again
│   └── ViewOutdated   one that another version of citynode made
├── NoRoomForViews     the disk is full where views are written
├── ViewsClosed        the node stops before its views have caught up
├── WorkerDied         a worker process ended on its input
│   └── WorkerNotStarted  a worker process ended before it was given anything
├── WorkerTimedOut     a worker process was ended at its deadline
├── Served             another process is serving the node
├── Busy               every worker is taken and the queue is full
├── TooOften           a node that sends more messages than are taken
├── OverBudget         a client that has used all the processor time it is given
├── TooManySubscriptions  a subscription beyond those that a node keeps
├── DumpRefused        a dump that is too long or cannot be written
├── ProcessFailed      a process of our own did not do its work
├── MirrorRefused      a folder that the node may not write its files to
├── ImportRefused      a file or mapping that cannot be read at all
├── QueryRefused       a query that the endpoint does not answer
├── BadParameter       a parameter of a request that cannot be followed
│   └── BadCursor      a cursor that no search gave
├── UnknownPeer        a name or address that is no peer's
├── NotListed          a city that no registry lists, or that cannot be taken from one
├── PastGone           a time of which the journal does not hold everything any more
├── PastBusy           the store of an earlier time is still being built
└── NotFound           nothing is published at that address
    └── NoSubscription nobody is told of news under that address
"""

from typing import Final


class NodeError(Exception):
    """Something stops this step of the node."""

    hint = "See the log for the step that failed."


class ConfigError(NodeError):
    """The configuration says something the node cannot follow."""

    hint = "Correct node.toml; docs/configuration.md lists every setting."


class NoNode(ConfigError):
    """A folder without a node."""

    hint = "Name the node's folder with --folder, or make a node there with `citynode init`."


class FolderTaken(ConfigError):
    """A folder with a node, where a new one was to be made."""

    hint = "Choose another folder; nothing was changed in this one."


class NotFounded(ConfigError):
    """Settings or a folder of which no node can be made; nothing is left of the attempt."""

    hint = "Correct it and try again: nothing was made. `citynode init --help` names the options."


class KeyLost(ConfigError):
    """A key that cannot be read, or that is not the one the journal names."""

    hint = "docs/operations.md tells how a city goes on when its key is lost."


class PortTaken(ConfigError):
    """An address at which the node cannot be served."""

    hint = "Stop the other program, or set another `host` or `port` in [server] of node.toml."


class JournalError(NodeError):
    """The journal cannot be opened, read or written."""

    hint = "Check that the data folder exists, is writable and has free space."


class JournalTooNew(JournalError):
    """A journal that a newer citynode wrote; nothing in it was changed."""

    hint = "Start it with the citynode that wrote it, or restore the backup of before the upgrade."


class NotReleasable(JournalError):
    """A member that says what it may not say, whoever signed it."""

    hint = "Content can be released, authority cannot. Tell the city that published it."


class NotErasable(JournalError):
    """Nothing is there that this city could erase."""

    hint = "Only what this city published can be erased here; docs/operations.md tells how."


class OriginBlocked(JournalError):
    """An origin of which nothing is shown or taken in here, because an officer said so."""

    hint = "`citynode peer unblock` lets it be heard again."


class OriginTaken(JournalError):
    """An address whose members are kept as signed ones already, or as unsigned ones."""

    hint = "Members that are signed and others never share an origin. Add another address."


class ViewDamaged(NodeError):
    """A view of the journal cannot be opened; nothing is lost, the journal has it all."""

    hint = "Stop the node if it runs, then build the views again: citynode rebuild."

    def __init__(self, view: str, path: str, reason: str) -> None:
        super().__init__(f"the {view} in {path} cannot be used: {reason}")
        self.view = view
        self.reason = reason


class ViewOutdated(ViewDamaged):
    """A view that another version of citynode made: a node that starts makes it anew."""


class NoRoomForViews(NodeError):
    """The disk is full where the views are written; nothing is lost, the journal has it all."""

    hint = "Make room there, then do this again: it goes on where it stopped."


class ViewsClosed(NodeError):
    """The node stops; what its views lack they take from the journal at the next start."""


class WorkerDied(NodeError):
    """A worker process ended on its input: that input is to blame, the node goes on."""

    hint = "Simplify the input; it brought the process that read it down."

    def __init__(self, message: str, *, signal: str | None = None) -> None:
        super().__init__(message)
        self.signal = signal


class WorkerNotStarted(WorkerDied):
    """A worker process ended before it was given anything, or never came to be."""

    hint = "What it said last may tell why; if it was killed, see whether memory is short."


class WorkerTimedOut(NodeError):
    """A worker process was ended at its deadline."""

    hint = "Ask for less at once, or narrow the question."


class Served(NodeError):
    """The node is being served by another process, which holds its views."""

    hint = "Stop `citynode serve` first, and start it again afterwards."


class Busy(NodeError):
    """Every worker is taken, and enough callers wait already."""

    hint = "Try again in a few seconds."


class TooOften(NodeError):
    """More messages than are taken; `seconds` is how long to wait before the next."""

    hint = "Nothing is lost by waiting: one message tells of all news."

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class OverBudget(NodeError):
    """A client that has used all it may; `seconds` is how long to wait before the next."""

    hint = "Wait, or ask for less at once: a query costs the processor time that it takes."

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


class TooManySubscriptions(NodeError):
    """A subscription beyond those that a node keeps."""

    hint = "Follow the search by its Atom feed; the operator can raise `most` in [alerts]."


class DumpRefused(NodeError):
    """A dump that is too long, or cannot be written; nothing of it is kept."""

    hint = (
        "Name a folder you may write to, make room on the disk, or raise `most_bytes` in [dumps]."
    )


class ProcessFailed(NodeError):
    """A process of our own did not do its work; the message has its last line."""


class MirrorRefused(NodeError):
    """The files of the node cannot be written to a folder as it is; what lies there is kept."""

    hint = "Name an empty folder, or the one of the last export; docs/operations.md tells more."


class ImportRefused(NodeError):
    """A file or its mapping cannot be read at all; nothing was imported."""

    hint = "Check the file and its mapping; docs/importing.md shows both."


_OF_QUERIES: Final = {
    "syntax": "Correct the query there; every prefix it uses must be declared.",
    "depth": "Write the query with fewer brackets inside each other.",
    "failed": "Correct the query; it was read, but cannot be carried out as it is.",
    "format": "Name one of these types in the Accept header, or in ?format=.",
    "size": "Add a LIMIT, or ask for fewer columns.",
    "fickle": "Put the value that it should give in its place.",
    "past": "Ask without asOf.",
}


class QueryRefused(NodeError):
    """A query that the endpoint does not answer."""

    hint = "Only SPARQL 1.1 queries are answered here; updates and SERVICE are refused."

    def __init__(
        self,
        message: str,
        *,
        reason: str = "refused",
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        """`reason` is one word.

        It is syntax, update, service, depth, format, size, failed, fickle, past or refused.
        """
        super().__init__(message)
        self.hint = _OF_QUERIES.get(reason, self.hint)
        self.reason = reason
        self.line = line
        self.column = column


class UnknownPeer(NodeError):
    """A name or address that is no peer's."""

    hint = "`citynode peer list` shows the peers of this node."


class NotListed(NodeError):
    """A city that no registry lists, or that cannot be taken from one."""

    hint = "`citynode peer list` shows who is proposed; `citynode peer add` adds any city."


class NotFound(NodeError):
    """Nothing is published at that address."""

    hint = "Search for the experiment by its title."


class NoSubscription(NotFound):
    """Nobody is told of news under that address."""

    hint = "Subscribe from any search: “Be told of what is new”."


class BadParameter(NodeError):
    """A parameter of a request that cannot be followed; `advice` says what to write instead."""

    hint = "Correct the parameter; /openapi.json describes them all."

    def __init__(self, name: str, value: str, advice: str) -> None:
        said = f" {value[:100]!r}" if value else ""
        super().__init__(f"parameter {name[:100]}{said}: write {advice}")
        self.name = name
        self.value = value
        self.advice = advice


class PastGone(NodeError):
    """A time of which the journal does not hold everything; `since` is from when on it does."""

    def __init__(self, message: str, since: str) -> None:
        super().__init__(message)
        self.since = since
        self.hint = f"Ask as of {since} or later."


class PastBusy(NodeError):
    """The store of an earlier time is not there yet; `seconds` is when to ask again."""

    hint = "Ask again then; a time is built once, for all who ask."

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


class BadCursor(BadParameter):
    """A cursor that no search gave, or that another search did."""

    def __init__(self, value: str) -> None:
        super().__init__("cursor", value, "one that stood in `links.next` of this same search")
