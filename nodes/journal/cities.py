"""The profiles of cities that the journal holds: each said and signed by its own node.

What cities say is not kept here: it is read from their members whenever the journal has changed.
"""

from typing import Final

from nodes.journal.journal import Journal
from vocab.errors import VocabError
from vocab.profile import OWN, Profile, from_payload

_MOST: Final = 10_000


def origins(journal: Journal) -> list[str]:
    """Name the bases that have said anything, without looking at all that they said."""
    found = journal.db().execute(
        "WITH RECURSIVE said (origin) AS ("
        "SELECT min(origin) FROM records "
        "UNION ALL SELECT (SELECT min(origin) FROM records WHERE origin > said.origin) "
        "FROM said WHERE said.origin IS NOT NULL) "
        "SELECT origin FROM said WHERE origin IS NOT NULL LIMIT ?",
        (_MOST,),
    )
    return [row["origin"] for row in found]


def profiles(journal: Journal) -> dict[str, Profile]:
    """Give what each city says of itself, by the base of its node."""
    found = {}
    for origin in origins(journal):
        entry = journal.record(origin + OWN)
        if entry is None or entry.member.origin != origin or not entry.member.payload:
            continue
        try:
            found[origin] = from_payload(entry.member.payload, origin + OWN)
        except VocabError:
            continue  # it passed the shapes of another version
    return found
