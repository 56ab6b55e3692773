"""Records that are right in every field, made from the declarations: `valid(kind, seed)`.

Everything is declared in one place, so a field that is new is filled here at once: by the rule of
its property where it has one (a list of concepts, a range), else by the rule of its kind. The same
seed always gives the same record.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal as Number
from typing import Any, Final, TypeVar

from vocab import fields as said
from vocab import parts, schemes
from vocab.fields import Field, Moment, declared
from vocab.records import Call, Experiment, Record, Testbed
from vocab.terms import (
    ADMS,
    CN,
    DCAT,
    DCTERMS,
    EU_ACCESS,
    EU_LICENCE,
    LOCN,
    ORG,
    PROV,
    QUDT,
    SOSA,
)

BASE: Final = "https://torino.example/"
DAYS: Final = ("2018-10-01", "2019-02-28", "2019-09-30", "2020-01-16", "2020-05-30", "2021-12-31")

_Record = TypeVar("_Record", bound=Record)

_SCHEME_OF: Final[Mapping[str, str]] = {
    DCTERMS + "subject": "theme",
    DCAT + "theme": "data-theme",
    CN + "urbanTopic": "urban-topic",
    CN + "contributesToGoal": "goal",
    CN + "technology": "technology",
    CN + "costBand": "cost-band",
    CN + "involvementMethod": "involvement",
    CN + "availability": "availability",
    CN + "verdict": "verdict",
    CN + "causeOfFailure": "cause",
    CN + "climate": "climate",
    CN + "incomeClass": "income",
    CN + "fromStage": "lifecycle",
    CN + "toStage": "lifecycle",
    PROV + "hadRole": "role",
    ORG + "classification": "helix",
    SOSA + "observedProperty": "indicator",
}
_KIND_OF: Final[Mapping[type[Any], str]] = {
    parts.Agreement: "agreement",
    parts.Permit: "permit",
    parts.Procedure: "permit",
    parts.Precondition: "precondition",
    parts.Service: "service",
}
_TEXTS: Final[Mapping[str, tuple[str, ...]]] = {
    LOCN + "adminUnitL1": ("IT", "FI", "ES"),
    CN + "currency": ("EUR", "DKK", "GBP"),
    CN + "nuts": ("ITC11", "FI1B", "ES"),
}
_LINKS: Final[Mapping[str, tuple[str, ...]]] = {
    QUDT + "unit": ("http://qudt.org/vocab/unit/KiloM", "http://qudt.org/vocab/unit/PERCENT"),
    DCTERMS + "license": (EU_LICENCE + "CC_BY_4_0", EU_LICENCE + "CC0"),
    DCTERMS + "accessRights": (EU_ACCESS + "PUBLIC", EU_ACCESS + "RESTRICTED"),
}
_ASKED: Final[Mapping[type[Any], frozenset[str]]] = {
    Experiment: frozenset({"themes", "partners", "place", "start", "outcome", "transitions"}),
    Testbed: frozenset({"kind", "availability", "services", "place"}),
    Call: frozenset({"status", "challenges", "rolling"}),
    parts.Place: frozenset({"wkt"}),
    parts.Outcome: frozenset({"verdict", "causes"}),
    parts.Precondition: frozenset({"kind"}),
    parts.Kpi: frozenset({"indicator", "result", "unit"}),
    parts.Procedure: frozenset({"authority", "currency"}),
    parts.Solution: frozenset({"provider"}),
    parts.Service: frozenset({"currency"}),
    parts.Grant: frozenset({"currency"}),
}
_ASKED_OF_ALL: Final = frozenset(
    {"source_pages", "summary", "contact", "data_themes", "access_rights", "city"}
)
"""What is asked for though it may be left out."""

_WORDS: Final = ("navetta", "città", "Straße", "sensor", "παλιό", "5G", "träd", "🚲", "a\nb")
_TAGS: Final = ("it", "fi", "pt-br", "zh-hans")


def valid(kind: type[_Record], seed: int, *, share: float = 0.5) -> _Record:
    """Make a record without a finding; `share` tells how many of its free fields are filled.

    What is only asked for is filled always; with a share of 1 every field is. The life of an
    experiment is a legal one that leads to its stage.
    """
    chance = random.Random(f"{kind.__name__} {seed}")
    made = kind(iri=f"{BASE}{kind.room}/{seed}", **_Maker(chance, share).fields(kind))
    if isinstance(made, Experiment):
        life = legal_life(chance, chance.randint(1, 6))
        return replace(made, transitions=life, stage=life[-1].to_stage)
    return made


def legal_life(chance: random.Random, steps: int) -> tuple[parts.Transition, ...]:
    """Walk the stages as they may follow each other, a day later each time."""
    stage = schemes.iri("lifecycle", "proposed")
    found = []
    for day in range(1, steps + 1):
        following = schemes.concept(stage)
        assert following is not None
        if not following.may_become:
            break
        to_stage = chance.choice(following.may_become)
        on = Moment(value=f"2019-{day:02}-11")
        found.append(parts.Transition(from_stage=stage, to_stage=to_stage, on=on))
        stage = to_stage
    return tuple(found)


class _Maker:
    """Fills fields by their declarations."""

    def __init__(self, chance: random.Random, share: float) -> None:
        self._chance = chance
        self._share = share

    def fields(self, kind: type[Any]) -> dict[str, Any]:
        asked = _ASKED.get(kind, frozenset())
        if issubclass(kind, Record):
            asked |= _ASKED_OF_ALL
        found: dict[str, Any] = {}
        for each in declared(kind):
            if each.needed or each.name in asked or self._chance.random() < self._share:
                found[each.name] = self._value(kind, each)
        return found

    def _value(self, kind: type[Any], each: Field) -> Any:
        if isinstance(each.said, said.Parts):
            return tuple(self._part(each) for _ in range(self._chance.randint(1, 2)))
        if isinstance(each.said, said.Part):
            return self._part(each)
        if isinstance(each.said, said.Links):
            count = self._chance.randint(1, 2)
            return tuple({self._link(kind, each): None for _ in range(count)})
        if isinstance(each.said, said.Link):
            return self._link(kind, each)
        return self._plain[type(each.said)](self, each)

    def _part(self, each: Field) -> Any:
        assert each.part is not None
        return each.part(**self.fields(each.part))

    def _link(self, kind: type[Any], each: Field) -> str:
        predicate = each.said.predicate
        scheme = _SCHEME_OF.get(predicate)
        if predicate == DCTERMS + "type":
            scheme = _KIND_OF.get(kind, "testbed")
        if predicate == ADMS + "status":
            scheme = "call-status" if kind is Call else "lifecycle"
        if scheme is not None:
            return self._chance.choice(schemes.scheme(scheme).concepts).iri
        page = f"https://a.example/{each.name}/{self._chance.randrange(100)}"
        return self._chance.choice(_LINKS.get(predicate, (page,)))

    def _text(self, each: Field | None = None) -> str:
        if each is not None and each.said.predicate in _TEXTS:
            return self._chance.choice(_TEXTS[each.said.predicate])
        return " ".join(self._chance.choices(_WORDS, k=self._chance.randint(1, 4)))

    def _texts(self, _: Field) -> dict[str, str]:
        return {tag: self._text() for tag in ("en", *self._chance.sample(_TAGS, 1))}

    def _moment(self, each: Field) -> Moment:
        late = each.name in {"end", "granted"}
        day = self._chance.choice(DAYS[3:] if late else DAYS[:3])
        return Moment(value=day[: self._chance.choice([4, 7, 10])])

    def _instant(self, each: Field) -> str:
        late = each.name in {"ended_at", "modified"}
        return self._chance.choice(DAYS[3:] if late else DAYS[:3]) + "T10:00:00Z"

    def _integer(self, _: Field) -> int:
        return self._chance.randint(1, 9)

    def _decimal(self, _: Field) -> Number:
        return Number(self._chance.randint(1, 10**6)) / 100

    _plain: Final[Mapping[type[said.Said], Callable[..., Any]]] = {
        said.Text: _text,
        said.Word: _text,
        said.Texts: _texts,
        said.Tagged: lambda self, _: (("en", self._text()), ("it", self._text())),
        said.Names: lambda self, _: (self._text(), self._text()),
        said.Language: lambda self, _: self._chance.choice(["it", "en", "fi"]),
        said.Mailbox: lambda *_: "lab@torino.example",
        said.When: _moment,
        said.Instant: _instant,
        said.Integer: _integer,
        said.Days: _integer,
        said.Decimal: _decimal,
        said.Boolean: lambda self, _: self._chance.random() < 0.5,
        said.Typed: lambda *_: "POINT(7.68 45.07)",
    }
