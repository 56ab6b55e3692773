"""What can stop a step between two cities, and how strangers are quoted.

FederationError
├── PeerUnreachable    nothing usable came back
│   ├── PeerRefused    the peer answered with an error status
│   ├── PeerTooLarge   the answer is over a limit
│   └── ForbiddenAddress   the address is not one the node may connect to
├── WrongAddress       no node can be asked for its keys at an address
├── BadChoice          what an officer wrote of a feed or catalogue cannot be followed
├── PageUnreadable     a page that cannot be read as a feed
│   └── NoFeed         an address that shows a page for people, and no feed below it
├── FeedWentBack       a feed that shows less, or other, than it did before
├── KeyChanged         a city that shows another key, and nothing announced that
├── KeysLearned        a key that is pinned told of those before it; what they signed is read again
├── MuchToRead         a feed with more to read than is to be read here
├── NoRoom             this node's disk is too full to keep what others say
│   └── ShareUsedUp    a city has used up its share of it
├── BadMessage         a message between nodes that cannot be read
│   └── NotBelieved    a message that its sender's key does not vouch for
└── BadKey             a key, DID document or fingerprint that cannot be used
"""


class FederationError(Exception):
    """Something between two cities went wrong; the round ends, the node goes on."""

    hint = "The node tries again by itself."


class PeerUnreachable(FederationError):
    """Nothing usable came back from a peer; the next round will try again."""

    hint = "The peer may be down. The node tries again by itself."

    def __init__(self, url: str, reason: str) -> None:
        self.url, self.reason = url, plain(reason)  # which may quote what the peer wrote
        super().__init__(f"{url} did not answer: {self.reason}")


class WrongAddress(FederationError):
    """An address at which no node can be asked for its keys."""

    hint = "Write the address as the other city gives it, such as https://lab.example/."

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(reason)
        self.url = url


class BadChoice(FederationError):
    """Something that an officer wrote of a feed or catalogue, which cannot be followed."""

    hint = "Correct it; `citynode peer add --help` says what each option takes."

    def __init__(self, said: str, reason: str) -> None:
        super().__init__(f"{plain(said)!r}: {reason}")
        self.said = said


class PeerRefused(PeerUnreachable):
    """The peer answered with an error status; `retry_after` is in seconds where it said so.

    `at` is its clock, in seconds since 1970, where the answer says it.
    """

    def __init__(
        self, url: str, status: int, retry_after: float | None = None, at: float | None = None
    ) -> None:
        super().__init__(url, f"status {status}")
        self.status = status
        self.retry_after = retry_after
        self.at = at


class PeerTooLarge(PeerUnreachable):
    """An answer over a limit of the node; reading stopped there."""

    hint = "The limits are settings; a feed of citynode stays far below them."


class ForbiddenAddress(PeerUnreachable):
    """The peer's name leads to an address that the node does not connect to."""

    hint = (
        "Only public addresses are dialled; allow_private_peers is for tests and closed networks."
    )


class PageUnreadable(FederationError):
    """A page of a feed that cannot be read."""

    hint = "The peer's operator should check the page with an RDF validator."


class NoFeed(PageUnreadable):
    """An address that shows a page for people, and has no feed below it."""

    hint = "Give the address of the feed itself; that of a node is its base followed by `feed`."

    def __init__(self, url: str, below: str) -> None:
        super().__init__(f"{url} is a page for people and no feed, and there is none at {below}")


class FeedWentBack(FederationError):
    """A feed that shows less, or something else, than it did before."""

    hint = "The peer may have been restored from an old backup. Ask its officer, then re-add it."


class KeyChanged(FederationError):
    """A city shows another key than the one that is pinned; nothing it says with it is believed."""

    hint = "Ask its officer over another channel. If the words fit: citynode peer trust."


class KeysLearned(FederationError):
    """A pinned key vouched for keys before it: the stream is read from its start with them."""


class MuchToRead(FederationError):
    """A feed has more to read than the caller wants to read here; nothing was read of it yet."""


class NoRoom(FederationError):
    """The disk of this node is too full to keep more of what others say."""

    hint = "Make room on the disk of this node, or block a city that publishes without end."


class ShareUsedUp(NoRoom):
    """A city has said as much as one city may; all others are heard."""

    hint = "Make room, or set a higher kept_bytes in [limits] and start the node again."

    def __init__(self, base: str, used: int, most: int, *, crowded: bool = False) -> None:
        until = (
            "there is more room on the disk, of what is free a fifth"
            if crowded
            else "kept_bytes in [limits] of node.toml is higher"
        )
        super().__init__(
            f"{base} has used up its share of the disk of this node, {used:,} of {most:,} bytes: "
            f"nothing more of it is taken until {until}"
        )
        self.base = base


class BadMessage(FederationError):
    """A message from another node that cannot be read."""

    hint = "docs/operations.md shows what a message from node to node looks like."


class NotBelieved(BadMessage):
    """A message that nobody this node knows vouches for: nothing it says was looked at."""

    hint = "Nodes that follow each other add each other as peers; until then, polling does."


class BadKey(FederationError):
    """A key, DID document or fingerprint that cannot be used."""

    hint = "Compare the six words with the peer's officer over another channel."


def plain(text: str) -> str:
    """Write what a stranger said on one line: control and invisible characters become escapes.

    So it cannot begin a line of its own in a log, turn a sentence round or speak to a terminal.
    """
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )
