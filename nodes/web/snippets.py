"""The same query from elsewhere: as Python, R and a command line, to be copied from a page.

A query may hold any characters: each language gets it in a form of quotes that it cannot end.
"""

from typing import Final
from urllib.parse import urlencode

_PYTHON: Final = """\
from urllib.parse import urlencode
import pandas

query = {query}
address = "{endpoint}.csv?" + urlencode({{"query": query}})
table = pandas.read_csv(address)
print(table)
"""
_R: Final = """\
query <- {query}
address <- paste0("{endpoint}.csv?query=", URLencode(query, reserved = TRUE))
table <- read.csv(address)
print(table)
"""
_CURL: Final = """\
curl --get "{endpoint}.csv" --data-urlencode query@- <<'{end}'
{query}
{end}
"""


def snippets(endpoint: str, query: str) -> tuple[tuple[str, str], ...]:
    """Write what asks `query` of the endpoint: pairs of a name and a text."""
    plain = query.replace("\r\n", "\n").replace("\r", "\n").strip()
    dashes = "-" * next(many for many in range(3, len(plain) + 4) if f"){'-' * many}" not in plain)
    end = "END"
    while end in plain.split("\n"):
        end += "."
    return (
        ("Python", _PYTHON.format(endpoint=endpoint, query=_python(plain))),
        ("R", _R.format(endpoint=endpoint, query=f'r"{dashes}({plain}){dashes}"')),
        ("curl", _CURL.format(endpoint=endpoint, query=plain, end=end)),
    )


def permalink(page: str, query: str) -> str:
    """Give the address under which a page asks this query."""
    return f"{page}?{urlencode({'query': query})}"


def _python(query: str) -> str:
    if "'''" in query or "\\" in query or query.endswith("'"):
        return repr(query)
    return f"'''\n{query}\n'''"
