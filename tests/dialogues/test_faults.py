"""What the generation journey survives, with every process of an installation running."""

import signal

import psutil
import pytest
from django.db import connection

from labeling.comparisons.models import Comparison
from labeling.dialogues import generation, streams
from labeling.dialogues.models import Completion, Turn
from labeling.dialogues.pacing import pace
from labeling.stack import Stack
from tests.people import ask, join, make_project
from tests.processes import PATIENCE, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def broker():
    """The embedded Valkey: queues and streams. Whatever a test does to it, it runs again afterwards."""
    server = Stack().servers[0]
    yield server
    server.start()


@pytest.fixture
def alice(transactional_db):
    return join("first", "alice@example.org")


def states(turn: Turn) -> list[str]:
    return list(turn.completions.current().values_list("state", flat=True))


def wait_for_words(turn: Turn) -> None:
    """Both sides are being written."""
    wait_until(lambda: all(streamed(*turn.completions.current())))


def streamed(*completions: Completion) -> list[str]:
    return pace("own", streams.so_far(completions), [None] * len(completions))[0]


def wait_for_both(turn: Turn) -> list[Completion]:
    wait_until(lambda: states(turn) == ["done", "done"])
    return list(turn.completions.current())


def test_a_prompt_comes_back_as_two_stored_responses(alice, installation):
    one, two = wait_for_both(ask(alice, make_project()))
    assert one.text and two.text
    assert one.completion_tokens and one.seconds is not None
    assert one.attempt == two.attempt == 1


def test_a_worker_killed_in_mid_generation_costs_a_retry(alice, installation):
    turn = ask(alice, make_project(sources=("scripted:slow", "scripted:slow")))
    wait_for_words(turn)
    installation.kill("generation", signal.SIGKILL)
    installation.start("generation")
    one, two = wait_for_both(turn)
    assert one.attempt == two.attempt == 2
    assert one.text == streamed(one)[0]


def test_a_worker_that_is_stopped_hands_its_work_back(alice, installation):
    turn = ask(alice, make_project(sources=("scripted:slow", "scripted:slow")))
    wait_for_words(turn)
    installation.stop("generation")
    wait_until(lambda: states(turn) == ["queued", "queued"])
    installation.start("generation")
    assert {completion.attempt for completion in wait_for_both(turn)} == {2}


def test_a_broker_that_is_restarted_loses_no_response(alice, installation, broker):
    turn = ask(alice, make_project(sources=("scripted:slow", "scripted:slow")))
    wait_for_words(turn)
    wait_until(lambda: states(turn) == ["running", "running"])
    broker.stop()
    assert states(turn) == ["running", "running"]
    broker.start()
    one, two = wait_for_both(turn)
    assert one.text and two.text


def test_a_worker_whose_schedule_died_does_not_go_on_without_it(installation):
    worker = installation.supervisor.children["labeling"].running
    (schedule,) = psutil.Process(worker.pid).children()
    schedule.kill()
    try:
        assert worker.wait(PATIENCE) == 1
    finally:
        installation.start("labeling")


def test_a_prompt_sent_while_the_broker_is_away_is_answered_when_it_is_back(alice, installation, broker):
    project = make_project()
    broker.stop()
    turn = ask(alice, project)
    broker.start()
    wait_for_both(turn)


def test_a_response_that_arrives_during_a_migration_is_kept_when_that_is_done(alice, installation):
    """As it came: it is not written again by another attempt."""
    receipts = installation.supervisor.log("receipts")
    turn = ask(alice, make_project(sources=("scripted:slow", "scripted:slow")))
    wait_for_words(turn)
    before = len(receipts.read_text())
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE dialogues_completion RENAME COLUMN html TO renamed")
    try:
        wait_until(lambda: "Retry in" in receipts.read_text()[before:])
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE dialogues_completion RENAME COLUMN renamed TO html")
    one, two = wait_for_both(turn)
    assert one.text and two.text
    assert one.attempt == two.attempt == 1


def test_cancelling_stops_a_response_that_would_take_minutes(alice, installation):
    turn = ask(alice, make_project(sources=("scripted:long", "scripted:long"), max_new_tokens=4096))
    wait_for_words(turn)
    generation.cancel(turn)
    before = streamed(*turn.completions.all())
    free = [streams.heartbeat_key(completion.pk, 1) for completion in turn.completions.all()]
    wait_until(lambda: streams.client().mget(free) == ["done", "done"])
    assert states(turn) == ["cancelled", "cancelled"]
    assert all(completion.text == "" for completion in turn.completions.all())
    assert all(before)


def test_a_failure_that_passes_is_not_even_seen(alice, installation):
    turn = ask(alice, make_project(sources=("scripted:fails-once", "scripted")))
    assert sorted(completion.attempt for completion in wait_for_both(turn)) == [1, 2]


def test_a_model_that_always_fails_is_given_up_with_its_reason(alice, installation):
    turn = ask(alice, make_project(sources=("scripted:fails-always", "scripted")))
    wait_until(lambda: sorted(states(turn)) == ["done", "failed"])
    failed = turn.completions.get(state="failed")
    assert failed.attempt == Completion.MAX_ATTEMPTS
    assert "broke off" in failed.error


def test_a_missing_checkpoint_is_a_reason_the_manager_reads(alice, manager, installation, client):
    project = make_project(sources=("nowhere", "nowhere-either"), engine="transformers")
    turn = ask(alice, project)
    wait_until(lambda: states(turn) == ["failed", "failed"])
    assert all("nowhere" in completion.error for completion in turn.completions.all())
    project.roles.create(person=manager, kind="manager")
    client.force_login(manager)
    assert "nowhere" in client.get("/admin/dialogues/completion/").content.decode()
    client.force_login(alice)
    page = client.get(f"/projects/{project.slug}/work/").content.decode()
    assert "nowhere" not in page and "Ask again" in page


def test_a_version_that_often_says_nothing_is_drawn_until_it_says_something(alice, installation):
    turn = ask(alice, make_project(sources=("scripted:empty-odd", "scripted"), max_redraws=40))
    wait_for_both(turn)
    *gone, kept = turn.completions.filter(model_version__source="scripted:empty-odd").order_by("queued_at")
    assert kept.text != "..." and kept.seed % 2 == 0
    assert all(each.text == "..." and each.seed % 2 and each.discard_reason == "empty" for each in gone)
    wait_until(lambda: Comparison.objects.get(turn=turn).ready_at)


def test_a_version_that_never_says_anything_is_given_up_with_its_reason(alice, installation):
    turn = ask(alice, make_project(sources=("scripted:empty", "scripted")))
    wait_until(lambda: sorted(states(turn)) == ["done", "failed"])
    assert turn.completions.get(state="failed").error.startswith("Drawn 4 times; each time")
