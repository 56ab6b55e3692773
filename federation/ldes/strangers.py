"""Adding a feed that nobody signs: who it is, and what it may speak about, as an officer says."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from federation.errors import BadChoice, plain
from federation.iris import normal
from federation.iris import plain as plain_iri
from federation.ldes.origins import web_origin
from federation.peers import Follow, Peer
from vocab import lines
from vocab.errors import BadTerm


def stranger(address: str, name: str | None, about: Sequence[str]) -> Peer:
    """Describe an unsigned feed by its address; raises BadChoice for what is none.

    `about` are addresses below which it may speak, besides its own host.
    """
    for each in (address, *about):
        try:
            lines.iri(each)
        except BadTerm as error:
            raise BadChoice(each, str(error)) from None
        if web_origin(each) is None or each.endswith("#node") or not plain_iri(each):
            raise BadChoice(each, f"write a plain http(s) address, such as {_suggested(each)}")
    shown = " ".join((name or "").split()) or urlsplit(address).hostname or address
    return Peer(
        base=address, name=plain(shown), keys=(), follow=Follow.UNSIGNED, about=tuple(about)
    )


def _suggested(address: str) -> str:
    try:
        return normal(address)
    except ValueError:
        return "https://city.example/feed"
