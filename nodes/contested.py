"""Rows that would put one thing at the address of another, in two files or in one.

Running numbers (`1`, `2`, `3`) name nothing outside their file: a second file with such numbers
would overwrite the records of the first, and nobody would be told. A row is therefore left out
when its address already belongs to a record that came from another file and neither title nor
description are the same in any language. A file under a new name is not held up by this.

The same holds when the rows of one file are numbered anew, because one was put between them or
taken out: a row is left out when it says word for word what was published under another
identifier of this file, or when what its own address had stands in another row, and one of the
addresses would get something else than it had. An address names one thing for ever, and links to
it would silently lead to another.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final

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


_MOVED: Final = {
    "en": "what was published as {was} stands here under another identifier;",
    "it": "ciò che è stato pubblicato come {was} sta qui sotto un altro identificativo;",
    "fr": "ce qui a été publié comme {was} figure ici sous un autre identifiant ;",
    "de": "was als {was} veröffentlicht ist, steht hier unter einer anderen Kennung;",
    "es": "lo que se publicó como {was} figura aquí con otro identificador;",
}
_TAKEN: Final = {
    "en": "this identifier is that of '{title}', which stands in another row now;",
    "it": "questo identificativo è quello di '{title}', che ora sta in un'altra riga;",
    "fr": "cet identifiant est celui de « {title} », qui figure maintenant sur une autre ligne ;",
    "de": "diese Kennung ist die von '{title}', das jetzt in einer anderen Zeile steht;",
    "es": "este identificador es el de '{title}', que ahora figura en otra fila;",
}
_KEEP: Final = {
    "en": "give each row the identifier it had, and new rows new ones; a number that changes when "
    "rows are put in or taken out is none",
    "it": "date a ogni riga l'identificativo che aveva, e alle righe nuove uno nuovo; un numero "
    "che cambia quando si aggiungono o tolgono righe non lo è",
    "fr": "donnez à chaque ligne l'identifiant qu'elle avait, et aux nouvelles un nouveau ; un "
    "numéro qui change quand on ajoute ou retire des lignes n'en est pas un",
    "de": "geben Sie jeder Zeile die Kennung, die sie hatte, und neuen Zeilen neue; eine Nummer, "
    "die sich mit eingefügten oder gelöschten Zeilen ändert, ist keine",
    "es": "dé a cada fila el identificador que tenía, y a las nuevas uno nuevo; un número que "
    "cambia al añadir o quitar filas no lo es",
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
        facts = {"source": source, "title": title, "id": record.identifier}
        told.append(_refused(record, _SAID, _ADVICE, facts))
    return good, told


def moved(
    records: Sequence[Record],
    touched: Collection[str],
    published: Callable[[str], Record | None],
    mine: Iterable[str],
) -> tuple[dict[str, str], list[Unsayable]]:
    """Find the rows of a file that took over each other's identifiers.

    `touched` are the addresses of `records` that would change or be new, `mine` those that were
    published from this file. Gives by its new address where each of them was, and the refusals.
    """
    fresh = [each for each in records if each.iri in touched]
    before = {each.iri: known for each in fresh if (known := published(each.iri)) is not None}
    lost = {each.iri for each in fresh if each.iri in before and not _alike(each, before[each.iri])}
    if not lost:
        return {}, []
    said = {_words(known): iri for iri in mine if (known := published(iri)) is not None}
    here = {_words(each) for each in records}
    found: dict[str, str] = {}
    told: list[Unsayable] = []
    for record in fresh:
        was = said.get(_words(record), record.iri)
        if was != record.iri and {was, record.iri} & lost:
            told.append(_refused(record, _MOVED, _KEEP, {"was": was}))
        elif record.iri in lost and _words(before[record.iri]) in here:
            title = next(iter(before[record.iri].title.values()), "")
            told.append(_refused(record, _TAKEN, _KEEP, {"title": title}))
        else:
            continue
        found[record.iri] = was
    return found, told


def _refused(
    record: Record,
    said: Mapping[str, str],
    advice: Mapping[str, str],
    facts: Mapping[str, str],
) -> Unsayable:
    return Unsayable(
        iri=record.iri,
        identifier=record.identifier,
        path=f"{DCTERMS}identifier",
        messages={tag: each.format(**facts) for tag, each in said.items()},
        advices={tag: each.format(**facts) for tag, each in advice.items()},
    )


def _words(record: Record) -> tuple[frozenset[tuple[str, str]], frozenset[tuple[str, str]]]:
    """Give what a record is known by: its titles and descriptions."""
    return frozenset(record.title.items()), frozenset(record.description.items())


def _alike(one: Record, other: Record) -> bool:
    """Tell whether two records share a title or a description in some language."""
    texts = ((one.title, other.title), (one.description, other.description))
    return any(second.get(tag) == text for first, second in texts for tag, text in first.items())
