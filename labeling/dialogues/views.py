"""Token streams: of a pair for its author, of a trial for the manager who asked for it.

They hold no database connection of their own while they are open: see `looks`.
"""

import logging
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from functools import partial
from time import monotonic

import redis
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.html import escape
from django.views.decorators.http import require_GET

from labeling.cohorts.models import Person
from labeling.dialogues import streams
from labeling.dialogues.looks import briefly, kept_connection
from labeling.dialogues.models import UNFINISHED, Completion, State, Trial, Turn
from labeling.dialogues.pacing import SETTLED, Cursor, Pacer, Piece
from labeling.projects.access import may_manage
from labeling.projects.models import Project

logger = logging.getLogger(__name__)

IDLE = 5.0  # seconds without an entry before the database is asked whether something was missed
BEAT = "event: beat\ndata: beat\n\n"
"""There is a server, and nothing to show: a page that hears neither this nor anything else says so, and asks again."""

OUTCOMES = {"stored": "done", "failed": "failed", "cancelled": "failed"}  # end of an attempt → event of the page

Side = tuple[uuid.UUID, str, str]  # completion or trial, state, text
Look = Callable[[Person], list[Side]]  # at what a page waits for; empty when it is not this person's


@require_GET
async def turn_stream(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """At the pace of the project, in the order of `streams.in_order`. Only for the author."""
    return await stream(request, partial(_pair, pk), partial(_pacing, pk))


@require_GET
async def trial_stream(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    return await stream(request, partial(_trial, pk), lambda: Project.Pacing.OWN)


async def stream(request: HttpRequest, look: Look, pacing_of: Callable[[], str]) -> HttpResponseBase:
    """Server-sent events from the cursor on; `ready` once every side is settled, or one was withdrawn.

    What is refused has no page: nobody reads it, and a page of ours asks the database for its header.
    """
    person, sides, pacing = await briefly(_begin)(request, look, pacing_of)
    if not sides:
        return HttpResponse(status=404 if person else 401)
    after = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    pacer = Pacer(pacing, Cursor.parse(after, len(sides)))
    shown = _keys(request.GET.get("of", ""))
    again = partial(briefly(look), person)
    response = StreamingHttpResponse(events(sides, again, pacer, shown), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


async def events(
    sides: list[Side], look: Callable[[], Awaitable[list[Side]]], pacer: Pacer, shown: list[uuid.UUID]
) -> AsyncIterator[str]:
    """What the pacer lets through, as it comes, until the database says that all sides are settled.

    `shown` are those on the page, in order. Once one of them has been replaced the page is told nothing more of them:
    it fetches the pair anew, and opens a stream of the responses that it has then.
    """
    keys = [pk for pk, _, _ in sides]
    shown, told = shown or keys, monotonic()
    try:
        async with aclosing(streams.follow(keys, IDLE)) as batches, kept_connection():
            while shown == keys and any(state in UNFINISHED for _, state, _ in sides):
                batch = await anext(batches)
                pacer.hear(batch)
                if not batch or any(entry.kind in SETTLED for entry in batch):
                    sides = await look()
                    keys = [pk for pk, _, _ in sides]
                    if shown != keys:
                        break
                    settle(pacer, sides)
                pieces = pacer.due()
                for piece in pieces:
                    yield event(piece, str(keys[piece.side]))
                if pieces:
                    told = monotonic()
                elif monotonic() - told >= IDLE:
                    told = monotonic()
                    yield BEAT
    except (redis.RedisError, OperationalError) as error:
        logger.warning("A stream was cut off: %s", error)
        return  # the browser connects again, and by then they may answer
    yield end(shown, keys)


def end(shown: list[uuid.UUID], keys: list[uuid.UUID]) -> str:
    """Which of the responses on the page are no longer the turn's, and that there is something to fetch."""
    withdrawn = [f"event: withdrawn\ndata: {key}\n\n" for key in shown if key not in keys]
    return "".join(withdrawn) + "event: ready\ndata: ready\n\n"


def settle(pacer: Pacer, sides: list[Side]) -> None:
    """What the database knows and the stream may have lost."""
    for number, (_, state, text) in enumerate(sides):
        if state not in UNFINISHED:
            pacer.settle(number, text if state == State.DONE else None)


def event(piece: Piece, key: str) -> str:
    """New text of one side as an htmx partial that appends it, escaped; the end of one side as a named event."""
    if name := OUTCOMES.get(piece.kind):
        return f"id: {piece.cursor}\nevent: {name}\ndata: {key}\n\n"
    swap = "innerHTML swapEmpty:true" if piece.kind == "reset" else "beforeend"
    text = escape(piece.text).replace("\r", "&#13;").replace("\n", "&#10;")  # a line is an SSE field
    return f'id: {piece.cursor}\ndata: <hx-partial hx-target="#text-{key}" hx-swap="{swap}">{text}</hx-partial>\n\n'


def _keys(text: str) -> list[uuid.UUID]:
    """From what a page sent; anything that names no responses names none."""
    try:
        return [uuid.UUID(part) for part in text.split(".")]
    except ValueError:
        return []


def _begin(request: HttpRequest, look: Look, pacing_of: Callable[[], str]) -> tuple[Person | None, list[Side], str]:
    """All that a stream begins with; nobody when they have not signed in."""
    if not request.user.is_authenticated:
        return None, [], ""
    sides = look(request.user)
    return request.user, sides, pacing_of() if sides else ""


def _pacing(turn: uuid.UUID) -> str:
    return Project.objects.values_list("pacing", flat=True).get(dialogues__turns=turn)


def _pair(turn: uuid.UUID, person: Person) -> list[Side]:
    current = Completion.objects.current().filter(turn__in=Turn.objects.of(person), turn=turn)
    return list(current.order_by("pk").values_list("pk", "state", "text"))


def _trial(trial: uuid.UUID, person: Person) -> list[Side]:
    if not may_manage(person):
        return []
    return list(Trial.objects.of(person).filter(pk=trial).values_list("pk", "state", "text"))
