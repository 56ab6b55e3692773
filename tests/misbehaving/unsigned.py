"""Feeds that nobody signs, read because an officer said so: they may speak for their host alone."""

from tests.federation.ldes.publisher import PREFIXES, STREAM, at, leads, version
from tests.misbehaving.registry import Act, Rogue, misbehaves, misbehaviour

TURTLE = "text/turtle"


def feed(text: str, media: str = TURTLE) -> Act:
    """Publish a stream of versions."""

    def act(rogue: Rogue) -> None:
        rogue.unsigned()
        rogue.answers(PREFIXES + STREAM + text, media)

    return act


GOOD = version("good", 1)


def about(entity: str) -> str:
    return GOOD + version("bad", 2).replace("<id/bad>", f"<{entity}>")


PAGES: dict[str, tuple[str, str, int]] = {
    "speaks unsigned for another host": (about("https://other.example/x"), "is not on the host", 1),
    "speaks unsigned for a name": (about("urn:uuid:1"), "no address on the web", 1),
    "leads unsigned to cloud metadata": (
        GOOD + leads("http://169.254.169.254/"),
        "another host",
        1,
    ),
    "has unsigned two times": (
        GOOD + version("bad", 2).replace(at(2), f"{at(2)}, {at(3)}"),
        "time",
        1,
    ),
    "has an unsigned member without a name": (GOOD + "<#stream> tree:member [ ] .", "IRI|name", 1),
    "ties unsigned blank nodes in knots": (
        GOOD + version("bad", 2, more="; foaf:page [ foaf:page _:a ] . _:a foaf:page _:a"),
        "circle",
        1,
    ),
    "says six thousand unsigned things": (
        GOOD
        + version("bad", 2, more="; foaf:page " + ", ".join(f"<urn:x:{n}>" for n in range(6_000))),
        "statements",
        1,
    ),
    "writes an unsigned text of a megabyte": (
        GOOD + version("bad", 2, more='; dct:title "' + "x" * 1_000_000 + '"'),
        "bytes|characters",
        1,
    ),
    "quotes unsigned triples": (
        GOOD + version("bad", 2, more="; foaf:page << <urn:a> <urn:b> <urn:c> >>"),
        "things about statements",
        -1,
    ),
    "has two thousand unsigned relations": (
        GOOD + "".join(leads(f"p{n}") for n in range(2_100)),
        "too many relations",
        0,
    ),
}
for _name, (_text, _words, _good) in PAGES.items():
    misbehaviour(_name, _words, feed(_text), good=None if _good < 0 else _good)


@misbehaves("speaks unsigned for a city that signs", "which signs what it says", good=1)
def _for_signer(rogue: Rogue) -> None:
    entity = f"{rogue.victim.city.base}experiments/first"
    feed(about(entity))(rogue)


@misbehaves("has an unsigned view on another host", "is on another host")
def _view(rogue: Rogue) -> None:
    rogue.unsigned()
    rogue.answers(f"{PREFIXES}<feed> tree:view <{rogue.trap.city.base}feed> .", TURTLE)


@misbehaves("redirects unsigned to another city", "it redirects to another origin")
def _away(rogue: Rogue) -> None:
    rogue.unsigned()
    rogue.refuses(302, Location=f"{rogue.trap.city.base}feed")


@misbehaves("says an unsigned member twice in two ways", "a member never changes", good=1)
def _changes(rogue: Rogue) -> None:
    feed(GOOD + leads("page1"))(rogue)
    other = version("good", 1, "Altro").replace("<#stream>", "<feed#stream>")
    rogue.answers(PREFIXES + other, TURTLE, path="page1")


@misbehaves("is no unsigned stream at all", "is not the root of a stream")
def _none(rogue: Rogue) -> None:
    rogue.unsigned()
    rogue.answers("<urn:a> <urn:b> <urn:c> .", TURTLE)


@misbehaves("answers an unsigned root with a web page", "no syntax of a feed")
def _html(rogue: Rogue) -> None:
    rogue.unsigned()
    rogue.answers("<html></html>", "text/html")
