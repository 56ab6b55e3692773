"""What lifts a record: its own words, and nothing that another record says."""

from pathlib import Path

from nodes.searches import SearchRequest
from tests.nodes.town import (
    CALL,
    CIRCUIT,
    EVERYTHING,
    HELSINKI,
    SHUTTLE,
    TORINO,
    Town,
    concept,
    experiment,
    town,
)
from vocab.parts import Partner

OTHERS = (
    *EVERYTHING,
    CIRCUIT,
    CALL,
    *(
        experiment(
            TORINO.base,
            f"trial-{number}",
            title={"en": "Bus lane " + "of the long street " * number},
            description={"en": "driverless shuttle " * number + "bus " * (9 - number)},
        )
        for number in range(9)
    ),
)
HOSTILE = experiment(
    HELSINKI,
    "hostile",
    title={"en": "<script>alert(1)</script> shuttle bus \u202eevil\u200b"},
    description={"en": "shuttle bus driverless navetta street " * 26_000},
    keywords=tuple(("en", f"label {number} bus street") for number in range(10_000)),
    partners=(Partner(name="bus\x00\u2066shuttle"),),
    technologies=(concept("technology", "automated-driving"),),
)
QUESTIONS = (
    "shuttle",
    "bus street",
    "driverless shuttle",
    "navetta senza conducente",
    "strete",
    "evil",
    "the bus of the street",
    '"driverless shuttle"',
    "",
)


def ranked(node: Town, text: str) -> list[str]:
    hits = node.index.search(SearchRequest(text=text, limit=100, facets=())).hits
    return [hit.iri for hit in hits]


def test_a_hostile_record_moves_no_other(tmp_path: Path) -> None:
    with town(tmp_path, *OTHERS) as node:
        before = [ranked(node, text) for text in QUESTIONS]
        node.say(HOSTILE)
        node.catch_up()
        after = [ranked(node, text) for text in QUESTIONS]

    for text, there, now in zip(QUESTIONS, before, after, strict=True):
        assert [iri for iri in now if iri != HOSTILE.iri] == there, text
    assert HOSTILE.iri in after[0]


TITLES = {
    "ja": "自動運転バスの実証実験",
    "zh": "城市里的无人驾驶公交车",
    "th": "รถโดยสารไร้คนขับ",
    "ko": "자율주행 셔틀버스",
    "el": "Αυτόνομο λεωφορείο στην πόλη",
    "bg": "Автономен автобус",
    "ar": "حافلة ذاتية القيادة",
    "he": "אוטובוס אוטונומי",
    "hi": "स्वचालित बस",
    "ka": "ავტონომიური ავტობუსი",
    "tr": "İstanbul'da sürücüsüz otobüs",
    "vi": "Xe buýt tự hành",
    "pl": "Łódź bez kierowcy",
    "is": "Sjálfkeyrandi strætó á Þingvöllum",
}


def test_a_title_is_found_in_any_script_and_case(tmp_path: Path) -> None:
    records = {
        language: experiment(TORINO.base, f"in-{language}", title={language: title})
        for language, title in TITLES.items()
    }
    with town(tmp_path, SHUTTLE, *records.values()) as node:
        for language, title in TITLES.items():
            for typed in (title, title.upper(), title.lower(), title.split()[-1]):
                assert ranked(node, typed)[0] == records[language].iri, typed
