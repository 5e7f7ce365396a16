"""Workers let go of what a round in review, or a stopped project, no longer wants."""

import pytest

from labeling.comparisons.models import Assignment
from labeling.dialogues import streams
from labeling.dialogues.models import Completion
from tests.dialogues.test_faults import wait_for_words
from tests.dialogues.test_work_over import send_into_review, stop
from tests.people import ask, join, make_project
from tests.processes import wait_until

MINUTES = 4096  # tokens of "scripted:long"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("end_work", [send_into_review, stop])
def test_workers_let_go_of_it(installation, end_work):
    project = make_project(sources=("scripted:long", "scripted:long"), max_new_tokens=MINUTES)
    turns = [ask(join("first", f"{name}@example.org"), project) for name in ("alice", "carol")]
    for turn in turns:
        wait_for_words(turn)
    end_work(project)
    assert not Completion.objects.exclude(state="cancelled").exists()
    beats = [streams.heartbeat_key(pk, 1) for pk in Completion.objects.values_list("pk", flat=True)]
    wait_until(lambda: set(streams.client().mget(beats)) == {"done"})
    assert not Assignment.objects.filter(done_at__isnull=False).exists()
