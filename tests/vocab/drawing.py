"""The pictures of records in docs/model.md, drawn from the records themselves.

`python -m tests.vocab.drawing` draws them anew; a test fails when a picture no longer shows its
record.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import wrap
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from vocab.fields import LanguageMap
from vocab.jsonld import expand_to_payload, loads
from vocab.records import Experiment
from vocab.schemes import label
from vocab.triples import from_payload

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs/pictures"

WIDTH, COLUMNS, GAP, EDGE = 960, 3, 16, 24
COLUMN = (WIDTH - 2 * EDGE - (COLUMNS - 1) * GAP) // COLUMNS
LINE, LETTERS, MOST_LINES = 18, 40, 12

Box = tuple[str, str, list[str]]
"""Heading, kind of box and lines."""

STYLE = """
    svg { color-scheme: light dark; }
    text { font-family: system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
    text { font-size: 12.5px; fill: #1d242b; }
    .paper { fill: #fbfaf7; }
    .box { fill: #ffffff; stroke: #8a94a0; stroke-width: 1.2; }
    .bar { stroke: none; fill: #6b7580; }
    .who { fill: #2e7d4f; } .need { fill: #9a4d00; } .came { fill: #6a4fb3; }
    .what { fill: #2f6db0; } .again { fill: #b3402a; }
    .heading { font-weight: 600; font-size: 13px; }
    .title { font-size: 19px; font-weight: 600; }
    .small { fill: #47515b; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e8edf2; } .paper { fill: #14181d; } .small { fill: #b4bfca; }
      .box { fill: #1d232a; stroke: #66717d; }
      .bar { fill: #9aa5b1; }
      .who { fill: #6fc795; } .need { fill: #f0a860; } .came { fill: #b9a5f2; }
      .what { fill: #7fb2ea; } .again { fill: #ef8b78; }
    }"""


def draw(record: Experiment) -> str:
    """Draw a record as one card for each question another city asks."""
    boxes = [box for box in _boxes(record) if box[2]]
    bottoms = [110] * COLUMNS
    placed: list[str] = []
    for heading, kind, said in boxes:
        column = bottoms.index(min(bottoms))
        x, y = EDGE + column * (COLUMN + GAP), bottoms[column]
        height = 40 + LINE * len(said)
        placed.append(_box(x, y, height, (heading, kind, said)))
        bottoms[column] = y + height + GAP
    height = max(bottoms) + 8
    title = f"{_text(record.title)}: what its record says"
    told = "; ".join(f"{heading}: {', '.join(said)}" for heading, _, said in boxes)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            f'width="{WIDTH}" height="{height}" role="img" aria-labelledby="title desc">',
            f'  <title id="title">{escape(title)}</title>',
            f'  <desc id="desc">{escape(told)}</desc>',
            f"  <style>{STYLE}\n  </style>",
            f'  <rect class="paper" width="{WIDTH}" height="{height}"/>',
            f'  <text class="title" x="{EDGE}" y="44">{escape(_text(record.title))}</text>',
            *_lines(EDGE, 68, wrap(_text(record.summary or record.description), 130)[:2], "small"),
            *placed,
            "</svg>",
            "",
        ]
    )


def _box(x: int, y: int, height: int, box: Box) -> str:
    heading, kind, said = box
    return "\n".join(
        [
            f'  <rect class="box" x="{x}" y="{y}" width="{COLUMN}" height="{height}" rx="6"/>',
            f'  <rect class="bar {kind}" x="{x}" y="{y + 8}" width="4" height="{height - 16}"/>',
            f'  <text class="heading" x="{x + 16}" y="{y + 23}">{escape(heading)}</text>',
            *_lines(x + 16, y + 43, said, ""),
        ]
    )


def _lines(x: int, y: int, said: Sequence[str], kind: str) -> Iterator[str]:
    for number, line in enumerate(said):
        cls = f' class="{kind}"' if kind else ""
        yield f'  <text{cls} x="{x}" y="{y + number * LINE}">{escape(line)}</text>'


def _boxes(record: Experiment) -> Iterator[Box]:
    place, outcome = record.place, record.outcome
    about = (*record.themes, *record.technologies, *record.goals)
    yield "What", "what", _said(*map(_word, about), *(_text(s.title) for s in record.solutions))
    when = " to ".join(each.value for each in (record.start, record.end) if each)
    where = filter(None, (place and _text(place.name), place and place.city, place and place.wkt))
    yield "When and where", "what", _said(when, *where)
    yield "Who", "who", _said(*(_partner(each) for each in record.partners))
    steps = [record.transitions[0].from_stage] if record.transitions else []
    steps += [each.to_stage for each in record.transitions] or [record.stage]
    yield "Its stages", "what", _said(" → ".join(map(_word, steps)), record.status_word or "")
    yield "Permits", "need", _said(*(_permit(each) for each in record.permits))
    needs = (f"{_word(each.kind)}: {_text(each.note)}" for each in record.preconditions)
    yield "What a city needs", "need", _said(*needs)
    money = (f"{each.name}" for each in record.grants)
    yield "Cost and funding", "need", _said(_word(record.cost_band), *money)
    acts = (_text(each.title) for each in record.agreements)
    yield "Agreements and testbeds", "need", _said(*acts, *(_end(iri) for iri in record.testbeds))
    yield "Figures", "came", _said(*(_figure(each) for each in record.kpis))
    if outcome:
        lessons = [text for language, text in outcome.lessons if language == "en"]
        causes = [f"because of: {_word(each)}" for each in outcome.causes]
        words = _said(_word(outcome.verdict), _text(outcome.text), *causes, *lessons)
        yield "What came of it", "came", words
    again = [f"repeats {_end(each.experiment)}: {_text(each.kept)}" for each in record.replications]
    ideas = [f"inspired by {_end(iri)}" for iri in record.inspired_by]
    asked = ["seeks cities that repeat it"] if record.seeks_replication else []
    asked += ["visitors are welcome"] if record.offers_visit else []
    yield "To be repeated", "again", _said(*again, *ideas, *asked)
    pages = [urlsplit(iri).hostname or "" for iri in (*record.source_pages, *record.papers)]
    yield "Ask and read", "again", _said(record.contact or "", *dict.fromkeys(pages))


def _said(*texts: str) -> list[str]:
    lines = [line for text in texts if text for line in wrap(f"{text}", LETTERS)[:3]]
    return lines if len(lines) <= MOST_LINES else [*lines[: MOST_LINES - 1], "…"]


def _partner(each: object) -> str:
    name, helix = getattr(each, "name", ""), getattr(each, "helix", None)
    roles = ", ".join(map(_word, getattr(each, "roles", ())))
    return f"{name} ({_word(helix)})" + (f": {roles}" if roles else "")


def _permit(each: object) -> str:
    days = [getattr(each, name).value for name in ("submitted", "granted") if getattr(each, name)]
    return _text(getattr(each, "title", {})) + (f" ({' to '.join(days)})" if days else "")


def _figure(each: object) -> str:
    said = [f"{name} {getattr(each, name)}" for name in ("baseline", "target", "result")]
    known = [word for word in said if not word.endswith("None")]
    return f"{_text(getattr(each, 'title', {}))}: {', '.join(known)}"


def _word(iri: str | None) -> str:
    return label(iri, ("en",)) if iri else ""


def _text(texts: LanguageMap) -> str:
    return texts.get("en") or next(iter(texts.values()), "")


def _end(iri: str) -> str:
    return iri.rsplit("/", 1)[-1]


def small() -> Experiment:
    """Read the record that docs/model.md shows in full."""
    page = (ROOT / "docs/model.md").read_text()
    return _read(page.split("```json\n", 1)[1].split("```", 1)[0])


def whole() -> Experiment:
    """Read the golden record."""
    return _read((ROOT / "examples/golden/torino-shuttle.jsonld").read_text())


def _read(text: str) -> Experiment:
    said = loads(text)
    said.pop("proof", None)
    found = from_payload(expand_to_payload(said), said["id"])
    assert isinstance(found, Experiment)
    return found


PICTURED = {"record-small.svg": small, "record-whole.svg": whole}

if __name__ == "__main__":
    for name, read in PICTURED.items():
        (PICTURES / name).write_text(draw(read()))
