"""Examining without a worker process, for tests of what is decided; workers have their own."""

from federation.examining import Examined, Keys, examine
from federation.limits import Limits


class DirectExaminer:
    """Examines in this process: the same function that the worker runs."""

    def __init__(self, limits: Limits = Limits()) -> None:
        self.limits = limits

    async def examine(self, body: bytes, media_type: str, url: str, keys: Keys) -> Examined:
        return examine(body, media_type, url, keys, self.limits)
