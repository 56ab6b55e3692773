"""HTML in cells: the text of it, with the line breaks it meant."""

import re
from html.parser import HTMLParser
from typing import Final

_TAG: Final = re.compile(
    r"</?(?:p|br|b|i|u|a|em|strong|span|div|ul|ol|li|h[1-6]|font|table|tr|td|th|img|script|style"
    r"|sup|sub|blockquote)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_ENTITY: Final = re.compile(
    r"&(?:amp|nbsp|quot|lt|gt|apos|[aeiouAEIOU](?:grave|acute|uml|circ)|#\d{1,6});"
)
_BREAKS: Final = {"p", "br", "div", "li", "tr", "ul", "ol", "table", "blockquote"}
_SILENT: Final = {"script", "style"}
_HREF: Final = re.compile(r"""\bhref\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)


def has_markup(text: str) -> bool:
    """Whether a text holds HTML."""
    return _TAG.search(text) is not None or _ENTITY.search(text) is not None


def without_markup(text: str) -> str:
    """Give the text alone."""
    reader = _Text()
    reader.feed(text)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return "\n".join(line for line in lines if line)


def links(text: str) -> list[str]:
    """Give the addresses that HTML links to."""
    return _HREF.findall(text) if has_markup(text) else []


class _Text(HTMLParser):
    """Collects the text of HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.silent += tag in _SILENT
        if tag in _BREAKS or re.fullmatch("h[1-6]", tag):
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.silent = max(0, self.silent - (tag in _SILENT))
        if tag in _BREAKS or re.fullmatch("h[1-6]", tag):
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.parts.append(data)
