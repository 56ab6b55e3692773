"""Two files of a city that give different things the same address.

Running numbers (`1`, `2`, `3`) name nothing outside their file: a second file with such numbers
would overwrite the records of the first, and nobody would be told. A row is therefore left out
when its address already belongs to a record that came from another file and neither title nor
description are the same in any language. A file under a new name is not held up by this.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from nodes.sayable import Unsayable
from vocab.records import Record
from vocab.terms import DCTERMS

_SAID: Final = {
    "en": "another file, {source}, has something else under this identifier ('{title}');",
    "it": "un altro file, {source}, ha altro sotto questo identificativo ('{title}');",
    "fr": "un autre fichier, {source}, a autre chose sous cet identifiant ('{title}') ;",
    "de": "eine andere Datei, {source}, hat unter dieser Kennung etwas anderes ('{title}');",
    "es": "otro archivo, {source}, tiene otra cosa con este identificador ('{title}');",
}
_ADVICE: Final = {
    "en": "give each an identifier of its own, such as 2024-{id}; if it is the same file under a "
    "new name, import it with --source '{source}'",
    "it": "date a ciascuno un identificativo proprio, come 2024-{id}; se è lo stesso file con un "
    "altro nome, importatelo con --source '{source}'",
    "fr": "donnez à chacun un identifiant propre, comme 2024-{id} ; si c'est le même fichier sous "
    "un autre nom, importez-le avec --source '{source}'",
    "de": "geben Sie jedem eine eigene Kennung, etwa 2024-{id}; ist es dieselbe Datei unter neuem "
    "Namen, importieren Sie sie mit --source '{source}'",
    "es": "dé a cada uno un identificador propio, como 2024-{id}; si es el mismo archivo con otro "
    "nombre, impórtelo con --source '{source}'",
}


def contested(
    records: Sequence[Record],
    published: Callable[[str], Record | None],
    sources: Mapping[str, str],
    name: str,
) -> tuple[list[Record], list[Unsayable]]:
    """Split off what would overwrite other records; `sources` names the file of each by its IRI."""
    good: list[Record] = []
    told: list[Unsayable] = []
    for record in records:
        source = sources.get(record.iri, name)
        known = published(record.iri) if source != name else None
        if known is None or _alike(record, known):
            good.append(record)
            continue
        title = next(iter(known.title.values()), "")
        facts: dict[str, Any] = {"source": source, "title": title, "id": record.identifier}
        told.append(
            Unsayable(
                identifier=record.identifier,
                path=f"{DCTERMS}identifier",
                messages={tag: said.format(**facts) for tag, said in _SAID.items()},
                advices={tag: said.format(**facts) for tag, said in _ADVICE.items()},
            )
        )
    return good, told


def _alike(one: Record, other: Record) -> bool:
    """Tell whether two records share a title or a description in some language."""
    texts = ((one.title, other.title), (one.description, other.description))
    return any(second.get(tag) == text for first, second in texts for tag, text in first.items())
