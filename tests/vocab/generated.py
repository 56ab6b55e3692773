"""Generated records: any text, any number of parts, every field sometimes missing.

The strategies are made from the declarations of the model, so that a new field is generated, and
held to every promise, as soon as it is declared.
"""

from decimal import Decimal as Number
from typing import Any

from hypothesis import strategies as st

from vocab import fields as said
from vocab.fields import Field, Moment, declared
from vocab.records import KINDS, Call, Experiment, Record, Testbed
from vocab.terms import SCHEMES

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


numbers = st.decimals(
    allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9
)
concepts = st.sampled_from([f"{SCHEMES}theme/mobility", f"{SCHEMES}cause/cost", "urn:x:y"])
links = st.one_of(concepts, pages)
mailboxes = st.sampled_from(["lab@torino.example", "mailto:lab@torino.example"])


_VALUES: dict[type[said.Said], st.SearchStrategy[Any]] = {
    said.Text: texts,
    said.Word: texts,
    said.Typed: texts,
    said.Tagged: st.lists(st.tuples(tags, texts), max_size=3).map(tuple),
    said.Names: st.lists(texts, max_size=3).map(tuple),
    said.Links: st.lists(links, max_size=3).map(tuple),
    said.Link: links,
    said.Language: tags,
    said.Mailbox: mailboxes,
    said.When: moments,
    said.Instant: instants,
    said.Integer: st.integers(-(10**12), 10**12),
    said.Days: st.integers(0, 10**5),
    said.Decimal: numbers,
    said.Boolean: st.booleans(),
}


def _value(each: Field) -> st.SearchStrategy[Any]:
    if isinstance(each.said, said.Parts):
        most = 12 if each.name == "partners" else 2
        return st.lists(_part(each.part), max_size=most).map(tuple)
    if isinstance(each.said, said.Part):
        return _part(each.part)
    if isinstance(each.said, said.Texts):
        return st.dictionaries(tags, texts, min_size=int(each.needed), max_size=3)
    return _VALUES[type(each.said)]


def _part(kind: type[Any] | None) -> st.SearchStrategy[Any]:
    assert kind is not None
    return st.builds(kind, **_fields(kind))


def _fields(kind: type[Any]) -> dict[str, st.SearchStrategy[Any]]:
    found: dict[str, st.SearchStrategy[Any]] = {}
    for each in declared(kind):
        value = _value(each)
        many = isinstance(
            each.said, said.Parts | said.Texts | said.Tagged | said.Names | said.Links
        )
        found[each.name] = value if each.needed or many else st.none() | value
    return found


def _records(kind: type[Record]) -> st.SearchStrategy[Any]:
    slugs = st.from_regex(r"[a-z0-9\-à]{1,20}", fullmatch=True)
    return st.builds(kind, iri=slugs.map(f"{BASE}{kind.room}/".__add__), **_fields(kind))


experiments: st.SearchStrategy[Experiment] = _records(Experiment)
testbeds: st.SearchStrategy[Testbed] = _records(Testbed)
calls: st.SearchStrategy[Call] = _records(Call)
records: st.SearchStrategy[Record] = st.one_of(*(_records(kind) for kind in KINDS))


def full(kind: type[Any], iri: str = "", depth: int = 0) -> Any:
    """Make a value with every field filled, the same each time; lists hold two."""
    found: dict[str, Any] = {"iri": iri} if iri else {}
    for number, each in enumerate(declared(kind)):
        found[each.name] = _filled(each, f"{each.name} {depth}{number}", number)
    return kind(**found)


def _filled(each: Field, text: str, number: int) -> Any:
    if isinstance(each.said, said.Part):
        assert each.part is not None
        first, second = (full(each.part, depth=number + more) for more in (0, 1))
        return (first, second) if isinstance(each.said, said.Parts) else first
    values: dict[type[said.Said], Any] = {
        said.Texts: {"en": text, "it": f"{text} (it)"},
        said.Tagged: (("en", text), ("it", f"{text} (it)")),
        said.Names: (f"{text} A", f"{text} B"),
        said.Links: (f"{BASE}a/{number}", f"{BASE}b/{number}"),
        said.Link: f"{BASE}c/{number}",
        said.Language: "it",
        said.Mailbox: "lab@torino.example",
        said.When: Moment(value="2020-01-16"),
        said.Instant: "2026-11-22T10:00:00Z",
        said.Integer: number,
        said.Days: number,
        said.Decimal: Number(number) / 4,
        said.Boolean: True,
        said.Typed: "POINT(7.68 45.07)",
    }
    return values.get(type(each.said), text)
