"""Writing the whole folder, in the order in which a reader may follow it at any instant.

First what others lead to (vocabulary, members, records, pages), then the roots of the feeds, then
the catalogue and the description; what is not said any more is removed last.
"""

from dataclasses import replace
from pathlib import Path

from federation import feed
from nodes.desk import Desk
from nodes.dossiers import Dossiers
from nodes.errors import MirrorRefused
from nodes.journal import receipts
from nodes.journal.outbox import JournalOutbox
from nodes.mirror import about, catalog, records, streams
from nodes.mirror.site import PART, Site, Tally
from vocab.membership import ROOM as MEMBERS
from vocab.profile import ROOM as CITIES
from vocab.records import ROOMS


def write_mirror(desk: Desk, folder: Path) -> Tally:
    """Bring a folder up to what the journal says now; raises MirrorRefused, JournalError.

    The journal keeps its place before anything is written there, so that whatever is erased later
    leaves it; of a folder that is refused it keeps nothing.
    """
    with Site.open(folder) as site:
        return _write(desk, site, folder)


def _write(desk: Desk, site: Site, folder: Path) -> Tally:
    city, interval = desk.city, desk.config.harvest.polling_interval
    base = about.base_of(site)
    if base != city.base and not (base is None and site.empty()):
        whose = f"the files of {base}" if base else "files that are no export of a node"
        raise MirrorRefused(f"{folder} holds {whose}")
    own = JournalOutbox(journal=desk.journal, relayed=False)
    stream = replace(
        feed.own_stream(city.base, city.name, interval),
        shape=city.base + about.SHAPE,
        kept=desk.config.retention.kept(),
    )
    derived = Dossiers(
        journal=desk.journal,
        city=city,
        interval=interval,
        folder=desk.views / "pages" / "dcat-ap",
        kept=desk.config.retention.kept(),
    )
    bare = replace(derived.stream(), shape=city.base + about.DOSSIER_SHAPE)
    streams.check_forward(site, stream, own.size(), city.base)

    receipts.keep_mirror(desk.journal, str(folder.resolve()))  # what is erased leaves it, too
    if base is None:
        about.write_description(site, desk, 0)  # so that an export broken off is known for ours
    about.write_vocabulary(site, city)
    records.write_members(site, desk)
    count = records.write_records(site, desk)
    for each, outbox in ((stream, own), (bare, derived.outbox())):
        streams.write_pages(site, each, outbox, city.base)
    for each, outbox in ((stream, own), (bare, derived.outbox())):
        streams.write_roots(site, each, outbox, desk)
    catalog.write_catalogue(site, desk, count)
    about.write_description(site, desk, count)
    site.sweep(
        ("feed", "context", "schemes", MEMBERS, CITIES, *ROOMS), (f"{catalog.PAGES}*", f".*{PART}")
    )
    return site.tally
