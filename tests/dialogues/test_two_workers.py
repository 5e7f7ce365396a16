"""Two generation workers with a model each, one of which is killed again and again, and one cut off for a while."""

import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from labeling import processes
from labeling.celery import app
from labeling.comparisons.at_once import MOST_UNJUDGED
from labeling.comparisons.models import Comparison
from labeling.dialogues import routing, streams, workers
from labeling.dialogues.models import Completion, Turn
from labeling.dialogues.pacing import Entry
from tests.dialogues.streaming import lose
from tests.people import ask, join, make_project
from tests.processes import PATIENCE, Installation, generation, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

TURNS = 40  # of two completions each
KILLS = 4
SOURCES = ("scripted", "scripted:slow")


@pytest.fixture
def alice(transactional_db):
    return join("first", "alice@example.org")


@pytest.fixture
def two_workers(installation: Installation) -> Iterator[processes.Supervisor]:
    """Each on what would be a machine of its own, in place of the one that answers for everything."""
    installation.stop("generation")
    everything = [one_machine(f"gpu-{number}", source) for number, source in enumerate(SOURCES, 1)]
    supervisor = processes.Supervisor(everything, say=lambda line: None)
    try:
        for name in supervisor.children:
            supervisor.start(name)
        wait_until(lambda: len(workers.announced()) == 2)
        routing.served.forget()
        yield supervisor
    finally:
        supervisor.close()
        installation.start("generation")
        routing.served.forget()


def one_machine(name: str, source: str) -> processes.Process:
    process = generation()
    argv = [f"{name}@test" if word == "generation@%h" else word for word in process.argv]
    return replace(process, name=name, argv=argv, env={**process.env, "SERVES": source})


def kill(supervisor: processes.Supervisor, name: str) -> None:
    running = supervisor.children[name].running
    assert running
    supervisor.send(name, signal.SIGKILL)
    running.wait()


def restart(supervisor: processes.Supervisor, name: str) -> None:
    supervisor.stop(name)
    supervisor.start(name)


def stored_entries(completion: Completion) -> int:
    return sum(1 for entry in streams.so_far([completion])[0] if entry.kind == "stored")


def hurry(*, seconds: float = 31) -> None:
    """What was sent and has been taken by nobody looks so much older to the sweeper: the test need not wait for it."""
    past = timezone.now() - timedelta(seconds=seconds)
    Completion.objects.filter(state="queued", sent_at__isnull=False).update(queued_at=past, sent_at=past)


def test_completions_outlive_a_worker_that_is_killed_again_and_again(two_workers):
    people = [join("first", f"annotator-{number}@example.org") for number in range(TURNS // MOST_UNJUDGED + 1)]
    project = make_project(sources=SOURCES)
    for number in range(TURNS):
        ask(people[number % len(people)], project, f"Question {number}?")
    slow = Completion.objects.filter(model_version__source="scripted:slow")
    for _ in range(KILLS):
        came = timezone.now()
        wait_until(lambda came=came: slow.filter(state="running", started_at__gt=came).exists())
        kill(two_workers, "gpu-2")
        restart(two_workers, "gpu-2")
    began = time.monotonic()

    def all_done() -> bool:
        if time.monotonic() - began > 10:
            hurry()
        return not Completion.objects.exclude(state="done").exists()

    wait_until(all_done, 3 * PATIENCE)
    completions = list(Completion.objects.all())
    assert len(completions) == 2 * TURNS
    assert {completion.finish_reason for completion in completions} <= {"stop", "length"}
    assert all(completion.text for completion in completions)
    assert Counter(map(stored_entries, completions)) == {1: 2 * TURNS}
    assert Comparison.objects.filter(turn__in=Turn.objects.all()).count() == TURNS
    attempts = Counter(
        (completion.model_version.source, completion.attempt)
        for completion in Completion.objects.select_related("model_version")
    )
    assert attempts["scripted", 1] == TURNS, "the other worker's work is not touched by it"
    again = sum(count for (source, attempt), count in attempts.items() if source == "scripted:slow" and attempt > 1)
    assert again >= KILLS, "each time it was in the middle of something"


def test_a_worker_that_is_cut_off_for_a_while_finds_its_work_given_to_the_next_attempt(alice, two_workers):
    """Halted, as by a network that drops everything: it cannot beat, and does not know that it is taken for lost."""
    turn = ask(alice, make_project(sources=("scripted:slow", "scripted:slow")))
    pair = list(turn.completions.all())
    wait_until(lambda: all(map(words, streams.so_far(pair))))
    two_workers.send("gpu-2", signal.SIGSTOP)
    lose(*pair)
    wait_until(lambda: set(turn.completions.values_list("attempt", flat=True)) == {2})
    two_workers.send("gpu-2", signal.SIGCONT)
    wait_until(lambda: set(turn.completions.values_list("state", flat=True)) == {"done"})
    done = list(turn.completions.all())
    assert [completion.attempt for completion in done] == [2, 2]
    assert [completion.text for completion in done] == [words(entries, 2) for entries in streams.so_far(done)]
    assert [stored_entries(completion) for completion in done] == [1, 1]


def words(entries: list[Entry], attempt: int = 1) -> str:
    return "".join(entry.text for entry in entries if entry.attempt == attempt)


def test_what_waits_for_a_worker_that_does_not_come_back_is_answered_by_another(alice, installation):
    """The queue is the missing worker's alone; only being sent again brings the requests to anybody else."""
    client = streams.client()
    client.set("runtime:worker:missing", '{"serves": ["scripted"]}', ex=60)
    client.sadd(workers.NAMES, "missing")
    routing.served.forget()
    turn = ask(alice, make_project())
    with app.connection_for_write() as link:
        assert link.default_channel.client.llen(routing.queue_name("live", "scripted")) == 2
        link.default_channel.client.delete(routing.queue_name("live", "scripted"))
    client.delete("runtime:worker:missing")
    routing.served.forget()
    hurry()
    wait_until(lambda: set(turn.completions.values_list("state", flat=True)) == {"done"})
