"""What never reaches a log."""

import logging
import re

TOKEN = re.compile(r"(/sign-in/)[\w-]+")


class Quiet(logging.Filter):
    """Drops what monitors cause every few seconds, keeps what strangers ask under a false name to a line, and hides the
    tokens of sign-in links: they are keys."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if record.name == "django.request" and message.endswith("/healthz"):
            return False
        if record.name == "django.security.DisallowedHost":
            record.exc_info = None
        if "/sign-in/" in message:
            record.msg, record.args = TOKEN.sub(r"\1…", message), ()
        return True
