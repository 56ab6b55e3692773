"""Mail: written so that every mailbox understands what it is, and given to the operator's server.

Text of strangers never becomes a header of its own: a header is one line, and what comes out of
here was parsed by nobody else. The server is the operator's: it signs (DKIM), queues and retries;
what it refuses at once is told back here, what bounces later goes to the sender's mailbox.
"""

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import urlsplit

import aiosmtplib

from nodes.alerting.refusals import Undelivered
from nodes.city import City
from nodes.sections import AlertsSection
from nodes.web.letters import Words

_WHOLE: Final = frozenset({"list-unsubscribe", "list-unsubscribe-post", "message-id", "list-id"})
_ADDRESS: Final = re.compile(r"\S+@\S+")
_LONGEST_REASON: Final = 200


class _Policy(EmailPolicy):
    """Writes links in headers as they are: folded as text, they would be no links any more."""

    def fold(self, name: str, value: Any) -> str:
        return self._line(name, value) if name.lower() in _WHOLE else super().fold(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower() in _WHOLE:
            return self._line(name, value).encode("ascii")
        return super().fold_binary(name, value)

    def _line(self, name: str, value: object) -> str:
        return f"{name}: {value}{self.linesep}"


_POLICY: Final = _Policy(linesep=SMTP.linesep, cte_type="7bit")


def write(
    words: Words, *, to: str, sender: str, city: City, key: str, link: str, now: datetime
) -> bytes:
    """Write a mail. `key` names it: the same one, sent twice, has the same Message-ID."""
    host = urlsplit(city.base).hostname or "localhost"
    found = EmailMessage(policy=_POLICY)
    found["From"] = Address(display_name=" ".join(city.name.split()), addr_spec=sender)
    found["To"] = Address(addr_spec=to)
    found["Subject"] = words.subject
    found["Date"] = format_datetime(now)
    found["Message-ID"] = f"<{key}@{host}>"
    found["List-Id"] = f"<alerts.{host}>"
    found["List-Unsubscribe"] = f"<{link}>"
    found["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    found["Auto-Submitted"] = "auto-generated"
    found["Precedence"] = "bulk"
    found["Content-Language"] = "en"
    found.set_content(words.text)
    found.add_alternative(words.html, subtype="html")
    return found.as_bytes()


async def send(
    mail: bytes, to: str, settings: AlertsSection, password: str | None, base: str
) -> None:
    """Give a mail to the server; raises Undelivered, in whose reason no address stands."""
    try:
        await aiosmtplib.send(
            mail,
            sender=settings.sender,
            recipients=[to],
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_user,
            password=password,
            use_tls=settings.smtp_security == "tls",
            start_tls=settings.smtp_security == "starttls",
            timeout=settings.timeout,
            local_hostname=urlsplit(base).hostname,
        )
    except aiosmtplib.SMTPRecipientsRefused as error:
        refused = error.recipients[0]
        raise _refused("the mail server does not take the address", refused) from None
    except aiosmtplib.SMTPDataError as error:
        raise _refused("the mail server does not take the mail", error) from None
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        said = f"the mail server cannot be used: {type(error).__name__}"
        raise Undelivered(said, counts=False) from None


def _refused(said: str, error: aiosmtplib.SMTPResponseException) -> Undelivered:
    told = _ADDRESS.sub("…", " ".join(error.message.split()))[:_LONGEST_REASON]
    return Undelivered(f"{said}: {error.code} {told}", final=error.code >= 500)
