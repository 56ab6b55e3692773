"""Records and members as files: each under its own name, as JSON-LD, and with suffixes.

A member never changes, so a file that lies there is left alone. A record's N-Quads hold the whole
member; where they are the same, so is everything else about it.
"""

import json
from typing import Final

from federation.member import Member
from nodes.desk import Desk
from nodes.journal.rows import Entry
from nodes.mirror.site import Site
from nodes.web import linked
from nodes.web.feed import secured

_SUFFIXES: Final = ("jsonld", "ttl")
_BATCH: Final = 500


def write_records(site: Site, desk: Desk) -> int:
    """Write every record that is published; returns how many there are."""
    count = 0
    for entry in desk.journal.records(desk.city.base):
        _record(site, desk, entry)
        count += 1
    return count


def write_members(site: Site, desk: Desk) -> None:
    """Write every member of the city's own stream as a secured document."""
    size, base = desk.journal.size(desk.city.base), desk.city.base
    for first in range(0, size, _BATCH):
        for entry in desk.journal.stream(first, min(first + _BATCH, size), relayed=False):
            name = entry.member.iri.removeprefix(base)
            if not site.keep(name, f"{name}.jsonld"):
                said = secured(desk.journal, entry.member.iri, base)
                body = json.dumps(said, ensure_ascii=False, indent=2).encode()
                site.put(f"{name}.jsonld", body)
                site.put(name, body)


def _record(site: Site, desk: Desk, entry: Entry) -> None:
    member, base = entry.member, desk.city.base
    name = member.object.removeprefix(base)
    others = (name, *(f"{name}.{suffix}" for suffix in _SUFFIXES))
    changed = site.put(f"{name}.nq", _written(member, "nq", desk))
    if changed or not site.keep(*others):
        for suffix in _SUFFIXES:
            site.put(f"{name}.{suffix}", _written(member, suffix, desk))
        site.put(name, _written(member, "jsonld", desk))


def _written(member: Member, suffix: str, desk: Desk) -> bytes:
    shape = next(each for each in linked.FORMATS if each.suffix == suffix)
    return linked.write(member, shape, desk.city.base, desk.key)
