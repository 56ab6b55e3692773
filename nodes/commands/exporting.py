"""`export` and `template`: what the city has published as a file, and an empty one to fill in."""

from pathlib import Path
from typing import Annotated, Any

import typer

from nodes.commands.console import AsJson, Folder, err, out, tell_json
from nodes.config import FILE, read_config
from nodes.desk import open_desk
from nodes.errors import ImportRefused
from nodes.exporting import export as write_export
from nodes.importing import write_form
from nodes.importing.form import LANGUAGES
from nodes.web.wordings import counted
from vocab.records import KINDS, Record

Language = Annotated[
    str | None, typer.Option(help="Of headings and words: en, it, fr, de, es; else the city's.")
]
OfKinds = Annotated[
    list[str] | None,
    typer.Option("--kind", help="experiments, testbeds or calls; may be given again. Else all."),
]


def export(
    file: Annotated[
        Path, typer.Argument(help="Where to write: .xlsx, or .jsonld, .ttl, .nt, .nq.")
    ],
    kind: OfKinds = None,
    language: Language = None,
    folder: Folder = Path(),
    as_json: AsJson = False,
) -> None:
    """Write everything the city has published; a workbook can be changed and imported again."""
    with open_desk(read_config(folder)) as desk:
        spoken = _checked(language) or desk.city.language
        own = (entry.member for entry in desk.journal.records(desk.city.base))
        members = (each for each in own if not each.observed)
        count, cut = write_export(
            file, members, _kinds(kind), language=spoken, texts=desk.city.language
        )
    done: dict[str, Any] = {
        "file": str(file),
        "records": count,
        "findings": [each.facts() for each in cut],
    }
    if as_json:
        tell_json(done)
        return
    for each in cut:
        err.print(each.told(spoken), highlight=False, markup=False)
    out.print(f"{file} holds {counted(count, 'record')}.", highlight=False)


def template(
    file: Annotated[Path, typer.Argument(help="Where to write the workbook, such as lab.xlsx.")],
    kind: OfKinds = None,
    language: Language = None,
    folder: Folder = Path(),
) -> None:
    """Write a workbook to fill in, with drop-downs and help; it is imported without a mapping."""
    own = read_config(folder).city.language if (folder / FILE).exists() else "en"
    write_form(file, (), language=_checked(language) or own, texts=own, kinds=_kinds(kind))
    out.print(f"{file} is made. Fill it in, then: citynode import {file}", highlight=False)


def _checked(language: str | None) -> str | None:
    if language is not None and language.lower() not in LANGUAGES:
        raise ImportRefused(f"a workbook speaks {', '.join(LANGUAGES)}, not {language}")
    return None if language is None else language.lower()


def _kinds(names: list[str] | None) -> tuple[type[Record], ...]:
    by_room = {kind.room: kind for kind in KINDS}
    for each in names or ():
        if each not in by_room:
            raise ImportRefused(f"--kind is one of {', '.join(by_room)}, not {each}")
    return tuple(kind for kind in KINDS if not names or kind.room in names)
