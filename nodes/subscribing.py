"""Asking to be told, agreeing to it, and having enough of it.

Promises:

- nobody is told anything who has not agreed by a link that was sent to where they are told;
- whether an address is known here, has been asked too often, or is told already, nobody learns:
  each of these looks the same to whoever asks;
- what is asked is bounded, for each target and in all;
- whoever has enough is forgotten at once, with all that was kept of them.

All methods block; callers in the event loop use `asyncio.to_thread`.
"""

import base64
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from federation.iris import in_ascii, normal
from nodes.errors import BadParameter, NoSubscription, TooManySubscriptions
from nodes.journal import Journal, subscriptions
from nodes.seals import Seal
from nodes.searches import SearchRequest, Sort
from nodes.sections import AlertsSection
from nodes.subscriptions import Channel, Pace, Subscription

_LONGEST_MAIL: Final = 254
_LONGEST_URL: Final = 1_000
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_MAIL: Final = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@([^@\s]+)")
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_LONGEST_LOCAL: Final = 64
_LOWEST_PORT: Final = 1_024
_OF_OTHERS: Final = frozenset({
    1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, *range(6665, 6670), 6679,
    6697, 10_080,
})  # fmt: skip
"""Ports where something else than a web server listens: https://fetch.spec.whatwg.org/#bad-port."""
_GIVEN_UP: Final = timedelta(hours=1)
"""After this an unconfirmed wish may have to make room for another."""


@dataclass(frozen=True, kw_only=True)
class Subscribing:
    """What subscribing needs. `private` lets webhooks be plain http, as in closed networks."""

    journal: Journal
    settings: AlertsSection
    seal: Seal
    private: bool
    now: Callable[[], datetime]

    def ask(
        self, channel: Channel, target: str, address: str, request: SearchRequest, pace: Pace
    ) -> str | None:
        """Take a wish to be told of a search; gives a webhook's secret, which is told only here.

        Raises BadParameter for a target that nothing can be sent to, TooManySubscriptions when
        the node takes no more of anybody. Whether something is sent, it does not say.
        """
        if channel not in self.settings.channels:
            ways = " or ".join(self.settings.channels)
            raise BadParameter("channel", channel, ways or "nothing: this node tells of no news")
        place = mailbox(target) if channel is Channel.MAIL else self._hook(target)
        if subscriptions.many(self.journal) >= self.settings.most:
            raise TooManySubscriptions("this node keeps as many subscriptions as it may")
        now = self.now()
        asked = Subscription(
            id=self.seal.new_id(),
            channel=channel,
            target=place,
            address=address,
            request=_alike(request),
            pace=pace,
            made=now.isoformat(),
        )
        most, waiting = self.settings.most_per_target, self.settings.most_unconfirmed
        until = now - _GIVEN_UP
        subscriptions.keep(self.journal, asked, now, most=most, waiting=waiting, until=until)
        return secret_text(self.seal.secret(asked.id)) if channel is Channel.WEBHOOK else None

    def _hook(self, target: str) -> str:
        return hook(target, plain=self.private, ports=self.settings.webhook_ports)

    def find(self, token: str) -> Subscription:
        """Give the subscription that a link is for; raises NoSubscription."""
        id_ = self.seal.read(token)
        found = subscriptions.find(self.journal, id_) if id_ is not None else None
        if found is None:
            raise NoSubscription("There is no such subscription: it was ended, or never confirmed.")
        return found

    def confirm(self, token: str) -> None:
        """Agree to be told; raises NoSubscription."""
        subscriptions.confirm(self.journal, self.find(token).id)

    def resume(self, token: str) -> None:
        """Want to be told again after the node gave up; raises NoSubscription."""
        subscriptions.resume(self.journal, self.find(token).id)

    def leave(self, token: str) -> None:
        """Have enough: everything kept is deleted. Whoever has left already may leave again."""
        if (id_ := self.seal.read(token)) is None:
            raise NoSubscription("There is no such subscription.")
        if subscriptions.remove(self.journal, id_):
            self.journal.cut_log()


def _alike(request: SearchRequest) -> SearchRequest:
    """Leave out how a search is shown, so that equal ones are asked once."""
    return replace(request, offset=0, limit=0, sort=Sort.RELEVANCE, cursor=None, facets=())


def mailbox(text: str) -> str:
    """Read a mail address; raises BadParameter, which does not repeat it.

    Quoted and non-ASCII names of a mailbox are not taken: many mail servers do not take them
    either. A name of a host in another script is written as DNS has it.
    """
    match = _MAIL.fullmatch(text.strip()) if len(text) <= _LONGEST_MAIL else None
    if match is not None and len(match[1]) <= _LONGEST_LOCAL:
        try:
            domain = in_ascii(match[2].lower())
        except ValueError:
            domain = ""
        if _DOMAIN.fullmatch(domain) and len(match[1]) + 1 + len(domain) <= _LONGEST_MAIL:
            return f"{match[1]}@{domain}"
    raise BadParameter("target", "", "a mail address, such as officer@city.example")


def hook(text: str, *, plain: bool, ports: Collection[int] = ()) -> str:
    """Read the address of a webhook; raises BadParameter. `plain` lets http pass.

    It may be at the port of its scheme, at one where no other service is usual, or at one of
    `ports`: a message to a mail server or a printer is no news to anybody.
    """
    schemes = ("https", "http") if plain else ("https",)
    try:
        url = normal(text.strip())
        parts = urlsplit(url)
        fits = parts.scheme in schemes and parts.username is None and not parts.fragment
        port = parts.port
    except ValueError:
        fits, port = False, None
    usual = port is None or port in {80, 443} or (port >= _LOWEST_PORT and port not in _OF_OTHERS)
    if fits and not usual and port not in ports:
        raise BadParameter("target", "", "an address at a port where web servers are, such as 443")
    if not fits or len(text) > _LONGEST_URL or "@" in urlsplit(url).netloc:
        raise BadParameter("target", "", "an address of at most 1000 characters that is https")
    return url


def secret_text(secret: bytes) -> str:
    """Write a webhook's secret as Standard Webhooks has it."""
    return "whsec_" + base64.b64encode(secret).decode()
