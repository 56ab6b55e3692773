"""Telling people of news: what is new is matched, put into letters, and sent.

`finding` matches, `sending` sends what is due by `mail` and `webhooks`, `running` does both while
a node is served. The words are those of `nodes.web.letters`.
"""

from nodes.alerting.running import alerting

__all__ = ["alerting"]
