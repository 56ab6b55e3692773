"""Words of a text and of a question, in any script.

What lives here are pure functions; no library and no disk. They promise never to raise and to
work no longer than their input is long, whatever a stranger typed:

- `fold` makes two spellings of one word equal: case, accents, ligatures, invisible characters;
- `words` splits folded text; scripts written without spaces become overlapping pairs;
- `ask` reads a search box: words, "phrases" and -unwanted ones, and nothing else.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

LONGEST_TEXT: Final = 20_000
"""Characters of one text that are searched; what stands behind them is not found."""

LONGEST_WORD: Final = 60
LONGEST_QUESTION: Final = 1_000
MOST_TERMS: Final = 24
MOST_PARTS: Final = 64
"""Words of a question, those within phrases and compounds too; what comes after is overlooked."""

_UNSPACED: Final = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u1100-\u11ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003134f"
)
_LAST_SPACED: Final = "\u0dff"
_MARKS: Final = "\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u0dff"
_SPACED_WORD: Final = re.compile(rf"[\w{_MARKS}]+")
_ANY_WORD: Final = re.compile(rf"[{_UNSPACED}]+|(?:(?![{_UNSPACED}])[\w{_MARKS}])+")
_OF_UNSPACED: Final = re.compile(rf"[{_UNSPACED}]")
_ACCENT: Final = re.compile("[\u0300-\u036f]+")
_INVISIBLE: Final = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+")
_LETTERS: Final = str.maketrans(
    {
        "ø": "o",
        "æ": "ae",
        "œ": "oe",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "\u0131": "i",
        "ŀ": "l",
    }
)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_TERM: Final = re.compile(r'(?P<no>(?<!\S)-)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')
_QUOTES: Final = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u301d\u301e\uff02\u300c\u300d\u300e\u300f"
_AS_TYPED: Final = str.maketrans(dict.fromkeys(_QUOTES, '"') | dict.fromkeys("\u2212\uff0d", "-"))
_AROUND: Final = ' "' + "".join(_QUOTES)
_LINKED: Final = re.compile("(?<=[^\\W\\d_])['\u2019\uff07](?=[^\\W\\d_])")
_IRI: Final = ("http://", "https://")


@dataclass(frozen=True, kw_only=True)
class Term:
    """Something looked for: one word, or several that stand beside each other.

    `spoken` keeps the accents (a stemmer needs them), `folded` is how it is compared. What is
    `quoted` is meant as it stands; a `compound` has a hyphen, and all its parts matter. `iri` is
    an address that was typed, which is quoted. `at` is where it stands in the question, with its
    quotes.
    """

    spoken: str
    folded: tuple[str, ...]
    quoted: bool = False
    compound: bool = False
    iri: str = ""
    at: tuple[int, int] = field(default=(0, 0), compare=False)


@dataclass(frozen=True, kw_only=True)
class Question:
    """What somebody typed: terms to find and terms to leave out; `whole` is all of it, folded."""

    wanted: tuple[Term, ...] = ()
    unwanted: tuple[Term, ...] = ()
    whole: str = field(default="", compare=False)


def fold(text: str) -> str:
    """Write a text without case, accents and invisible characters: `Mobilità` → `mobilita`."""
    if text.isascii():
        return text.lower()
    plain = _ACCENT.sub("", unicodedata.normalize("NFKD", _INVISIBLE.sub("", text)))
    return unicodedata.normalize("NFKC", plain.casefold().translate(_LETTERS))


def words(text: str, *, asked: bool = False) -> list[str]:
    """Split a text into folded words, each cut to a bearable length.

    A run of a script without spaces ends with its last character alone, so that every character
    begins a word; a question (`asked`) has no need of that.
    """
    folded = fold(text[:LONGEST_TEXT])
    if folded.isascii():
        return [run[:LONGEST_WORD] for run in _runs(folded)]
    found: list[str] = []
    for run in _runs(folded):
        if len(run) > 1 and run[0] > _LAST_SPACED and unspaced(run):
            found += (run[at : at + 2] for at in range(len(run) - asked))
        else:
            found.append(run[:LONGEST_WORD])
    return found


def spoken(text: str) -> str:
    """Write a text in lower case with its accents, one space between words, for a stemmer."""
    plain = text[:LONGEST_TEXT]
    if not plain.isascii():
        plain = unicodedata.normalize("NFC", _INVISIBLE.sub("", plain))
    plain = plain.lower()
    return " ".join([run[:LONGEST_WORD] for run in _runs(plain)])


def unspaced(word: str) -> bool:
    """Say whether a word is of a script written without spaces."""
    return _OF_UNSPACED.match(word) is not None


def unsayable(text: str) -> bool:
    """Say whether a text cannot be written in UTF-8, and so cannot stand in any record."""
    return _SURROGATE.search(text) is not None


def ask(text: str) -> Question:
    """Read what somebody typed; anything that is not a word is overlooked."""
    wanted: list[Term] = []
    unwanted: list[Term] = []
    room = MOST_PARTS
    for no, quoted, said, at in _parts(text[:LONGEST_QUESTION].translate(_AS_TYPED)):
        folded = tuple(words(said, asked=True)[:room])
        if not folded or len(wanted) + len(unwanted) >= MOST_TERMS:
            continue
        iri = said if said.startswith(_IRI) else ""
        term = Term(
            spoken=" ".join(spoken(said).split()[:room]),
            folded=folded,
            quoted=quoted or bool(iri),
            compound="-" in said,
            iri=iri,
            at=at,
        )
        room -= len(folded)
        (unwanted if no else wanted).append(term)
    return Question(
        wanted=tuple(dict.fromkeys(wanted)),
        unwanted=tuple(dict.fromkeys(unwanted)),
        whole=fold(text[:LONGEST_QUESTION].strip(_AROUND)),
    )


def _parts(text: str) -> Iterator[tuple[bool, bool, str, tuple[int, int]]]:
    """Give what is asked for part by part: whether unwanted, whether quoted, as typed, and where.

    Words that an apostrophe links (*l'air*, *dell'acqua*, *city's*) are words of their own, since
    records say them with other articles; one that is unwanted is meant with its article.
    """
    for match in _TERM.finditer(text):
        no = match["no"] is not None
        start = match.end("no") if no else match.start()
        if no or match["phrase"] is not None:
            said = match["phrase"] or match["word"] or ""
            yield no, match["phrase"] is not None, said, (start, match.end())
            continue
        links = [each.span() for each in _LINKED.finditer(text, start, match.end())]
        for link, following in (*links, (match.end(), 0)):
            yield False, False, text[start:link], (start, link)
            start = following


def _runs(text: str) -> list[str]:
    """Split where the script changes or a word ends; most texts need only the latter."""
    pattern = _ANY_WORD if _OF_UNSPACED.search(text) else _SPACED_WORD
    found: list[str] = pattern.findall(text.replace("_", " "))
    return found
