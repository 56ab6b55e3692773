"""What a root says about its stream: how members are ordered, what they are versions of, retention.

Everything is optional in LDES 1.0; what is not said, or not understood, is None. The old retention
classes (`LatestVersionSubset`, `DurationAgoPolicy`, `PointInTimePolicy`) are read into the new
terms.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

from federation.ldes.dataset import Dataset, first, literal, moment
from federation.ldes.paths import Path, read_path, step
from federation.statements import iri_of, number_of
from vocab.terms import DCTERMS, LDES, RDF_TYPE, TREE

_LONGEST_INTERVAL: Final = 86_400
_TITLE_CHARS: Final = 200
_DURATION: Final = re.compile(
    r"P(?:(\d{1,4})Y)?(?:(\d{1,5})M)?(?:(\d{1,6})D)?"
    r"(?:T(?:(\d{1,7})H)?(?:(\d{1,8})M)?(?:(\d{1,10})(?:\.\d+)?S)?)?",
    re.ASCII,
)
_SECONDS: Final = (365 * 86_400, 30 * 86_400, 86_400, 3_600, 60, 1)


@dataclass(frozen=True, kw_only=True)
class Retention:
    """What a publisher keeps. Durations are seconds; None means no bound was stated.

    `starting` is a time before which nothing is kept, `log` the window in which everything is,
    `versions` how many of each entity are kept (`within` a time), `deletes` how long deletions are.
    """

    starting: str | None = None
    log: int | None = None
    versions: int | None = None
    within: int | None = None
    deletes: int | None = None

    @property
    def keeps_the_living(self) -> bool:
        """Whether the newest version of whatever was not deleted is always there."""
        return self.versions is not None and self.within is None and self.starting is None


@dataclass(frozen=True, kw_only=True)
class Act:
    """How a member tells what it does: a value at the end of a path; also of its transaction."""

    path: Path
    object: str


@dataclass(frozen=True, kw_only=True)
class Stream:
    """The description of a stream, as its root gives it (LDES 1.0, event stream properties)."""

    iri: str
    root: str
    title: str | None = None
    timestamp: Path | None = None
    sequence: Path | None = None
    version_of: Path | None = None
    version_timestamp: Path | None = None
    version_sequence: Path | None = None
    create: Act | None = None
    update: Act | None = None
    delete: Act | None = None
    transaction: Path | None = None
    finalized: Act | None = None
    interval: int | None = None
    shapes: tuple[str, ...] = ()
    retention: Retention | None = None

    @property
    def ordered(self) -> bool:
        """Whether members bear a time by which they can be read in order."""
        return self.timestamp is not None

    @property
    def bare(self) -> bool:
        """Whether nothing is said about what members are, or how they are ordered."""
        said = (self.version_of, self.create, self.update, self.delete)
        return not self.versioned and not any(each is not None for each in said)

    @property
    def versioned(self) -> bool:
        """Whether it can be told which of two versions is the later one."""
        ways = (self.timestamp, self.sequence, self.version_timestamp, self.version_sequence)
        return any(each is not None for each in ways)


def completed(bare: Stream, told: Stream) -> Stream:
    """Complete what a bare root says by what was told of its stream elsewhere."""
    return replace(
        told,
        root=bare.root,
        title=bare.title or told.title,
        interval=told.interval if bare.interval is None else bare.interval,
        shapes=bare.shapes or told.shapes,
        retention=bare.retention or told.retention,
    )


def read_stream(dataset: Dataset, stream: str, root: str) -> Stream:
    """Read the description of a stream on its root."""
    subject = f"<{stream}>"

    def path(name: str) -> Path | None:
        return read_path(dataset, dataset.one(subject, LDES + name))

    def act(name: str) -> Act | None:
        wanted = dataset.one(subject, f"{LDES}version{name}Object")
        if wanted is None:
            return None
        return Act(path=path(f"version{name}Path") or step(RDF_TYPE), object=wanted)

    transaction = path("transactionPath")
    finalized = path("transactionFinalizedPath")
    ended = dataset.one(subject, LDES + "transactionFinalizedObject") or _TRUE
    interval = number_of(dataset.one(subject, LDES + "pollingInterval"))
    title = literal(first(dataset.values(subject, DCTERMS + "title")))
    return Stream(
        iri=stream,
        root=root,
        title=None if title is None else title.value[:_TITLE_CHARS],
        timestamp=path("timestampPath"),
        sequence=path("sequencePath"),
        version_of=path("versionOfPath"),
        version_timestamp=path("versionTimestampPath"),
        version_sequence=path("versionSequencePath"),
        create=act("Create"),
        update=act("Update"),
        delete=act("Delete"),
        transaction=transaction,
        finalized=None if finalized is None else Act(path=finalized, object=ended),
        interval=None if interval is None else min(interval, _LONGEST_INTERVAL),
        shapes=tuple(filter(None, map(iri_of, dataset.values(subject, TREE + "shape")))),
        retention=_retention(dataset, subject, f"<{root}>"),
    )


_TRUE: Final = '"true"^^<http://www.w3.org/2001/XMLSchema#boolean>'


def _retention(dataset: Dataset, stream: str, root: str) -> Retention | None:
    """Read the policy of the root, of its description, or of the stream; the first that is there.

    A policy that states nothing keeps nothing: the same as one that keeps a window of no length.
    """
    described = dataset.values(root, TREE + "viewDescription")
    for place in (root, *described, stream):
        policies = dataset.values(place, LDES + "retentionPolicy")
        if policies:
            return _policy(dataset, policies)
    return None


def _policy(dataset: Dataset, policies: list[str]) -> Retention:
    """Read a policy; of several, which older feeds have, what each says is put together."""

    def said(name: str) -> str | None:
        return first(dataset.one(policy, LDES + name) for policy in policies)

    latest = any(
        f"<{LDES}LatestVersionSubset>" in dataset.values(policy, RDF_TYPE) for policy in policies
    )
    ago = said("fullLogDuration") or first(
        dataset.one(policy, TREE + "value") for policy in policies
    )
    amount = number_of(said("versionAmount") or said("amount"))
    found = Retention(
        starting=moment(said("startingFrom") or said("pointInTime")),
        log=_duration(ago),
        versions=1 if latest and amount is None else amount,
        within=_duration(said("versionDuration")),
        deletes=_duration(said("versionDeleteDuration")),
    )
    return Retention(log=0) if found == Retention() else found


def _duration(term: str | None) -> int | None:
    """Read an xsd:duration as seconds; a year has 365 days and a month 30."""
    said = literal(term)
    match = _DURATION.fullmatch(said.value.strip()) if said is not None else None
    if match is None or not any(match.groups()):
        return None
    return sum(int(part or 0) * unit for part, unit in zip(match.groups(), _SECONDS, strict=True))
