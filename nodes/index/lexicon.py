"""The words of all concepts in all languages, and which concepts the words of a question mean.

A concept is meant when all the words of one of its labels stand together in the question, in any
order and any inflected form; a part of a label hints at it. Little words (*of*, *senza*, *und*)
are not needed on either side. Where a script has no spaces, labels are the words: the longest that
begins at a character is one, and what no label has stands between them. What is here follows from
the files of the schemes alone.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import itemgetter
from typing import Final

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from nodes.index.documents import STEMMERS, stems
from nodes.spelling import Spelling
from nodes.words import fold, spoken, unspaced
from vocab import schemes
from vocab.cities import cities
from vocab.languages import primary

_SCHEMES: Final = (
    *("technology", "theme", "urban-topic", "goal", "testbed", "service", "involvement"),
    "verdict",
)
_STOPPING: Final = {
    "da": "danish", "de": "german", "en": "english", "es": "spanish", "fi": "finnish",
    "fr": "french", "hu": "hungarian", "it": "italian", "nb": "norwegian", "nl": "dutch",
    "pt": "portuguese", "ru": "russian", "sv": "swedish",
}  # fmt: skip
_TONGUES: Final = (None, *dict.fromkeys(STEMMERS.values()))
_WIDEST: Final = 8
_MOST_LABELS: Final = 500
_MOST_HINTS: Final = 12
_WORDS_KEPT: Final = 5_000
_LEAST_PART: Final = 5
_LEAST_REST: Final = 3


@dataclass(frozen=True, kw_only=True)
class Label:
    """One name of a concept in one language."""

    concept: str
    text: str
    language: str


@dataclass(frozen=True, kw_only=True)
class Sense:
    """That the words of a question from `start` to `stop` are a label of a concept."""

    start: int
    stop: int
    label: Label


class Lexicon:
    """All labels, by the sets of their words in each form: as they stand, and as stems."""

    def __init__(self, labels: Sequence[Label], names: Iterable[str] = ()) -> None:
        """Know labels; `names` are words too, where a script has no spaces."""
        self.labels = tuple(labels)
        self.content = frozenset(word for each in labels for word in _content(each))
        self._meant: dict[frozenset[str], dict[str, Label]] = {}
        self._hints: dict[str, dict[str, float]] = {}
        self._tongues: dict[str, set[str | None]] = {}
        self._unspaced = {
            word
            for text in (*(each.text for each in labels), *names)
            for word in fold(text).split()
            if unspaced(word)
        }
        self._hinting = lru_cache(maxsize=_WORDS_KEPT)(self._hinted)  # asked of a word repeatedly
        self._knowing = lru_cache(maxsize=_WORDS_KEPT)(self._known_in)
        self._longest = max(map(len, self._unspaced), default=0)
        self._folded = sorted(((fold(each.text), each) for each in labels), key=itemgetter(0))
        for label in labels:
            said = [
                word
                for part in label.text.split()
                for word in spoken(part).split()
                if "-" in part or not self.little(fold(word))
            ]
            stemmer = STEMMERS.get(label.language)
            for word in said:
                self._tongues.setdefault(fold(word), {None}).add(stemmer)
            for forms in {_forms(said, None), _forms(said, stemmer)}:
                if forms:
                    self._meant.setdefault(forms, {}).setdefault(label.concept, label)
                for form in forms:
                    hints = self._hints.setdefault(form, {})
                    share = max(1 / len(forms), hints.get(label.concept, 0))
                    hints[label.concept] = share

    def little(self, word: str) -> bool:
        """Say whether a folded word says little: it is in a list of such, and in no label."""
        return word not in self.content and _stops(word)

    def parted(self, word: str) -> list[str]:
        """Part a spoken word of a script without spaces into labels and what is between them."""
        run = fold(word)
        if not unspaced(run):
            return [word]
        parts, rest, at = [], 0, 0
        while at < len(run):
            stop = min(len(run), at + self._longest)
            while stop > at and run[at:stop] not in self._unspaced:
                stop -= 1
            if stop > at:
                parts += [run[rest:at], run[at:stop]]
                rest = at = stop
            else:
                at += 1
        return [part for part in (*parts, run[rest:]) if part]

    def senses(self, said: Sequence[str], little: Sequence[bool]) -> Iterator[Sense]:
        """Find labels among spoken words, some of them little ones that may be missing.

        The words of a wide label are not looked at for narrower ones.
        """
        taken: set[int] = set()
        for width in range(min(len(said), _WIDEST), 0, -1):
            for start in range(len(said) - width + 1):
                stop = start + width
                if little[start] or little[stop - 1] or taken.intersection(range(start, stop)):
                    continue
                words = [said[at] for at in range(start, stop) if not little[at]]
                if found := self._meaning(words):
                    taken.update(range(start, stop))
                    for label in found.values():
                        yield Sense(start=start, stop=stop, label=label)

    def hints(self, word: str) -> Mapping[str, float]:
        """Give concepts that have a spoken word in a label, with its share of the label."""
        return self._hinting(word)

    def parts(self, word: str) -> tuple[str, ...]:
        """Give the longest words of labels that a folded word begins and ends with.

        Many languages write *air quality measurements* as one word, which no label is.
        """
        places = range(len(word) - _LEAST_REST, _LEAST_PART - 1, -1)
        if unspaced(word):
            return ()
        head = next((word[:at] for at in places if word[:at] in self.content), "")
        tail = next((word[-at:] for at in places if word[-at:] in self.content), "")
        return tuple(dict.fromkeys(filter(None, (head, tail))))

    def _hinted(self, word: str) -> Mapping[str, float]:
        found: dict[str, float] = {}
        for stemmer in self._spoken_in(word):
            for form in _forms([word], stemmer):
                for concept, share in self._hints.get(form, {}).items():
                    found[concept] = max(share, found.get(concept, 0))
        return dict(sorted(found.items(), key=lambda each: (-each[1], each[0]))[:_MOST_HINTS])

    def beginning(self, folded: str) -> Iterator[tuple[str, Label]]:
        """Give labels in the order of the alphabet, from where they begin with a folded text."""
        at = bisect_left(self._folded, folded, key=itemgetter(0))
        for text, label in self._folded[at : at + _MOST_LABELS]:
            if not text.startswith(folded):
                return
            yield text, label

    def _spoken_in(self, word: str) -> Iterable[str | None]:
        """Give how a word alone may be read: as it stands, and by its stems.

        A word that labels have as it stands has stems in their languages only: elsewhere they would
        be those of another word (*verde* is green, and not what Turkish gives).
        """
        known = self._tongues.get(fold(word))
        return _TONGUES if known is None else [each for each in _TONGUES if each in known]

    def _known_in(self, word: str) -> frozenset[str | None]:
        """Say in which readings a word stands in some label: others can mean nothing."""
        return frozenset(
            each for each in _TONGUES if all(form in self._hints for form in _forms([word], each))
        )

    def _meaning(self, said: Sequence[str]) -> Mapping[str, Label]:
        found: dict[str, Label] = {}
        ways = self._spoken_in(said[0]) if len(said) == 1 else _TONGUES
        for known in map(self._knowing, said):
            ways = [each for each in ways if each in known]
        for stemmer in ways:
            for concept, label in self._meant.get(_forms(said, stemmer), {}).items():
                found.setdefault(concept, label)
        return found


@cache
def lexicon() -> Lexicon:
    """Read the schemes that records are about, once."""
    return Lexicon(
        [
            Label(concept=each.iri, text=text, language=primary(language))
            for name in _SCHEMES
            for each in schemes.scheme(name).concepts
            for language, text in each.words()
        ],
        [name.text for each in cities() for name in each],
    )


@cache
def spelling() -> Spelling:
    """Give the words of the labels, to correct others by."""
    return Spelling(dict.fromkeys(lexicon().content, 1))


def _forms(said: Sequence[str], stemmer: str | None) -> frozenset[str]:
    if stemmer is None:
        return frozenset(map(fold, said))
    return frozenset(stem for word in said for stem in stems(word, stemmer))


def _content(label: Label) -> Iterator[str]:
    """Give the words that say something: of a language without a list, what no list has, or alone.

    The *in* of Slovenian, which means *and*, must not make the English one a word of content.
    """
    name, said = _STOPPING.get(label.language), spoken(label.text).split()
    for word in said:
        little = _stopped(word, name) if name else len(said) > 1 and _stops(fold(word))
        if len(word) > 1 and not little:
            yield fold(word)


@lru_cache(maxsize=10_000)
def _stops(word: str) -> bool:
    return any(_stopped(word, name) for name in _STOPPING.values())


def _stopped(word: str, name: str) -> bool:
    return not _stopping(name).analyze(word)


@cache
def _stopping(name: str) -> TextAnalyzer:
    return TextAnalyzerBuilder(Tokenizer.whitespace()).filter(Filter.stopword(name)).build()
