"""What the doctor saw of a feed: every answer and page, and what checks ask of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from federation.doctor.seeing import MemberSeen, PageSeen, Paths, RelationSeen, Said
from federation.doctor.terms import iri, moment, number
from federation.fetch import Answer
from vocab.terms import AS, DCAT, LDES, RDF_TYPE

DEEDS = ("Create", "Update", "Delete")
_PORTAL_ENTITIES = (DCAT,)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One address asked once; `trouble` says why there is no page. The body is not kept."""

    url: str
    answer: Answer | None = None
    page: PageSeen | None = None
    size: int = 0
    trouble: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Every address by which the page may speak of itself."""
        if self.answer is None:
            return (self.url,)
        return tuple(dict.fromkeys((self.url, self.answer.url, *self.answer.redirects)))

    @property
    def status(self) -> int | None:
        """The status of the answer."""
        return self.answer.status if self.answer is not None else None

    @property
    def media_type(self) -> str:
        """The media type of the answer, without parameters; empty where there is none."""
        return self.answer.media_type if self.answer is not None else ""

    def header(self, name: str) -> str:
        """Give a header, empty where there is none."""
        return self.answer.headers.get(name, "") if self.answer is not None else ""

    @property
    def says_immutable(self) -> bool:
        """Whether the page states that it never changes."""
        page = self.page
        return page is not None and any(
            each.startswith('"true"') for each in page.node.get(LDES + "immutable", ())
        )

    @property
    def sent_immutable(self) -> bool:
        """Whether the answer's header says so."""
        return "immutable" in self.header("cache-control").lower()

    @property
    def sealed(self) -> bool:
        """Whether either says that it never changes."""
        return self.says_immutable or self.sent_immutable


@dataclass(frozen=True, kw_only=True)
class Edge:
    """A relation from a page to an address."""

    parent: str
    node: str
    relation: RelationSeen


@dataclass(frozen=True, kw_only=True)
class Survey:
    """Everything that was seen. `later` is the second look at some of `pages`.

    `forms` is the root in each syntax asked for, `probes` its answers to other requests, by name;
    `moved` says that the root changed while it was looked at in all its forms. `refusals` are
    answers that said "not now"; `stopped` says why the walk ended before the feed did.
    """

    asked: str
    root: Visit
    now: datetime
    forms: Mapping[str, Visit] = field(default_factory=dict)
    probes: Mapping[str, Answer] = field(default_factory=dict)
    pages: Mapping[str, Visit] = field(default_factory=dict)
    edges: tuple[Edge, ...] = ()
    later: Mapping[str, Visit] = field(default_factory=dict)
    shapes: Mapping[str, Visit] = field(default_factory=dict)
    refusals: tuple[Answer, ...] = ()
    portal: bool = False
    moved: bool = False
    stopped: str | None = None
    requests: int = 0
    received_bytes: int = 0

    @property
    def stream(self) -> Said:
        """What the root says of its stream."""
        return self.root.page.stream if self.root.page is not None else {}

    @property
    def paths(self) -> Paths:
        """The properties by which members are read."""
        said = self.stream
        return Paths(
            stamp=_single(said, "timestampPath"),
            version=_single(said, "versionOfPath"),
            deed=_single(said, "versionCreatePath") or RDF_TYPE,
        )

    @property
    def interval(self) -> int | None:
        """The polling interval in seconds."""
        said = self.stream.get(LDES + "pollingInterval", ())
        return number(said[0]) if len(said) == 1 else None

    def deeds(self) -> dict[str, str]:
        """Give the values by which members tell what they do: `Create`, `Update`, `Delete`."""
        return {
            self.stream[name][0]: deed
            for deed in DEEDS
            if (name := f"{LDES}version{deed}Object") in self.stream
        }

    def read(self) -> Iterator[Visit]:
        """Walk over the pages that could be read, the root first."""
        for visit in self.pages.values():
            if visit.page is not None:
                yield visit

    def members(self) -> Iterator[tuple[Visit, MemberSeen]]:
        """Walk over all members of the first look, page by page."""
        for visit in self.read():
            for member in visit.page.members if visit.page is not None else ():
                yield visit, member

    def distinct(self) -> dict[str, MemberSeen]:
        """Give each member once, by name."""
        return {member.name: member for _, member in self.members()}

    def visit(self, address: str) -> Visit | None:
        """Find the visit to an address, by whatever name the page has."""
        if address in self.pages:
            return self.pages[address]
        return next((each for each in self.pages.values() if address in each.names), None)


def stamp_of(member: MemberSeen) -> datetime | None:
    """Give a member's time, where it has exactly one that can be read."""
    return moment(member.stamps[0]) if len(member.stamps) == 1 else None


def is_for_portals(members: Mapping[str, MemberSeen]) -> bool:
    """Tell whether a stream looks like one of DCAT-AP Feeds: activities about entities of DCAT."""
    return any(
        kind.startswith(f"<{space}")
        for member in members.values()
        for kind in member.classes
        for space in _PORTAL_ENTITIES
    ) and all(
        any(deed.startswith(f"<{AS}") for deed in member.deeds) or not member.deeds
        for member in members.values()
    )


def _single(said: Said, name: str) -> str | None:
    found = said.get(LDES + name, ())
    return iri(found[0]) if len(found) == 1 else None
