"""What can be seen of a process from outside: how much memory its family takes."""

import threading
from contextlib import suppress
from pathlib import Path


def family(pid: int) -> list[int]:
    """List a process and all that it started, and those in turn."""
    found = [pid]
    with suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            for child in (thread / "children").read_text().split():
                found += family(int(child))
    return found


def peak(pid: int, *, shared: bool) -> int:
    """Read how many bytes a process kept in memory at the most; 0 when it is gone.

    Without what is `shared`: the files that are mapped, the libraries that its parent has too.
    """
    with suppress(OSError):
        rows = Path(f"/proc/{pid}/status").read_text().splitlines()
        said = {
            row.split(":")[0]: row.split()[1] for row in rows if row.startswith(("VmHWM", "Rss"))
        }
        if "VmHWM" in said:
            return (int(said["VmHWM"]) - (0 if shared else int(said["RssFile"]))) * 1_024
    return 0


def _program(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text()
    return ""


class Memory:
    """Looks at a family of processes forty times a second.

    `most` is the largest sum there was, since `begin`, of what each of those alive had kept at the
    most: never less than what they kept together; libraries that they share are counted once.
    `largest` are the parts of it.
    """

    def __init__(self, pid: int) -> None:
        self.largest: list[int] = []
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    @property
    def most(self) -> int:
        return sum(self.largest)

    def begin(self) -> None:
        """Forget what was kept before: the kernel counts anew (proc(5), clear_refs)."""
        for pid in family(self._pid):
            with suppress(OSError):
                Path(f"/proc/{pid}/clear_refs").write_text("5")
        self.largest = []

    def _look(self) -> None:
        while not self._over.wait(0.025):
            peaks = [
                peak(each, shared=each == self._pid)
                for each in family(self._pid)
                if not self._is_copy(each)
            ]
            self.largest = max(self.largest, peaks, key=sum)

    def _is_copy(self, pid: int) -> bool:
        """Tell whether a process has just been forked and is nothing of its own yet."""
        return pid != self._pid and _program(pid) in ("", _program(self._pid))

    def close(self) -> None:
        self._over.set()
        self._thread.join()
