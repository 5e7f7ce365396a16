"""What may stand in the way of a start, said in one clear line that tells what to do about it."""

import errno
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError
from django.db import DatabaseError

from labeling import processes
from labeling.embedded import StackError
from labeling.links import is_loopback
from labeling.lock import AlreadyRunning
from labeling.stack import home

ROOM = 1.5e9  # bytes that the converted model and a young database need
SCARCE = 20e6  # bytes; with less left, whatever failed has failed for want of room


def valid_port(text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise CommandError(f"PORT must be a number from 1 to 65535, not {text!r}.")


def require_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((processes.host(), port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CommandError(
                    f"Port {port} is in use. Stop what uses it, or choose another one: PORT={port % 65535 + 1} make run"
                ) from None
            raise CommandError(f"Cannot listen on {processes.host()}:{port}: {error.strerror}.") from None


def require_encryption() -> None:
    """A password that crosses a network in the clear is nobody's secret."""
    if is_loopback(processes.host()) or "1" in (os.environ.get("HTTPS"), os.environ.get("ALLOW_HTTP")):
        return
    raise CommandError(
        f"HOST={processes.host()} serves the pages to other machines, which must not happen unencrypted. Put a proxy "
        "that ends TLS in front and set HTTPS=1 (docs/deploying.md), or set ALLOW_HTTP=1 if this network is private."
    )


def require_room() -> None:
    free = shutil.disk_usage(home()).free
    if free < ROOM and not (home() / "models" / processes.DEFAULT_MODEL).exists():
        raise CommandError(
            f"The first start needs about {ROOM / 1e9:.1f} GB of disk in {home()}, and {free / 1e9:.1f} GB "
            "are free. Make room, or set TANDEM_HOME to a folder on another disk."
        )


@contextmanager
def foreseen() -> Iterator[None]:
    """Failures that whoever starts Tandem can do something about become one clear line."""
    try:
        yield
    except AlreadyRunning as error:
        raise CommandError(str(error)) from None
    except (StackError, OSError, DatabaseError) as error:
        if is_for_want_of_room(error):
            raise CommandError(
                f"The disk is full: {shutil.disk_usage(home()).free / 1e6:.0f} MB are free in {home()}. "
                "Make room, or set TANDEM_HOME to a folder on another disk."
            ) from None
        if isinstance(error, DatabaseError):
            raise
        raise CommandError(str(error)) from None


def is_for_want_of_room(error: Exception) -> bool:
    return (
        getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT)
        or any(words in str(error) for words in ("No space left on device", "Check free disk space"))
        or shutil.disk_usage(home()).free < SCARCE
    )
