"""The worked questions: each is answered with something, by what eight cities published."""

from pathlib import Path

import pytest
from pyoxigraph import QueryBoolean
from pyoxigraph import Store as Quads

from federation.keys import generate
from nodes.changes import Change
from nodes.importing import read_own
from nodes.publishing import compose, plan
from nodes.store import Store
from tests.nodes.importing.cities import FILES, NOW, city, reading
from vocab.examples import Example, examples

GOLDEN = Path(__file__).parents[3] / "examples" / "golden"


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Quads:
    """Everything that the demonstration publishes, as the store of one node holds it."""
    folder = tmp_path_factory.mktemp("examples")
    store = Store.open(folder / "store")
    changes: list[Change] = []
    for name in FILES:
        own = [*GOLDEN.glob(f"{name}-*.jsonld")]
        records = [*reading(name).records]
        for file in own:
            found = read_own(file, city(name), NOW)
            assert found is not None
            records.extend(found.records)
        drafts = plan(records, lambda _: None).drafts
        for member in compose(city(name).base, generate(), None, NOW, drafts):
            changes.append(Change(object=member.object, position=len(changes) + 1, member=member))
    store.apply(changes, len(changes))
    store.checkpoint(folder / "checkpoint")
    store.close()
    return Quads.read_only(str(folder / "checkpoint"))


@pytest.mark.parametrize("example", examples(), ids=lambda each: each.id)
def test_a_question_finds_something(known: Quads, example: Example) -> None:
    found = known.query(example.query, use_default_graph_as_union=True)

    if isinstance(found, QueryBoolean):
        assert found
    else:
        assert len(list(found)) > 0


@pytest.mark.parametrize("example", examples(), ids=lambda each: each.id)
def test_a_question_has_a_title_in_two_languages(example: Example) -> None:
    assert {"en", "it"} <= example.titles.keys()
    assert all(title.strip() for title in example.titles.values())


def test_there_are_questions_enough_to_begin_with() -> None:
    assert len(examples()) == len({each.id for each in examples()}) >= 24
