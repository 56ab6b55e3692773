"""The files of the vocabulary, wherever the package is installed.

`context-v1.jsonld`, `ns.ttl`, `shapes/{name}.ttl` and `schemes/{name}.ttl` are made for other
people to read without Python; a node serves them as they are. What the rules of the shapes say to
people is kept beside them, one file for each language, and so is what cities are called.
"""

from functools import cache
from importlib.resources import files
from typing import Final

RULES: Final = (
    "records",
    "experiments",
    "lifecycle",
    "people",
    "places",
    "permits",
    "results",
    "testbeds",
    "calls",
)
"""The files of the shapes, by what their rules are about."""

TONGUES: Final = ("en", "it", "fr", "de", "es")
"""The languages in which every rule speaks."""

_ROOT = files("vocab") / "files"


@cache
def read(name: str) -> bytes:
    """Give the bytes of a vocabulary file, such as `schemes/theme.ttl`.

    `shapes.ttl` is put together: all rules with their words in every language.
    """
    if name == "shapes.ttl":
        return b"\n".join([rules(), *(read(f"shapes/words/{tag}.ttl") for tag in TONGUES)])
    return _ROOT.joinpath(*name.split("/")).read_bytes()


@cache
def rules() -> bytes:
    """Give the shapes as one Turtle document, without their words."""
    return b"\n".join(read(f"shapes/{name}.ttl") for name in RULES)
