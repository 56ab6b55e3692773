"""A mapping proposed without help: measured on the eight cities, tried on files of four others."""

# ruff: noqa: RUF001

import json
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodes.city import City
from nodes.errors import ImportRefused
from nodes.importing import Proposal, Reading, propose, read, read_mapping
from nodes.importing.lexicon import meanings
from tests.nodes.importing.cities import FILES, NOW, reading
from tests.nodes.importing.measuring import measured
from tests.nodes.importing.small import CITY, write
from vocab.records import Experiment

LICENCE = "http://publications.europa.eu/resource/authority/licence/CC_BY_4_0"


def town(name: str, country: str, language: str, box: tuple[float, float, float, float]) -> City:
    return City(
        name=name,
        base=f"https://{name.lower()}.example/",
        country=country,
        language=language,
        publisher=name,
        licence=LICENCE,
        homepage=f"https://www.{name.lower()}.example/",
        box=box,
    )


def imported(path: Path, city: City) -> tuple[Proposal, Reading]:
    proposal = propose(path, city)
    return proposal, read(path, read_mapping(proposal.text(), path), city, NOW)


def short(iris: tuple[str, ...]) -> list[str]:
    return [each.rsplit("/", 1)[1] for each in iris]


def told(each: Experiment) -> tuple[Any, ...]:
    """Say the main things of an experiment in short."""
    return (
        each.identifier,
        [*each.title.values()],
        each.start and each.start.value,
        each.end and each.end.value,
        short((each.stage,))[0],
        short(each.themes),
        each.place and each.place.wkt,
        [(one.name, one.helix and short((one.helix,))[0]) for one in each.partners],
    )


@pytest.mark.parametrize("name", FILES)
def test_nine_of_ten_filled_cells_land_in_the_right_field(name: str) -> None:
    found = measured(name)

    assert found.share >= 0.9
    assert found.elsewhere <= 0.02 * found.filled


@pytest.mark.parametrize("name", FILES)
def test_every_record_comes_through_and_nearly_all_it_says(name: str) -> None:
    found = measured(name)

    assert found.records == len(reading(name).records)
    assert found.same >= 0.93 * found.fields


def test_the_table_in_the_docs_is_the_measured_one() -> None:
    page = (Path(__file__).parents[3] / "docs" / "importing.md").read_text("utf-8")

    for name in FILES:
        found = measured(name)
        row = f"| {name.capitalize()} | {found.filled} | {found.right} | {found.share:.0%} |"
        assert row in page


SPANISH = """Registro de ensayos;;;;;;;;;;
;;;;;;;;;;
Código;Nombre del piloto;Descripción;Fecha de inicio;Fecha de fin;Estado;Ámbito;Coordenadas;\
Entidades;Enlace;Última actualización
V-01;Farolas que escuchan;Farolas que miden el ruido de las calles del centro y lo publican.;\
15/03/2021;30/11/2021;Finalizado;ruido, movilidad;39,4699 / -0,3763;\
Ayuntamiento (administración pública), Sonora SL (empresa);https://lab.example.org/1;01/02/2024
V-02;Reparto en bicicleta;Las tiendas del barrio reparten con bicicletas de carga eléctricas.;\
02/2022;;En curso;logística;39,4712 / -0,3801;\
Ayuntamiento (administración pública);https://lab.example.org/2;01/02/2024
"""


def test_a_spanish_table_with_a_title_above(tmp_path: Path) -> None:
    valencia = town("Valencia", "ES", "es", (-0.45, 39.4, -0.3, 39.55))

    proposal, found = imported(write(tmp_path, "ensayos.csv", SPANISH), valencia)

    assert proposal.settings["date_order"] == "day-month-year"
    assert proposal.settings["ignore"] == ["Última actualización"]
    assert proposal.file == {"delimiter": ";", "header_row": 3}
    assert [told(each) for each in found.records] == [
        (
            "V-01", ["Farolas que escuchan"], "2021-03-15", "2021-11-30", "completed",
            ["mobility", "noise"], "POINT(-0.3763 39.4699)",
            [("Ayuntamiento", "public-administration"), ("Sonora SL", "company")],
        ),
        (
            "V-02", ["Reparto en bicicleta"], "2022-02", None, "running",
            ["logistics"], "POINT(-0.3801 39.4712)", [("Ayuntamiento", "public-administration")],
        ),
    ]  # fmt: skip


POLISH = """Lp.;Nazwa pilotażu;Opis;Początek;Koniec;Szerokość geograficzna;Długość geograficzna;\
Partnerzy;Tematyka;Źródło;Uwagi
1;Inteligentne śmietniki;Pojemniki na śmieci dają znać, gdy są pełne, i nie jeżdżą na próżno.;\
1.04.2020;31.12.2020;52,2297;21,0122;Zarząd Zieleni, Czysto Sp. z o.o.;odpady;\
https://lab.example.org/pl1;patrz akta
2;Łąki zamiast trawników;Na skwerach wysiano łąki kwietne i policzono owady oraz wodę.;\
2021;2022;52,2310;21,0200;Zarząd Zieleni;rzemiosło;https://lab.example.org/pl2;
"""


def test_a_polish_table_in_an_old_encoding(tmp_path: Path) -> None:
    warszawa = town("Warszawa", "PL", "pl", (20.85, 52.1, 21.3, 52.4))
    path = write(tmp_path, "pilotaze.csv", POLISH.encode("cp1250"))

    proposal, found = imported(path, warszawa)

    assert proposal.settings["language"] == "pl"
    assert proposal.settings["decimal"] == ","
    assert proposal.file["encoding"] == "cp1250"
    assert proposal.unknown == ("Uwagi",)
    assert {each.field: each.heading for each in proposal.decisions} == {
        "identifier": "Lp.",
        "title": "Nazwa pilotażu",
        "description": "Opis",
        "start": "Początek",
        "end": "Koniec",
        "latitude": "Szerokość geograficzna",
        "longitude": "Długość geograficzna",
        "partners": "Partnerzy",
        "themes": "Tematyka",
        "source": "Źródło",
    }
    assert {each.word for each in proposal.words} == {"rzemiosło"}
    assert all("no theme we know" in str(each) for each in found.errors)


GREEK = {
    "Κωδικός": ["ΑΘ-1", "ΑΘ-2", "ΑΘ-3"],
    "Τίτλος": ["Έξυπνη στάθμευση", "Σκιά στις πλατείες", "Σιωπηλά λεωφορεία"],
    "Περιγραφή": [
        "Αισθητήρες στο οδόστρωμα δείχνουν με το κινητό τις κενές θέσεις της γειτονιάς.",
        "Πανιά και δέντρα σε γλάστρες για να μετρηθεί η θερμοκρασία στο κέντρο της πόλης.",
        "Ηλεκτρικά λεωφορεία στη γραμμή του λόφου και μέτρηση του θορύβου με τους κατοίκους.",
    ],
    "Έναρξη": [date(2021, 5, 3), date(2022, 6, 1), date(2023, 1, 10)],
    "Λήξη": [date(2021, 12, 20), None, None],
    "Τοποθεσία": ["Κουκάκι", "Πλατεία Συντάγματος", "Λυκαβηττός"],
    "Θέμα": ["mobility", "climate adaptation", "noise"],
    "Φορείς": ["Δήμος; ΕΜΠ", "Δήμος", "Δήμος; ΟΣΥ"],
    "Ιστοσελίδα": ["https://lab.example.org/1", "https://lab.example.org/2", None],
    "Πηγή": [None, None, "https://lab.example.org/3"],
}


def test_a_greek_workbook_with_other_sheets(tmp_path: Path) -> None:
    athina = town("Athina", "GR", "el", (23.6, 37.9, 23.9, 38.1))
    book = openpyxl.Workbook()
    note = book.active
    assert note is not None
    note.append(["Μητρώο δοκιμών του δήμου"])
    sheet = book.create_sheet("Δοκιμές")
    sheet.append([*GREEK])
    for row in zip(*GREEK.values(), strict=True):
        sheet.append(row)
    book.save(tmp_path / "dokimes.xlsx")

    proposal, found = imported(tmp_path / "dokimes.xlsx", athina)

    assert proposal.file == {"sheet": "Δοκιμές"}
    assert proposal.unknown == ()
    assert [told(each)[:6] for each in found.records] == [
        ("ΑΘ-1", ["Έξυπνη στάθμευση"], "2021-05-03", "2021-12-20", "unknown", ["mobility"]),
        ("ΑΘ-2", ["Σκιά στις πλατείες"], "2022-06-01", None, "unknown", ["climate-adaptation"]),
        ("ΑΘ-3", ["Σιωπηλά λεωφορεία"], "2023-01-10", None, "unknown", ["noise"]),
    ]
    assert [[one.name for one in each.partners] for each in found.records] == [
        ["Δήμος", "ΕΜΠ"],
        ["Δήμος"],
        ["Δήμος", "ΟΣΥ"],
    ]


SWEDISH = """{"projekt": [
 {"diarienummer": "GBG-7", "rubrik": "Tysta leveranser", "beskrivning": "Eldrivna lastbilar kör ut
 varor på natten och bullret mäts i fönstren hos de boende längs med gatorna.",
 "tid": {"från": "2019-09", "till": "2020-05"}, "läge": {"lat": 57.7089, "lon": 11.9746},
 "deltagare": [{"namn": "Göteborgs Stad", "roll": "offentlig"}, {"namn": "Volvo", "roll":
 "företag"}], "ämnen": ["mobilitet"], "länk": "https://lab.example.org/7", "skede": "Avslutat"},
 {"diarienummer": "GBG-8", "rubrik": "Regn som lek", "beskrivning": "Lekplatser som tar hand om
 skyfall, och barnen var med och ritade det som sedan byggdes av kommunen.",
 "tid": {"från": "2021", "till": null}, "läge": {"lat": 57.70, "lon": 11.96},
 "deltagare": [{"namn": "Göteborgs Stad", "roll": "offentlig"}], "ämnen": "klimatanpassning",
 "länk": "https://lab.example.org/8", "skede": "Pågår"}]}""".replace("\n", "")


def test_a_swedish_document_with_objects_inside(tmp_path: Path) -> None:
    goteborg = town("Goteborg", "SE", "sv", (11.7, 57.6, 12.2, 57.85))

    proposal, found = imported(write(tmp_path, "projekt.json", SWEDISH), goteborg)

    assert proposal.file == {"records": "projekt"}
    assert proposal.settings["language"] == "sv"
    assert proposal.unknown == ()
    assert [told(each)[0:4] for each in found.records] == [
        ("GBG-7", ["Tysta leveranser"], "2019-09", "2020-05"),
        ("GBG-8", ["Regn som lek"], "2021", None),
    ]
    assert told(found.records[0])[6:] == (
        "POINT(11.9746 57.7089)",
        [("Göteborgs Stad", "public-administration"), ("Volvo", "company")],
    )


def test_a_table_without_words_for_headings_is_read_by_its_values(tmp_path: Path) -> None:
    text = "A;B;C;D;E;F\n" + "".join(
        f"p-{n};Prova numero {n} in città;Questa è la lunga descrizione della prova {n}, con il "
        "racconto di che cosa è successo nel quartiere e delle persone che sono venute a vedere;"
        f"mobilità;Ohmio (impresa);https://example.org/{n}\n"
        for n in range(1, 6)
    )

    proposal, found = imported(write(tmp_path, "prove.csv", text), CITY)

    assert {each.heading: each.field for each in proposal.decisions} == {
        "A": "identifier",
        "B": "title",
        "C": "description",
        "D": "themes",
        "E": "partners",
        "F": "source",
    }
    assert any("check" in line for line in proposal.text().splitlines())
    assert len(found.records) == 5


def test_words_are_never_guessed_without_saying_so(tmp_path: Path) -> None:
    text = "id;titolo;descrizione;stato;temi;chi;fonte\n" + "".join(
        f"p-{n};Navetta {n};Una navetta di prova.;{stato};{tema};Ohmio;https://example.org/{n}\n"
        for n, stato, tema in [(1, "boh", "mobilità"), (2, "conclusa", "mobilità dolce")]
    )

    proposal = propose(write(tmp_path, "prove.csv", text), CITY)

    said = {each.word: each.like for each in proposal.words}
    assert said == {"boh": None, "mobilità dolce": "mobility"}
    assert '# "boh" = ""' in proposal.text()
    assert '"mobilità dolce" = "mobility" # close to \'mobilità\': check' in proposal.text()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a;b\n1;2\n3;4\n", "no column could be made out that holds titles"),
        ("id;titolo\n", "headings but no row"),
    ],
)
def test_what_is_no_table_of_experiments_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(ImportRefused, match=reason):
        propose(write(tmp_path, "prove.csv", text), CITY)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=6, unique=True),
    st.lists(st.text(max_size=40), min_size=1, max_size=12),
)
def test_any_headings_and_cells_give_a_mapping_that_can_be_read_or_a_reason(
    tmp_path_factory: pytest.TempPathFactory, headings: list[str], cells: list[str]
) -> None:
    def quoted(texts: list[str]) -> str:
        return ";".join('"' + each.replace('"', '""') + '"' for each in texts)

    path = tmp_path_factory.mktemp("any") / "any.csv"
    rows = [cells[n : n + len(headings)] for n in range(0, len(cells), len(headings))]
    text = "\n".join(map(quoted, [["titolo", *headings], *(["una prova", *row] for row in rows)]))
    path.write_bytes(text.encode("utf-8", "replace"))

    with suppress(ImportRefused):
        read_mapping(propose(path, CITY).text(), path)


CELLS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12)
    | st.sampled_from(["2019", "45,07", "impresa", "mobilità", "[1]", '{"a": 1}', "POINT(1 2)"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["key", "value", "name", "ruolo", "type", "coordinates", "a.b", ""]),
        inner, max_size=3,
    ),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(
                ["id", "titolo", "testo", "temi", "soggetti", "lat", "lon", "stato", "geometry",
                 "inizio", "periodo", "extras", "tags", "ruolo", "coordinate"]
            ),
            CELLS,
        ),
        min_size=1,
        max_size=4,
    )
)  # fmt: skip
def test_any_document_gives_a_mapping_that_is_followed_or_a_reason(
    tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, Any]]
) -> None:
    path = tmp_path_factory.mktemp("any") / "any.json"
    whole = [{"titolo": "una prova"} | each for each in records]
    path.write_text(json.dumps(whole), "utf-8")

    with suppress(ImportRefused):
        imported(path, CITY)


@pytest.mark.parametrize(
    ("language", "encoding", "headings"),
    [
        ("cs", "cp1250", "Číslo;Název projektu;Popis;Zahájení;Ukončení;Stav"),
        ("uk", "cp1251", "№;Назва;Опис;Початок;Завершення;Стан"),
        ("tr", "cp1254", "Sıra No;Proje Adı;Açıklama;Başlangıç Tarihi;Bitiş Tarihi;Durum"),
        ("he", "cp1255", "מספר;שם הפרויקט;תיאור;תאריך התחלה;תאריך סיום;סטטוס"),
        ("ar", "cp1256", "الرقم;اسم المشروع;الوصف;تاريخ البدء;تاريخ الانتهاء;الحالة"),
        ("th", "cp874", "รหัส;ชื่อโครงการ;รายละเอียด;วันที่เริ่ม;วันที่สิ้นสุด;สถานะ"),
        ("ja", "cp932", "番号;実証実験名;概要;事業開始日;事業終了日;進捗状況"),
        ("ko", "cp949", "번호;사업명;사업내용;시작일;종료일;진행상태"),
        ("zh", "gb18030", "序号;项目名称;项目简介;开始时间;结束时间;项目状态"),
        ("zh-tw", "big5hkscs", "編號;計畫名稱;計畫說明;開始日期;結束日期;狀態"),
    ],
)
def test_old_files_of_other_scripts_are_read_in_their_own_letters(
    tmp_path: Path, language: str, encoding: str, headings: str
) -> None:
    rows = "\n".join(f"a-{n};Nr. {n};Nr. {n};2024-01-01;2024-02-01;?" for n in (1, 2))
    path = write(tmp_path, "x.csv", f"{headings}\n{rows}\n".encode(encoding))

    proposal = propose(path, town("Provincia", "XX", language, (0.0, 0.0, 1.0, 1.0)))

    named = [proposal.fields[each] for each in ("identifier", "title", "description")]
    assert [*named, proposal.fields["start"], proposal.fields["end"]] == headings.split(";")[:5]
    assert proposal.fields["status"] == headings.split(";")[5]
    assert proposal.file["encoding"] == encoding


@pytest.mark.parametrize(
    ("heading", "field"),
    [("fecha_fin", "end"), ("date_fin", "end"), ("F_FIN", "end"), ("data_fi", "end"),
     ("titre_fr", "title"), ("kuvaus_fin", "description"), ("Opis: PL", "description")],
)  # fmt: skip
def test_an_end_is_not_taken_for_the_mark_of_finnish(heading: str, field: str) -> None:
    found = meanings(heading)

    assert max(found.values(), key=lambda each: each.sure).field == field


@pytest.mark.parametrize(
    ("language", "cell", "names"),
    [
        ("ja", "横浜市（行政）、相鉄バス（企業）", ["横浜市", "相鉄バス"]),
        (
            "ar",
            "محافظة القاهرة (حكومي)؛ جامعة القاهرة (جامعة)",
            ["محافظة القاهرة", "جامعة القاهرة"],
        ),
        ("ko", "서울특별시(공공) / 드웰링(기업)", ["서울특별시", "드웰링"]),
        ("el", "Δήμος (δήμος) & ΕΜΠ (πανεπιστήμιο)", ["Δήμος", "ΕΜΠ"]),
        ("fr", "Ville / Transdev / Keolis", ["Ville", "Transdev", "Keolis"]),
        ("fr", "Ville de Bruxelles / Stad Brussel", ["Ville de Bruxelles / Stad Brussel"]),
        ("en", "Marks & Spencer", ["Marks & Spencer"]),
    ],
)
def test_partners_are_parted_as_their_language_parts_them(
    tmp_path: Path, language: str, cell: str, names: list[str]
) -> None:
    rows = [["id", "title", "description", "themes", "partners", "source"]]
    rows += [[f"a-{n}", f"Trial {n}", "It was tried.", "mobility", cell, "https://a.example/"]
             for n in (1, 2)]  # fmt: skip
    text = "\n".join("\t".join(row) for row in rows)
    path = write(tmp_path, "x.tsv", text)

    _, found = imported(path, town("Provincia", "XX", language, (0.0, 0.0, 1.0, 1.0)))

    assert [[one.name for one in each.partners] for each in found.records] == [names, names]


def test_headings_that_stand_twice_are_told_apart_by_the_row_below(tmp_path: Path) -> None:
    text = """Projet;Projet;Description;Description;Période;Période;Thème / Thema;Statut / Status
FR;NL;FR;NL;début;fin;;
Zone;Zone;Moins de bruit.;Minder lawaai.;2022;2023;mobilité / mobiliteit;terminé / afgelopen
Compost;Compostplek;On composte.;Men composteert.;2021;;déchets / afval;en cours / lopend
"""
    city = town("Brux", "BE", "fr", (4.2, 50.7, 4.5, 51.0))

    proposal, found = imported(write(tmp_path, "x.csv", text), city)

    assert proposal.file["header_rows"] == 2
    assert proposal.fields["title"] == {"fr": "Projet: FR", "nl": "Projet: NL"}
    assert proposal.fields["end"] == "Période: fin"
    assert proposal.fields["themes"]["bilingual"] == ["fr", "nl"]
    assert proposal.fields["status"]["bilingual"] == ["fr", "nl"]
    stages = [each.stage for each in found.records if isinstance(each, Experiment)]
    assert short(tuple(stages)) == ["completed", "running"]


def test_tags_stand_in_for_themes_that_have_no_column(tmp_path: Path) -> None:
    text = """id,nome,descrizione,etichette,tipo
a-1,Navetta,Una navetta di prova.,mobilità; rete tranviaria,x
a-2,Prato,Un prato fiorito.,api e fiori,x
"""
    city = town("Provincia", "IT", "it", (7.5, 44.9, 7.9, 45.2))

    proposal, found = imported(write(tmp_path, "x.csv", text), city)

    assert proposal.fields["themes"] == {"column": "etichette", "separator": ";"}
    assert {each.word for each in proposal.words} >= {"rete tranviaria", "api e fiori"}
    assert [short(each.themes) for each in found.records] == [["mobility"]]


def test_texts_that_stand_by_language_are_read_in_each(tmp_path: Path) -> None:
    records = [
        {
            "id": f"z-{n}",
            "title": {"de": f"Lampe {n}", "fr": f"Lampe no {n}"},
            "description": {"de": "Sie wird gedimmt.", "fr": "Elle baisse.", "en": ""},
            "theme": "https://example.org/themes/ENER",
            "keywords": {"de": ["Energie"], "fr": ["énergie"]},
        }
        for n in (1, 2)
    ]
    path = write(tmp_path, "x.json", json.dumps({"result": records}))

    proposal, found = imported(path, town("Zug", "CH", "de", (8.4, 47.1, 8.6, 47.2)))

    assert proposal.fields["title"] == {"de": "title.de", "fr": "title.fr"}
    assert proposal.fields["source"] == {"constant": "https://www.zug.example/"}
    assert [each.title for each in found.records] == [
        {"de": "Lampe 1", "fr": "Lampe no 1"},
        {"de": "Lampe 2", "fr": "Lampe no 2"},
    ]
    assert found.records[0].description == {"de": "Sie wird gedimmt.", "fr": "Elle baisse."}


@pytest.mark.parametrize(
    "cell", ["52.0907N, 5.1214E", "52,0907 N 5,1214 E", "N 52° 5' 26.5\", E 5° 7' 17\""]
)
def test_coordinates_with_letters_are_a_point_and_no_name_of_a_place(
    tmp_path: Path, cell: str
) -> None:
    rows = [f"{n}\tLamp {n}\tEen lamp.\tenergie\t{cell}" for n in (1, 2)]
    text = "\n".join(["ID\tTitel\tOmschrijving\tThema\tLocatie", *rows])

    proposal, found = imported(
        write(tmp_path, "x.tsv", text.replace('"', "″")),
        town("U", "NL", "nl", (5.0, 52.0, 5.2, 52.2)),
    )

    assert proposal.fields["point"]["column"] == "Locatie"
    assert "place" not in proposal.fields
    first = found.records[0]
    assert isinstance(first, Experiment)
    assert first.place is not None
    assert (first.place.wkt or "").startswith("POINT(5.12")
    assert found.findings == ()


def test_linked_data_of_another_vocabulary_is_known_by_the_name_of_its_class(
    tmp_path: Path,
) -> None:
    text = """@prefix s: <https://schema.org/> .
<https://x.example/1> a s:ResearchProject ; s:name "Smarta korgar"@sv ;
    s:description "Korgar som säger till när de är fulla."@sv ; s:keywords "avfall" ;
    s:startDate "2022-03-01" ; s:location [ a s:Place ; s:name "Hamnen"@sv ] ;
    s:url <https://x.example/1.html> .
"""
    city = town("Helsingborg", "SE", "sv", (12.6, 55.9, 12.9, 56.2))

    proposal, found = imported(write(tmp_path, "x.ttl", text), city)

    assert proposal.file["records"] == "https://schema.org/ResearchProject"
    [one] = found.records
    assert isinstance(one, Experiment)
    assert (one.title, short(one.themes)) == ({"sv": "Smarta korgar"}, ["waste"])
    assert one.start is not None
    assert one.start.value == "2022-03-01"
