"""The dump of a night, in a process of its own: `python -m nodes.dumping FOLDER NOW PARENT`.

It gives way to the node whose FOLDER it is, and ends with it; what it has not finished then is
never seen. NOW is a time by ISO 8601.
"""

import sys
from datetime import datetime
from pathlib import Path

from nodes import dumps
from nodes.config import read_config
from nodes.desk import open_desk
from nodes.dumping.writing import write_dump
from nodes.errors import NodeError
from nodes.sandbox import limits


def main(folder: str, now: str, parent: str) -> str | None:
    """Do what the command line says; return what went wrong."""
    limits.end_with_parent(int(parent))
    limits.give_way()
    try:
        with open_desk(read_config(Path(folder)), keyless=True) as desk:
            write_dump(desk, desk.views / dumps.FOLDER, datetime.fromisoformat(now))
    except NodeError as error:
        return str(error)
    return None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
