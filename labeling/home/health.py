"""Whether everything is there that an annotator's next click needs; each part "ok" or a short reason. What nobody waits
for is named too, and may be away.

Reasons name no host and no path: the page is open to everybody, for load balancers and monitors.
"""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from labeling.celery import app
from labeling.dialogues import streams, workers

logger = logging.getLogger(__name__)

OK = "ok"
SILENT = "does not answer"
MAY_BE_AWAY = {"training"}  # for a night, or for good where no reward model is wanted
PATIENCE = 1.8  # seconds for all checks together
threads = ThreadPoolExecutor(max_workers=6, thread_name_prefix="health")


def database() -> dict[str, str]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()
    return {"database": OK}


def broker() -> dict[str, str]:
    with app.connection_for_write() as link:
        link.ensure_connection(max_retries=1)
    return {"broker": OK}


def stream() -> dict[str, str]:
    """The stream, and who has lately announced himself in it."""
    names = ("labeling", "datasets", "receipts", "training")
    consumers = zip(names, streams.client().mget(*(f"runtime:{name}" for name in names)), strict=True)
    return {
        "stream": OK,
        "generation": OK if workers.announced() else "no worker has announced itself",
        **{name: OK if there else "the worker has not announced itself" for name, there in consumers},
    }


CHECKS: Mapping[Callable[[], dict[str, str]], tuple[str, ...]] = {
    database: ("database",),
    broker: ("broker",),
    stream: ("stream", "generation", "labeling", "datasets", "receipts", "training"),
}


def health() -> dict[str, str]:
    """Bounded in time: what has not answered after PATIENCE counts as silent, and is not waited for."""
    futures = {threads.submit(check): parts for check, parts in CHECKS.items()}
    done, late = wait(futures, timeout=PATIENCE)
    state: dict[str, str] = {}
    for future in done:
        if error := future.exception():
            logger.warning("%s: %s", futures[future][0], error)
            state |= dict.fromkeys(futures[future], SILENT)
        else:
            state |= future.result()
    for future in late:
        future.cancel()
        state |= dict.fromkeys(futures[future], SILENT)
    return state


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    state = health()
    is_well = all(said == OK for part, said in state.items() if part not in MAY_BE_AWAY)
    return JsonResponse(state, status=200 if is_well else 503)
