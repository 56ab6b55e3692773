"""How well search finds, beside the full text search of SQLite on the same records.

Every question is asked twice. *Overall* all records lie in the index as they are published.
*Strictly cross-lingual* no English summary does, and only records count that are told in another
language than the question; what else is found is passed over, and questions that no such record
answers well are left out, as are names, which belong to no language.
"""

from asyncio import Runner
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.measuring import Table
from benchmarks.sample import NOON
from benchmarks.search import corpus, rivals
from benchmarks.search.judging import Question, ndcg, questions
from federation.member import Kind, Member
from federation.times import stamp
from nodes.changes import Change
from nodes.index import Index
from nodes.meaning.following import Meaning
from nodes.meaning.vectors import Near
from nodes.searches import LARGEST_PAGE, SearchRequest
from vocab.records import Record
from vocab.triples import to_payload

Engine = Callable[[str], list[str]]
"""Ranks the names of records for what somebody types."""

Opener = Callable[[Path, Sequence[Record], ExitStack], Engine]

_RANK: Final = 60  # the constant k of Cormack, Clarke and Büttcher, SIGIR 2009

WELL: Final = 2
"""The least grade of an answer for which a question is asked across languages."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question as it counts in one of the two sets: with the records that may be found."""

    question: Question
    among: frozenset[str]

    def score(self, engine: Engine) -> float:
        """Give nDCG@10 of what an engine finds among these records."""
        ranked = [name for name in engine(self.question.text) if name in self.among]
        grades = {name: grade for name, grade in self.question.grades.items() if name in self.among}
        return ndcg(ranked, grades)


def measurements() -> Iterator[Table | str]:
    """Ask every engine every question, in both sets."""
    published = corpus.records()
    asked = questions()
    _check(published, asked)
    whole = [Asked(question=each, among=_all(published)) for each in asked]
    strict = list(_across(published, asked))
    yield (
        f"{len(published)} records; {len(whole)} questions overall, {len(strict)} of them strictly "
        f"cross-lingual in {len({each.question.language for each in strict})} languages"
    )
    bare = [corpus.without_english_summary(record) for record in published]
    rows, kinds = [], []
    for engine, opener in ENGINES.items():
        overall = _scores(opener, published, whole)
        across = _scores(opener, bare, strict)
        rows.append((engine, f"{fmean(overall):.3f}", f"{fmean(across):.3f}"))
        kinds.append((engine, *_by_kind(whole, overall)))
    yield Table(heads=("nDCG@10", "overall", "strictly cross-lingual"), rows=tuple(rows))
    yield ""
    yield Table(heads=("overall, by kind", *_kinds(whole)), rows=tuple(kinds))


def node(folder: Path, records: Sequence[Record], stack: ExitStack) -> Engine:
    """Ask the index of a node, as its pages do."""
    index = stack.enter_context(closing(Index.open(folder / "index")))
    changes = [_change(number, record) for number, record in enumerate(records, 1)]
    index.apply(changes, len(changes))
    return partial(_of_node, index)


def node_with_vectors(folder: Path, records: Sequence[Record], stack: ExitStack) -> Engine:
    """Ask the index of a node and the vectors beside it, as its pages do."""
    index = stack.enter_context(closing(Index.open(folder / "index")))
    changes = [_change(number, record) for number, record in enumerate(records, 1)]
    index.apply(changes, len(changes))
    near = vectors(folder, changes, stack)
    return lambda text: _of_node(index, text, near(text))


def vectors(folder: Path, changes: Sequence[Change], stack: ExitStack) -> Callable[[str], Near]:
    """Keep the vectors of some records, and give a way to ask them."""
    runner = stack.enter_context(Runner())
    meaning = Meaning(folder / "meaning")
    stack.callback(lambda: runner.run(meaning.close()))
    runner.run(meaning.apply(changes, len(changes)))
    return lambda text: runner.run(meaning.near(text))


def fused(folder: Path, records: Sequence[Record], stack: ExitStack) -> Engine:
    """Join hits by words and concepts with those by vectors by their ranks, not their scores."""
    words = node(folder, records, stack)
    changes = [_change(number, record) for number, record in enumerate(records, 1)]
    near = vectors(folder, changes, stack)

    def ranked(text: str) -> list[str]:
        scores: dict[str, float] = {}
        for found in (words(text), [_name(iri) for iri, _ in near(text)]):
            for rank, name in enumerate(found, 1):
                scores[name] = scores.get(name, 0) + 1 / (_RANK + rank)
        return sorted(scores, key=lambda name: (-scores[name], name))

    return ranked


def bare_with_vectors(folder: Path, records: Sequence[Record], stack: ExitStack) -> Engine:
    """Ask for records whose concepts are taken away, by words and vectors."""
    bare = [corpus.without_concepts(record) for record in records]
    return node_with_vectors(folder, bare, stack)


def text_only(folder: Path, records: Sequence[Record], stack: ExitStack) -> Engine:
    """Ask the index of a node for records whose concepts are taken away."""
    return node(folder, [corpus.without_concepts(record) for record in records], stack)


def fts5(folder: Path, records: Sequence[Record], stack: ExitStack) -> Engine:
    """Ask SQLite for the same texts."""
    return text_of_sqlite(folder, [corpus.without_concepts(record) for record in records], stack)


def text_of_sqlite(folder: Path, records: Sequence[Record], stack: ExitStack) -> Engine:
    """Ask SQLite for the same texts and the labels of concepts in every language."""
    found = stack.enter_context(closing(rivals.Sqlite(folder / "fts5.sqlite", records)))
    return found.ranked


ENGINES: Final[dict[str, Opener]] = {
    "SQLite FTS5, the same texts": fts5,
    "SQLite FTS5, with labels of concepts": text_of_sqlite,
    "citynode, text only": text_only,
    "citynode, with concepts": node,
    "citynode, with vectors": bare_with_vectors,
    "citynode, all: as the product asks": node_with_vectors,
    "the same, joined by reciprocal rank": fused,
}


def _check(records: Sequence[Record], asked: Sequence[Question]) -> None:
    """Raise ValueError for a question with a grade for a record that is none."""
    unknown = {name for each in asked for name in each.grades} - _all(records)
    if unknown:
        raise ValueError(f"no city publishes {', '.join(sorted(unknown))}")


def _scores(opener: Opener, records: Sequence[Record], asked: Sequence[Asked]) -> list[float]:
    with TemporaryDirectory() as name, ExitStack() as stack:
        engine = opener(Path(name), records, stack)
        return [each.score(engine) for each in asked]


def _of_node(index: Index, text: str, alike: Near = ()) -> list[str]:
    found = index.search(SearchRequest(text=text, limit=LARGEST_PAGE, alike=alike))
    return [_name(hit.iri) for hit in found.hits]


def _name(iri: str) -> str:
    return iri.rpartition("/")[2]


def _change(number: int, record: Record) -> Change:
    base = record.iri.partition(record.room)[0]
    member = Member(
        iri=f"{base}feed/{number}",
        sequence=number,
        kind=Kind.CREATE,
        object=record.iri,
        actor=f"{base}#node",
        published=stamp(NOON),
        payload=to_payload(record),
    )
    return Change(object=record.iri, position=number, member=member)


def _all(records: Sequence[Record]) -> frozenset[str]:
    return frozenset(corpus.name(record) for record in records)


def _across(records: Sequence[Record], asked: Sequence[Question]) -> Iterator[Asked]:
    for question in asked:
        if question.language:
            among = _all([each for each in records if question.language not in _told(each)])
            if max((question.grades.get(name, 0) for name in among), default=0) >= WELL:
                yield Asked(question=question, among=among)


def _told(record: Record) -> frozenset[str]:
    return corpus.languages(record)


def _kinds(asked: Sequence[Asked]) -> tuple[str, ...]:
    return tuple(sorted({each.question.kind for each in asked}))


def _by_kind(asked: Sequence[Asked], scores: Sequence[float]) -> Iterator[str]:
    for kind in _kinds(asked):
        pairs = zip(asked, scores, strict=True)
        yield f"{fmean(score for each, score in pairs if each.question.kind == kind):.2f}"
