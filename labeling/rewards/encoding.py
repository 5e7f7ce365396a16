"""Which comparisons the encoder has not read yet, and the way there and back: in the background, whoever wrote them.

Nobody waits for it but quick reward models. One request is under way at a time; a key of the stream says so, which
expires, so that a request that was lost is made again, of whatever is lacking then. A comparison that comes back twice
is kept once.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import redis
from django.core.signing import Signer
from django.db import connection
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from kombu.exceptions import OperationalError as BrokerError

from labeling.celery import app
from labeling.datasets.models import Snapshot
from labeling.dialogues import streams
from labeling.projects.models import Round
from labeling.rewards.models import Encoder, Encoding, Run

logger = logging.getLogger(__name__)

QUEUE = "encode"
AT_ONCE = 32  # comparisons of one request: seconds of work for a processor
READER = "runtime:training"  # a worker that reads says so here
UNDER_WAY = "encode:under-way"  # the worker prolongs it while it reads
PATIENCE = 120  # seconds that the key lives, and that a request may wait in the queue

_signer = Signer(salt="labeling.rewards.encoding")

LACKING = """
SELECT comparison.id, comparison.context::text, first.text, second.text
FROM comparisons_comparison comparison
JOIN dialogues_completion first ON first.id = comparison.first_id
JOIN dialogues_completion second ON second.id = comparison.second_id
WHERE {which} AND comparison.ready_at IS NOT NULL AND NOT EXISTS (
    SELECT FROM rewards_encoding encoding
    WHERE encoding.comparison_id = comparison.id AND encoding.encoder_id = %(encoder)s
)
LIMIT %(most)s
"""
OF_ROUNDS = "comparison.round_id = ANY(%(rounds)s::bigint[]) AND comparison.retired_at IS NULL"
OF_SNAPSHOTS = """comparison.id IN (
    SELECT assignment.comparison_id FROM datasets_member member
    JOIN comparisons_judgement judgement ON judgement.id = member.judgement_id
    JOIN comparisons_assignment assignment ON assignment.id = judgement.assignment_id
    WHERE member.snapshot_id = ANY(%(snapshots)s::uuid[]) AND member.reason = ''
)"""
COUNTED = f"""
SELECT count(encoding.comparison_id), count(*) FROM comparisons_comparison comparison
LEFT JOIN rewards_encoding encoding
    ON encoding.comparison_id = comparison.id AND encoding.encoder_id = %(encoder)s
WHERE {OF_SNAPSHOTS}
"""  # noqa: S608 - one of the two above


def send_next() -> bool:
    """Ask for some of what is lacking. False where there is nothing, nobody to ask, or a request under way already."""
    try:
        if not streams.client().exists(READER):
            return False
        if not streams.client().set(UNDER_WAY, "1", nx=True, ex=PATIENCE):
            return False
        pairs = lacking()
        if not pairs:
            streams.client().delete(UNDER_WAY)
            return False
        request = {"receipt": sign([pair["comparison"] for pair in pairs]), "pairs": pairs}
        app.send_task("models_runtime.encode", kwargs={"request": request}, queue=QUEUE, expires=PATIENCE)
    except (redis.RedisError, BrokerError) as error:
        logger.warning("Nothing can be encoded now: %s", error)
        return False
    return True


def lacking() -> list[dict[str, Any]]:
    """Of what quick reward models wait for; else of rounds that are not closed."""
    encoder = Encoder.objects.current()
    asked = {"encoder": encoder.pk if encoder else None, "most": AT_ONCE}
    wanted = list(Run.objects.unfinished().filter(kind=Run.Kind.QUICK).values_list("snapshot", flat=True))
    found = _read(OF_SNAPSHOTS, {**asked, "snapshots": wanted}) if wanted else []
    if not found:
        unclosed = Round.objects.filter(state__in=(Round.State.OPEN, Round.State.REVIEW))
        found = _read(OF_ROUNDS, {**asked, "rounds": list(unclosed.values_list("pk", flat=True))})
    return found


def _read(which: str, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(LACKING.format(which=which), asked)
        return [
            {"comparison": str(pk), "context": json.loads(context), "first": first, "second": second}
            for pk, context, first, second in cursor.fetchall()
        ]


def how_many(snapshot: Snapshot) -> tuple[int, int]:
    """Comparisons of a snapshot that the current encoder has read, or cannot read, and how many there are."""
    encoder = Encoder.objects.current()
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, {"snapshots": [snapshot.pk], "encoder": encoder.pk if encoder else None})
        done, total = cursor.fetchone()
    return done, total


def store(encoder: str, artifact: str, rows: Sequence[str], refused: Mapping[str, str], seconds: float) -> None:
    """What a worker read, in the order of the artifact's rows, and what it could not read."""
    by, _ = Encoder.objects.update_or_create(sha256=encoder, defaults={"seen_at": timezone.now()})
    share = seconds / max(1, len(rows))
    kept = [
        Encoding(comparison_id=UUID(name), encoder=by, artifact=artifact, row=row, seconds=share)
        for row, name in enumerate(rows)
    ]
    kept += [Encoding(comparison_id=UUID(name), encoder=by, refused=why, seconds=0) for name, why in refused.items()]
    Encoding.objects.bulk_create(kept, ignore_conflicts=True)


def go_on() -> None:
    """The request that was under way has come back: the next one."""
    try:
        streams.client().delete(UNDER_WAY)
    except redis.RedisError as error:
        logger.warning("The stream could not be told that a request to encode is over: %s", error)
    send_next()


def sign(comparisons: Sequence[str]) -> str:
    """What a worker shows to report on these comparisons, and on no others."""
    return _signer.signature(",".join(comparisons))


def is_genuine(comparisons: Sequence[str], token: str) -> bool:
    return constant_time_compare(sign(comparisons), token)
