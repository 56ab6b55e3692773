"""What a peer asks first: keys, who the node is; and what its words mean; and a page for people."""

import json
from html import escape
from typing import Final

from nodes.city import City
from nodes.desk import Desk
from nodes.mirror.site import Site
from nodes.web import dossiers, feed
from nodes.web.wellknown import document_of, identity
from vocab import schemes, shelf

SHAPE: Final = "feed/shape.ttl"
DOSSIER_SHAPE: Final = "feed/dcat-ap/shape.ttl"


def write_vocabulary(site: Site, city: City) -> None:
    """Write context, ontology, shapes and schemes."""
    for name in ("context/v1", "context/v1.jsonld"):
        site.put(name, shelf.read("context-v1.jsonld"))
    site.put("ns.ttl", shelf.read("ns.ttl"))
    site.put("shapes.ttl", shelf.read("shapes.ttl"))
    for name in ("memberships", "cities"):
        site.put(f"shapes/{name}.ttl", shelf.read(f"shapes/{name}.ttl"))
    for scheme in schemes.NAMES:
        site.put(f"schemes/{scheme}.ttl", shelf.read(f"schemes/{scheme}.ttl"))
    for name, shape in ((SHAPE, feed.SHAPE), (DOSSIER_SHAPE, dossiers.SHAPE)):
        site.put(name, shape.replace("<>", f"<{city.base}{name}>").encode())


def write_description(site: Site, desk: Desk, records: int) -> None:
    """Say who the city is and where its stream begins."""
    city, public = desk.city, desk.key.public(desk.city.base)
    document = _json(document_of(desk.journal, city, desk.keyring.key))
    for name in (".well-known/did.json", "did.json"):
        site.put(name, document)
    said = {
        **identity(city, public),
        "feed": f"{city.base}feed.nq",
        "dcatApFeed": f"{city.base}feed/dcat-ap.trig",
        "catalogue": f"{city.base}catalog.ttl",
        "records": records,
    }
    site.put(".well-known/citynode", _json(said))
    site.put(".nojekyll", b"")  # some hosts leave out names that begin with a dot without it
    site.put("index.html", _page(city))


def base_of(site: Site) -> str | None:
    """Tell whose files lie there already; None where nothing says so."""
    try:
        said = json.loads(site.read(".well-known/citynode") or b"{}")
    except ValueError:
        return None
    base = said.get("base") if isinstance(said, dict) else None
    return base if isinstance(base, str) else None


def _json(said: object) -> bytes:
    return json.dumps(said, ensure_ascii=False, indent=2).encode()


def _page(city: City) -> bytes:
    """Write the home page: plain, without scripts, styles or pictures."""
    name, base = escape(city.name), escape(city.base)
    links = "".join(
        f'<li><a href="{base}{file}" type="{media}">{what}</a></li>\n'
        for file, media, what in (
            ("catalog.ttl", "text/turtle", "Catalogue (DCAT-AP)"),
            ("feed.nq", "application/n-quads", "Event stream (LDES)"),
            ("feed/dcat-ap.trig", "application/trig", "Event stream for data portals"),
            ("ns.ttl", "text/turtle", "Vocabulary"),
            (".well-known/did.json", "application/json", "Key"),
        )
    )
    return f"""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Urban experiments of {name}</title>
<meta name="description" content="Urban experiments, testbeds and calls of {name} as linked data">
<link rel="alternate" type="application/n-quads" href="{base}feed.nq">
</head>
<body>
<main>
<h1>Urban experiments, testbeds and calls of {name}</h1>
<p>What the city tries is published here as linked data, for data portals and other cities.</p>
<ul>
{links}</ul>
</main>
</body>
</html>
""".encode()
