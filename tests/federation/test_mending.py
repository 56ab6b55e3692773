"""Pages of strangers as they really come: under other names, with a slip here and there."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation import mending
from federation.errors import PageUnreadable
from federation.foreign import to_nquads
from federation.limits import Limits

URL = "https://dati.example/catalogo/pagina"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
TURTLE = "<a> <http://x.example/p> <%s> ; <http://x.example/q> 'Navetta'@it ."
XML = (
    f'<?xml version="1.0" encoding="utf-8"?>\r\n<rdf:RDF xmlns:rdf="{RDF}" '
    'xmlns:x="http://x.example/"><rdf:Description rdf:about="a"><x:p rdf:resource="%s"/>'
    '<x:q xml:lang="it">Navetta</x:q></rdf:Description></rdf:RDF>'
)
JSON = (
    '{"@id": "a", "http://x.example/p": {"@id": "%s"},'
    '"http://x.example/q": {"@value": "Navetta", "@language": "it"}}'
)
SAID = """\
<https://dati.example/catalogo/a> <http://x.example/p> <{}> .
<https://dati.example/catalogo/a> <http://x.example/q> "Navetta"@it .
"""
NAMES = {
    "text/turtle": TURTLE,
    "application/x-turtle": TURTLE,
    "text/plain": TURTLE,
    "application/octet-stream": JSON,
    "application/json": JSON,
    "": XML,
    "text/xml": XML,
}


def read(body: bytes | str, media_type: str) -> str:
    page = body if isinstance(body, bytes) else body.encode()
    return to_nquads(page, media_type, URL, Limits(), mend=True)


@pytest.mark.parametrize("media_type", NAMES)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_page_is_read_whatever_its_host_calls_it(media_type: str, mark: bytes) -> None:
    body = mark + (NAMES[media_type] % "http://x.example/b").encode()

    assert read(body, media_type) == SAID.format("http://x.example/b")


@pytest.mark.parametrize("page", [TURTLE, XML, JSON])
@pytest.mark.parametrize(
    ("said", "mended"),
    [
        ("http://x.example/il piano.pdf", "http://x.example/il%20piano.pdf"),
        ("http://x.example/50%-{b}|c", "http://x.example/50%25-%7Bb%7D%7Cc"),
        ("http://x ample/", "urn:unreadable:http%3A%2F%2Fx%20ample%2F"),
    ],
)
def test_one_bad_address_costs_neither_its_statement_nor_its_page(
    page: str, said: str, mended: str
) -> None:
    media_type = next(each for each, body in NAMES.items() if body == page)

    assert read(page % said, media_type) == SAID.format(mended)


@pytest.mark.parametrize(("tag", "mended"), [("en_GB", "@en-gb"), ("inglese, credo", "")])
def test_a_text_in_a_language_that_is_none_is_still_a_text(tag: str, mended: str) -> None:
    page = {"@id": "urn:a:a", "urn:p:p": {"@value": "Trial", "@language": tag}}

    assert (
        read(json.dumps(page), "application/ld+json") == f'<urn:a:a> <urn:p:p> "Trial"{mended} .\n'
    )


@pytest.mark.parametrize("graph", [None, "urn:g:g"])
def test_a_text_that_says_its_direction_is_a_text_in_its_language(graph: str | None) -> None:
    """JSON-LD 1.1 API, 8.2: a direction is left out, where nothing else was asked for."""
    text = {"@value": 'a "@he--rtl .', "@language": "ar", "@direction": "rtl"}
    node = {"@id": "urn:a:a", "urn:p:p": text}
    page = {"@id": graph, "@graph": [node]} if graph else node
    said = f'<urn:a:a> <urn:p:p> "a \\"@he--rtl ."@ar{f" <{graph}>" if graph else ""} .\n'

    assert read(json.dumps(page), "application/ld+json") == said
    assert read('<urn:a:a> <urn:p:p> "a"@ar--ltr .', "text/turtle").endswith('"a"@ar .\n')


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "iso-8859-15", "windows-1252", "UTF-16"])
def test_xml_is_read_in_the_encoding_that_it_names(encoding: str) -> None:
    page = XML.replace("utf-8", encoding).replace("Navetta", "Città") % "http://x.example/b"

    assert '"Città"@it' in read(page.encode(encoding), "application/rdf+xml")


@pytest.mark.parametrize("encoding", ["UTF-16", "utf-7", "rot13", "iso-8859-99"])
def test_no_encoding_hides_what_makes_xml_grow(encoding: str) -> None:
    kind = f'<!DOCTYPE rdf:RDF [<!ENTITY a "{"a" * 99}">]>'
    page = (XML % "&a;").replace("utf-8", encoding).replace("<rdf:RDF", f"{kind}<rdf:RDF")
    written = encoding if encoding.startswith("UTF") else "utf-8"

    with pytest.raises(PageUnreadable, match="declares XML entities"):
        read(page.encode(written), "application/rdf+xml")


def test_what_stands_below_a_key_that_means_nothing_is_not_said() -> None:
    page = {
        "@id": "urn:a:a",
        "Nota: interna": {"@id": "urn:a:b", "urn:p:p": {"urn:p:p": "unsaid"}},
        "also": {"@id": "urn:a:c", "urn:p:p": "unsaid"},
        "urn:p:p": [{"@id": "urn:a:c"}, {"@id": "http://x.example/il piano", "urn:p:p": "said"}],
    }

    assert sorted(read(json.dumps(page), "application/json").splitlines()) == [
        '<http://x.example/il%20piano> <urn:p:p> "said" .',
        "<urn:a:a> <urn:p:p> <http://x.example/il%20piano> .",
        "<urn:a:a> <urn:p:p> <urn:a:c> .",
        '<urn:a:c> <urn:p:p> "unsaid" .',
    ]


def test_quads_and_web_pages_are_known_when_they_come_as_plain_text() -> None:
    quads = '<urn:a:a> <urn:p:p> "x \\" y"@it <urn:g:g> .\n'

    assert read(quads.replace("\n", "\r\n"), "text/plain") == quads
    with pytest.raises(PageUnreadable, match="is a web page"):
        read("\n<!DOCTYPE html><title>Manutenzione</title>", "text/plain")


def test_the_name_of_an_unnamed_thing_says_nothing_of_others() -> None:
    name = '_:x> .\n<https://other.example/experiments/1> <urn:p:p> "mine" .\n_:y'
    page = {"@id": "urn:a:a", "urn:p:p": {"@id": name, "urn:p:q": "x"}}

    first, second = read(json.dumps(page), "application/ld+json").splitlines()

    assert "other.example" not in first + second
    assert first.split()[2] == second.split()[0]


def test_a_page_of_a_node_that_signs_is_never_mended() -> None:
    with pytest.raises(PageUnreadable):
        to_nquads((TURTLE % "http://x.example/il piano").encode(), "text/turtle", URL, Limits())


@given(st.from_regex(r"[^/?#\\s]{1,20}", fullmatch=True), st.text(max_size=40))
def test_mending_leaves_the_host_alone_and_mends_once(host: str, path: str) -> None:
    mended = mending.address(f"http://{host}/{path}")

    assert mended.startswith(f"http://{host}/")
    assert mending.address(mended) == mended
