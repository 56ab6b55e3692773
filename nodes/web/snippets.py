"""The same query from elsewhere: as Python, R and a command line, to be copied from a page.

A query may hold any characters: each language gets it in a form of quotes that it cannot end.
"""

from typing import Final
from urllib.parse import urlencode

_PYTHON: Final = """\
from urllib.parse import urlencode
import pandas

query = {query}
address = "{endpoint}.csv?" + urlencode({{"query": query{python}}})
table = pandas.read_csv(address)
print(table)
"""
_R: Final = """\
query <- {query}
address <- paste0("{endpoint}.csv?query=", URLencode(query, reserved = TRUE){r})
table <- read.csv(address)
print(table)
"""
_CURL: Final = """\
curl --get "{endpoint}.csv"{curl} --data-urlencode query@- <<'{end}'
{query}
{end}
"""


def snippets(endpoint: str, query: str, as_of: str = "") -> tuple[tuple[str, str], ...]:
    """Write what asks `query` of the endpoint, as of a time: pairs of a name and a text."""
    plain = query.replace("\r\n", "\n").replace("\r", "\n").strip()
    dashes = "-" * next(many for many in range(3, len(plain) + 4) if f"){'-' * many}" not in plain)
    end = "END"
    while end in plain.split("\n"):
        end += "."
    then = urlencode({"asOf": as_of}) if as_of else ""
    more = {
        "python": f', "asOf": {as_of!r}' if as_of else "",
        "r": f', "&{then}"' if as_of else "",
        "curl": f' --data "{then}"' if as_of else "",
    }
    return (
        ("Python", _PYTHON.format(endpoint=endpoint, query=_python(plain), **more)),
        ("R", _R.format(endpoint=endpoint, query=f'r"{dashes}({plain}){dashes}"', **more)),
        ("curl", _CURL.format(endpoint=endpoint, query=plain, end=end, **more)),
    )


def permalink(page: str, query: str, as_of: str = "") -> str:
    """Give the address under which a page asks this query, as of a time."""
    return f"{page}?{urlencode({'query': query} | ({'asOf': as_of} if as_of else {}))}"


def _python(query: str) -> str:
    if "'''" in query or "\\" in query or query.endswith("'"):
        return repr(query)
    return f"'''\n{query}\n'''"
