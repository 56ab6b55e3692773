"""Checking any LDES or DCAT-AP feed from outside, clause by clause, with evidence.

`walking` asks politely and keeps what it saw (`survey`); the bytes are read in a worker process
(`seeing`). Each check is a plain function of what was seen: `serving` and `caching`, `describing`,
`relations` and `bounds`, `saying`, `keeping`, `portals`; `clauses` names them all. A clause holds,
is broken, or was not seen.

Sources: SEMIC LDES 1.0 (its clauses S1 to S14), TREE and the TREE profile, SEMIC DCAT-AP Feeds.
"""
