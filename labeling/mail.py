"""The mail server of an installation, named by one address: EMAIL_URL. Without it, nothing that needs mail is offered.

`smtps://` is TLS from the first byte; `smtp://` begins in the clear and goes on with TLS before anything is said,
but on this machine, where a mail server may know none.
"""

from typing import Any
from urllib.parse import unquote, urlsplit

from labeling.links import is_loopback
from labeling.stack import StackError

PATIENCE = 10  # seconds


def mail_settings(url: str, sender: str, base: str) -> dict[str, Any]:
    """Django's settings for this address. StackError where they would not do; it never repeats the address."""
    if not url:
        return {}
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise StackError("EMAIL_URL must be written as smtps://USER:PASSWORD@HOST:PORT, or smtp:// for STARTTLS.")
    if not sender:
        raise StackError("EMAIL_URL needs EMAIL_FROM beside it: the address that mails come from.")
    if not base:
        raise StackError("EMAIL_URL needs BASE_URL beside it: where the links in mails lead.")
    encrypted = parts.scheme == "smtps"
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if encrypted else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": encrypted,
        "EMAIL_USE_TLS": not encrypted and not is_loopback(parts.hostname),
        "EMAIL_TIMEOUT": PATIENCE,
        "DEFAULT_FROM_EMAIL": sender,
    }
