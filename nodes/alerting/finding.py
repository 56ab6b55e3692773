"""Matching: what came into the journal is held against every saved search, once.

Equal searches are asked once. Everything blocks; it runs in a thread.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from nodes.findable import Findable, findable
from nodes.index.matching import matching
from nodes.journal import Journal, alerts
from nodes.journal.alerts import Batch, News
from nodes.journal.subscriptions import written
from nodes.sections import AlertsSection
from nodes.subscriptions import Subscription, next_letter
from vocab.errors import VocabError
from vocab.triples import from_payload

BATCH: Final = 2_000
"""Changes matched at a time: asking costs as much for one as for many."""


def match_next(journal: Journal, settings: AlertsSection, now: datetime) -> bool:
    """Match what came next; False when everything was matched before."""
    if not alerts.behind(journal):
        return False
    batch = alerts.unmatched(journal, BATCH)
    found = matched(batch, alerts.active(journal))
    news = {to.id: said for to, said in found}
    due = {to.id: due_of(to, settings, now) for to, _ in found}
    alerts.keep(journal, batch, news, due, now + timedelta(seconds=settings.gather))
    return True


def due_of(to: Subscription, settings: AlertsSection, now: datetime) -> datetime:
    """Say when somebody is to be told of what is found now."""
    return next_letter(
        to.pace,
        now,
        datetime.fromisoformat(to.sent) if to.sent else None,
        apart=timedelta(seconds=settings.pause),
        hour=settings.hour,
        zone=ZoneInfo(settings.timezone),
    )


def matched(
    batch: Batch, subscribers: Sequence[Subscription]
) -> list[tuple[Subscription, tuple[News, ...]]]:
    """Give the news of a batch for each subscription that there are some for."""
    alike: dict[str, list[Subscription]] = defaultdict(list)
    for to in subscribers:
        if to.since is not None and to.since < batch.reached:
            alike[written(to.request)].append(to)
    known = _findable(batch.news) if alike else {}
    requests = [group[0].request for group in alike.values()]
    hits = matching([each for _, each in known.values()], requests)
    found = []
    for group, iris in zip(alike.values(), hits, strict=True):
        news = [each for iri, (each, _) in known.items() if iri in iris]
        for to in group:
            mine = tuple(each for each in news if to.since is not None and each.change > to.since)
            if mine:
                found.append((to, mine))
    return found


def _findable(news: Sequence[News]) -> dict[str, tuple[News, Findable]]:
    """Read what the records are found by; those that search cannot show are left out."""
    found = {}
    for each in news:
        said = each.member
        try:
            record = from_payload(said.payload, said.object)
        except VocabError:
            continue
        found[record.iri] = (each, findable(record, said.origin))
    return found
