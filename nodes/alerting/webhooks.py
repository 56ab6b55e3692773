"""Webhooks: signed as Standard Webhooks 1.0.0 has it, and posted by the node's guarded client.

The body is signed with its id and the time (HMAC-SHA256), so that who holds the secret can tell
that this node said it, when, and whether it came before: the id stays when it is sent again. Only
public addresses are dialled; no redirect is followed; of the answer nothing but its status is read.
"""

import base64
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from federation.errors import ForbiddenAddress, PeerRefused, PeerUnreachable
from federation.fetch import Private, open_client, post
from federation.limits import Limits
from federation.times import stamp
from nodes.alerting.refusals import Undelivered

_GONE: Final = 410


def write(kind: str, said: Mapping[str, Any], now: datetime) -> bytes:
    """Write what a webhook is told."""
    whole = {"type": kind, "timestamp": stamp(now), "data": said}
    return json.dumps(whole, ensure_ascii=False).encode(errors="replace")


def signed(id_: str, body: bytes, secret: bytes, now: datetime) -> dict[str, str]:
    """Give the headers that go with a body."""
    at = str(int(now.timestamp()))
    code = hmac.digest(secret, f"{id_}.{at}.".encode() + body, sha256)
    return {
        "Content-Type": "application/json",
        "webhook-id": id_,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{base64.b64encode(code).decode()}",
    }


async def send(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    agent: str,
    limits: Limits,
    seconds: float,
    private: Private,
) -> None:
    """Post to a webhook; raises Undelivered."""
    limits = replace(limits, request_seconds=seconds)
    try:
        async with open_client(agent=agent, limits=limits, allow_private=private) as client:
            await post(client, url, body, limits, headers=headers)
    except ForbiddenAddress:
        raise Undelivered("it leads to an address that is not public", final=True) from None
    except PeerRefused as error:
        said = f"it answered with status {error.status}"
        final = error.status == _GONE
        raise Undelivered(said, final=final, again=error.retry_after or 0.0) from None
    except PeerUnreachable:
        raise Undelivered("it did not answer") from None
