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
from labeling.dialogues.models import Completion, State, Turn

IDLE = 5.0  # seconds without an entry before the database is asked whether something was missed
SETTLED = (State.DONE, State.FAILED, State.CANCELLED)


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
    """`states` is by completion, in the order of the draws; the cursor's positions are in that order too."""
    keys = list(states)
    while not _settled(states):
        try:
            async with aclosing(streams.follow(keys, cursor, IDLE)) as entries:
                async for entry in entries:
                    if entry is None:
                        yield ": still here\n\n"
                        break
                    cursor = entry.cursor
                    if entry.kind in ("stored", "failed"):
                        break
                    yield event(entry, str(keys[entry.side]))
        except redis.RedisError:
            return  # the browser connects again, and the database may know by then
        states = await sync_to_async(_states)(turn, person)
    yield f"id: {cursor}\nevent: ready\ndata: ready\n\n"


def event(entry: streams.Entry, key: str) -> str:
    """One side's new text, or the order to empty it, as an htmx partial. Escaped; newlines as SSE wants them."""
    swap = "innerHTML swapEmpty:true" if entry.kind == "reset" else "beforeend"
    partial = f'<hx-partial hx-target="#text-{key}" hx-swap="{swap}">{escape(entry.text)}</hx-partial>'
    data = "\n".join(f"data: {line}" for line in partial.split("\n"))
    return f"id: {entry.cursor}\n{data}\n\n"


def _settled(states: dict[uuid.UUID, str]) -> bool:
    return all(state in SETTLED for state in states.values())


def _person(request: HttpRequest) -> Person | None:
    try:
        return request.user if request.user.is_authenticated else None
    finally:
        connection.close()


def _states(turn: uuid.UUID, person: Person) -> dict[uuid.UUID, str]:
    """State by completion in the order of the draws; empty when the turn is not this person's."""
    try:
        current = Completion.objects.current().filter(turn__in=Turn.objects.of(person), turn=turn)
        return dict(current.order_by("draw").values_list("pk", "state"))
    finally:
        connection.close()
