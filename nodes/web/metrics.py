"""`/metrics`: how the node fares, in the text format of Prometheus.

What the journal knows is read when it is asked for; requests and pings are counted as they pass.
Labels are route patterns, methods, statuses and the names of peers, never what a stranger wrote.
"""

import asyncio
import time
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from nodes.health import Health
from nodes.hearing import Hearing
from nodes.journal import Journal, alerts, known, subscriptions
from nodes.telling import Telling
from nodes.web.keys import HEALTH, HEARING, JOURNAL, TELLING

_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "OPTIONS"})


class Requests:
    """Counts requests as they pass; one for each application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("route", "method", "status")
        self.count = Counter(
            "citynode_requests", "Requests answered.", labels, registry=self.registry
        )
        self.seconds = Histogram(
            "citynode_request_seconds", "Time to an answer.", ("route",), registry=self.registry
        )
        self._labelled = lru_cache(maxsize=None)(self._of)

    def note(self, route: str, method: str, status: str, seconds: float) -> None:
        """Count a request; labels are few, whatever strangers ask for."""
        count, duration = self._labelled(route, method, status)
        count.inc()
        duration.observe(seconds)

    def _of(self, route: str, method: str, status: str) -> tuple[Counter, Histogram]:
        return self.count.labels(route, method, status), self.seconds.labels(route)


REQUESTS: Final = web.AppKey("requests", Requests)


def setup(app: web.Application) -> None:
    """Count the requests of an application."""
    app[REQUESTS] = Requests()
    app.middlewares.insert(0, _counting)


def routes() -> list[web.RouteDef]:
    """List the address."""
    return [web.get("/metrics", metrics)]


async def metrics(request: web.Request) -> web.Response:
    """Give every figure."""
    health = await request.app[HEALTH]()
    state = CollectorRegistry()
    state.register(await asyncio.to_thread(_State, request.app[JOURNAL], health))
    state.register(_Pings(request.app[HEARING], request.app[TELLING]))
    body = generate_latest(request.app[REQUESTS].registry) + generate_latest(state)
    return web.Response(body=body, headers={"Content-Type": _TYPE, "Cache-Control": "no-store"})


@web.middleware
async def _counting(request: web.Request, handler: Handler) -> web.StreamResponse:
    began, status = time.perf_counter(), 499  # the client left before there was an answer
    try:
        response = await handler(request)
        status = response.status
        return response
    except web.HTTPException as error:
        status = error.status
        raise
    finally:
        resource = request.match_info.route.resource
        route = resource.canonical if resource is not None else "none"
        method = request.method if request.method in _METHODS else "other"
        request.app[REQUESTS].note(route, method, str(status), time.perf_counter() - began)


class _State(Collector):
    """What the journal says at one moment."""

    def __init__(self, journal: Journal, health: Health) -> None:
        self._behind = health.behind
        self._records = journal.counts()
        self._members = journal.size()
        self._peers = known.standings(journal)
        self._refused = known.refused_by_peer(journal)
        self._subscriptions = subscriptions.counts(journal)
        self._alerts = alerts.pending(journal)

    def collect(self) -> Iterable[Metric]:
        """Give the figures as gauges."""
        yield _gauge("citynode_members", "Members in the journal.", self._members)
        yield _gauge("citynode_views_behind", "Changes the views have yet to take.", self._behind)
        records = GaugeMetricFamily(
            "citynode_records", "Live records by origin.", labels=("origin",)
        )
        for origin, number in self._records.items():
            records.add_metric((origin,), number)
        yield records
        failures = GaugeMetricFamily(
            "citynode_peer_failures", "Failed rounds in a row.", labels=("peer",)
        )
        for standing in self._peers:
            failures.add_metric((standing.peer.base,), standing.failures)
        yield failures
        refused = GaugeMetricFamily(
            "citynode_quarantined", "Members in quarantine.", labels=("peer", "status")
        )
        for peer, statuses in self._refused.items():
            for status, number in statuses.items():
                refused.add_metric((peer, status), number)
        yield refused
        told = GaugeMetricFamily(
            "citynode_subscriptions", "Saved searches.", labels=("channel", "pace", "state")
        )
        for labels, number in self._subscriptions.items():
            told.add_metric(labels, number)
        yield told
        yield _gauge("citynode_alerts_waiting", "What is still to be told.", self._alerts)


class _Pings(Collector):
    """What was said from node to node since the start, and what became of it."""

    def __init__(self, hearing: Hearing, telling: Telling) -> None:
        self._heard = dict(hearing.outcomes)
        self._told = dict(telling.outcomes)

    def collect(self) -> Iterable[Metric]:
        """Give the figures as counters."""
        heard = CounterMetricFamily(
            "citynode_pings_heard", "Messages to the inbox.", labels=("outcome",)
        )
        for outcome, number in self._heard.items():
            heard.add_metric((outcome,), number)
        yield heard
        told = CounterMetricFamily(
            "citynode_pings_told", "Messages to other nodes.", labels=("verb", "outcome")
        )
        for (verb, outcome), number in self._told.items():
            told.add_metric((verb.value, outcome), number)
        yield told


def _gauge(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, about, value=value)
