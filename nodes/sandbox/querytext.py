r"""What can be told from the text of a query before it is parsed.

pyoxigraph carries out `SERVICE` by itself, and dies of deep nesting, so both are looked for
first: not by searching for a word, which also stands in literals, IRIs, comments and names, but
by reading tokens. The engine's grammar is read without tokens, so the same text can be read in
two ways at a `<` (the start of an IRI, or "less than"), and keywords may stick to what follows
(`SERVICEex:a{`). Every way of reading is followed; a keyword seen on any of them counts. Escapes
such as `\u0053` are read both as written and as the character they mean.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice, pairwise
from typing import Final, NamedTuple

from nodes.errors import QueryRefused

DEEPEST: Final = 200

_KEYWORD: Final = "SERVICE"

_TOKEN: Final = re.compile(
    r"""
    (?P<skip>[ \t\r\n]++|\#[^\r\n]*+)
  | (?P<iri><(?:[^<>"{}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*+>)
  | (?P<text>\"{3}(?:[^"\\]|\\.|\"{1,2}(?!\"))*+\"{3}|'{3}(?:[^'\\]|\\.|'{1,2}(?!'))*+'{3}
           |"(?:[^"\\\r\n]|\\.)*+"|'(?:[^'\\\r\n]|\\.)*+')
  | (?P<broken>["'])
  | (?P<variable>[?$]\w++)
  | (?P<tag>@[a-zA-Z]++(?:-[a-zA-Z0-9]++)*+)
  | (?P<name>(?:_|[^\W\d](?:[\w.\-]*+))?:(?:[\w.\-:]|%[0-9A-Fa-f]{2}|\\.)*+)
  | (?P<word>[^\W\d][\w.\-]*+)
  | (?P<open>[({\[])
  | (?P<close>[)}\]])
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_CERTAIN_IRI: Final = re.compile(r"<(?:[a-z][a-z0-9+.\-]*+://|>)", re.IGNORECASE)
_ESCAPE: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_UPDATES: Final = frozenset(
    ("ADD", "CLEAR", "COPY", "CREATE", "DELETE", "DROP", "INSERT", "LOAD", "MOVE", "WITH")
)
_FICKLE: Final = ("NOW", "RAND", "STRUUID", "UUID", "BNODE")
_MAYBE_FICKLE: Final = re.compile("|".join(_FICKLE), re.IGNORECASE)
_PROLOGUE: Final = {"PREFIX": 2, "BASE": 1}
"""How many tokens follow such a word before what comes next."""

_PLAIN_OPENING: Final = re.compile(
    r"""(?:[ \t\r\n]++|\#[^\r\n]*+
      |(?:PREFIX[ \t\r\n]++(?:[A-Za-z][A-Za-z0-9_\-]*+)?:|BASE)
       [ \t\r\n]*+<[^<>"{}|^`\\\x00-\x20]*+>)*+
      (?:SELECT|ASK|CONSTRUCT|DESCRIBE)(?![\w.\-:])""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
"""What nearly all queries begin with, and no update: read at once, not token by token."""

_SPEAKS_OF: Final = frozenset(("iri", "name", "variable"))


class Token(NamedTuple):
    """A piece of the query: what kind it is and how it is written."""

    kind: str
    text: str
    start: int


class Gist(NamedTuple):
    """What the text shows: whether it names its own dataset; the rest is looked up when asked."""

    has_dataset: bool
    query: str = ""

    @property
    def starred(self) -> bool:
        """Whether it asks for `*`."""
        return "*" in self.query and _starred(list(_read(self.query, 0)))

    @property
    def fickle(self) -> str:
        """A function in it that gives something else each time; empty without one."""
        return _fickle(self.query)


def examine(query: str) -> Gist:
    """Read a query's tokens; raises QueryRefused for SERVICE, updates and deep nesting."""
    if query.count("{") + query.count("(") + query.count("[") > DEEPEST:
        _refuse_depth(_read(query, 0))
    _refuse_update(query)
    unescaped = _unescaped(query) if "\\" in query else query
    for text in dict.fromkeys((query, unescaped)):
        if _KEYWORD in text.upper():  # else it is in no token either, however they are read
            for reading in _readings(text):
                _refuse_service(text, reading)
    return Gist(has_dataset="FROM" in query.upper() and _names_dataset(query), query=query)


def _names_dataset(query: str) -> bool:
    tokens = _read(query, 0)
    return any(each.kind == "word" and each.text.upper().startswith("FROM") for each in tokens)


def place(text: str, offset: int) -> tuple[int, int]:
    """Say which line and column an offset is at, both from 1."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def _readings(query: str) -> Iterator[list[Token]]:
    """Give every stretch of tokens that some way of reading the query contains.

    What follows a place is read in one way, so a stretch may end soon after it comes to a place
    that was reached before; two tokens more tell what stands around it.
    """
    reached: set[int] = set()
    waiting = [0]
    while waiting:
        tokens: list[Token] = []
        known = 0
        for token in _read(query, waiting.pop()):
            tokens.append(token)
            if token.start in reached:
                known += 1
                if known > 2:
                    break
                continue
            reached.add(token.start)
            if token.kind == "iri" and not _CERTAIN_IRI.match(token.text):
                waiting.append(token.start + 1)
        yield tokens


def _read(query: str, start: int) -> Iterator[Token]:
    """Give the tokens from a place on, up to a quote that is never closed: no query goes on."""
    for match in _TOKEN.finditer(query, start):
        if match.lastgroup == "broken":
            return
        if match.lastgroup != "skip":
            yield Token(str(match.lastgroup), match[0], match.start())


def _refuse_depth(tokens: Iterable[Token]) -> None:
    depth = 0
    for token in tokens:
        depth += (token.kind == "open") - (token.kind == "close")
        if depth > DEEPEST:
            raise QueryRefused(f"brackets are nested more than {DEEPEST} deep", reason="depth")


def _refuse_update(query: str) -> None:
    """Look at the first word after the prologue, and read no further."""
    if _PLAIN_OPENING.match(query):
        return
    tokens = _read(query, 0)
    first = next(tokens, None)
    while first is not None and (parts := _PROLOGUE.get(first.text.upper(), 0)):
        first = next(islice(tokens, parts, None), None)
    if first is not None and first.kind == "word" and first.text.upper() in _UPDATES:
        word = first.text.upper()
        line, column = place(query, first.start)
        raise QueryRefused(
            f"{word} at line {line}, column {column} is an update; this endpoint is read-only",
            reason="update",
            line=line,
            column=column,
        )


def _refuse_service(query: str, tokens: list[Token]) -> None:
    for index, token in enumerate(tokens):
        if token.kind in {"word", "name"} and _KEYWORD in token.text.upper():
            before = tokens[index - 1] if index else token
            after = tokens[index + 1] if index + 1 < len(tokens) else token
            if _is_service(before, token, after):
                line, column = place(query, token.start)
                raise QueryRefused(
                    f"SERVICE at line {line}, column {column} is not answered here",
                    reason="service",
                    line=line,
                    column=column,
                )


def _is_service(before: Token, token: Token, after: Token) -> bool:
    """Whether a word or name with `service` in it can be read as the keyword."""
    if token.kind == "word":
        return after.kind in _SPEAKS_OF or after.text.upper().startswith(("SILENT", "<"))
    prefix = token.text.partition(":")[0]
    graph = before.kind == "word" and before.text.upper().endswith("GRAPH")
    return _KEYWORD in prefix.upper() and after.text == "{" and not graph


def _starred(tokens: list[Token]) -> bool:
    """Whether the outermost SELECT names no variables."""
    for index, token in enumerate(tokens):
        if token.kind == "word" and token.text.upper().startswith("SELECT"):
            after = next((each for each in tokens[index + 1 :] if each.kind != "word"), token)
            return after.text == "*"
    return False


def _fickle(query: str) -> str:
    """Name a function of time or chance that the query may call, on any way of reading it."""
    for text in dict.fromkeys((query, _unescaped(query))):
        if not _MAYBE_FICKLE.search(text):
            continue
        for reading in _readings(text):
            for token, after in pairwise(reading):
                if token.kind == "word" and after.text == "(":
                    word = token.text.upper()
                    for name in _FICKLE:
                        if word.endswith(name):
                            return name
    return ""


def _unescaped(query: str) -> str:
    return _ESCAPE.sub(_character, query)


def _character(match: re.Match[str]) -> str:
    code = int(match[1] or match[2], 16)
    return chr(code) if code < 0x110000 else match[0]
