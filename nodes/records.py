"""A single record from a JSON-LD file, such as a form or a script writes it."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from nodes.city import City
from nodes.errors import ImportRefused
from vocab.errors import VocabError
from vocab.jsonld import expand_to_payload, loads
from vocab.lines import triples
from vocab.records import KINDS, Record
from vocab.terms import RDF_TYPE
from vocab.triples import from_payload

_LONGEST: Final = 5_000_000
_KINDS: Final = frozenset(kind.rdf_type for kind in KINDS)


def read_record(file: Path, city: City, now: datetime) -> Record:
    """Read one record of the city's own; raises ImportRefused.

    `modified` becomes `now`, and the record must be named below the city's base.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ImportRefused(f"{file} cannot be read: {error.strerror}") from None
    if len(content) > _LONGEST:
        raise ImportRefused(f"{file} is larger than {_LONGEST} bytes")
    try:
        said = loads(content)
        if not isinstance(said, dict):
            raise ImportRefused(f"{file} is not a JSON object; publish takes one record")
        said.pop("proof", None)  # a record as a node serves it: it will be signed anew
        payload = expand_to_payload(said, known={f"{city.base}context/v1.jsonld"})
        named = [
            triple.subject
            for triple in triples(payload)
            if triple.predicate == RDF_TYPE and triple.object.value in _KINDS
        ]
        if len(named) != 1:
            raise ImportRefused(f"{file} holds {len(named)} records; publish takes one")
        record = from_payload(payload, named[0])
    except VocabError as error:
        raise ImportRefused(f"{file}: {error}. {error.hint}") from None
    if not record.iri.startswith(f"{city.base}{record.room}/"):
        raise ImportRefused(
            f"{record.iri} is not for {city.name} to speak about; "
            f"name it {city.base}{record.room}/…"
        )
    return replace(record, modified=now.strftime("%Y-%m-%dT%H:%M:%SZ"))
