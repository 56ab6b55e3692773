# ruff: noqa: RUF001
"""Tables in old encodings come out in the letters they were written in."""

from pathlib import Path

import pytest

from nodes.importing import propose
from nodes.importing.encodings import likely_encoding
from tests.nodes.importing.small import write
from tests.nodes.importing.test_proposing import town

TEXTS = {
    "fr": ("Navette à l'hôpital, testée l'été dernier", ("cp1252", "mac_roman", "cp850")),
    "de": ("Lärm und Kälte in den Straßen für drei Jahre", ("cp1252", "mac_roman", "cp850")),
    "es": ("Recogida según el llenado, mañana también", ("cp1252", "mac_roman", "cp850")),
    "pt": ("Gestão de resíduos não recicláveis, três ações", ("cp1252", "mac_roman", "cp850")),
    "it": ("Mobilità più sicura perché c'è già", ("cp1252", "mac_roman", "cp850")),
    "sv": ("Försök på gågatan med självkörande bussar", ("cp1252", "mac_roman", "cp850")),
    "sl": ("Šiška in Bežigrad, četrtna skupnost, zaključen", ("cp1250", "iso8859_2", "cp852")),
    "pl": ("Oświetlenie przejść, żółte światła, część Łodzi", ("cp1250", "iso8859_2", "cp852")),
    "cs": ("Příliš žluťoučký kůň v městské části", ("cp1250", "iso8859_2", "cp852", "mac_latin2")),
    "hu": ("Közlekedés, hőség elleni zöld tetők, fűtés", ("cp1250", "iso8859_2", "cp852")),
    "bg": ("Умни светофари в Столична община", ("cp1251", "cp866", "iso8859_5", "mac_cyrillic")),
    "ru": ("Умные светофоры на улицах города", ("cp1251", "koi8_u", "cp866", "iso8859_5")),
    "uk": ("Дощові сади вздовж вулиць міста Київ", ("cp1251", "koi8_u", "iso8859_5")),
    "el": ("Έξυπνοι κάδοι απορριμμάτων στην Αθήνα", ("cp1253", "iso8859_7", "cp737")),
    "tr": ("Akıllı kavşak ve yağmur bahçesi, İstanbul", ("cp1254", "cp857", "mac_turkish")),
    "lt": ("Žalieji stogai, šiluma ir eismo įranga", ("cp1257", "cp775")),
    "ar": ("حافلة عند الطلب في المدينة القديمة", ("cp1256", "iso8859_6", "cp720")),
}


@pytest.mark.parametrize("language", TEXTS)
def test_letters_tell_the_encoding(language: str) -> None:
    text, encodings = TEXTS[language]

    for each in encodings:
        data = f"1;{text}\r\n".encode(each)
        assert data.decode(likely_encoding(data, language)) == f"1;{text}\r\n", each


@pytest.mark.parametrize(
    ("language", "usual"), [("th", "cp874"), ("ja", "cp932"), ("is", "cp1252")]
)
def test_without_an_alphabet_it_is_the_usual_one(language: str, usual: str) -> None:
    assert likely_encoding(b"\xb1\xb2 12", language) == usual


def test_a_proposed_mapping_names_the_encoding_that_gives_the_letters(tmp_path: Path) -> None:
    text = "Šifra;Naziv projekta;Opis;Četrtna skupnost\r\nLJ-1;Deljena orodja;Knjižnica;Šiška\r\n"
    city = town("Ljubljana", "SI", "sl", (14.4, 45.9, 14.7, 46.2))

    proposal = propose(write(tmp_path, "poskusi.csv", text.encode("iso8859_2")), city)

    assert proposal.file["encoding"] == "iso8859_2"
    assert "its letters are those of 'sl'" in proposal.text()
    assert 'place = "Četrtna skupnost"' in proposal.text()
