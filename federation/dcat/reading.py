"""Reading one page of a catalogue, or a file with records: all that touches a stranger's bytes.

This is what a worker process does with a page, knowing neither the journal nor the network: parse,
find the datasets that are described and those that are ours, write these as records, validate them,
and tell which pages belong to the catalogue as well.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Final
from urllib.parse import unquote

from federation.carrying import weight
from federation.dcat.choosing import Choice, chosen, read_choices
from federation.dcat.datasets import Unsaid, names, read_record, source_of
from federation.dcat.said import BLANK, Catalogue, is_link
from federation.dcat.sight import CataloguePage, Sighting, Stream
from federation.errors import PageUnreadable
from federation.examining import faults
from federation.foreign import to_nquads
from federation.ldes.origins import document, same_origin
from federation.ldes.records import implied
from federation.limits import Limits
from federation.peers import Observing
from federation.syntaxes import WEB_PAGE, syntax
from vocab import lines
from vocab.errors import VocabError
from vocab.facts import Facts
from vocab.lines import Iri, Triple
from vocab.reading import from_facts
from vocab.records import KINDS, Experiment, Record
from vocab.terms import AS, CN, DCAT, DCTERMS, FOAF, HYDRA, LDES, TREE
from vocab.triples import to_payload

_NEXT: Final = (
    HYDRA + "next",
    HYDRA + "nextPage",
    "http://www.w3.org/ns/ldp#nextPage",
    "http://www.w3.org/1999/xhtml/vocab#next",
)
_TOTAL: Final = (HYDRA + "totalItems",)
_DATES: Final = (f"<{DCTERMS}issued>", f"<{DCTERMS}modified>")
_KINDS: Final = {kind.rdf_type: kind for kind in KINDS}
_LONGEST_NUMBER: Final = 2**63
_MOST_STREAMS: Final = 20
_REASON_CHARS: Final = 1_000
_CONTEXT: Final = re.compile(rb'"@(?:context|graph)"|^[\s{}\[\]]*$')
_WHOLE: Final = re.compile(r"[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Looking:
    """How a page is looked at: for the node at `base`, as the officer said.

    `known` are bases of nodes that speak for themselves; `files` says that there are no datasets to
    be found, but records; `now` is the time of issue of new records.
    """

    base: str
    told: Observing
    known: tuple[str, ...] = ()
    files: bool = False
    now: str = ""


def read_catalogue(
    body: bytes, media_type: str, url: str, looking: Looking, limits: Limits
) -> CataloguePage:
    """Read a page that was found at `url`; raises PageUnreadable, in words."""
    form = syntax(body, media_type)
    if form == WEB_PAGE:
        raise PageUnreadable(
            f"{url} is a web page: give the address of the catalogue as RDF, on CKAN /catalog.ttl"
        )
    page = Catalogue(to_nquads(body, form, url, limits, mend=True), url)
    if form == "application/ld+json" and not page.triples and not _CONTEXT.search(body):
        raise PageUnreadable(
            f"{url} is JSON without a context, so nothing in it is linked data: give the address "
            "of the catalogue as RDF, on CKAN /catalog.ttl"
        )
    if looking.told.about and _is_of_versions(page):
        raise PageUnreadable(
            f"{url} is a feed of versions of datasets (LDES, DCAT-AP Feeds), which says what "
            "happened and not what there is: follow it with --unsigned and the same choices, or "
            "give the address of the catalogue itself"
        )
    described = [each for each in _datasets(page) if _is_described(page, each)]
    records = [each for each in _own(page) if _is_described(page, each)]
    if len(described) + len(records) > 10 * limits.members_per_page:
        raise PageUnreadable(f"{url}: {len(described) + len(records)} datasets on one page")
    leads = tuple(_leads(page))
    elsewhere = () if looking.files else tuple(_elsewhere(page, set(described)))
    if len(leads) > limits.relations_per_page or len(elsewhere) > limits.pages_per_round:
        raise PageUnreadable(f"{url} leads to {len(leads) + len(elsewhere)} pages")
    return CataloguePage(
        url=url,
        title=_title(page),
        total=_total(page),
        listed=tuple(short(each) for each in (*described, *records)),
        leads=leads,
        elsewhere=elsewhere,
        sightings=tuple(_sightings(page, described, records, looking, limits)),
        streams=tuple(islice(_streams(page), _MOST_STREAMS)),
    )


def address(base: str, kind: type[Record], source: str) -> str:
    """Name the record of a source below our base: the same source always has the same name."""
    said = unquote(source).rstrip("/#").rsplit("/", 1)[-1].lower()
    words = "-".join(re.findall(r"[a-z0-9]+", said))[:60].strip("-")
    short = hashlib.sha256(source.encode()).hexdigest()[:12]
    slug = "-".join(filter(None, ("observed", words, short)))
    return f"{base}{kind.room}/{slug}"


def _is_of_versions(page: Catalogue) -> bool:
    """Tell whether the members on a page are versions, or deeds done to datasets."""
    members = {each.object.value for each in page.triples_of(TREE + "member")}
    deeds = {each.subject for each in page.triples_of(AS + "object")}
    return bool(members & deeds or (members and page.triples_of(LDES + "versionOfPath")))


def _datasets(page: Catalogue) -> list[str]:
    """List what is a dataset, or must be since a catalogue lists it as one."""
    parts = set(page.typed(DCAT + "Catalog"))
    typed = page.typed(DCAT + "Dataset")
    return sorted({*typed, *(each for each in page.listed if each not in parts)})


def _is_described(page: Catalogue, node: str) -> bool:
    """Tell whether the page says more of a thing than what it is."""
    return bool(page.facts.literals(node, DCTERMS + "title"))


def _own(page: Catalogue) -> list[str]:
    return sorted({each for kind in _KINDS for each in page.typed(kind)})


def _title(page: Catalogue) -> str:
    for kind in ("Catalog", "Dataset"):
        for each in page.typed(DCAT + kind):
            found = page.texts(each, DCTERMS + "title")
            if found:
                return found[0][:200]
    return ""


def _total(page: Catalogue) -> int | None:
    """Read how many datasets the catalogue has, where a page of a collection says so."""
    found = {
        int(each.object.value)
        for each in page.triples
        if each.predicate in _TOTAL and _WHOLE.fullmatch(each.object.value)
    }
    return found.pop() if len(found) == 1 else None


def _leads(page: Catalogue) -> Iterator[str]:
    """Give the pages that belong to the catalogue: the next ones, and catalogues that are parts."""
    following = {
        document(each.object.value)
        for each in page.triples
        if each.predicate in _NEXT and is_link(each.object.value)
    }
    parts = {
        document(each)
        for catalogue in page.typed(DCAT + "Catalog")
        for each in page.nodes(catalogue, DCAT + "catalog", DCTERMS + "hasPart")
        if is_link(each) and each not in page.listed
    }
    here = document(page.url)
    for name in {page.url, here}:
        for relation in page.nodes(name, TREE + "relation"):
            following.update(document(each) for each in page.links(relation, TREE + "node"))
    yield from sorted(each for each in following if each != here)
    yield from sorted(
        each for each in parts - following if each != here and same_origin(each, here)
    )


def _elsewhere(page: Catalogue, described: set[str]) -> Iterator[str]:
    """Give the datasets that are listed here and described on a page of their own."""
    here = document(page.url)
    for each in page.listed:
        if each not in described and is_link(each) and same_origin(each, here):
            yield each


def _streams(page: Catalogue) -> Iterator[Stream]:
    """Give the event streams that datasets are, with the address to begin to read them at."""
    kinds = {*page.typed(LDES + "EventStream"), *page.typed(LDES + "EventSource")}
    kinds |= {
        each
        for each in page.typed(DCAT + "Dataset")
        if LDES + "EventStream" in page.nodes(each, DCTERMS + "type")
    }
    for each in sorted(kinds):
        roots = page.links(each, TREE + "view")
        for node in page.nodes(each, DCAT + "distribution"):
            roots += page.links(node, DCAT + "downloadURL") or page.links(node, DCAT + "accessURL")
        for service in page.typed(DCAT + "DataService"):
            if each in page.nodes(service, DCAT + "servesDataset"):
                roots += page.links(service, DCAT + "endpointURL")
        roots += page.links(each, DCAT + "downloadURL")
        for root in list(dict.fromkeys(roots))[:3]:
            title = (page.texts(each, DCTERMS + "title") or [""])[0]
            yield Stream(iri=each, root=root, title=title[:200])


def _sightings(
    page: Catalogue,
    described: Sequence[str],
    records: Sequence[str],
    looking: Looking,
    limits: Limits,
) -> Iterator[Sighting]:
    choices = read_choices(looking.told.about)
    found = [_record(page, each, looking, limits) for each in records if _is_free(each, looking)]
    if not looking.files:
        wanted = (each for each in described if _is_ours(page, each, choices))
        found += [_dataset(page, each, looking, limits) for each in wanted if each not in records]
    kept = [each for each in found if each is not None]
    wrong = faults([(each.object, each.object, each.payload) for each in kept if each.payload])
    for each in kept:
        said = "; ".join(wrong.get(each.object, ()))
        yield replace(each, payload=b"", defect=said[:_REASON_CHARS]) if said else each


def _is_free(record: str, looking: Looking) -> bool:
    """Tell whether no node that is known speaks for a record itself."""
    return not record.startswith((looking.base, *looking.known))


def _is_ours(page: Catalogue, dataset: str, choices: Sequence[Choice]) -> bool:
    """Tell whether a dataset is the dossier of a record, or says so, or was chosen."""
    kinds = {*page.nodes(dataset, DCTERMS + "type")} & _KINDS.keys()
    return bool(kinds or _subject(page, dataset)) or chosen(page, dataset, choices)


def _subject(page: Catalogue, dataset: str) -> tuple[str, type[Record]] | None:
    """Give the record that a dataset is the dossier of."""
    own = page.typed(CN + "Dossier")
    for each in page.nodes(dataset, FOAF + "primaryTopic"):
        for kind in _KINDS.values():
            if each in page.typed(kind.rdf_type):
                return each, kind
        if dataset in own:
            return each, Experiment
    return None


def _dataset(page: Catalogue, node: str, looking: Looking, limits: Limits) -> Sighting | None:
    subject = _subject(page, node)
    if subject is not None and not _is_free(subject[0], looking):
        return None
    types = page.nodes(node, DCTERMS + "type")
    said = (_KINDS[each] for each in types if each in _KINDS)
    kind = subject[1] if subject is not None else next(said, Experiment)
    source = source_of(page, node)
    if source is None:
        title = (page.texts(node, DCTERMS + "title") or [""])[0]
        defect = (
            f"the dataset {title[:200]!r} has no address: no IRI on the web, no landing page that "
            "is its alone, no identifier that is an address"
        )
        return Sighting(source=f"urn:unnamed:{short(title)}", defect=defect)
    iri = address(looking.base, kind, source)
    bare = Sighting(source=source, object=iri, names=names(page, node) or (source,))
    try:
        told, now = looking.told, looking.now
        record = read_record(page, node, told, iri=iri, kind=kind, now=now)
        return _written(bare, record, limits)
    except (VocabError, Unsaid, ValueError) as error:
        return replace(bare, defect=str(error)[:_REASON_CHARS])


def _record(page: Catalogue, node: str, looking: Looking, limits: Limits) -> Sighting | None:
    """Take a record in the words of our own model over under our name for it."""
    if node.startswith(BLANK) or not is_link(node):
        return Sighting(source=f"urn:unnamed:{short(node)}", defect="the record has no address")
    kind = next(kind for name, kind in _KINDS.items() if node in page.typed(name))
    iri = address(looking.base, kind, node)
    bare = Sighting(source=node, object=iri, names=tuple(sorted((node, f"{node}#dossier"))))
    try:
        others = frozenset(_own(page))
        said = [
            *page.around(node, others, limits.quads_per_member),
            *_told(page, node, looking),
        ]
        whole = Facts([*said, *implied(said, node, looking.now)])
        record = replace(from_facts(whole, node), iri=iri, issued=looking.now, modified=looking.now)
        sources = tuple(dict.fromkeys((node, *record.source_pages)))[:50]
        return _written(bare, replace(record, source_pages=sources), limits)
    except (VocabError, ValueError) as error:
        return replace(bare, defect=str(error)[:_REASON_CHARS])


def _told(page: Catalogue, node: str, looking: Looking) -> Iterator[Triple]:
    """Say what the officer said, where the file does not."""
    told = looking.told
    if told.licence is not None and not page.nodes(node, DCTERMS + "license"):
        yield Triple(node, DCTERMS + "license", Iri(told.licence))
    if not page.nodes(node, DCTERMS + "subject"):
        yield from (Triple(node, DCTERMS + "subject", Iri(each)) for each in told.themes)


def _written(bare: Sighting, record: Record, limits: Limits) -> Sighting:
    """Write a record, and hash what it says; raises ValueError for one too large to be told."""
    payload = to_payload(record)
    rows = lines.rows(payload)
    member = f"{record.iri.rpartition(f'{record.room}/')[0]}feed/{_LONGEST_NUMBER}-12345678"
    if max(map(len, rows)) > limits.literal_chars:
        raise ValueError(f"a text is longer than {limits.literal_chars} characters")
    if weight(member, rows) > limits.member_bytes or len(rows) > limits.quads_per_member:
        raise ValueError(f"the record takes more than {limits.member_bytes} bytes")
    said = "\n".join(row for row in rows if row.split(" ", 2)[1] not in _DATES)
    return replace(bare, payload=payload, digest=hashlib.sha256(said.encode()).hexdigest())


def short(name: str) -> str:
    """Give a short digest of a name."""
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def now_of(moment: datetime) -> str:
    """Write a time as a record bears it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
