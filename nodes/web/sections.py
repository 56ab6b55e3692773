"""The sections of a record's page, in the order in which they are told.

Each is a template, `templates/parts/{name}.html`, under a heading; one that has nothing to say
leaves no heading. Facts in a few words stand beside them (`parts/facts.html`).
"""

from collections.abc import Mapping
from typing import Final

from vocab.records import Call, Experiment, Testbed

SECTIONS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    Experiment.room: (
        ("description", "Description"),
        ("outcome", "What came of it"),
        ("figures", "Figures"),
        ("life", "How it went"),
        ("needs", "What it takes to repeat it"),
        ("partners", "Who took part"),
        ("solutions", "What was tested"),
        ("setting", "What it is part of"),
        ("replication", "From city to city"),
        ("kin", "Experiments like it"),
        ("sources", "Data and papers"),
        ("city", "The city"),
        ("remarks", "Remarks and rules"),
    ),
    Testbed.room: (
        ("description", "Description"),
        ("services", "What it offers"),
        ("procedures", "The permits it takes"),
        ("partners", "Who runs it"),
        ("network", "Who names it"),
        ("kin", "What it may be the same as"),
        ("city", "The city"),
        ("remarks", "Remarks and rules"),
    ),
    Call.room: (
        ("description", "Description"),
        ("challenges", "What is asked for"),
        ("eligibility", "Who may answer"),
        ("budget", "Money"),
        ("offer", "Testbeds on offer"),
        ("partners", "Who stands behind it"),
        ("network", "Who names it"),
        ("kin", "What it may be the same as"),
        ("city", "The city"),
        ("remarks", "Remarks and rules"),
    ),
}
"""By the folder of the record's address: the name of each section and its heading."""
