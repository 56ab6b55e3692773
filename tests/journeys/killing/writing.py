"""One city's officer as a process of its own, who publishes, changes and withdraws without a rest.

`python -m tests.journeys.killing.writing FOLDER TOLD PAUSE`: what is about to be said, and what was
acknowledged, is appended to the file TOLD, a line each, so that a reader of the file knows both
when this process is killed between the two. What it says goes the way of `citynode publish` and
`citynode withdraw`. Each title is used once.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from federation.member import Kind
from nodes.config import read_config
from nodes.desk import Desk, open_desk
from nodes.harvesting import utc_now
from nodes.publishing import Draft, plan
from nodes.sayable import checked
from tests.city import experiment

ROUNDABOUT = 24
"""So many records are told about before one of them is withdrawn: far fewer than a person must
decide on."""


def steps(desk: Desk) -> Iterator[tuple[str, Kind]]:
    """Choose what to say next by what is published: mostly something new, often a change."""
    number = desk.journal.size(desk.journal.base)
    living = [entry.member.object for entry in desk.journal.records(desk.journal.base)]
    while True:
        number += 1
        if number % ROUNDABOUT == 0 and living:
            yield living.pop(number % len(living)), Kind.DELETE
        elif number % 3 == 0 and living:
            yield living[number % len(living)], Kind.UPDATE
        else:
            new = f"{desk.journal.base}experiments/{desk.city.name.lower()}-{number}-{os.getpid()}"
            living.append(new)
            yield new, Kind.CREATE


def drafts(desk: Desk, record: str, kind: Kind, title: str) -> tuple[Draft, ...]:
    """Write what the city says about a record."""
    if kind is Kind.DELETE:
        return (Draft(kind=kind, object=record),)
    said = experiment(desk.journal.base, record.rpartition("/")[2], title)
    good, bad = checked((said,))
    assert not bad, bad
    return plan(good, desk.current).drafts


def main(folder: Path, told: Path, pause: float) -> None:
    """Publish until killed."""
    with open_desk(read_config(folder)) as desk, told.open("ab", buffering=0) as file:

        def tell(**said: Any) -> None:
            file.write(json.dumps(said).encode() + b"\n")

        for number, (record, kind) in enumerate(steps(desk)):
            title = None if kind is Kind.DELETE else f"Prova {os.getpid()} {number}"
            tell(tries={record: title})
            said = desk.speak(drafts(desk, record, kind, title or ""), None, utc_now())
            tell(acknowledged=[member.iri for member in said])
            time.sleep(pause)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]))
