"""People work in a project while a file is stored in it, which may take minutes."""

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from labeling.comparisons import at_once
from labeling.comparisons.models import Comparison, Judgement
from labeling.datasets.imports import storing_pairs
from labeling.datasets.imports.telling import Progress
from labeling.datasets.models import Import
from labeling.projects.models import Project, Round
from labeling.quality.models import Computation
from tests.comparisons.pages import judge
from tests.comparisons.test_races import beside, waiting
from tests.datasets.imports.files import check, send, store
from tests.datasets.imports.test_comparisons import COLUMNS, PROMPT, lines
from tests.people import manage
from tests.processes import wait_until
from tests.projects.pages import words

PAIRS = [{"prompt": PROMPT, "chosen": f"Scattering {n}.", "rejected": "The sea."} for n in range(3)]
NOBODY_WAITS = 10.0  # seconds

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def managed(client, manager, project) -> Client:
    manage(project, manager)
    client.force_login(manager)
    return client


@pytest.fixture
def once_it_stores(monkeypatch):
    """Does something on another connection, as other people do, between the second portion and the third."""

    def does(action):
        come = Progress.come

        def told(progress: Progress, rows: int) -> None:
            come(progress, rows)
            if rows == 2:
                thread, raised = beside(action)
                thread.join(NOBODY_WAITS)
                ended.append((not thread.is_alive(), raised))

        ended: list[tuple[bool, list[Exception]]] = []
        monkeypatch.setattr(storing_pairs, "PORTION", 1)
        monkeypatch.setattr(Progress, "come", told)
        return ended

    return does


def stored(managed: Client, project: Project, **columns):
    url = reverse("imports", args=[project.slug])
    columns = {**COLUMNS, "prompt": "prompt", **columns}
    return store(managed, check(managed, send(managed, url, lines(*PAIRS), "pairs.jsonl"), **columns))


@pytest.mark.parametrize("verdict", ["first", "nowhere"])
def test_people_judge_and_begin_as_ever(managed, alice, assignment, project, once_it_stores, verdict):
    annotator = Client()
    annotator.force_login(alice)
    round_ = project.rounds.get()

    def work():
        assert judge(annotator, assignment).status_code == 200
        with transaction.atomic():
            assert at_once.hold_in(round_, alice)

    ended = once_it_stores(work)
    imported = stored(managed, project, verdict_all=verdict)
    assert ended == [(True, [])]
    assert (imported.state, imported.error) == ("done", "")
    assert Comparison.objects.filter(turn=None).count() == len(PAIRS)
    assert Judgement.objects.filter(imported=False).count() == 1
    assert Computation.objects.filter(asked_at__isnull=False).exists() == (verdict == "first")


def test_what_is_being_committed_is_not_taken_for_somebody_elses(project):
    """Which takes seconds where a file is large: all that was stored refers to something."""
    imported = Import.objects.begin_here(project=project, axis="helpfulness", name="pairs.jsonl", size=10)
    imported.checked(fitting=1)
    assert imported.store_here()
    progress = Progress(imported)
    with transaction.atomic():
        imported.stored()
        telling, raised = beside(progress.tell)
        wait_until(lambda: waiting() == 1)
    telling.join()
    assert raised == [] and not progress.interrupted
    assert Import.objects.get().state == "done"


def test_pairs_for_a_round_that_goes_into_review_meanwhile_are_not_stored(managed, project, once_it_stores):
    ended = once_it_stores(project.rounds.get().review)
    imported = stored(managed, project, verdict_all="nowhere")
    assert ended == [(True, [])]
    assert imported.state == "failed" and "Open a round" in imported.error
    assert not Comparison.objects.exists()


def test_a_manager_who_wants_the_next_round_meanwhile_is_told_to_wait(managed, project, once_it_stores, monkeypatch):
    monkeypatch.setattr("labeling.projects.models.round.PATIENCE", "10ms")
    page, said = reverse("round_new", args=[project.slug]), []

    def begin():
        said.append(words(managed.post(page, {"start": "empty", "number": 2}, follow=True)))

    ended = once_it_stores(begin)
    imported = stored(managed, project)
    assert ended == [(True, [])]
    assert "A file is being brought in that gets the next round." in said[0]
    assert imported.round.number == 2
    assert Round.objects.draft(project).number == 3
