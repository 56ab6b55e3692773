"""What two records must share before anybody compares them: marks, as words of the index.

Plain functions. A mark is a kind and a value, `page:lab.example/shuttle`. Records that may be the
same, or belong to one project, meet under a mark, so that nobody compares all with all. A mark by
itself proves nothing: `nodes.pairing` weighs what the records say.
"""

import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Final
from urllib.parse import unquote, urlsplit

from nodes.places import centre
from nodes.words import words
from vocab.parts import Project
from vocab.records import Call, Experiment, Record, Testbed

PERMIT: Final = "has:permit"
"""The mark of records that tell of a permit, or of the way to one."""

TESTBED: Final = "kind:testbed"
CALL: Final = "kind:call"
"""The marks of all testbeds and of all calls."""

_LONGEST: Final = 200
_MOST: Final = 40
_SHORTEST_NAME: Final = 3
_SHORT_NAME: Final = re.compile("\\s[-|\u2013\u2014]\\s|[:(,]")


def marks(record: Record) -> tuple[str, ...]:
    """Give the marks of a record, in a fixed order and without repetition."""
    found = dict.fromkeys(_cut(each) for each in _marks(record))
    return tuple(found)[:_MOST]


def page(address: str) -> str | None:
    """Write the address of a page without what varies; None for the front page of a site.

    A front page stands behind many records and says nothing of any of them.
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    path = unquote(parts.path).rstrip("/")
    query = f"?{parts.query}" if parts.query else ""
    if parts.scheme not in {"http", "https"} or not (path or query):
        return None
    return f"{parts.netloc.lower().removeprefix('www.')}{path}{query}"


def names(project: Project) -> tuple[str, ...]:
    """Give the names by which a project is known: `SHOW - SHared automation…` is also `show`."""
    whole = " ".join(words(project.name))
    short = " ".join(words(_SHORT_NAME.split(project.name, maxsplit=1)[0]))
    return tuple(dict.fromkeys(each for each in (whole, short) if len(each) >= _SHORTEST_NAME))


def _marks(record: Record) -> Iterator[str]:
    for address in [record.landing_page, *record.source_pages[:_MOST]]:
        if address and (plain := page(address)):
            yield f"page:{plain}"
    for text in list(record.title.values())[:5]:
        if title := " ".join(words(text)):
            yield f"title:{title}"
    if identifier := " ".join(words(record.identifier)):
        yield f"id:{identifier}"
    if isinstance(record, Experiment):
        yield from _marks_of_trial(record)
    elif isinstance(record, Testbed):
        yield from (TESTBED, PERMIT) if record.procedures else (TESTBED,)
    elif isinstance(record, Call):
        yield CALL


def _marks_of_trial(trial: Experiment) -> Iterator[str]:
    if trial.permits:
        yield PERMIT
    for project in trial.projects[:10]:
        yield from (f"project:{name}" for name in names(project))
        for address in filter(None, (project.homepage, *project.matches[:5])):
            yield f"project:{page(address) or address}"
    middle = centre(trial.place.wkt) if trial.place else None
    if middle is not None:
        east, north = middle
        for technology in trial.technologies[:5]:
            yield f"spot:{east:.2f},{north:.2f},{technology.rsplit('/', 1)[-1]}"


def _cut(mark: str) -> str:
    if len(mark) <= _LONGEST:
        return mark
    kind = mark.partition(":")[0]
    return f"{kind}:{sha256(mark.encode(errors='replace')).hexdigest()}"
