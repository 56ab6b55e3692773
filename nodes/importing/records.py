"""One row becomes one experiment, or the reasons why it cannot."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from nodes.city import City
from nodes.importing.columns import Column
from nodes.importing.further import further
from nodes.importing.mapping import Mapping
from nodes.importing.markup import links
from nodes.importing.partners import partners
from nodes.importing.periods import period
from nodes.importing.places import place
from nodes.importing.rows import Notes, Row
from nodes.importing.texts import Reader
from nodes.importing.words import Stage, stage, subjects, verdict
from vocab import lines, schemes
from vocab.errors import BadTerm
from vocab.fields import LanguageMap
from vocab.parts import Agent, Outcome
from vocab.records import Experiment
from vocab.triples import normalised

_NEXT_PAGE: Final = re.compile(r"(?<![,;|])[,;|]++(?=https?://|www\.)", re.IGNORECASE)
_MAIL: Final = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_LETTERS: Final = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l"}
)
_LONGEST_SLUG: Final = 80
_LONGEST_MINTED: Final = 40


def slug(identifier: str) -> str:
    """Derive the last part of the address from the city's identifier alone.

    Lower-case ASCII letters, digits and single hyphens; what leaves nothing of itself, or is very
    long, is named by its digest as well.
    """
    letters = unicodedata.normalize("NFKD", identifier.casefold().translate(_LETTERS))
    plain = "".join(each for each in letters if not unicodedata.combining(each))
    found = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if found and len(found) <= _LONGEST_SLUG:
        return found
    digest = hashlib.sha256(identifier.encode()).hexdigest()[:12]
    return f"{found[:_LONGEST_SLUG].strip('-')}-{digest}".lstrip("-")


def identifier(row: Row, mapping: Mapping) -> str | None:
    """Give the city's own identifier of a row."""
    reader = Reader(mapping=mapping, notes=Notes(row=row))
    return reader.text(mapping.fields.identifier) or minted(reader)


def minted(reader: Reader) -> str | None:
    """Make an identifier of the title, the same whenever the title is; None without one."""
    title = next(iter(reader.texts(reader.mapping.fields.title, ", ").values()), None)
    if title is None:
        return None
    return minted_of(title)


def minted_of(title: str) -> str:
    """Make an identifier of a title."""
    digest = hashlib.sha256(schemes.fold(title).encode()).hexdigest()[:8]
    return f"{slug(title)[:_LONGEST_MINTED].strip('-')}-{digest}"


def record(notes: Notes, mapping: Mapping, city: City, now: datetime) -> Experiment | None:
    """Read the row of `notes` as an experiment; None when an error was noted."""
    fields, values = mapping.fields, mapping.values
    reader = Reader(mapping=mapping, notes=notes)
    name = reader.text(fields.identifier) or _made_up(reader)
    title = reader.texts(fields.title, ", ")
    description = reader.texts(fields.description, "\n\n")
    themes = subjects(reader, fields.themes, "theme", values.themes)
    technologies = subjects(reader, fields.technologies, "technology", values.technologies)
    free = tuple(item for _, said in reader.said(fields.keywords) for item in said.texts.items())
    started, ended = period(reader)
    status = stage(reader, fields.status, values.status)
    taking_part = partners(reader, fields.partners)
    more = further(reader)
    pages = _pages(reader, fields.source)
    landing = next(iter(_pages(reader, fields.landing_page)), None)
    _need(notes, fields.title, title, "needs-title")
    _need(notes, fields.description, description, "needs-description")
    _need(notes, fields.themes, themes.concepts, "needs-theme")
    if not taking_part:
        heading = next((each for part in fields.partners for each in part.headings()), None)
        notes.fail(heading, None, "needs-partner")
    if not pages and landing is None:
        notes.fail(
            _heading((*fields.source, *fields.landing_page)),
            None,
            "needs-page",
        )
    if notes.failed or name is None:
        return None
    written = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return normalised(
        Experiment(
            iri=address(city, name),
            identifier=name,
            title=title,
            summary=reader.texts(fields.summary, "\n\n"),
            description=description,
            language=mapping.language,
            themes=themes.concepts,
            data_themes=_broad(themes.concepts),
            technologies=technologies.concepts,
            keywords=(*themes.keywords, *technologies.keywords, *free),
            stage=status.iri,
            status_word=status.word,
            start=started,
            end=ended,
            place=place(reader, fields, city),
            partners=taking_part,
            outcome=more.within(_outcome(reader, status)),
            source_pages=pages,
            landing_page=landing,
            publisher=Agent(name=city.publisher, homepage=city.homepage),
            contact=_contact(reader, fields.contact) or city.contact,
            licence=city.licence,
            issued=written,
            modified=written,
            **more.fields,
        )
    )


def address(city: City, name: str) -> str:
    """Give the IRI of the experiment with this identifier."""
    return f"{city.base}experiments/{slug(name)}"


def _made_up(reader: Reader) -> str | None:
    """Make an identifier where the cell for it is empty, and say so."""
    fields = reader.mapping.fields
    # What is odd about the title is noted when the title itself is read.
    name = minted(replace(reader, notes=Notes(row=reader.notes.row)))
    if name is not None and fields.identifier:
        reader.notes.warn(
            _heading(fields.identifier),
            None,
            "identifier-empty",
            name=name,
        )
    return name


def _need(notes: Notes, columns: Iterable[Column], found: object, kind: str) -> None:
    if not found:
        columns = tuple(columns)
        values = [notes.row.get(each.column) for each in columns if each.column]
        notes.fail(_heading(columns), next((each for each in values if each), None), kind)


def _heading(columns: Iterable[Column]) -> str | None:
    return next((each.column for each in columns if each.column is not None), None)


def _broad(themes: Iterable[str]) -> tuple[str, ...]:
    found = (schemes.broad_theme(each) for each in themes)
    return tuple(dict.fromkeys(each for each in found if each is not None))


def _outcome(reader: Reader, status: Stage) -> Outcome | None:
    fields = reader.mapping.fields
    text: LanguageMap = reader.texts(fields.outcome, "\n\n")
    concept = verdict(reader, fields.verdict, reader.mapping.values.verdict) or status.verdict
    return Outcome(verdict=concept, text=text) if text or concept else None


def _pages(reader: Reader, columns: Iterable[Column]) -> tuple[str, ...]:
    """Read web addresses; what is none is noted and left out.

    `www.` stands for `https://www.`, which is noted. What parts addresses in a list, or ends the
    sentence they stand in, is none of theirs.
    """
    found: dict[str, None] = {}
    for column in columns:
        cell = reader.cell(column)
        if isinstance(cell, str):
            cell = links(cell) or cell
        items = reader.items(column.column, cell, column.separator or ("\n", " "))
        for text in (part for item in items for part in _NEXT_PAGE.split(item)):
            page = _bare(text, alone=len(items) == 1)
            whole = f"https://{page}" if page.lower().startswith("www.") else page
            if not _is_page(whole):
                reader.notes.warn(column.column, text, "page-bad")
                continue
            found[whole] = None
            if whole != page:
                reader.notes.warn(column.column, text, "page-completed", page=whole)
    return tuple(found)


def _bare(text: str, *, alone: bool) -> str:
    """Take off what only stands around an address; a full stop may be its own where it is alone."""
    bare = text.strip("<>,;") if alone else text.lstrip("(<").rstrip(">,;.")
    return bare.rstrip(").,;") if not alone and "(" not in bare else bare


def _is_page(text: str) -> bool:
    if not text.lower().startswith(("https://", "http://")):
        return False
    try:
        lines.iri(text)
    except BadTerm:
        return False
    return True


def _contact(reader: Reader, columns: Iterable[Column]) -> str | None:
    for column, text in reader.filled(columns):
        if _MAIL.fullmatch(text.removeprefix("mailto:")):
            return text.removeprefix("mailto:")
        reader.notes.warn(
            column.column,
            text,
            "mail-bad",
        )
    return None
