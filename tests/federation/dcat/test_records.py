"""What a dataset says as a record: taken over as it stands, and never more than it says."""

from typing import Any

import pytest

from federation.dcat.reading import Looking, read_catalogue
from federation.dcat.sight import Sighting
from federation.errors import BadChoice
from federation.limits import Limits
from federation.peers import Observing
from tests.federation.dcat.portal import ME, PREFIXES
from vocab import records
from vocab.records import Experiment, Record
from vocab.terms import EU_LICENCE, EU_THEME, SCHEMES
from vocab.triples import from_payload
from vocab.validation import validate

URL = "https://dati.example/catalog.ttl"
EU = "http://publications.europa.eu/resource/authority/"
CATALOGUE = f"""{PREFIXES}
<https://dati.example/> a dcat:Catalog ; dct:title "Dati di Prova"@it ;
  dct:license <{EU}licence/CC0> ; dct:language <{EU}language/ITA> ;
  dct:publisher [ foaf:name "Comune di Prova" ] ; dcat:dataset <https://dati.example/d/1> .
"""
LEAST = f"""<https://dati.example/d/1> a dcat:Dataset ; dct:title "Navetta" ;
  dct:description "Prova." ; dcat:theme <{EU}data-theme/TRAN> ; dcat:keyword "trial" ."""
ALL = Observing(about=("keyword=trial",))


def look(said: str, told: Observing = ALL, base: str = ME, **more: Any) -> list[Sighting]:
    looking = Looking(base=base, told=told, now="2026-11-22T12:00:00Z", **more)
    body = (CATALOGUE + said).encode()
    return list(read_catalogue(body, "text/turtle", URL, looking, Limits()).sightings)


def record(said: str, told: Observing = ALL) -> Record:
    [found] = look(said, told)
    assert found.defect is None
    assert validate({found.object: found.payload})
    return from_payload(found.payload, found.object)


def reason(said: str, told: Observing = ALL) -> str | None:
    [found] = look(said, told)
    return found.defect


def test_the_least_a_catalogue_says_becomes_a_record_that_says_no_more() -> None:
    found = record(LEAST)

    assert isinstance(found, Experiment)
    assert (found.title, found.description) == ({"it": "Navetta"}, {"it": "Prova."})
    assert (found.language, found.licence) == ("it", EU_LICENCE + "CC0")
    assert found.publisher.name == "Comune di Prova"
    assert [each.name for each in found.partners] == ["Comune di Prova"]
    assert found.stage == SCHEMES + "lifecycle/unknown"
    assert (found.themes, found.data_themes) == ((EU_THEME + "TRAN",), (EU_THEME + "TRAN",))
    assert found.source_pages == ("https://dati.example/d/1",)
    assert (found.start, found.end, found.place, found.contact) == (None, None, None, None)
    assert found.issued == found.modified == "2026-11-22T12:00:00Z"


def test_what_a_dataset_says_is_taken_over() -> None:
    found = record(f"""{LEAST}
<https://dati.example/d/1> dct:title "Shuttle"@en ; dct:identifier "T-1" ;
  dcat:keyword "Mobilità"@it , "bus"@en ; dct:language "it" ;
  dcat:landingPage <https://dati.example/page/1> ; foaf:page <https://dati.example/more> ;
  dct:publisher <https://id.example/torino> ; dct:creator [ foaf:name "Politecnico" ;
    dct:type <http://purl.org/adms/publishertype/Academia-ScientificOrganisation> ] ;
  dct:temporal [ dcat:startDate "2024-05-01T00:00:00"^^xsd:dateTime ;
    <http://schema.org/endDate> "2025"^^xsd:gYear ] ;
  <http://www.w3.org/ns/prov#qualifiedAttribution> [ <http://www.w3.org/ns/prov#agent>
    [ foaf:name "Azienda" ] ; dcat:hadRole <{SCHEMES}role/promoter>, <urn:x> ] ;
  dct:spatial [ locn:geographicName "Mirafiori"@it ;
    locn:address [ locn:fullAddress "Via Uno 1" ; locn:postName "Moncalieri" ] ;
    dcat:centroid "POINT(7.6 45.0)"^^geo:wktLiteral ] , <http://sws.geonames.org/3165524/> ;
  dcat:contactPoint [ a vcard:Kind ; vcard:hasEmail <mailto:lab@dati.example> ] ;
  dct:accessRights <{EU}access-right/PUBLIC> ;
  dcat:distribution [ dcat:accessURL <https://dati.example/1.csv> ;
    dct:license <{EU}licence/CC_BY_4_0> ] .
<https://id.example/torino> foaf:name "Città di Torino" ; foaf:homepage <https://torino.example/>
.""", Observing(about=("keyword=trial",), city="Torino", country="IT"))  # fmt: skip

    assert found.title == {"it": "Navetta", "en": "Shuttle"}
    assert found.identifier == "T-1"
    assert ("it", "Mobilità") in found.keywords
    assert found.themes == (SCHEMES + "theme/mobility",)
    assert found.landing_page == "https://dati.example/page/1"
    assert found.publisher.matches == ("https://id.example/torino",)
    assert [(each.name, each.helix, each.roles) for each in found.partners] == [
        ("Città di Torino", None, ()),
        ("Azienda", None, (SCHEMES + "role/promoter",)),
        ("Politecnico", SCHEMES + "helix/research", ()),
    ]
    assert found.start is not None
    assert found.end is not None
    assert (found.start.value, found.end.value) == ("2024-05-01", "2025")
    assert found.place is not None
    assert (found.place.wkt, found.place.city) == ("POINT(7.6 45)", "Torino")
    assert found.place.address == "Via Uno 1"
    assert found.place.matches == ("http://sws.geonames.org/3165524/",)
    assert found.contact == "lab@dati.example"
    assert found.licence == EU_LICENCE + "CC_BY_4_0"
    assert found.source_pages == ("https://dati.example/1.csv", "https://dati.example/d/1")
    assert found.author is not None
    assert found.author.name == "Torino"


def test_values_of_no_certain_meaning_are_left_out() -> None:
    found = record(f"""{LEAST}
<https://dati.example/d/1> dcat:landingPage "vedi sito" ; dct:accessRights "aperto" ;
  dct:temporal [ dcat:startDate "primavera 2024" ; dcat:endDate "2023-13-45"^^xsd:date ] ;
  dct:spatial [ dcat:centroid "POINT(700 45)"^^geo:wktLiteral ; locn:geographicName "Qui" ] ;
  dcat:contactPoint [ vcard:hasEmail <mailto:nobody> ] ; dcat:keyword "{"x" * 300}" .""")

    assert (found.landing_page, found.access_rights, found.contact) == (None, None, None)
    assert (found.start, found.end) == (None, None)
    assert found.place is not None
    assert found.place.wkt is None
    assert found.keywords == (("it", "trial"),)


def test_what_nobody_says_is_asked_for_in_words() -> None:
    bare = LEAST.replace(f"dcat:theme <{EU}data-theme/TRAN> ;", "")

    assert "--theme" in (reason(bare) or "")
    theme = Observing(about=ALL.about, themes=(SCHEMES + "theme/energy",))
    assert record(bare, theme).themes == (SCHEMES + "theme/energy",)
    assert "dcterms:title" in (reason(LEAST.replace('"Navetta"', '" "')) or "")
    assert "dcterms:description" in (reason(LEAST.replace('"Prova."', '" "')) or "")


def test_neither_order_nor_names_of_blank_nodes_change_what_is_said() -> None:
    more = [
        "<https://dati.example/d/1> dct:spatial _:p, _:q .",
        '_:p locn:geographicName "Uno"@it . _:q locn:geographicName "Due"@it .',
        "<https://dati.example/d/1> dct:creator _:a, _:b .",
        '_:a foaf:name "Alfa" . _:b foaf:name "Beta" .',
    ]
    [first] = look("\n".join([LEAST, *more]))
    swapped = "\n".join([*reversed(more), LEAST])
    for old, new in (("_:p", "_:z9"), ("_:q", "_:a1"), ("_:a ", "_:k "), ("_:a,", "_:k,")):
        swapped = swapped.replace(old, new)
    [second] = look(swapped)

    assert first.digest == second.digest


def test_only_what_says_so_itself_is_a_record_where_nothing_was_chosen() -> None:
    said = f"""{LEAST}
<https://dati.example/d/2> a dcat:Dataset ; dct:title "Banco" ; dct:description "x" ;
  dcat:theme <{EU}data-theme/TRAN> ; dct:type <https://w3id.org/citynode/ns#Testbed> .
<https://dati.example/d/3> a dcat:Dataset ; dct:title "Scheda" ; dct:description "x" ;
  dcat:theme <{EU}data-theme/TRAN> ; foaf:primaryTopic <https://lab.example/calls/c> .
<https://lab.example/calls/c> a <https://w3id.org/citynode/ns#Call> ."""
    found = look(said, Observing())
    signed = look(said, Observing(), known=("https://lab.example/",))

    kinds = [type(from_payload(each.payload, each.object)) for each in found]
    assert kinds == [records.Testbed, records.Call]
    assert [each.source for each in signed] == ["https://dati.example/d/2"]
    assert "https://lab.example/calls/c" in found[1].names


@pytest.mark.parametrize(
    ("choice", "fits"),
    [
        ("keyword=TRIAL", True),
        ("keyword=tri*", True),
        ("keyword=tria", False),
        ("theme=tran", True),
        ("theme=*/TRAN", True),
        ("theme=ENER", False),
        ("title=nav*ta", True),
        ("text=rov", True),
        ("publisher=*prova", False),
        ("catalogue=dati di prova", True),
        ("catalogue=https://dati.example/", True),
        ("nonsense:title=x", None),
        ("dct:title=navetta", True),
        ("http://www.w3.org/ns/dcat#keyword=trial", True),
        ("keyword", None),
        ("keyword=", None),
        ("nonsense=x", None),
    ],
)
def test_an_officer_chooses_datasets_by_what_they_say(choice: str, fits: bool | None) -> None:
    told = Observing(about=(choice,))

    if fits is None:
        with pytest.raises(BadChoice):
            look(LEAST, told)
    else:
        assert bool(look(LEAST, told)) is fits


def test_choices_of_one_word_widen_and_of_two_words_narrow() -> None:
    assert look(LEAST, Observing(about=("keyword=other", "keyword=trial")))
    assert not look(LEAST, Observing(about=("keyword=trial", "theme=ENER")))


def test_records_in_our_own_words_are_taken_from_files() -> None:
    said = f"""@prefix cn: <https://w3id.org/citynode/ns#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
<https://lab.example/e/1> a cn:UrbanExperiment ; dct:title "Navetta"@it ;
  dct:description "Prova."@it ; dct:subject <{SCHEMES}theme/mobility> ;
  dct:publisher [ foaf:name "Comune" ] ; dct:license <{EU}licence/CC0> ;
  prov:qualifiedAssociation [ prov:agent [ foaf:name "Comune" ] ] .
{LEAST}"""
    [found] = look(said, Observing(), files=True)
    whole = from_payload(found.payload, found.object)

    assert (found.defect, found.source) == (None, "https://lab.example/e/1")
    assert found.object.startswith(f"{ME}experiments/observed-1-")
    assert isinstance(whole, Experiment)
    assert whole.themes == (SCHEMES + "theme/mobility",)
    assert not look(said, Observing(), files=True, known=("https://lab.example/",))
