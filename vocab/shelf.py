"""The files of the vocabulary, wherever the package is installed.

`context-v1.jsonld`, `ns.ttl`, `shapes.ttl` and `schemes/{name}.ttl` are made for other people to
read without Python; a node serves them as they are.
"""

from functools import cache
from importlib.resources import files

_ROOT = files("vocab") / "files"


@cache
def read(name: str) -> bytes:
    """Give the bytes of a vocabulary file, such as `schemes/theme.ttl`."""
    return _ROOT.joinpath(*name.split("/")).read_bytes()
