"""Whether the city may say it: its own records pass the same shapes as everybody's.

Dates are held in order more strictly than the shapes can, which compare those of one precision: of
others what both say is compared, so that an end in 2023 is before a start in May 2024.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from federation.carrying import weight
from federation.errors import plain
from federation.limits import Limits
from vocab import lines
from vocab.prefixed import short
from vocab.records import Record
from vocab.terms import CN, DCAT, DCTERMS, PROV
from vocab.triples import to_payload
from vocab.validation import Finding, finding, validate

_Record = TypeVar("_Record", bound=Record)

_BATCH: Final = 200
_SHOWN: Final = 80
_LIMITS: Final = Limits()
_NAME: Final = f"feed/{2**63}-12345678"
"""As long as the name of a member can be, below the base of its city."""
_ORDERED: Final = (
    (DCAT + "startDate", DCAT + "endDate", "period-order"),
    (CN + "submittedOn", CN + "grantedOn", "permit-order"),
)
"""The dates of a part that follow each other, and the rule that says so."""

_DATES: Final = {f"<{each}>" for earlier, later, _ in _ORDERED for each in (earlier, later)}
_ORDERS: Final = {rule for _, _, rule in _ORDERED}
_ABOUT: Final = {
    **{rule: later for _, later, rule in _ORDERED},
    "instants-order": PROV + "endedAtTime",
    "page": DCTERMS + "source",
}
"""The property to look at first where a rule is about several."""

_LONG_TEXT: Final = {
    "en": "a text is longer than {} characters; shorten it",
    "it": "un testo supera i {} caratteri; accorciatelo",
    "fr": "un texte dépasse {} caractères ; raccourcissez-le",
    "de": "ein Text ist länger als {} Zeichen; kürzen Sie ihn",
    "es": "un texto supera los {} caracteres; acórtelo",
}
_LONG_RECORD: Final = {
    "en": "the record takes more than {} bytes; shorten its texts",
    "it": "il record occupa più di {} byte; accorciatene i testi",
    "fr": "l'enregistrement dépasse {} octets ; raccourcissez ses textes",
    "de": "der Datensatz braucht mehr als {} Bytes; kürzen Sie seine Texte",
    "es": "el registro ocupa más de {} bytes; acorte sus textos",
}


@dataclass(frozen=True, kw_only=True)
class Unsayable:
    """Why a record cannot be published: the property it is about, and words by language.

    `part` is the fragment of the part of the record it is about, `value` what stands there,
    `advices` what to write instead.
    """

    iri: str
    identifier: str
    part: str = ""
    path: str | None = None
    value: str = ""
    messages: Mapping[str, str]
    advices: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Say it in one line, in English."""
        return f"error: {self.told('en')}"

    def told(self, language: str) -> str:
        """Say it in a language, in English where there are no words in it."""
        tag = language.split("-", maxsplit=1)[0]
        message = self.messages.get(tag, self.messages["en"])
        advice = self.advices.get(tag, self.advices.get("en", ""))
        where = " ".join(each for each in (self.part, short(self.path or "")) if each)
        what = plain(self.value[:_SHOWN])
        said = ": ".join(each for each in (self.identifier, where, what, message) if each)
        return f"{said} {advice}".rstrip()

    @property
    def words(self) -> Mapping[str, str]:
        """What is wrong and what to write instead, by language."""
        return {
            tag: f"{message} {self.advices.get(tag, '')}".rstrip()
            for tag, message in self.messages.items()
        }


def checked(
    records: Sequence[_Record], *, watch: Callable[[int, int], None] = lambda _done, _of: None
) -> tuple[list[_Record], list[Unsayable]]:
    """Split off what peers would refuse; returns the good ones and reasons about the others.

    `watch` is told now and then how many are checked, of how many.
    """
    good: list[_Record] = []
    told: list[Unsayable] = []
    for start in range(0, len(records), _BATCH):
        watch(start, len(records))
        batch = records[start : start + _BATCH]
        payloads = {each.iri: to_payload(each) for each in batch}
        found = validate(payloads)
        for each in batch:
            payload = payloads[each.iri]
            errors = [
                one
                for one in found.get(each.iri, ())
                if one.severity == "error" and one.rule not in _ORDERS
            ]
            errors += _disordered(payload)
            if long := _too_long(each, payload):
                told.append(Unsayable(iri=each.iri, identifier=each.identifier, messages=long))
            elif errors:
                told.extend(
                    Unsayable(
                        iri=each.iri,
                        identifier=each.identifier,
                        part=one.part.removeprefix(each.iri),
                        path=_ABOUT.get(one.rule, one.path),
                        value=one.value,
                        messages={"en": one.message, **one.messages},
                        advices=one.advices,
                    )
                    for one in errors
                )
            else:
                good.append(each)
    return good, told


def _disordered(payload: bytes) -> Iterator[Finding]:
    """Find what ended before it began, at the precision that both dates have."""
    dates: dict[str, dict[str, str]] = {}
    for row in lines.rows(payload):
        node, predicate, value = row.split(" ", 2)
        if predicate in _DATES:
            dates.setdefault(node[1:-1], {})[predicate[1:-1]] = value.split('"', 2)[1]
    for part, said in dates.items():
        for earlier, later, rule in _ORDERED:
            first, last = said.get(earlier, ""), said.get(later, "")
            shared = min(len(first), len(last))
            if last[:shared] < first[:shared]:
                yield finding("error", rule, part, rule, last)


def _too_long(record: Record, payload: bytes) -> Mapping[str, str]:
    """Tell what is longer than a node takes from another, unless its operator allows more."""
    rows = lines.rows(payload)
    member = record.iri.rpartition(f"{record.room}/")[0] + _NAME
    if max(map(len, rows), default=0) > _LIMITS.literal_chars:
        return {tag: said.format(_LIMITS.literal_chars) for tag, said in _LONG_TEXT.items()}
    if weight(member, rows) > _LIMITS.member_bytes or len(rows) > _LIMITS.quads_per_member:
        return {tag: said.format(_LIMITS.member_bytes) for tag, said in _LONG_RECORD.items()}
    return {}
