"""Generated records: any text, any number of parts, every field sometimes missing."""

from hypothesis import strategies as st

from vocab.experiment import Agent, Experiment, Moment, Outcome, Partner, Place
from vocab.terms import EU_LICENCE, EU_THEME, SCHEMES

BASE = "https://torino.example/"

awkward = st.sampled_from(
    [
        "",
        " ",
        "\x00",
        "\x07\x08\x0b\x1f\x7f",
        "\u0085\u2028\u2029",
        "\u202eabc\u202c",
        "\ufeff",
        "\ufffe\uffff",
        "e\u0301é",
        '"\\\n\r\t',
        "\\u0041",
        "^^<urn:x>",
        '"@it .',
        "<b>&amp;</b>",
        "👩‍🚀",
        "=1+1",
        "a\r\nb",
        "\U0010ffff",
        "{{x}}",
    ]
)
texts = st.one_of(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), awkward)
tags = st.sampled_from(
    ["it", "en", "fi", "nl", "ca", "da", "de", "fr", "IT", "pt-BR", "zh-Hans", "sr-latn-rs"]
)
language_maps = st.dictionaries(tags, texts, max_size=3)
pages = st.sampled_from(
    [
        f"{BASE}page",
        "http://www.città.example/prova?x=1&y=2#a",
        "https://a.example/b%20c",
        "https://a.example/",
    ]
)
dates = st.dates()
moments = st.builds(
    lambda day, length: Moment(value=day.isoformat()[:length]), dates, st.sampled_from([4, 7, 10])
)
instants = st.datetimes().map(lambda at: at.replace(microsecond=0).isoformat() + "Z")
wkts = st.builds("POINT({:.5f} {:.5f})".format, st.floats(-180, 180), st.floats(-90, 90))


def concepts(scheme: str, *names: str) -> st.SearchStrategy[str]:
    return st.sampled_from([f"{SCHEMES}{scheme}/{name}" for name in names])


def several(values: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(values, max_size=3).map(tuple)


places = st.builds(
    Place,
    name=language_maps,
    address=st.none() | texts,
    city=st.none() | texts,
    country=st.none() | st.sampled_from(["IT", "FI"]),
    wkt=st.none() | wkts,
)
partners = st.builds(
    Partner,
    name=texts,
    helix=st.none() | concepts("helix", "company", "research"),
    task=language_maps,
)
experiments = st.builds(
    Experiment,
    iri=st.from_regex(r"[a-z0-9\-à]{1,20}", fullmatch=True).map(f"{BASE}experiments/".__add__),
    identifier=texts,
    title=st.dictionaries(tags, texts, min_size=1, max_size=3),
    description=st.dictionaries(tags, texts, min_size=1, max_size=3),
    language=tags,
    stage=concepts("lifecycle", "running", "completed", "unknown"),
    publisher=st.builds(Agent, name=texts, homepage=st.none() | pages),
    licence=st.just(EU_LICENCE + "CC_BY_4_0"),
    issued=instants,
    modified=instants,
    summary=language_maps,
    themes=several(concepts("theme", "mobility", "energy", "waste")),
    data_themes=several(st.sampled_from([EU_THEME + "TRAN", EU_THEME + "ENER"])),
    technologies=several(concepts("technology", "5g", "lidar", "drones")),
    keywords=st.lists(st.tuples(tags, texts), max_size=3).map(tuple),
    status_word=st.none() | texts,
    start=st.none() | moments,
    end=st.none() | moments,
    place=st.none() | places,
    partners=st.lists(partners, max_size=12).map(tuple),
    outcome=st.none()
    | st.builds(
        Outcome,
        verdict=st.none() | concepts("verdict", "adopted", "failed"),
        text=language_maps,
    ),
    source_pages=several(pages),
    landing_page=st.none() | pages,
    contact=st.none() | st.sampled_from(["lab@torino.example", "mailto:lab@torino.example"]),
)
