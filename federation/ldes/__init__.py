"""Reading any LDES 1.0 publisher, signed or not: discovery, pages, members, judgement, the round.

Sources: SEMIC LDES 1.0, the TREE hypermedia specification and SEMIC DCAT-AP Feeds. The clauses
named C1 to C14 in the tests are those of the harvester.

What such a feed says is believed because an officer said so, and never as much as what is signed
(docs/decisions/0009-unsigned-feeds.md).
"""
