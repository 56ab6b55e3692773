"""What was made before: a memory of bounded size, void when what it rests on moves on."""

import sys
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Final, Generic, TypeVar

MIB: Final = 1 << 20

Value = TypeVar("Value")


@dataclass(kw_only=True)
class Memory(Generic[Value]):
    """The values last asked for, by key, as long as the `version` stays; sizes are bytes.

    Threads may share it.
    """

    most: int = 2_000
    most_bytes: int = 64 * MIB
    largest: int = 2 * MIB
    _version: object = None
    _used: int = 0
    _kept: OrderedDict[object, tuple[Value, int]] = field(default_factory=OrderedDict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def recall(self, version: object, key: object) -> Value | None:
        """Give what was kept of this version."""
        with self._lock:
            if version != self._version or key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def keep(self, version: object, key: object, value: Value, size: int) -> None:
        """Keep a value, and forget those not asked for the longest when there are too many."""
        if size > self.largest:
            return
        with self._lock:
            if version != self._version:
                self.forget()
                self._version = version
            self._used += size - self._kept.pop(key, (None, 0))[1]
            self._kept[key] = value, size
            while self._used > self.most_bytes or len(self._kept) > self.most:
                self._used -= self._kept.popitem(last=False)[1][1]

    def forget(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self._used = 0

    @property
    def used(self) -> int:
        """How many bytes are kept."""
        return self._used


def weight(value: object) -> int:
    """Count the bytes that a value takes, with all that it is made of."""
    size = sys.getsizeof(value)
    if isinstance(value, Mapping):
        return size + sum(weight(each) + weight(said) for each, said in value.items())
    if isinstance(value, tuple | list | set | frozenset):
        return size + sum(map(weight, value))
    if is_dataclass(value):
        return size + sum(weight(getattr(value, each.name)) for each in fields(value))
    return size
