"""What headings mean, and which language a text is in, by the words of 39 languages.

The words are data: `headings.toml` lists what cities write above their columns, `languages.toml`
the small words that tell a language, the words for "nothing" and those that begin a row of sums.
A heading in two languages (`Start / Alkoi`) counts by either half; one that is a path into a
document (`Ort.Breite`) counts by its last step, unless that step only says "name".
"""

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final, Literal

from vocab.schemes import fold

_HERE: Final = Path(__file__).parent
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_MARK: Final = re.compile(r"(?:@|_|-|\(|\[|\s/\s|:\s)([A-Za-z]{2,3})[)\]]?$")
_HINT: Final = re.compile(
    r"[\s:]{0,9}[(\[]?\s{0,9}\b([^\W\d_])\1{1,3}([./-])([^\W\d_])\3{1,3}(?:\2([^\W\d_])\4{1,3})?"
    r"\s{0,9}[)\]]?\s{0,9}$",
    re.IGNORECASE,
)
"""How to write a date, at the end of a heading: `Start (dd.mm.yyyy)`, `Beginn: TT.MM.JJJJ`.

Bounded, for a heading of some thousand spaces would take the cube of them.
"""

_NAMES: Final = {"title", "identifier", "description"}
_LABELS: Final = {"display name", "pref label", "label", "title", "name"}
_LISTS: Final = {"themes", "technologies", "keywords", "partners"}
_HOLDERS: Final = _LISTS | {"place", "period", "source", "landing_page", "contact", "aside"}
_LEAST_EVIDENCE: Final = 5
_NEAR: Final = 0.87
_LONGEST_FORM: Final = 12
_LONGEST_SPAN: Final = 100
_SIDES: Final[tuple[Literal["since", "until"], ...]] = ("since", "until")
_PLAIN: Final = {"extras", "properties", "attributes", "fields", "record"}


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """One field a heading may stand for, how surely (up to 1), and in which languages."""

    field: str
    sure: float
    languages: frozenset[str] = frozenset()


def meanings(heading: str) -> dict[str, Meaning]:
    """Give the fields a heading may stand for; the surest meaning of each."""
    if heading[:1] in {"_", ":"} and "." not in heading:  # `_id`, `:sid`: a program's own
        return {"aside": Meaning(field="aside", sure=1.0)}
    heading = _HINT.sub("", heading) or heading
    if sides := _side_of_period(heading):
        return sides
    steps = [each for each in heading.split(".") if each]
    if len(steps) < 2 or not all(step[:1].isalnum() for step in steps):
        return _of_phrase(heading)
    if _is_tag(steps[-1]):  # `title.fr`, a text by language
        return meanings(".".join(steps[:-1]))
    leaf, parent = _of_phrase(steps[-1]), _of_phrase(steps[-2])
    holder = max(parent.values(), key=lambda each: each.sure, default=None)
    if holder is None or holder.sure < 0.6 or holder.field not in _HOLDERS:
        doubt = 1.0 if plain(steps[-2]) in _PLAIN else 0.5
        return {
            field: replace(each, sure=each.sure * (doubt if field in _NAMES else 0.95))
            for field, each in leaf.items()
        }
    if holder.field == "aside":
        return {"aside": holder}
    if plain(_bare(steps[-1])) in _LABELS or (holder.field not in _LISTS and _named(leaf)):
        return {holder.field: replace(holder, sure=holder.sure * 0.95)}
    return {} if holder.field in _LISTS else leaf


def _side_of_period(heading: str) -> dict[str, Meaning]:
    """Tell the side of a period that a heading below another names: `Termín: od`."""
    over, colon, last = heading.rpartition(": ")
    if not colon or not meanings(over).keys() & {"period", "start", "end"}:
        return {}
    found = _index().get(plain(last), ())
    return {
        each.field: replace(each, sure=each.sure * 0.95)
        for each in found
        if each.field in {"start", "end"}
    }


def marked_language(heading: str) -> str | None:
    """Tell the language a heading names: `abstract_en`, `Resumen (en)`, `Résumé anglais`."""
    names = _names()
    _, dot, last = heading.rpartition(".")
    if dot and _is_tag(last):
        return names[last.lower()]
    if (found := _MARK.search(heading)) and (code := names.get(found[1].lower())):
        return code
    for word in plain(heading).split():
        if len(word) > 3 and (code := names.get(word)):
            return code
    return None


def language_of(texts: Iterable[str], own: str) -> str | None:
    """Tell the language of texts by their small words; None when they hold too few.

    Languages that are near relatives share such words, so the city's `own` needs less evidence.
    """
    said = [fold(each) for each in texts]
    words = Counter(word for text in said for word in re.findall(r"[^\W\d_]+", text))
    letters = Counter(letter for text in said for letter in text)
    common, rare = _data("languages")["common"], _data("languages")["letters"]
    points = {tag: float(sum(words[word] for word in small)) for tag, small in common.items()}
    for tag, special in rare.items():
        points[tag] += 0.5 * sum(letters[letter] for letter in special)
    best = max(points, key=lambda tag: points[tag])
    mine = points.get(own.split("-", maxsplit=1)[0], 0.0)
    if points[best] < _LEAST_EVIDENCE:
        return None
    return own if mine * 2 >= points[best] else best


def is_language(text: str) -> bool:
    """Whether a text names a language, as a second row of headings may: `FR` under `Projet`."""
    return plain(text) in _names()


def is_nothing(text: str) -> bool:
    """Whether a text is a word for "nothing" in some language."""
    return fold(text) in _words("nothing")


def tick(cell: Any) -> bool | None:
    """Tell whether a cell is a mark or a word for yes, or one for no; None when it is neither."""
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, int | float):
        return bool(cell) if cell in (0, 1) else None
    word = fold(cell) if isinstance(cell, str) else ""
    return True if word in _words("yes") else False if word in _words("no") else None


def is_legal_form(text: str) -> bool:
    """Whether a text is only the legal form of a company: `s.r.o.`, `GmbH`, with a role or not."""
    bare = re.sub(r"\s*[(\[].*[)\]]$|[.\s]", "", text)
    return 0 < len(bare) <= _LONGEST_FORM and fold(bare) in _words("companies")


def is_failed_formula(text: str) -> bool:
    """Whether a text is what a spreadsheet program writes for a formula that failed."""
    return fold(text) in _words("failed")


def begins_totals(text: str) -> bool:
    """Whether a row that begins with this text holds sums."""
    first = plain(text.split(":", 1)[0])
    return any(first == plain(each) for each in _data("languages")["totals"]["all"])


def is_vague(word: str) -> bool:
    """Whether a word beside a year only says roughly when: a season, "about", "end of"."""
    return fold(word) in _words("vague")


def is_fiscal(word: str) -> bool:
    """Whether a word beside two years says what year runs over both, such as one of a budget."""
    return fold(word) in _words("fiscal")


def span(text: str) -> tuple[str, str] | None:
    """Part a period that is written in words: `dal marzo 2018 al giugno 2019`."""
    found = _span().fullmatch(text.strip()) if len(text) <= _LONGEST_SPAN else None
    return (found["first"].strip(), found["last"].strip()) if found else None


@lru_cache(maxsize=4096)
def one_sided(text: str) -> tuple[Literal["since", "until"], str] | None:
    """Take the word off a text that says only since when, or only until when: `seit 2019`."""
    said = text.strip()
    for side in _SIDES:
        found = _one_sided(side).fullmatch(said) if len(said) <= _LONGEST_SPAN else None
        if found and (date := found["before"] or found["after"]):
            return side, date.strip()
    return None


def is_now(text: str) -> bool:
    """Whether a text says that the end has not come: `ongoing`."""
    return fold(text).strip("().") in _words("now")


def encoding_for(language: str) -> str:
    """Give the encoding that files of a language have when they are not UTF-8."""
    known, tag = _data("languages")["encodings"], language.lower()
    return str(known.get(tag) or known.get(tag.split("-", maxsplit=1)[0], "cp1252"))


def alphabet(language: str) -> frozenset[str]:
    """Give the letters beyond a to z that words of a language have; none where unknown."""
    return frozenset(_data("languages")["alphabets"].get(language.split("-", maxsplit=1)[0], ""))


def plain(text: str) -> str:
    """Fold a heading for comparison: words in lower case, without accents and punctuation.

    The dotless i of Turkish is one accent less, for its capital is that of every i: SIRA NO.
    """
    text = unicodedata.normalize("NFKD", _CAMEL.sub(" ", text))
    text = "".join(" " if not each.isalnum() else each for each in text if not _accent(each))
    return " ".join(text.casefold().replace("\u0131", "i").split())


def _accent(letter: str) -> bool:
    return unicodedata.combining(letter) > 0


def _bare(heading: str) -> str:
    """Take the mark of a language off: `title@nl` is title, but `fecha_fin` is not Finnish."""
    found = _MARK.search(heading)
    if found is None or found[1].lower() not in _names() or plain(heading) in _index():
        return heading
    return heading[: found.start()]


def _is_tag(step: str) -> bool:
    """Whether a step of a path is the tag of a language; `no` is a number more often."""
    return 2 <= len(step) <= 3 and step.lower() in _names() and step.lower() != "no"


def _named(leaf: dict[str, Meaning]) -> bool:
    best = max(leaf.values(), key=lambda each: each.sure, default=None)
    return best is None or best.field in _NAMES


def _of_phrase(heading: str) -> dict[str, Meaning]:
    found: dict[str, Meaning] = {}
    whole = _bare(heading)
    halves = [each for each in re.split(r"\s[/|]\s|\n", whole) if each.strip()]
    if whole != heading and plain(heading[len(whole) :]) in _index():
        halves.append(heading)  # `F_FIN`: the mark of Finnish is a word for the end as well
    for part in dict.fromkeys((whole, *halves)):
        for meaning in _matches(plain(part)):
            known = found.get(meaning.field)
            if known is None or meaning.sure > known.sure:
                languages = meaning.languages | (known.languages if known else frozenset())
                found[meaning.field] = replace(meaning, languages=languages)
            elif meaning.sure >= 0.6:
                found[meaning.field] = replace(known, languages=known.languages | meaning.languages)
    return found


@cache
def _matches(part: str) -> tuple[Meaning, ...]:
    """Compare one phrase with every phrase of the lexicon."""
    if not part:
        return ()
    if exact := _index().get(part):
        return exact
    found: list[Meaning] = []
    for phrase, known in _index().items():
        sure = _likeness(part, phrase)
        found.extend(replace(each, sure=each.sure * sure) for each in known if sure)
    return tuple(found)


def _likeness(part: str, phrase: str) -> float:
    if len(phrase) >= 3 and f" {phrase} " in f" {part} ":
        early = 0.05 if part.startswith(phrase) else 0.0
        return 0.55 + early + 0.3 * len(phrase) / len(part)
    least = 2 if _unspaced(phrase) else 6
    if len(phrase) >= least and (part.endswith(phrase) or part.startswith(phrase)):
        return 0.5 + 0.2 * len(phrase) / len(part)
    if min(len(part), len(phrase)) < 5 or abs(len(part) - len(phrase)) > 2:
        return 0.0
    matcher = SequenceMatcher(None, part, phrase)
    if matcher.quick_ratio() < _NEAR:
        return 0.0
    ratio = matcher.ratio()
    return 0.65 * ratio if ratio >= _NEAR else 0.0


def _unspaced(phrase: str) -> bool:
    """Whether a phrase is of a script that puts no spaces between words, such as kanji."""
    return all("\u3040" <= each <= "\u9fff" for each in phrase)


@cache
def _index() -> dict[str, tuple[Meaning, ...]]:
    best: dict[tuple[str, str], Meaning] = {}
    for field, languages in _data("headings").items():
        for tag, phrases in languages.items():
            for place, phrase in enumerate(phrases):
                key, sure = (plain(phrase), field), 1.0 - 0.01 * place
                known = best.get(key)
                tags = frozenset({tag}) | (known.languages if known else frozenset())
                sure = max(sure, known.sure if known else 0.0)
                best[key] = Meaning(field=field, sure=sure, languages=tags)
    found: dict[str, list[Meaning]] = {}
    for (phrase, _), meaning in best.items():
        found.setdefault(phrase, []).append(meaning)
    return {phrase: tuple(each) for phrase, each in found.items()}


@cache
def _names() -> dict[str, str]:
    names: dict[str, str] = {}
    for tag, words in _data("languages")["names"].items():
        for word in words:
            names.setdefault(plain(word), tag)
    return names


@cache
def _span() -> re.Pattern[str]:
    words = _data("languages")["spans"]
    before, between = ("|".join(_longest_first(words[part])) for part in ("from", "to"))
    return re.compile(
        rf"(?:(?:{before})\s+)?(?P<first>.*?\d{{4}}\S*)\s+(?:{between})\s+(?P<last>.*\d.*)",
        re.IGNORECASE | re.DOTALL,
    )


@cache
def _one_sided(side: str) -> re.Pattern[str]:
    words = _data("languages")[side]
    first, last = ("|".join(_longest_first(words[part])) for part in ("all", "after"))
    return re.compile(
        rf"(?:{first})\s+(?P<before>.*\d.*?)(?:\s+(?:{last}))?|(?P<after>.*\d.*?)\s*(?:{last})",
        re.IGNORECASE | re.DOTALL,
    )


def _longest_first(words: Iterable[str]) -> list[str]:
    return sorted(map(re.escape, words), key=len, reverse=True)


@cache
def _words(section: str) -> frozenset[str]:
    return frozenset(fold(each) for each in _data("languages")[section]["all"])


@cache
def _data(name: str) -> dict[str, Any]:
    return tomllib.loads((_HERE / f"{name}.toml").read_text("utf-8"))
