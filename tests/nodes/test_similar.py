"""What is like an experiment is found across languages where the node knows what texts mean."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from nodes.catalogue import Known
from nodes.cities import Cities
from nodes.similar import Similars
from tests.nodes.town import HELSINKI, SHUTTLE, Town, experiment, town

FAR = experiment(
    HELSINKI, "kaukana", title={"fi": "Kuljettajaton bussi"}, description={"fi": "Bussi kulkee."}
)


def similars(node: Town, *near: tuple[str, float]) -> Similars:
    async def nearest(iri: str, most: int) -> Sequence[tuple[str, float]]:
        return near[:most]

    return Similars(
        journal=node.journal,
        index=node.index,
        cities=Cities(
            journal=node.journal, index=node.index, city=node.city, name=lambda base: base
        ),
        nearest=nearest if near else None,
    )


async def known_of(node: Town, iri: str) -> Known:
    known = await node.catalogue.record(iri)
    assert isinstance(known, Known)
    return known


async def test_a_text_that_means_the_same_counts_though_no_word_is_shared(tmp_path: Path) -> None:
    with town(tmp_path, SHUTTLE, FAR) as node:
        known = await known_of(node, SHUTTLE.iri)

        alone = await similars(node).like(known, 5)
        [found] = await similars(node, (FAR.iri, 0.8), (SHUTTLE.iri, 1.0)).like(known, 5)

    text = next(part for part in found.likeness.parts if part.name == "text")
    assert alone == ()
    assert (found.known.record.iri, text.score) == (FAR.iri, 0.8)
    assert "whatever the language" in text.why


async def test_a_short_list_may_rest_but_never_over_a_change_of_its_own_record(
    tmp_path: Path,
) -> None:
    twin = experiment(HELSINKI, "toinen", themes=SHUTTLE.themes, technologies=SHUTTLE.technologies)
    with town(tmp_path, SHUTTLE) as node:
        finder = similars(node)
        known = await known_of(node, SHUTTLE.iri)
        assert await finder.like(known, 5) == ()
        node.say(twin)
        node.catch_up()

        rested = await finder.like(known, 5, age=1e9)
        fresh = await finder.like(known, 5)
        node.say(replace(SHUTTLE, themes=(), technologies=()))
        node.catch_up()
        changed = await finder.like(await known_of(node, SHUTTLE.iri), 5, age=1e9)

    assert (rested, [each.known.record.iri for each in fresh], changed) == ((), [twin.iri], ())


async def test_records_of_strangers_with_endless_lists_fill_no_memory(tmp_path: Path) -> None:
    endless = [
        experiment(
            HELSINKI,
            f"endless-{number}",
            themes=(*SHUTTLE.themes, *(f"https://x.example/{number}/{n}" for n in range(1_500))),
            technologies=SHUTTLE.technologies,
        )
        for number in range(8)
    ]
    with town(tmp_path, SHUTTLE, *endless) as node:
        finder, most = similars(node), 500_000
        finder._traits.most_bytes = most
        known = await known_of(node, SHUTTLE.iri)

        found = await finder.like(known, 20)

        assert len(found) == 8
        assert 0 < finder._traits.used <= most
