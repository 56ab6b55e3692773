"""Reads catalogues as a CKAN portal does, in each syntax: `read_ckan.py PROFILE[,PROFILE] FOLDER…`.

Run by the Python of the environment that `make test` builds from `ckan-requirements.txt` beside
this file. Writes a list with, for each folder, `{profile: {syntax: {"next": …, "datasets": […]}}}`,
each dataset as the `package_create` of a portal would be given it.
"""

import json
import sys
from pathlib import Path
from types import ModuleType

try:
    import magic  # noqa: F401
except ImportError:  # libmagic is no Python: CKAN asks it about uploads, and there are none here
    sys.modules["magic"] = ModuleType("magic")

from ckanext.dcat.processors import RDFParser

SYNTAXES = {"rdf": "xml", "ttl": "turtle", "jsonld": "json-ld"}


def read(file: Path, profile: str) -> dict[str, object]:
    """Read one file in one profile."""
    parser = RDFParser(profiles=[profile])
    parser.parse(file.read_text(encoding="utf-8"), _format=SYNTAXES[file.suffix[1:]])
    return {"next": parser.next_page(), "datasets": list(parser.datasets())}


if __name__ == "__main__":
    told = [
        {
            profile: {
                suffix: read(Path(folder) / f"catalog.{suffix}", profile) for suffix in SYNTAXES
            }
            for profile in sys.argv[1].split(",")
        }
        for folder in sys.argv[2:]
    ]
    json.dump(told, sys.stdout, ensure_ascii=False)
