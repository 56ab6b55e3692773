"""Sending what is due: each subscription by itself, a few at a time, again when it was not taken.

A letter is opened in the journal before it goes and closed when it was taken. Between the two the
process may die: then it goes again, under the same name, by which whoever gets it twice can tell.
What fails is tried again after pauses that double; after enough of that the node gives up, deletes
what was to be told, and says so on the page of the subscription. The log names no address.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Final

from nodes.alerting import mail, webhooks
from nodes.alerting.refusals import Undelivered
from nodes.city import City
from nodes.config import Config
from nodes.errors import ConfigError, JournalError
from nodes.harvesting import agent
from nodes.journal import Journal, alerts, subscriptions
from nodes.journal.alerts import Letter
from nodes.seals import Seal
from nodes.subscriptions import Channel, Subscription
from nodes.web import letters
from nodes.web.letters import CityOf

_LOG: Final = logging.getLogger(__name__)
_AT_ONCE: Final = 8
_STARTED: Final = 100
_LONGEST_PAUSE: Final = 21_600.0
_JITTER: Final = 0.1
_FINAL: Final = 3


@dataclass(kw_only=True)
class Sending:
    """Sends what is due. `outcomes` counts by channel and what became of it."""

    config: Config
    journal: Journal
    city: City
    seal: Seal
    city_of: CityOf
    now: Callable[[], datetime]
    random: Random
    outcomes: Counter[tuple[Channel, str]] = field(default_factory=Counter)
    _under_way: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def tick(self) -> None:
        """Begin with all that is due; returns before anything is answered."""
        now = self.now()
        for to in await asyncio.to_thread(subscriptions.due, self.journal, now, _STARTED):
            if to.id not in self._under_way and to.channel in self.config.alerts.channels:
                self._under_way[to.id] = asyncio.create_task(self._one(to))

    async def done(self) -> None:
        """Wait for what is under way."""
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    async def close(self) -> None:
        """Break off what is under way; it goes again after the next start."""
        for task in list(self._under_way.values()):
            task.cancel()
        await self.done()

    async def _one(self, to: Subscription) -> None:
        try:
            async with self._turns:
                await self._tell(to)
        except Exception:  # the job runner: a bug with one must not stop the others
            _LOG.exception("could not tell subscription %s", to.id)
            with suppress(JournalError):
                await self._failed(to, Undelivered("this node could not write it"))
        finally:
            self._under_way.pop(to.id, None)

    async def _tell(self, to: Subscription) -> None:
        letter = None
        if to.confirmed:
            letter = await asyncio.to_thread(alerts.open_letter, self.journal, to, self.now())
        try:
            if letter is None or not letter.empty:
                await self._send(to, letter)
                self.outcomes[to.channel, "taken"] += 1
        except Undelivered as failure:
            self.outcomes[to.channel, "failed"] += 1
            await self._failed(to, failure)
            return
        if letter is None:
            await asyncio.to_thread(alerts.note_asked, self.journal, to)
            return
        apart = timedelta(seconds=self.config.alerts.pause)
        await asyncio.to_thread(alerts.close_letter, self.journal, to, self.now(), apart)

    async def _send(self, to: Subscription, letter: Letter | None) -> None:
        if to.channel is Channel.MAIL:
            await self._mail(to, letter)
        else:
            await self._post(to, letter)

    async def _mail(self, to: Subscription, letter: Letter | None) -> None:
        settings, link = self.config.alerts, self._link(to)
        if letter is None:
            hours = settings.unconfirmed_hours
            words = letters.confirmation(to, self.city, link, hours)
        else:
            words = letters.news(to, letter, self.city, link, self.city_of)
        written = mail.write(
            words,
            to=to.target,
            sender=settings.sender or "",
            city=self.city,
            key=letter.key if letter is not None else f"confirm-{to.id}",
            link=link,
            now=self.now(),
        )
        try:
            password = await asyncio.to_thread(settings.password, self.config.folder)
        except ConfigError as error:
            _LOG.warning("no mail can be sent: %s", error)
            raise Undelivered("this node cannot send mail just now", counts=False) from None
        await mail.send(written, to.target, settings, password, self.city.base)

    async def _post(self, to: Subscription, letter: Letter | None) -> None:
        link, now = self._link(to), self.now()
        if letter is None:
            said = {
                "subscription": to.id,
                "search": f"{self.city.base}search{to.address}",
                "confirm": link,
            }
            id_, body = f"msg_confirm-{to.id}", webhooks.write("subscription.confirm", said, now)
        else:
            told = letters.event(to, letter, self.city, link, self.city_of)
            id_, body = f"msg_{letter.key}", webhooks.write("search.news", told, now)
        await webhooks.send(
            to.target,
            body,
            webhooks.signed(id_, body, self.seal.secret(to.id), now),
            agent=agent(self.config),
            limits=self.config.limits,
            seconds=self.config.alerts.timeout,
            private=self.config.alerts.allow_private_webhooks,
        )

    async def _failed(self, to: Subscription, failure: Undelivered) -> None:
        settings = self.config.alerts
        weight = max(1, settings.patience // _FINAL) if failure.final else 1
        failures = to.failures + weight
        if not failure.counts:  # the pauses grow, but nobody is given up for it
            failures = min(failures, settings.patience - 1)
        if failures >= settings.patience:
            _LOG.info("gave up telling subscription %s after %d failures", to.id, failures)
            await asyncio.to_thread(alerts.give_up, self.journal, to, self.now(), failure.reason)
            return
        if to.failures == 0:
            _LOG.info("subscription %s was not told; it is tried again", to.id)
        pause = min(settings.retry * 2.0 ** min(max(failures, 1) - 1, 20), _LONGEST_PAUSE)
        pause = max(pause, failure.again) * (1 + _JITTER * self.random.random())
        due = self.now() + timedelta(seconds=pause)
        await asyncio.to_thread(alerts.note_failed, self.journal, to, due, failures, failure.reason)

    def _link(self, to: Subscription) -> str:
        return f"{self.city.base}subscriptions/{self.seal.token(to.id)}"
