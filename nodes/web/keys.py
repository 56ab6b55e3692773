"""What handlers find in the application: typed keys, filled where the node is put together."""

from asyncio import Lock
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from aiohttp import web

from nodes.budgets import Budgets
from nodes.catalogue import Catalogue
from nodes.cities import Cities
from nodes.city import City
from nodes.dossiers import Dossiers
from nodes.duplicates import Duplicates
from nodes.feeds import Feeds
from nodes.finding import Finders
from nodes.freshness import JournalFreshness
from nodes.health import Health
from nodes.hearing import Hearing
from nodes.journal import Journal
from nodes.network import Network
from nodes.observatory import Observatory
from nodes.portal import Portal
from nodes.queries import Queries
from nodes.refreshing import Refreshing
from nodes.runs import Runs
from nodes.similar import Similars
from nodes.subscribing import Subscribing
from nodes.telling import Telling
from nodes.turns import Turns
from nodes.web.clients import Clients

BASE: Final = web.AppKey("base", str)
"""The node's public base address, with a slash at its end."""

CITY: Final = web.AppKey("city", City)
CITIES: Final = web.AppKey("cities", Cities)
SIMILARS: Final = web.AppKey("similars", Similars)
DUPLICATES: Final = web.AppKey("duplicates", Duplicates)
FINDERS: Final = web.AppKey("finders", Finders)
CATALOGUE: Final = web.AppKey("catalogue", Catalogue)
EXPORTS: Final = web.AppKey("exports", Turns)
EXPORTS_FOLDER: Final = web.AppKey("exports_folder", Path)
"""The places that exports of searches take, and where those are written that need a file."""

NETWORK: Final[web.AppKey[Network]] = web.AppKey("network", Network)

QUERIES: Final = web.AppKey("queries", Queries)
"""The query service."""

BUDGETS: Final = web.AppKey("budgets", Budgets)
CLIENTS: Final = web.AppKey("clients", Clients)
"""How much each client may ask, and who is who."""

FRESHNESS: Final = web.AppKey("freshness", JournalFreshness)
REFRESHING: Final = web.AppKey("refreshing", Refreshing)
"""How old what the node knows is, and bringing it up to date."""

JOURNAL: Final = web.AppKey("journal", Journal)
FENCING: Final = web.AppKey("fencing", Lock)
"""Held while an instant is fenced off in the journal: however many ask, one writes at a time."""

FEEDS: Final = web.AppKey("feeds", Feeds)
DUMPS: Final = web.AppKey("dumps", Path)
"""The folder where dumps are kept."""

DOSSIERS: Final = web.AppKey("dossiers", Dossiers)
RUNS: Final = web.AppKey("runs", Runs)
PORTAL: Final = web.AppKey("portal", Portal)
HEARING: Final = web.AppKey("hearing", Hearing)
OBSERVATORY: Final = web.AppKey("observatory", Observatory)
SUBSCRIBING: Final = web.AppKey("subscribing", Subscribing)
ASKERS: Final = web.AppKey("askers", Budgets)
"""Who may be told of news, where the operator has configured it, and how often one may ask."""

TELLING: Final = web.AppKey("telling", Telling)
HEALTH: Final[web.AppKey[Callable[[], Awaitable[Health]]]] = web.AppKey("health")
"""How far the views are behind the journal, asked anew each time."""
