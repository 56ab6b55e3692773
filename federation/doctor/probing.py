"""The root in every syntax, and with the requests of caches, browsers and portals."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urldefrag

from federation.doctor.asking import ACCEPT, GRAPHS, SYNTAXES, Walk, ask, look_at
from federation.doctor.survey import Visit
from federation.errors import FederationError
from federation.fetch import Answer

_PROFILE: Final = "https://w3id.org/tree/profile"


async def forms(walk: Walk, root: Visit) -> dict[str, Visit]:
    """Ask for the root in each syntax alone."""
    return {media: await look_at(walk, root.url, media) for media in SYNTAXES if not walk.spent()}


def fullest(root: Visit, forms: Mapping[str, Visit]) -> Visit:
    """Choose the form to walk on: one that can hold records, where there is one."""
    media = root.answer.media_type if root.answer is not None else ""
    if root.page is not None and media in GRAPHS:
        return root
    readable = (forms[media] for media in SYNTAXES if media in forms and forms[media].page)
    return next(
        (each for each in readable if each.answer and each.answer.media_type in GRAPHS), root
    )


async def probes(walk: Walk, root: Visit) -> dict[str, Answer]:
    """Make the requests of caches, browsers and portals."""
    accept = {"Accept": accept_of(root)}
    etag, changed = root.header("etag"), root.header("last-modified")
    wanted: dict[str, tuple[str, str, dict[str, str]]] = {
        "head": ("HEAD", root.url, accept),
        "plain": ("GET", root.url, {**accept, "Accept-Encoding": "identity"}),
        "gzip": ("GET", root.url, {**accept, "Accept-Encoding": "gzip"}),
        "origin": ("GET", root.url, {**accept, "Origin": "https://portal.example"}),
        "other": ("GET", root.url, {**accept, "If-None-Match": '"no-such-version"'}),
    }
    if etag:
        bare = etag.removeprefix("W/")
        wanted["same"] = ("GET", root.url, {**accept, "If-None-Match": etag})
        wanted["weak"] = ("GET", root.url, {**accept, "If-None-Match": f"W/{bare}"})
        wanted["list"] = ("GET", root.url, {**accept, "If-None-Match": f'"no-such", {etag}'})
    elif changed:
        wanted["same"] = ("GET", root.url, {**accept, "If-Modified-Since": changed})
    if "?" not in root.url:
        nowhere = f"{urldefrag(root.url).url.rstrip('/')}/no-such-page-4d1f9c"
        wanted["unknown"] = ("GET", nowhere, accept)
    found: dict[str, Answer] = {}
    for name, (method, url, headers) in wanted.items():
        if not walk.spent():
            try:
                found[name] = await ask(walk, url, headers, method)
            except FederationError:
                continue
    return found


def accept_of(root: Visit) -> str:
    """Ask for further pages in the form the root came in, in the profile where it has it."""
    if root.answer is None or root.page is None:
        return ACCEPT
    media = root.answer.media_type
    profile = f'{media};profile="{_PROFILE}", ' if _PROFILE in root.header("content-type") else ""
    return f"{profile}{media}, */*;q=0.1"
