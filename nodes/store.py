"""The RDF store: everything the node knows, as a dataset that SPARQL can be asked of.

A view of the journal. Each record stands in a named graph that is called like its member; the
member's own statements (who said it, when) stand in the default graph, and a deleted record has
only those. The vocabulary and its schemes are one more graph, so that queries find labels.

Promises: `apply` brings the store to a journal position and is safe to repeat; readers get
checkpoints of whole states: what one transaction of the journal brought is there, or is not. The
engine does not sync to disk by itself, so the position on disk follows behind: after a crash the
journal's last changes are applied once more. Nothing foreign is parsed here: only lines in
canonical form go in.
"""

import hashlib
import json
import logging
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Final

from pyoxigraph import DefaultGraph, NamedNode, RdfFormat
from pyoxigraph import Store as Quads

from federation.member import Kind, Member, activity
from nodes.changes import Change
from nodes.errors import ViewDamaged, ViewOutdated
from vocab import examples, lines, partitions, shelf
from vocab.schemes import NAMES
from vocab.terms import AS, CN
from vocab.turtle import turtle

_LOG: Final = logging.getLogger(__name__)

VOCABULARY: Final = CN.removesuffix("#")
"""The graph of the ontology and the concept schemes."""

_FORMAT: Final = 1
_OTHER_FORMAT: Final = "is not of format"
_BULK_BYTES: Final = 3 << 19
"""From here on sorted files are written at once: half the work of a transaction, which writes a log
first and the files later; for some fifty records it is the other way round."""

_SAVE_SECONDS: Final = 2.0
_DEFAULT: Final = DefaultGraph()
_OBJECT: Final = NamedNode(AS + "object")


class Store:
    """The dataset in a folder; one process opens it, others read checkpoints."""

    def __init__(self, folder: Path, quads: Quads, state: dict[str, object]) -> None:
        self._folder = folder
        self._quads: Quads | None = quads
        self._state = state
        self._lock = Lock()
        self._saved = time.monotonic()
        self._settled = self.position

    @classmethod
    def open(cls, folder: Path, vocabulary: Sequence[bytes] | None = None) -> "Store":
        """Open or create the store; raises ViewDamaged when the folder cannot be used.

        `vocabulary` is Turtle of our own; by default what the vocab room says.
        """
        folder.mkdir(parents=True, exist_ok=True)
        try:
            state = _read_state(folder / "state.json")
            store = cls(folder, Quads(folder / "quads"), state)
        except (OSError, RuntimeError, ValueError) as error:
            kind = ViewOutdated if _OTHER_FORMAT in str(error) else ViewDamaged
            raise kind("RDF store", str(folder), str(error)) from error
        store._learn(_vocabulary() if vocabulary is None else vocabulary)
        return store

    @property
    def position(self) -> int:
        """The journal position up to which everything has been applied."""
        return int(str(self._state["position"]))

    @property
    def settled(self) -> int:
        """The position of the last whole state; behind `position` while more is being applied."""
        return self._settled

    @property
    def edition(self) -> str:
        """A name of the vocabulary that is loaded beside the records."""
        return str(self._state["vocabulary"])[:12]

    def apply(self, changes: Sequence[Change], position: int, *, until: int | None = None) -> None:
        """Bring the store to `position`; raises NotCanonical before anything is changed.

        Before `until` the store is between two whole states, and gives no checkpoints.
        """
        latest = {change.object: change.member for change in changes}
        text = b"".join(quads(member) for member in latest.values() if member is not None)
        with self._lock:
            for record, member in latest.items():
                self._forget(record, None if member is None else member.iri)
            if len(text) >= _BULK_BYTES:
                self._live.bulk_load(text, RdfFormat.N_QUADS, lenient=True)
            elif text:
                self._live.load(text, RdfFormat.N_QUADS, lenient=True)
            self._state["position"] = max(self.position, position)
            if until is None or self.position >= until:
                self._settled = self.position
            if time.monotonic() - self._saved > _SAVE_SECONDS:
                self._save()

    def checkpoint(self, folder: Path) -> int | None:
        """Make a snapshot of the store at `folder`, by hard links; return its position.

        None, and no snapshot, while the store is between two whole states.
        """
        with self._lock:
            if self._settled != self.position:
                return None
            self._live.backup(folder)
            return self.position

    def twin(self, folder: Path) -> None:
        """Make another store at `folder` that says the same, by hard links, to go on from."""
        with self._lock:
            folder.mkdir(parents=True)
            self._live.backup(folder / "quads")
            (folder / "state.json").write_text(json.dumps(self._state), encoding="utf-8")

    def objects(self) -> dict[str, str]:
        """List every record with the member that speaks for it now, deletions included."""
        found = self._live.quads_for_pattern(None, _OBJECT, None, _DEFAULT)
        return {_name(quad.object): _name(quad.subject) for quad in found}

    def payload(self, member: str) -> bytes:
        """Read a record's triples in canonical form; see `as_stored` for comparing them."""
        return _canonical(self._live, member)

    def become(self, folder: Path) -> None:
        """Take the place of this dataset by another one, made apart and closed.

        The engine keeps every text it ever held, so only a new one is without what was erased.
        """
        with self._lock:
            (self._folder / "state.json").unlink(missing_ok=True)
            self._quads = None
            shutil.rmtree(self._folder / "quads", ignore_errors=True)
            (folder / "quads").rename(self._folder / "quads")
            (folder / "state.json").rename(self._folder / "state.json")
            self._state = _read_state(self._folder / "state.json")
            self._settled = self.position
            self._quads = Quads(self._folder / "quads")

    def close(self) -> None:
        """Write everything to disk, if there is room, and let the folder go."""
        with self._lock:
            if self._quads is not None:
                try:
                    self._save()
                except OSError as error:
                    _LOG.warning("%s: %s; the next start applies it again", self._folder, error)
            self._quads = None

    @property
    def _live(self) -> Quads:
        if self._quads is None:
            raise ViewDamaged("RDF store", str(self._folder), "it was closed")
        return self._quads

    def _forget(self, record: str, but: str | None) -> None:
        """Remove what members said about a record, except for the member `but`."""
        quads = self._live
        found = quads.quads_for_pattern(None, _OBJECT, NamedNode(record), _DEFAULT)
        for member in [quad.subject for quad in found if _name(quad.subject) != but]:
            if isinstance(member, NamedNode):
                quads.remove_graph(member)
                for quad in list(quads.quads_for_pattern(member, None, None, _DEFAULT)):
                    quads.remove(quad)

    def _learn(self, contents: Sequence[bytes]) -> None:
        """Load the vocabulary when it is not the one loaded before."""
        digest = hashlib.sha256(b"\0".join(contents)).hexdigest()
        if digest == self._state["vocabulary"]:
            return
        graph = NamedNode(VOCABULARY)
        with self._lock:
            self._live.remove_graph(graph)
            for content in contents:
                self._live.load(content, RdfFormat.TURTLE, base_iri=VOCABULARY, to_graph=graph)
            self._state["vocabulary"] = digest
            self._save()

    def _save(self) -> None:
        """Let the quads reach the disk first, then the position that promises them."""
        self._live.flush()
        target = self._folder / "state.json"
        draft = target.with_suffix(".draft")
        with draft.open("w", encoding="utf-8") as file:
            json.dump(self._state, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
        self._saved = time.monotonic()


def as_stored(payload: bytes) -> bytes:
    """Write canonical triples as the store gives them back.

    The engine keeps numbers and times by value: `"01"^^xsd:integer` comes back as `"1"`.
    """
    quads = Quads()
    graph = "urn:citynode:compared"
    quads.load(payload, RdfFormat.N_TRIPLES, to_graph=NamedNode(graph), lenient=True)
    return _canonical(quads, graph)


def _canonical(quads: Quads, graph: str) -> bytes:
    text = quads.dump(format=RdfFormat.N_TRIPLES, from_graph=NamedNode(graph))
    return lines.canonical(text.decode()[:-1].split("\n")) if text else b""


def vocabulary_quads() -> bytes:
    """Write what stands in the store beside the records, as N-Quads in a fixed order."""
    held = Quads()
    graph = NamedNode(VOCABULARY)
    for content in _vocabulary():
        held.load(content, RdfFormat.TURTLE, base_iri=VOCABULARY, to_graph=graph)
    return b"".join(sorted((held.dump(format=RdfFormat.N_QUADS) or b"").splitlines(keepends=True)))


def quads(member: Member) -> bytes:
    """Write a member's statements and its record as N-Quads; raises NotCanonical."""
    said = "".join(f"{row}\n" for row in activity(member)).encode()
    if member.kind is Kind.DELETE:
        return said
    lines.check(member.payload)
    return said + member.payload.replace(b" .\n", f" {lines.iri(member.iri)} .\n".encode())


def _read_state(file: Path) -> dict[str, object]:
    if not file.exists():
        return {"format": _FORMAT, "position": 0, "vocabulary": ""}
    state = json.loads(file.read_text("utf-8"))
    if not isinstance(state, dict) or state.get("format") != _FORMAT:
        raise ValueError(f"{file.name} {_OTHER_FORMAT} {_FORMAT}")
    position, vocabulary = state.get("position"), state.get("vocabulary")
    if not isinstance(position, int) or not isinstance(vocabulary, str):
        raise ValueError(f"{file.name} says no position")
    return {"format": _FORMAT, "position": position, "vocabulary": vocabulary}


def _name(term: object) -> str:
    return term.value if isinstance(term, NamedNode) else str(term)


def _vocabulary() -> Sequence[bytes]:
    """Give the ontology, the schemes, worked questions, and what stands beside what."""
    said = (*examples.statements(), *partitions.statements())
    return [
        shelf.read("ns.ttl"),
        *(shelf.read(f"schemes/{name}.ttl") for name in sorted(NAMES)),
        turtle(said),
    ]
