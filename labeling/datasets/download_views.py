"""Files of a snapshot, for those who manage its project. On the event loop: whoever takes an hour to fetch a large one
holds no thread that serves pages.

A file never changes: its hash is its ETag, so that one that broke off goes on where it was, and one that is there is
not fetched again. Of a part nobody can tell whether it is what it was; the hash of the whole goes with it.
"""

import base64
import logging
import posixpath
from collections.abc import AsyncIterator
from dataclasses import dataclass

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.http import content_disposition_header, parse_etags
from django.views.decorators.http import require_safe

from labeling.datasets import files, ranges
from labeling.datasets.artifacts import GONE, UNREADABLE, Damaged, artifacts
from labeling.datasets.models import Snapshot
from labeling.datasets.signals import fetched
from labeling.datasets.words import trouble
from labeling.dialogues.looks import briefly
from labeling.projects.models import Project

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wanted:
    snapshot: Snapshot
    path: str
    sha256: str
    size: int

    @property
    def etag(self) -> str:
        return f'"{self.sha256}"'


@require_safe
async def file(request: HttpRequest, slug: str, number: int, path: str) -> HttpResponseBase:
    found = await briefly(wanted)(request, slug, number, path)
    if isinstance(found, HttpResponse):
        return found
    known = {etag.removeprefix("W/") for etag in parse_etags(request.headers.get("If-None-Match", ""))}
    if known & {found.etag, "*"}:
        return described(HttpResponse(status=304), found)
    begin, end, status = 0, found.size, 200
    if request.method == "GET" and request.headers.get("If-Range", found.etag) == found.etag:
        try:
            if part := ranges.asked(request.headers.get("Range", ""), found.size):
                begin, end, status = *part, 206
        except ranges.Unsatisfiable:
            refused = described(HttpResponse(status=416), found)
            refused["Content-Range"] = f"bytes */{found.size}"
            return refused
    if request.method == "GET":
        await briefly(note)(request, found)
    portions = sent(found.sha256, begin, end if request.method == "GET" else begin)
    answer = StreamingHttpResponse(portions, status=status, content_type="application/octet-stream")
    answer["Content-Length"] = str(end - begin)
    answer["Content-Disposition"] = content_disposition_header(True, posixpath.basename(path)) or "attachment"
    if status == 206:
        answer["Content-Range"] = f"bytes {begin}-{end - 1}/{found.size}"
    return described(answer, found)


def described(answer: HttpResponseBase, found: Wanted) -> HttpResponseBase:
    answer["ETag"] = found.etag
    answer["Accept-Ranges"] = "bytes"
    answer["Cache-Control"] = "private, no-cache"
    answer["Repr-Digest"] = f"sha-256=:{base64.b64encode(bytes.fromhex(found.sha256)).decode()}:"
    return answer


def wanted(request: HttpRequest, slug: str, number: int, path: str) -> Wanted | HttpResponse:
    """The file, or what is answered in its place: whatever is not this person's is not there."""
    if not request.user.is_authenticated:
        return HttpResponse(status=401)
    projects = Project.objects.managed_by(request.user)
    ready = Snapshot.objects.filter(project__in=projects, project__slug=slug, state=Snapshot.State.READY)
    snapshot = ready.select_related("project").filter(number=number).first()
    if snapshot is None:
        return HttpResponse(status=404)
    try:
        return there(snapshot, path) or HttpResponse(status=404)
    except UNREADABLE as error:
        gone = isinstance(error, GONE)
        log.warning("%s of %s: %s", path, snapshot, error)
        context = {
            "project": snapshot.project,
            "snapshot": snapshot,
            "path": path,
            "trouble": trouble(error),
            "gone": gone,
        }
        return render(request, "datasets/unreadable.html", context, status=410 if gone else 503)


def there(snapshot: Snapshot, path: str) -> Wanted | None:
    """Raises what is UNREADABLE, also where the file is not as long as it was."""
    about = files.manifest_of(snapshot)
    name = dict([*files.named(about), (files.MANIFEST, snapshot.artifact)]).get(path)
    if name is None:
        return None
    found = Wanted(snapshot, path, name, artifacts().size(name))
    if found.size not in (file["bytes"] for file in about["files"] if file["path"] == path) and path != files.MANIFEST:
        raise Damaged(name)
    return found


def note(request: HttpRequest, found: Wanted) -> None:
    """That its bytes leave the installation, or some of them."""
    fetched.send(sender=Snapshot, snapshot=found.snapshot, what=found.path, by=request.user)


async def sent(sha256: str, begin: int, end: int) -> AsyncIterator[bytes]:
    portions = artifacts().part(sha256, begin, end)
    following = sync_to_async(lambda: next(portions, b""), thread_sensitive=False)
    while portion := await following():
        yield portion
