"""Why something was not taken, and what that means for the next try."""


class Undelivered(Exception):
    """A message that was not taken.

    `final` says that trying again helps little. One that does not count is the fault of neither
    side: the node's own mail server is down. `again` are seconds that the other side asks for.
    """

    def __init__(
        self, reason: str, *, final: bool = False, counts: bool = True, again: float = 0.0
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final
        self.counts = counts
        self.again = again
