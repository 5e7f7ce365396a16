"""A snapshot's files to a hub of data sets, with the token of whoever sends them.

The token is handed from call to call and is neither stored nor logged. From a page the files are sent by a thread of
the process that has got the token, so that it passes through no queue.

A cancel is heard before each request and in the middle of a file. What is in a data set there changes with the last
request alone, the commit: before it nothing of what was sent is seen by anybody. A data set that was made for what is
cancelled goes again; one that was there before never does.
"""

import io
import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from labeling.datasets import files, hub_client
from labeling.datasets.artifacts import Away, Damaged, artifacts
from labeling.datasets.beating import alive
from labeling.datasets.configs.shapes import SHAPES
from labeling.datasets.models import Push, Stopped

if TYPE_CHECKING:
    from huggingface_hub import CommitOperationAdd, HfApi

logger = logging.getLogger(__name__)

BEAT = 1.0  # seconds between two looks
NAME = r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}"  # owner/name, as the hub takes it
OURS = {*SHAPES, "pictures"}  # folders that a snapshot has to itself
EMPTY = {".gitattributes"}  # what the hub puts into a new data set


class Sending:
    """One push, and whether it is still to go on: another thread looks, by another connection."""

    def __init__(self, push: Push) -> None:
        self.push, self.left = push, Event()

    def look(self) -> None:
        if not self.push.heard_of():
            self.left.set()

    def go_on(self) -> None:
        """Raises Stopped where it is to be left."""
        if self.left.is_set():
            raise Stopped


class Part(io.BufferedReader):
    """A file that is read no further once it is not to be sent any more: the client reads it while it sends."""

    def __init__(self, place: Path, sending: Sending) -> None:
        super().__init__(io.FileIO(place))
        self.sending = sending

    def read(self, size: int | None = -1, /) -> bytes:
        self.sending.go_on()
        return super().read(size)


@sensitive_variables("token")
def push_soon(push: Push, token: str) -> None:
    """In the background. If this process ends meanwhile, the push is taken for failed."""
    Thread(target=_and_close, args=(push, token), name="pushing", daemon=True).start()


@sensitive_variables("token")
def _and_close(push: Push, token: str) -> None:
    try:
        send(push, token)
    finally:
        connection.close()


@sensitive_variables("token")
def send(push: Push, token: str) -> None:
    """What breaks is said on its page; what nobody foresaw is raised as well."""
    sending = Sending(push)
    try:
        with alive(sending.look, BEAT), hub_client.asking(sending.go_on):
            address = commit(sending, token)
        push.finish(address)
    except KeyboardInterrupt:
        push.stop()
        raise
    except Exception as error:
        cause = cause_of(error)
        if isinstance(cause, Stopped):
            push.stop()
            return
        said = in_words(cause, push.name)
        push.fail(said or _("Something went wrong that nobody foresaw: the server's log says what. Then try again."))
        if said is None:
            raise


@sensitive_variables("token", "hub")
def commit(sending: Sending, token: str) -> str:
    """All files in one commit, and away with those that an earlier snapshot had there; the address of the commit."""
    from huggingface_hub import CommitOperationDelete, HfApi
    from huggingface_hub.utils import disable_progress_bars
    from huggingface_hub.utils.logging import set_verbosity_error

    disable_progress_bars()
    set_verbosity_error()  # of each file it warns in which way it goes
    push = sending.push
    hub = HfApi(endpoint=settings.HUB, token=token, library_name="tandem")
    kind: Any = {"repo_id": push.name, "repo_type": "dataset"}
    with data_set(hub, push, kind), artifacts().draft() as place, ExitStack() as opened:
        files.copy(push.snapshot, place / "files", sending.go_on)
        added = list(uploaded(hub, sending, place / "files", opened, kind))
        new = {one.path_in_repo for one in added}
        old = hub.list_repo_files(**kind)
        gone = [path for path in old if path.split("/")[0] in OURS and path not in new]
        message = _("Snapshot %(n)d of %(project)s") % {"n": push.snapshot.number, "project": push.project.slug}
        operations: list[Any] = [*added, *(CommitOperationDelete(path_in_repo=path) for path in gone)]
        return str(hub.create_commit(**kind, operations=operations, commit_message=message).commit_url)


@contextmanager
def data_set(hub: "HfApi", push: Push, kind: Any) -> Iterator[None]:
    """The data set that it goes to, made for it where there is none."""
    from huggingface_hub.errors import HfHubHTTPError

    is_new = True
    try:
        hub.create_repo(**kind, private=push.private)
    except HfHubHTTPError:  # it is there; or whoever may write to it may make none
        is_new = False
        hub.create_repo(**kind, private=push.private, exist_ok=True)
    try:
        yield
    except BaseException as error:
        if is_new and (isinstance(error, KeyboardInterrupt) or push.is_cancelled()):
            take_back(hub, push, kind)
        raise


def take_back(hub: "HfApi", push: Push, kind: Any) -> None:
    """Unless there is something in it by now, or about to be. A token need not be allowed to."""
    from httpx2 import HTTPError
    from huggingface_hub.errors import HfHubHTTPError

    try:
        with hub_client.asking(None):
            if not Push.objects.beside(push).exists() and set(hub.list_repo_files(**kind)) <= EMPTY:
                hub.delete_repo(**kind)
    except (HfHubHTTPError, HTTPError, ConnectionError) as error:
        logger.warning("The empty data set %s stays on the hub: %s", push.name, error)


def uploaded(
    hub: "HfApi", sending: Sending, folder: Path, opened: ExitStack, kind: Any
) -> Iterator["CommitOperationAdd"]:
    """One after the other, so that a page can say how far it is. As open files: so the client sends them by plain HTTP,
    and keeps nothing of them in a store of its own on this machine."""
    from huggingface_hub import CommitOperationAdd

    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    done, total = 0, sum(path.stat().st_size for path in paths)
    for path in paths:
        sending.push.tell(done, total)
        content = opened.enter_context(Part(path, sending))
        one = CommitOperationAdd(path_in_repo=path.relative_to(folder).as_posix(), path_or_fileobj=content)
        hub.preupload_lfs_files(**kind, additions=[one])
        done += path.stat().st_size
        yield one
    sending.push.tell(done, total)


def cause_of(error: Exception) -> Exception:
    """What broke, where it broke in an upload: the client wraps that."""
    inner = error.__cause__
    return inner if isinstance(error, RuntimeError) and isinstance(inner, Exception) else error


def in_words(error: Exception, name: str) -> str | None:
    """For whoever sent it; None for what nobody foresaw."""
    from httpx2 import HTTPError
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    if isinstance(error, HfHubHTTPError):
        return refused(error.response.status_code, name)
    if isinstance(error, HFValidationError):
        return _("The hub takes no such name. Write it as owner/name.")
    if isinstance(error, Away | Damaged):
        return _("Its files could not be read: the store does not answer, or they are damaged. Its page says more.")
    if isinstance(error, HTTPError | ConnectionError):
        return _("The hub did not answer. Try again later; whoever runs this installation can see whether it may.")
    if isinstance(error, OSError):
        return _("Its files could not be read or copied: %(why)s. Then try again.") % {"why": error.strerror or error}
    return None


def refused(status: int, name: str) -> str:
    if status == 401:
        return _("The hub does not know this token. Make a new one there, and send it again.")
    if status in (403, 404):
        return _("This token may not write to %(n)s. Give one that may, or send it to another name.") % {"n": name}
    if status == 429:
        return _("The hub takes no more for now. Try again in an hour.")
    return _("The hub answered with error %(status)d. Try again later.") % {"status": status}
