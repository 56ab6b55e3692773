"""What few city files hold and every city asks for: goals, permits, costs, lessons and the like.

Each comes from a column of its own. Numbers and words that are not understood are reported and left
empty, an amount without its currency among them: a band of euros is not guessed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from nodes.importing.columns import Column
from nodes.importing.numerals import western
from nodes.importing.rows import nearest
from nodes.importing.texts import Reader
from nodes.importing.words import advice, iri, look_up
from vocab.parts import Grant, Outcome, Permit, Precondition, Project, Solution
from vocab.schemes import find
from vocab.terms import UN_GOAL

_GOAL: Final = re.compile(r"(?:\D{0,40}\s)?(\d{1,2})(?:[.]\w{1,3})?(?:\s*[:.)\u2013-]?\s+\D.*)?")
_COUNT: Final = re.compile(r"\d{1,3}(?:[ .,'\u00a0\u202f\u2019]\d{3})+|\d{1,12}")
_LEVEL: Final = re.compile(r"(?:[TS]RL\s*)?([1-9])", re.IGNORECASE)
_EURO: Final = re.compile(r"€|\bEUR\b|\beuros?\b", re.IGNORECASE)
_OTHER: Final = re.compile(
    r"\b(?:AED|ARS|AUD|BAM|BGN|BRL|CAD|CHF|CLP|CNY|COP|CZK|DKK|EGP|GBP|GEL|HKD|HUF|IDR|ILS|INR|IRR|"
    r"ISK|JPY|KES|KRW|KZT|MAD|MDL|MKD|MXN|MYR|NGN|NOK|NZD|PEN|PHP|PLN|QAR|RMB|RON|RSD|RUB|SAR|SEK|"
    r"SGD|THB|TND|TRY|TWD|UAH|USD|UYU|VND|ZAR|"
    r"kr|Kč|Ft|lei|KSh|Rs|TL|pesos?|reais|francs?|Franken|franchi|дин|руб|грн|лв|ден)\b"  # noqa: RUF001
    r"|\bFr\.\s?(?=\d)|zł|[£$¥₩₹₺₽₴₪﷼฿₫₦₱₸₾]|円|[\d千萬万百]\s?元|[\d천만억]\s?원|ريال|درهم|تومان|บาท",
    re.IGNORECASE,
)
"""Other currencies, by their codes, signs and short names."""

_AMOUNT: Final = re.compile(
    r"(\d{1,3}(?:[ .,'\u00a0\u202f\u2019]\d{3})+|\d+)(?:([.,])(\d{1,3}))?\s*"
    r"(k|mila|tsd\.?|m|mio\.?|mln\.?|million\w*|milion\w*|millón|millones|milj\.?|miljoen\w*)?",
    re.IGNORECASE,
)
_THOUSANDS: Final = frozenset({"k", "t", "mila", "tsd", "tsd."})
_UNIT: Final = re.compile(
    r"(?:\b(?P<unit>k|t|tsd\.?|mila|m|mio\.?|mln\.?)\s?)?(?:€|\bEUR\b|\beuros?\b)", re.IGNORECASE
)
"""The currency in a heading, and what its numbers count: `Kosten (T€)`, `Budget in Mio. €`."""

_NO_CENTS: Final = re.compile(r"(?<=\d)[.,]\s?[-\u2013\u2014]{1,2}$")
_BANDS: Final = (
    (10_000, "under-10k"),
    (50_000, "10k-50k"),
    (250_000, "50k-250k"),
    (1_000_000, "250k-1m"),
    (5_000_000, "1m-5m"),
)


@dataclass(frozen=True, kw_only=True)
class Further:
    """The further fields of an experiment by their names, and what belongs to its outcome."""

    fields: dict[str, Any]
    lessons: tuple[tuple[str, str], ...]
    causes: tuple[str, ...]

    def within(self, outcome: Outcome | None) -> Outcome | None:
        """Add lessons and causes to an outcome."""
        if not (self.lessons or self.causes):
            return outcome
        told = outcome or Outcome()
        return Outcome(
            verdict=told.verdict, text=told.text, lessons=self.lessons, causes=self.causes
        )


def further(reader: Reader) -> Further:
    """Read the further fields of a row."""
    fields = reader.mapping.fields
    permits = (Permit(title=said.texts) for _, said in reader.said(fields.permits))
    needs = (Precondition(note=said.texts) for _, said in reader.said(fields.preconditions))
    solutions = (Solution(title=said.texts) for _, said in reader.said(fields.solution))
    projects = (Project(name=said.whole) for _, said in reader.said(fields.projects))
    grants = (Grant(name=said.whole) for _, said in reader.said(fields.grants))
    return Further(
        fields={
            "goals": tuple(_goals(reader, fields.goals)),
            "permits": tuple(permits),
            "preconditions": tuple(needs),
            "solutions": tuple(solutions),
            "projects": tuple(projects),
            "grants": tuple(grants),
            "participants": _count(reader, fields.participants),
            "cost_band": _band(reader, fields.cost),
            "trl_at_start": _level(reader, fields.trl_at_start),
            "trl_at_end": _level(reader, fields.trl_at_end),
            "note": reader.texts(fields.note, "\n\n"),
        },
        lessons=tuple(
            item for _, said in reader.said(fields.lessons) for item in said.texts.items()
        ),
        causes=tuple(_causes(reader, fields.causes)),
    )


def _goals(reader: Reader, columns: Iterable[Column]) -> Iterable[str]:
    """Read goals of the UN by number (`11`, `SDG 11.2`, `ODS 11: Ciudades`) or by name."""
    table = reader.mapping.values.goals
    for column, said in reader.said(columns):
        if said.whole.isdigit() or not (known := look_up(said, "goal", table))[1]:
            number = _GOAL.fullmatch(western(said.whole))
            if number and 1 <= int(number[1]) <= 17:
                yield f"{UN_GOAL}{int(number[1])}"
                continue
            known = look_up(said, "goal", table)
        if known[1] is not None:
            yield known[1]
        elif not known[0]:
            close = nearest(said.whole, table)
            reader.notes.warn(column.column, said.whole, "goal-unknown", advice=advice(close))


def _causes(reader: Reader, columns: Iterable[Column]) -> Iterable[str]:
    table = reader.mapping.values.causes
    for column, said in reader.said(columns):
        known, concept = look_up(said, "cause", table)
        if concept is not None:
            yield concept
        elif not known:
            close = nearest(said.whole, table)
            reader.notes.warn(column.column, said.whole, "cause-unknown", advice=advice(close))


def _count(reader: Reader, columns: Iterable[Column]) -> int | None:
    for column, text in reader.filled(columns):
        if _COUNT.fullmatch(written := western(text)):
            return int(re.sub(r"\D", "", written))
        reader.notes.warn(column.column, text, "no-count")
    return None


def _level(reader: Reader, columns: Iterable[Column]) -> int | None:
    for column, text in reader.filled(columns):
        if found := _LEVEL.fullmatch(western(text)):
            return int(found[1])
        reader.notes.warn(column.column, text, "no-level")
    return None


def _band(reader: Reader, columns: Iterable[Column]) -> str | None:
    """Read a band by its name, or an amount of euros."""
    for column, text in reader.filled(columns):
        if band := find("cost-band", text):
            return band
        heading = _UNIT.search(column.column or "")
        if not _EURO.search(text) and _OTHER.search(text if heading else f"{column.column} {text}"):
            reader.notes.warn(column.column, text, "other-currency")
            continue
        euros = _EURO.search(text) or heading or reader.mapping.currency == "EUR"
        plain = _NO_CENTS.sub("", _EURO.sub("", western(text)).strip())
        unit = heading["unit"] if heading else None
        doubtful = unit and _EURO.search(text) and plain[-1:].isdigit()  # euros, or thousands?
        amount = _amount(plain, unit) if euros and not doubtful else None
        if amount is not None:
            name = next((name for most, name in _BANDS if amount < most), "over-5m")
            return iri("cost-band", name)
        reader.notes.warn(column.column, text, "no-cost" if euros else "no-currency")
    return None


def _amount(text: str, unit_above: str | None = None) -> float | None:
    """Read `1.200.000`, `1,2 Mio.`, `50k` or `1200.50`; None for what is no single amount.

    A number without a unit has that of its heading, `Kosten (T€)`.
    """
    found = _AMOUNT.fullmatch(text)
    if found is None:
        return None
    whole, _, decimals, unit = found.groups()
    if len(decimals or "") == 3 and unit is None:
        whole, decimals = whole + decimals, ""  # 50.000 is fifty thousand everywhere in money
    amount = float(re.sub(r"\D", "", whole) + "." + (decimals or "0"))
    unit = unit or unit_above
    if unit is None:
        return amount
    return amount * (1_000 if unit.lower() in _THOUSANDS else 1_000_000)
