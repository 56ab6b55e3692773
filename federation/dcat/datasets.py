"""A dataset of a catalogue as a record of the model.

Only what is said is taken over: title and description in their languages, publisher and others who
had a hand in it, place, period, themes, keywords, licence, contact and pages. What a record needs
and the catalogue does not say comes from the catalogue as a whole, then from what the officer said
when it was added (`Observing`); where nobody says it, the dataset cannot be a record and the reason
is told. Times of issue are those of our own record, for it is we who tell it.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit

from federation.dcat import agents, places, values
from federation.dcat.said import Catalogue, is_link
from federation.peers import Observing
from vocab import schemes
from vocab.fields import LanguageMap
from vocab.languages import primary
from vocab.parts import Agent, City, Place
from vocab.records import Experiment, Record
from vocab.terms import (
    ADMS,
    DCAT,
    DCTERMS,
    EU_ACCESS,
    EU_THEME,
    FOAF,
    SCHEMES,
)  # fmt: skip

_FILES: Final = (DCAT + "accessURL", DCAT + "downloadURL")
_MOST_PAGES: Final = 50
_LONGEST_NAME: Final = 200
_DATA_THEME: Final = re.compile(rf"{re.escape(EU_THEME)}[A-Z_]{{2,20}}")
_ACCESS: Final = re.compile(rf"{re.escape(EU_ACCESS)}[A-Z_]{{2,30}}")


class Unsaid(ValueError):
    """A dataset leaves out what a record cannot be without."""


def read_record(
    catalogue: Catalogue, dataset: str, told: Observing, *, iri: str, kind: type[Record], now: str
) -> Record:
    """Write a dataset as a record under `iri`, issued `now`; raises Unsaid, in words."""
    reader = _Reader(catalogue, dataset, told)
    said = reader.said()
    if kind is Experiment:
        said["stage"] = f"{SCHEMES}lifecycle/unknown"
    return kind(iri=iri, issued=now, modified=now, **said)


def names(catalogue: Catalogue, dataset: str) -> tuple[str, ...]:
    """Give the addresses that mean this dataset: its own, what it is about, its landing page."""
    about = catalogue.nodes(dataset, FOAF + "primaryTopic")
    found = {dataset, *about, *(f"{each}#dossier" for each in about)}
    pages = catalogue.links(dataset, DCAT + "landingPage")
    found.update(each for each in pages if _is_its_own(catalogue, each))
    return tuple(sorted(each for each in found if is_link(each)))


def source_of(catalogue: Catalogue, dataset: str) -> str | None:
    """Give the address of a dataset: its IRI, else its own landing page, else its identifier."""
    if is_link(dataset):
        return dataset
    pages = catalogue.links(dataset, DCAT + "landingPage")
    own = [each for each in pages if catalogue.landing[each] == 1]
    return next(iter((*own, *catalogue.links(dataset, DCTERMS + "identifier"))), None)


def _is_its_own(catalogue: Catalogue, page: str) -> bool:
    """Tell whether a landing page is that of one dataset, not the front page of a whole site."""
    parts = urlsplit(page)
    return catalogue.landing[page] == 1 and bool(parts.path.strip("/") or parts.query)


class _Reader:
    """Reads one dataset."""

    def __init__(self, catalogue: Catalogue, dataset: str, told: Observing) -> None:
        self._page, self._dataset, self._told = catalogue, dataset, told
        self._lists = catalogue.listing(dataset)
        self._language = self._written_in()

    def said(self) -> dict[str, Any]:
        """Give the fields of the record."""
        page, it, told = self._page, self._dataset, self._told
        publisher = self._publisher()
        start, end = values.period(page, it)
        city = told.city or publisher.name
        themes, data_themes = self._themes()
        return {
            "identifier": self._identifier(),
            "title": self._texts(DCTERMS + "title", "title (dcterms:title)"),
            "description": self._texts(
                DCTERMS + "description", "description (dcterms:description)"
            ),
            "summary": self._short(page.facts.texts(it, DCTERMS + "abstract", self._language)),
            "language": self._language,
            "themes": themes,
            "data_themes": data_themes,
            "keywords": self._keywords(),
            "start": start,
            "end": end,
            "place": self._place(),
            "city": self._city(),
            "partners": agents.partners(page, it, publisher, self._language),
            "source_pages": self._sources(),
            "landing_page": next(iter(page.links(it, DCAT + "landingPage")), None),
            "pages": tuple(page.links(it, FOAF + "page")[:_MOST_PAGES]),
            "publisher": publisher,
            "author": publisher if told.city is None else Agent(name=city),
            "contact": values.mailbox(page, it),
            "licence": self._licence(),
            "access_rights": next(
                (
                    each
                    for each in page.nodes(it, DCTERMS + "accessRights")
                    if _ACCESS.fullmatch(each)
                ),
                None,
            ),
        }

    def _written_in(self) -> str:
        """Tell the language of the record: the dataset's, the officer's, the catalogue's."""
        titles = self._page.facts.literals(self._dataset, DCTERMS + "title")
        tags = {primary(each.language) for each in titles if each.language is not None}
        if any(each.language is None for each in titles):
            tags = set()
        own = self._languages([self._dataset])
        if len(own) == 1 and (not tags or own[0] in tags):
            return own[0]
        told = self._told.language
        if told is not None and (not tags or primary(told) in tags):
            return primary(told)
        for found in (own, self._languages(self._lists)):
            fitting = [each for each in found if not tags or each in tags]
            if fitting and (tags or len(fitting) == 1):
                return fitting[0]
        if tags:
            return min(tags)
        raise Unsaid("it says no language (dcterms:language): add the catalogue with --language")

    def _languages(self, nodes: Iterable[str]) -> list[str]:
        said = [
            each
            for node in nodes
            for each in (
                *self._page.nodes(node, DCTERMS + "language"),
                *self._page.texts(node, DCTERMS + "language"),
            )
        ]
        return values.language(said)

    def _texts(self, predicate: str, what: str) -> LanguageMap:
        said = self._page.facts.texts(self._dataset, predicate, self._language)
        found = {tag: text.strip() for tag, text in said.items() if text.strip()}
        if not found:
            raise Unsaid(f"it has no {what}")
        return found

    def _short(self, texts: LanguageMap) -> LanguageMap:
        return {tag: text for tag, text in texts.items() if text.strip() and len(text) <= 2_000}

    def _identifier(self) -> str:
        said = self._page.texts(self._dataset, DCTERMS + "identifier", ADMS + "identifier")
        source = source_of(self._page, self._dataset) or self._dataset
        short = re.split(r"[/#]", source.rstrip("/#"))[-1]
        found = next((each for each in said if len(each) <= _LONGEST_NAME), short)
        return found[:_LONGEST_NAME] or source[-_LONGEST_NAME:]

    def _themes(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Give what it is about: subjects and what a keyword surely means, else the data themes."""
        page, it = self._page, self._dataset
        said = page.links(it, DCTERMS + "subject", DCAT + "theme")
        of_europe = [each for each in said if _DATA_THEME.fullmatch(each)]
        meant = (
            schemes.find("theme", word, tag)
            for predicate in (DCAT + "keyword", DCAT + "theme")
            for tag, word in page.facts.tagged(it, predicate, self._language)
        )
        own = {*(each for each in said if each not in of_europe), *filter(None, meant)}
        themes = sorted(own) or of_europe or self._told.themes
        if not themes:
            raise Unsaid("it says no theme (dcat:theme): add the catalogue with --theme")
        return tuple(themes[:_MOST_PAGES]), tuple(of_europe[:20])

    def _keywords(self) -> tuple[tuple[str, str], ...]:
        said = self._page.facts.tagged(self._dataset, DCAT + "keyword", self._language)
        fitting = [(tag, word.strip()) for tag, word in said if len(word) <= _LONGEST_NAME]
        return tuple(each for each in fitting if each[1])[:500]

    def _publisher(self) -> Agent:
        found = agents.named(self._page, (self._dataset, *self._lists), self._language)
        if found is not None:
            return found
        if self._told.city is not None:
            return Agent(name=self._told.city)
        raise Unsaid("it names no publisher (dcterms:publisher): add the catalogue with --city")

    def _place(self) -> Place | None:
        """Give the place; the city that the officer said stands for every record."""
        found, told = places.place(self._page, self._dataset, self._language), self._told
        if told.city is not None:
            return replace(found or Place(), city=told.city, country=told.country)
        return None if found is None else replace(found, country=found.country or told.country)

    def _city(self) -> City | None:
        city = self._told.city
        return None if city is None else City(name={self._language: city})

    def _sources(self) -> tuple[str, ...]:
        page, it = self._page, self._dataset
        files = {
            link
            for node in page.nodes(it, DCAT + "distribution")
            for link in page.links(node, *_FILES)
        }
        source = source_of(page, it)
        return tuple(dict.fromkeys((*filter(None, (source,)), *sorted(files))))[:_MOST_PAGES]

    def _licence(self) -> str:
        page, it = self._page, self._dataset
        files = page.nodes(it, DCAT + "distribution")
        for nodes in ([it], files, self._lists):
            found = {link for node in nodes for link in page.links(node, DCTERMS + "license")}
            if found:
                return min(found)
        if self._told.licence is not None:
            return self._told.licence
        raise Unsaid("it says no licence (dcterms:license): add the catalogue with --licence")
