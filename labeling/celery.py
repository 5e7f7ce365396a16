"""The web side's queue: periodic work and whatever a page hands to the background.

It also sends to the model side, by task name alone. What the model side sends back is read by `labeling.receipts`.
"""

import os
from threading import Thread
from typing import Any

from celery import Celery
from celery.signals import worker_ready
from celery.worker import state

from labeling.stack import addresses

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labeling.settings")
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")  # which import every page; what is wrong `make check` finds

SLICES = ("cohorts", "projects", "dialogues", "comparisons", "exams", "quality", "datasets", "rewards")
app = Celery("labeling", broker=addresses().broker, include=[f"labeling.{name}.tasks" for name in SLICES])
app.conf.update(
    task_default_queue="labeling",
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    worker_hijack_root_logger=False,
    worker_enable_remote_control=False,  # else whoever writes to the broker could stop or redirect it
    broker_connection_retry_on_startup=True,
    # A page never waits long for a broker that is away: the sweeper sends what could not be sent.
    task_publish_retry_policy={"max_retries": 1, "interval_start": 0, "interval_step": 0.1},
    broker_transport_options={"socket_timeout": 10, "socket_connect_timeout": 2},
    beat_schedule={
        "sweep": {"task": "labeling.sweep", "schedule": 5.0, "options": {"expires": 5}},
        "trials": {"task": "labeling.forget_trials", "schedule": 3600.0, "options": {"expires": 3600}},
        "refill": {"task": "labeling.refill_stock", "schedule": 2.0, "options": {"expires": 2}},
        "abandoned": {"task": "labeling.close_abandoned", "schedule": 600.0, "options": {"expires": 600}},
        "leases": {"task": "labeling.take_back_lapsed", "schedule": 15.0, "options": {"expires": 15}},
        "exams": {"task": "labeling.settle_exams", "schedule": 60.0, "options": {"expires": 60}},
        "invitations": {"task": "labeling.mail_invitations", "schedule": 10.0, "options": {"expires": 10}},
        "quality": {"task": "labeling.compute_quality", "schedule": 5.0, "options": {"expires": 5}},
        "judgements": {"task": "labeling.note_judgements", "schedule": 30.0, "options": {"expires": 30}},
        "known": {"task": "labeling.look_at_known_answers", "schedule": 120.0, "options": {"expires": 120}},
        "planning": {"task": "labeling.plan_known_pairs", "schedule": 30.0, "options": {"expires": 30}},
        "imports": {"task": "labeling.run_imports", "schedule": 2.0, "options": {"queue": "datasets", "expires": 2}},
        "making": {"task": "labeling.make_snapshots", "schedule": 2.0, "options": {"queue": "datasets", "expires": 2}},
        "gists": {"task": "labeling.gather_judged", "schedule": 60.0, "options": {"queue": "datasets", "expires": 60}},
        "quick": {"task": "labeling.fit_quick_models", "schedule": 5.0, "options": {"queue": "datasets", "expires": 5}},
        "encoding": {"task": "labeling.encode_waiting", "schedule": 10.0, "options": {"expires": 10}},
        "rounds": {"task": "labeling.count_rounds", "schedule": 10.0, "options": {"expires": 10}},
        "runs": {"task": "labeling.sweep_runs", "schedule": 15.0, "options": {"expires": 15}},
        "drafts": {"task": "labeling.forget_drafts", "schedule": 3600.0, "options": {"expires": 3600}},
        "beat": {"task": "receipts.beat", "schedule": 5.0, "options": {"queue": "receipts", "expires": 5}},
    },
)


@worker_ready.connect
def watch_schedule(sender: Any, **_: Any) -> None:
    """Without its schedule a worker finds nothing that was lost, and Celery starts none anew: it ends, and whoever
    started it starts both."""
    if schedule := getattr(sender.controller, "beat", None):
        Thread(target=_end_with, args=(schedule,), name="schedule", daemon=True).start()


def _end_with(schedule: Any) -> None:
    schedule.join()
    state.should_stop = 1
