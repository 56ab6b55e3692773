"""How a workbook speaks: in which language, and with which words to choose from."""

from dataclasses import dataclass

from nodes.importing.columns import DateOrder
from nodes.importing.dates import Custom
from nodes.importing.form.choices import Lists
from vocab.schemes import fold


@dataclass(frozen=True, kw_only=True)
class Tongue:
    """How a workbook speaks: its language, and its lists by name."""

    language: str
    lists: Lists

    def word(self, name: str, meaning: str) -> str | None:
        """Give the word of a list for what it means."""
        words = self.lists.get(name, {})
        return next((word for word, means in words.items() if means == meaning), None)

    def meaning(self, name: str, text: str) -> str | None:
        """Give what a word of a list means, whatever its case."""
        words = self.lists.get(name, {})
        if text in words:
            return words[text]
        folded = fold(text)
        found = {means for word, means in words.items() if fold(word) == folded}
        return found.pop() if len(found) == 1 else None

    @property
    def dates(self) -> Custom:
        """How dates are written by hand where it is not as a year, a month and a day."""
        english = self.language.split("-", maxsplit=1)[0] == "en"
        order: DateOrder = "year-month-day" if english else "day-month-year"
        return Custom(order=order, language=self.language)
