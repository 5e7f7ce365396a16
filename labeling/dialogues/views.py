"""The token stream of a pair."""

import uuid
from collections.abc import AsyncIterator
from contextlib import aclosing

import redis
from asgiref.sync import sync_to_async
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.html import escape
from django.views.decorators.http import require_GET

from labeling.cohorts.models import Person
from labeling.dialogues import streams
from labeling.dialogues.models import UNFINISHED, Completion, Turn

IDLE = 5.0  # seconds without an entry before the database is asked whether something was missed
OUTCOMES = {"stored": "done", "failed": "failed"}  # entry of the stream → event of the page


@require_GET
async def stream(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """Server-sent events from the cursor on; `ready` once both responses are settled. Only for the author.

    Holds no database connection while it is open: it is given back before the first event.
    """
    person = await sync_to_async(_person)(request)
    if person is None:
        return HttpResponse(status=401)
    states = await sync_to_async(_states)(pk, person)
    if not states:
        raise Http404
    after = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    response = StreamingHttpResponse(
        events(pk, person, states, streams.Cursor.parse(after)), content_type="text/event-stream"
    )
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


async def events(
    turn: uuid.UUID, person: Person, states: dict[uuid.UUID, str], cursor: streams.Cursor
) -> AsyncIterator[str]:
    """`states` is by completion; the cursor's positions are in the same order."""
    keys = list(states)
    while not _settled(states):
        try:
            async with aclosing(streams.follow(keys, cursor, IDLE)) as entries:
                async for entry in entries:
                    if entry is None:
                        yield ": still here\n\n"
                        break
                    cursor = entry.cursor
                    yield event(entry, str(keys[entry.side]))
                    if entry.kind in OUTCOMES:
                        break
        except redis.RedisError:
            return  # the browser connects again, and the database may know by then
        states = await sync_to_async(_states)(turn, person)
    yield f"id: {cursor}\nevent: ready\ndata: ready\n\n"


def event(entry: streams.Entry, key: str) -> str:
    """New text of one side as an htmx partial that appends it, escaped; the end of one side as a named event."""
    if name := OUTCOMES.get(entry.kind):
        return f"id: {entry.cursor}\nevent: {name}\ndata: {key}\n\n"
    swap = "innerHTML swapEmpty:true" if entry.kind == "reset" else "beforeend"
    text = escape(entry.text).replace("\r", "&#13;").replace("\n", "&#10;")  # a line is an SSE field
    return f'id: {entry.cursor}\ndata: <hx-partial hx-target="#text-{key}" hx-swap="{swap}">{text}</hx-partial>\n\n'


def _settled(states: dict[uuid.UUID, str]) -> bool:
    return all(state not in UNFINISHED for state in states.values())


def _person(request: HttpRequest) -> Person | None:
    try:
        return request.user if request.user.is_authenticated else None
    finally:
        connection.close()


def _states(turn: uuid.UUID, person: Person) -> dict[uuid.UUID, str]:
    """State by completion, as `streams.in_order` has them; empty when the turn is not this person's."""
    try:
        current = Completion.objects.current().filter(turn__in=Turn.objects.of(person), turn=turn)
        return dict(current.order_by("pk").values_list("pk", "state"))
    finally:
        connection.close()
