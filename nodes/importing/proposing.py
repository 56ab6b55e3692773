"""Propose a mapping for a file: which column is which field, and why.

The best pair of column and field is taken first, then the next best of what is left. Nothing is
decided silently: every choice carries its reason into the proposed file, and columns and words
that were not understood stand there as such, for a person to settle.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from nodes.books.limits import LIMITS, Limits
from nodes.city import City
from nodes.errors import ImportRefused
from nodes.importing.fitting import role_key, scores
from nodes.importing.glimpse import Glimpse, glimpse
from nodes.importing.lexicon import language_of, marked_language, meanings, tick
from nodes.importing.mapping import Fields
from nodes.importing.partners import form_pattern
from nodes.importing.proposal import SCHEMES_OF, Decision, Proposal
from nodes.importing.sentences import Sentence, say
from nodes.importing.settling import (
    date_order,
    decimal_mark,
    languages_of_halves,
    nothing_words,
    unknown_words,
    words_language,
)
from nodes.importing.traits import Traits, columns, found_in

_TEXTS: Final = ("title", "description", "summary", "outcome", "place")
_SEVERAL: Final = {*_TEXTS, "source", "partners", "aside"}
_LISTS: Final = ("themes", "technologies", "keywords")
_PARTED: Final = ("goals", "grants", "permits", "preconditions", "lessons")
_SURE: Final = 0.6


def propose(path: Path, city: City, *, limits: Limits = LIMITS) -> Proposal:
    """Look at a file and propose its mapping; raises ImportRefused when no table is found in it."""
    seen = glimpse(path, city.language, limits)
    if not seen.sheet.rows:
        raise ImportRefused(f"{path.name} has headings but no row below them")
    found = columns(seen.sheet, city.language)
    main, reason = _language(found, city)
    draft = _Draft(seen=seen, city=city, main=main, columns=found)
    draft.assign()
    draft.complete()
    return draft.proposal(path.name, reason)


@dataclass
class _Draft:
    """A proposal in the making: columns taken by field, and what was said about them."""

    seen: Glimpse
    city: City
    main: str
    columns: Sequence[Traits]
    taken: dict[str, list[tuple[Traits, float]]] = field(default_factory=dict)
    constants: dict[str, Any] = field(default_factory=dict)
    reasons: dict[str, Sentence] = field(default_factory=dict)
    ticked: dict[str, tuple[Traits, str]] = field(default_factory=dict)  # by heading, with its word

    def assign(self) -> None:
        """Give each column to the field it fits best, the surest first."""
        ranked = sorted(
            (
                (points, -index, name, column)
                for index, column in enumerate(self.columns)
                for name, points in scores(column, self.city, self.main).items()
            ),
            key=lambda each: (-each[0], -each[1], each[2]),
        )
        for points, _, name, column in ranked:
            if not self._holds(column) and self._wants(name, column, points):
                self.taken.setdefault(name, []).append((column, points))

    def _holds(self, column: Traits) -> bool:
        """Whether a column is taken, or is part of one that is."""
        return any(
            column.heading == each.heading or column.heading.startswith(f"{each.heading}.")
            for taken in self.taken.values()
            for each, _ in taken
        )

    def _wants(self, name: str, column: Traits, points: float) -> bool:
        taken = [each for each, _ in self.taken.get(name, ())]
        if name == "period" and not column.periods and {"start", "end"} & self.taken.keys():
            return False
        if not taken:
            return True
        if name not in _SEVERAL or points < _SURE:
            return False
        if name in _TEXTS:
            spaced = column.share(lambda value: " " in str(value).strip())
            if spaced < 0.5 and marked_language(column.heading) is None:
                return False  # a code beside the text, not the text again
            known = {self._text_language(each, name, first=True) for each in taken}
            return self._text_language(column, name, first=False) not in known
        return not any(each.heading.startswith(f"{column.heading}.") for each in taken)

    def _text_language(self, column: Traits, name: str, *, first: bool) -> str:
        if marked := marked_language(column.heading):
            return marked
        if (found := language_of(column.texts, self.main)) is not None:
            return found
        said = meanings(column.heading).get(name)
        if not first and said is not None and said.languages and self.main not in said.languages:
            return "en" if "en" in said.languages else min(said.languages)
        return self.main

    def complete(self) -> None:
        """Settle what hangs together, and fill what every record needs."""
        self._themes_from_ticks()
        self._themes_from_keywords()
        if "period" not in self.taken and not {"start", "end"} & self.taken.keys():
            self._dates_by_order()
        if "title" not in self.taken:
            raise ImportRefused(
                f"{self.seen.sheet.name}: no column could be made out that holds titles. Write a "
                'mapping that names it, title = "…" under [fields] (see docs/importing.md). The '
                f"headings are: {', '.join(each.heading for each in self.columns[:40])}"
            )
        if "description" not in self.taken:
            instead = next(name for name in ("summary", "outcome", "title") if name in self.taken)
            self.constants["description"] = [each.heading for each, _ in self.taken[instead]]
            self.reasons["description"] = say("why-described-by", instead=instead)
        if not self.taken.keys() & {"source", "landing_page"} and self.city.homepage:
            self.constants["source"] = {"constant": self.city.homepage}
            self.reasons["source"] = say("why-own-page")
        if "partners" not in self.taken:
            self.constants["partners"] = {
                "constant": self.city.publisher, "is": "public-administration",
            }  # fmt: skip
            self.reasons["partners"] = say("why-only-partner")

    def _themes_from_ticks(self) -> None:
        """Take columns that are named after themes and hold nothing but marks for boxes."""
        boxes = {
            each.heading: (each, word)
            for each in self.columns
            if not self._holds(each)
            and (word := _theme_of(each.heading))
            and each.share(lambda value: tick(value) is not None) >= 0.5
            and each.share(lambda value: tick(value) is not None or isinstance(value, int)) == 1.0
        }
        if "themes" not in self.taken and len(boxes) > 1:
            self.ticked = boxes

    def _themes_from_keywords(self) -> None:
        """Take keywords, or the words of technologies, for themes when that is what they are.

        Keywords stand in where there are no themes: each record needs one, and a theme's word is
        kept as a keyword in any case.
        """
        mine = [each.values for each, _ in self.taken.get("themes", ())]
        for name in ("keywords", "technologies") if not self.ticked else ():
            for column, points in self.taken.get(name, ()):
                likely = column.words("theme") >= 0.5 and (not mine or column.values in mine)
                if likely or (not mine and name == "keywords"):
                    self.taken["themes"] = [(column, points)]
                    self.reasons["themes"] = say("why-words-are-themes")
                    del self.taken[name]
                    return

    def _dates_by_order(self) -> None:
        """Take two columns of dates for start and end, when one is never after the other."""
        dated = [
            each for each in self.columns
            if each.dates >= 0.8 and each.distinct > 0.3 and not self._holds(each)
        ]  # fmt: skip
        if len(dated) == 2:
            for name, column in zip(("start", "end"), dated, strict=True):
                self.taken[name] = [(column, 0.5)]
                self.reasons[name] = say("why-two-dates")

    def proposal(self, name: str, language_reason: Sentence) -> Proposal:
        """Write down what was decided, with every reason."""
        written = {**self._fields(), **self.constants}
        fields = {each: written[each] for each in Fields.model_fields if each in written}
        dates = [
            text
            for key in ("start", "end", "period")
            for column, _ in self.taken.get(key, ())
            for text in column.texts
        ]
        file = dict(self.seen.file)
        if inside := [each.heading for each in self._used() if each.unpacked]:
            file["json"] = inside
        order, order_reason = date_order(dates, self.city.country)
        mark, mark_reason = decimal_mark(
            [
                text
                for key in ("latitude", "longitude", "point")
                for column, _ in self.taken.get(key, ())
                for text in column.texts
            ]
        )
        settings: dict[str, Any] = {"language": self.main, "date_order": order, "decimal": mark}
        reasons = {"language": language_reason, "date_order": order_reason, "decimal": mark_reason}
        if blank := nothing_words(self.seen.sheet):
            settings["blank"] = blank
            reasons["blank"] = say("why-blank")
        if ignored := self._ignored():
            settings["ignore"] = ignored
            reasons["ignore"] = say("why-ignored")
        return Proposal(
            name=name,
            settings=settings,
            reasons=reasons,
            file=file,
            file_reasons=self.seen.reasons,
            fields=fields,
            decisions=tuple(self._decisions(fields)),
            words=unknown_words(self.taken_columns(), self._forms()),
            unknown=tuple(self._unknown()),
            told=self.seen.told,
        )

    def taken_columns(self) -> dict[str, list[Traits]]:
        """Give the columns of each field."""
        return {name: [each for each, _ in found] for name, found in self.taken.items()}

    def _ignored(self) -> list[str]:
        """Name the columns to leave out; inside a document that is used in part, none is."""
        tops = {each.heading.split(".")[0] for each in self._used()}
        headings = [each.heading for each, _ in self.taken.get("aside", ())]
        known = self.seen.sheet.headings
        found = [each if each in known else each.split(".")[0] for each in headings]
        return [each for each in dict.fromkeys(found) if each in known and each not in tops]

    def _used(self) -> Iterator[Traits]:
        for name, found in self.taken.items():
            if name != "aside":
                yield from (each for each, _ in found)
        yield from (each for each, _ in self.ticked.values())

    def _forms(self) -> dict[str, tuple[str, tuple[str, ...]]]:
        return {
            each.heading: (self._form(each), each.partner_marks())
            for each, _ in self.taken.get("partners", ())
            if not each.objects
        }

    def _fields(self) -> dict[str, Any]:
        written: dict[str, Any] = {}
        if self.ticked:
            written["themes"] = [
                {"column": heading, "is": word} for heading, (_, word) in self.ticked.items()
            ]
        for name, found in self.taken.items():
            first = [each for each, _ in found]
            if name in _TEXTS:
                written[name] = self._text(name, first)
            elif name in _LISTS or name == "status":
                written[name] = self._words(name, first[0])
            elif name in _PARTED and first[0].separator:
                separator = first[0].separator
                written[name] = {"column": first[0].heading, "separator": separator}
            elif name == "point":
                written[name] = self._point(first[0])
            elif name == "partners":
                written[name] = self._partners(first)
            elif name not in {"aside", "roles"}:
                headings = [each.heading for each in first]
                written[name] = headings[0] if len(headings) == 1 else headings
        return written

    def _text(self, name: str, found: list[Traits]) -> Any:
        tags = [
            self._text_language(each, name, first=index == 0) for index, each in enumerate(found)
        ]
        if tags == [self.main]:
            return found[0].heading
        return {tag: each.heading for tag, each in zip(tags, found, strict=True)}

    def _words(self, name: str, column: Traits) -> Any:
        more: dict[str, Any] = {}
        if name in _LISTS and column.separator:
            more["separator"] = _one_or_all(column.word_marks(SCHEMES_OF.get(name, "theme")))
        if halves := languages_of_halves(column, name, self.main):
            more["bilingual"] = halves
        elif (tag := words_language(column, name, self.main)) != self.main:
            more["language"] = tag
        return {"column": column.heading, **more} if more else column.heading

    def _point(self, column: Traits) -> dict[str, Any]:
        """Tell the order of two coordinates by the city's box, else latitude is the first."""
        mark = next((each[1] for each in column.pairs), ",")
        order = "latitude longitude"
        if self.city.box is not None:
            west, south, east, north = self.city.box
            pairs = [
                (float(a.replace(",", ".")), float(b.replace(",", ".")))
                for a, _, b in column.pairs
            ]  # fmt: skip
            turned = sum(west <= a <= east and south <= b <= north for a, b in pairs)
            if turned * 2 > len(pairs):
                order = "longitude latitude"
        return {"column": column.heading, "order": order, "separator": mark}

    def _partners(self, found: list[Traits]) -> Any:
        written: list[dict[str, Any]] = []
        for column in found:
            said: dict[str, Any] = {"column": column.heading}
            if column.objects:
                name, role = role_key(column)
                said |= {"name": name} | ({"role": role} if role else {})
            else:
                form, marks = self._form(column), column.partner_marks()
                said |= {"separator": _one_or_all(marks)} if marks else {}
                said |= {"form": form} if form != "name" else {}
                if form == "name" and (beside := self._beside(column)):
                    said["roles"] = beside.heading
            written.append(said)
        return written[0] if len(written) == 1 else written

    def _form(self, column: Traits) -> str:
        """Tell how names and roles stand, as in a column beside it where no role is known."""
        if column.form[0] != "name":
            return column.form[0]
        others = (each.form[0] for each, _ in self.taken["partners"] if not each.objects)
        form = next((each for each in others if each != "name"), "name")
        pattern = form_pattern(form)
        alike = sum(pattern.fullmatch(each) is not None for each in column.texts)
        return form if alike * 2 > len(column.texts) else "name"

    def _beside(self, column: Traits) -> Traits | None:
        """Find the column of roles that runs beside this one."""
        for each, _ in self.taken.get("roles", ()):
            rows = column.by_row.keys() & each.by_row.keys()
            mine = dict(zip(column.by_row, column.counts(), strict=True))
            theirs = dict(zip(each.by_row, each.counts(), strict=True))
            if rows and sum(mine[row] == theirs[row] for row in rows) * 2 > len(rows):
                return each
        return None

    def _decisions(self, fields: dict[str, Any]) -> Iterator[Decision]:
        for name, found in self.taken.items():
            for column, points in found:
                if name in fields:
                    said = meanings(column.heading).get(name)
                    reason = say("why-heading", field=name) if said else say("why-values")
                    yield Decision(
                        field=name,
                        heading=column.heading,
                        reason=self.reasons.get(name, reason),
                        sure=min(1.0, round(points, 2)),
                    )
        for heading in self.ticked:
            reason = say("why-ticks")
            yield Decision(field="themes", heading=heading, reason=reason, sure=1.0)
        for name in self.constants:
            yield Decision(field=name, heading=None, reason=self.reasons[name], sure=0.0)

    def _unknown(self) -> Iterator[str]:
        beside = {
            each.heading
            for column, _ in self.taken.get("partners", ())
            if (each := self._beside(column)) is not None
        }
        used = {each.heading for each in self._used()} | beside
        roles = {each.heading for each, _ in self.taken.get("roles", ())} - beside
        for column in self.columns:
            parent = any(each.startswith(f"{column.heading}.") for each in used)
            held = column.heading in used or self._holds(column) or parent
            if column.heading in roles or not held:
                yield column.heading


def _language(found: Sequence[Traits], city: City) -> tuple[str, Sentence]:
    """Tell the language of the long texts; the city's own wins where they are in several."""
    counted: dict[str, int] = {}
    for column in found:
        if column.length > 40 and not (column.pages > 0.5 or column.objects or column.shapes > 0.5):
            tag = marked_language(column.heading) or language_of(column.texts, city.language)
            if tag is not None:
                counted[tag] = counted.get(tag, 0) + sum(map(len, column.texts))
    if city.language in counted or not counted:
        return city.language, say("why-own-language")
    tag = max(counted, key=lambda each: counted[each])
    return tag, say("why-other-language", own=city.language)


def _theme_of(heading: str) -> str | None:
    """Give the part of a heading that is the name of a theme."""
    parts = (heading, *heading.split(": "))
    return next((each for each in parts if found_in("theme", each)), None)


def _one_or_all(marks: tuple[str, ...]) -> str | list[str]:
    return marks[0] if len(marks) == 1 else [*marks]
