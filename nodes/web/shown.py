"""Text of strangers made safe to look at: what is invisible is shown.

Control characters and the ones that turn the direction of a text around (they can make a
sentence read as its opposite) are written out as `⟨U+202E⟩`; links are http(s) or mailto.
"""

import re
from typing import Final
from urllib.parse import urlsplit

_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u206f\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff]"
)


def shown(text: str) -> str:
    """Write invisible characters out."""
    return _UNSEEN.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", text)


def link(address: str | None) -> str | None:
    """Give an address if it may be a link: http(s) with a host, or mailto; else None."""
    if not address or address != shown(address) or re.search(r"\s", address):
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme in {"http", "https"} and parts.netloc:
        return address
    return address if parts.scheme == "mailto" and "@" in parts.path else None
