"""Responses that somebody gives to reward models: asked, answered, put together, and on a page."""

from datetime import timedelta
from uuid import uuid4

import numpy as np
import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from scipy.special import expit

from labeling.datasets.models import Snapshot
from labeling.dialogues import streams
from labeling.dialogues.receipts import Refused
from labeling.dialogues.signatures import sign
from labeling.projects.models import ModelVersion, Project
from labeling.rewards import opinion_receipts, opinions, recovery, stream
from labeling.rewards.models import Opinion, Run
from labeling.rewards.models.opinion import KEPT
from labeling.rewards.models.run import LEASE, MAX_TRIES
from labeling.rewards.opinions import Asked
from labeling.rewards.report.combination import whitened
from tests.people import make_project, manage
from tests.quality.judging import compared, judged
from tests.rewards.scored import asked, by_length, held_out, ready, the_first

pytestmark = pytest.mark.usefixtures("sent")

WHY = Asked([{"role": "user", "content": "Why?"}], ["Because.", "So."])
LURE = Asked([{"role": "user", "content": "How do I pick a lock?"}], ["With care."], is_safety_prompt=True)


@pytest.fixture
def project(alice, manager) -> Project:
    project = make_project("both", gates=[])
    manage(project, manager)
    return project


@pytest.fixture
def snapshot(project, alice) -> Snapshot:
    """Four pairs are held out, on both axes."""
    for number in range(4):
        pair = compared(alice, project, ("a" * (20 + 30 * number), "b" * 50))
        for axis in project.axes_in_order():
            judged(pair, alice, 2, kind="author", axis=axis)
    return held_out(project)


@pytest.fixture
def models(snapshot) -> dict:
    return {"helpfulness": ready(snapshot, by_length), "safety": ready(snapshot, the_first, "safety")}


@pytest.fixture
def opinion(models, django_capture_on_commit_callbacks) -> Opinion:
    with django_capture_on_commit_callbacks(execute=True):
        return opinions.ask(models, [WHY, LURE])


@pytest.fixture
def client(manager) -> Client:
    client = Client()
    client.force_login(manager)
    return client


def again(opinion: Opinion) -> Opinion:
    return Opinion.objects.get(pk=opinion.pk)


def report(opinion: Opinion, name: str, **fields) -> Opinion:
    attempt = again(opinion).attempt
    ticket = {"run": str(opinion.pk), "attempt": attempt, "receipt": sign(str(opinion.pk), attempt)}
    getattr(opinion_receipts, f"opinion_{name}")(**{**ticket, **fields})
    return again(opinion)


def train(snapshot: Snapshot) -> None:
    """A worker is at a third model, and a third of it is done."""
    run = asked(snapshot, kind=Run.Kind.TRAINED, base=ModelVersion.objects.first())
    at_work = {"state": Run.State.RUNNING, "beat_at": timezone.now(), "done": 34, "total": 100}
    Run.objects.filter(pk=run.pk).update(**at_work)


def words(answer) -> str:
    return " ".join(answer.content.decode().split())


def typed(models: dict) -> dict:
    """On the page of the model for helpfulness."""
    return {"key": uuid4(), "prompt": "Why?", "response": "Because.", "beside": models["safety"].pk}


SAID = {"helpfulness": [[2.0, -1.0], [3.0]], "safety": [[-3.0, 1.0], [0.5]]}


def test_a_worker_is_asked_with_the_models_of_both_axes(opinion, models, sent):
    ((name, request, queue),) = sent
    assert (name, queue, request["attempt"]) == ("models_runtime.give_opinion", "training.asked", 1)
    assert request["models"] == {axis: run.artifact for axis, run in models.items()}
    assert [line["responses"] for line in request["lines"]] == [["Because.", "So."], ["With care."]]
    assert again(opinion).sent_at


def test_what_it_says_becomes_llama_2s_one_number(opinion):
    assert report(opinion, "progress", done=1, total=2).beat_at
    given = report(opinion, "given", rewards=SAID, seconds=1.5)
    assert (given.state, given.rewards) == ("given", SAID)
    one, lure = opinions.together(given.rewards, given.lines)
    assert one == pytest.approx([expit(-3.0), expit(-1.0)]), "the first is unsafe, the second is not"
    assert lure == pytest.approx([expit(0.5)]), "of a safety prompt"


def test_what_one_of_both_cannot_read_has_no_number(opinion):
    given = report(opinion, "given", rewards={**SAID, "safety": [None, [0.5]]})
    assert opinions.together(given.rewards, given.lines)[0] is None


@pytest.mark.parametrize(
    "rewards",
    [
        *("no", {}, {"helpfulness": SAID["helpfulness"]}, {**SAID, "other": []}, {**SAID, "safety": [[1.0, 2.0]]}),
        *({**SAID, "safety": [[1.0], [0.5]]}, {**SAID, "safety": [[1.0, float("nan")], [0.5]]}),
        *({**SAID, "safety": [[1.0, True], [0.5]]}, {**SAID, "safety": [[1.0, 10**12], [0.5]]}),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_not_kept(opinion, rewards):
    found = report(opinion, "given", rewards=rewards)
    assert (found.state, found.rewards) == ("failed", None) and "makes no sense" in found.error


def test_a_failure_is_told_in_the_workers_words_and_changes_no_more(opinion):
    found = report(opinion, "failed", detail="The disk is full.\0")
    assert (found.state, found.error) == ("failed", "The disk is full.\ufffd")
    assert report(opinion, "given", rewards=SAID).state == "failed"


def test_a_worker_that_was_stopped_hands_it_over(opinion, sent):
    found = report(opinion, "failed", detail="stopped", stopped=True)
    assert (found.state, found.attempt) == ("waiting", 2)
    assert sent[-1][1]["attempt"] == 2


def test_a_receipt_that_nobody_signed_is_refused(opinion):
    with pytest.raises(Refused):
        report(opinion, "given", receipt="forged", rewards=SAID)


def test_one_whose_worker_is_gone_is_asked_again_and_at_last_given_up(opinion, sent):
    for attempt in range(1, MAX_TRIES + 1):
        assert again(opinion).attempt == attempt
        report(opinion, "progress")
        recovery.sweep()
        assert again(opinion).state == "waiting"
        Opinion.objects.update(beat_at=timezone.now() - LEASE - timedelta(seconds=1))
        recovery.sweep()
    assert again(opinion).state == "failed" and "ended several times" in again(opinion).error
    assert [request["attempt"] for _, request, _ in sent] == [1, 2, 3]


def test_a_message_that_was_lost_is_sent_again_and_what_is_old_is_forgotten(opinion, sent, monkeypatch):
    monkeypatch.setattr(recovery, "waiting_messages", lambda queue: 0)
    recovery.sweep()
    assert len(sent) == 1
    Opinion.objects.update(sent_at=timezone.now() - timedelta(minutes=1))
    recovery.sweep()
    assert len(sent) == 2 and sent[0] == sent[1]
    Opinion.objects.update(created_at=timezone.now() - KEPT)
    recovery.sweep()
    assert not Opinion.objects.exists()


def test_responses_stand_among_those_that_both_models_were_tested_on(models, snapshot):
    others = opinions.held_out(models["helpfulness"], models["safety"])
    assert len(others) == 8
    [place] = opinions.whitened_among([0.9], others)
    odds = np.log(others / (1 - others))
    assert place == pytest.approx((np.log(9) - odds.mean()) / odds.std())
    assert whitened(others) == pytest.approx(opinions.whitened_among(others, others))
    assert opinions.whitened_among([0.9], np.array([])) is None


@pytest.mark.parametrize(
    "fields",
    [{"state": "given"}, {"rewards": SAID}, {"state": "failed"}, {"helpfulness": None, "safety": None}],
    ids=str,
)
def test_the_database_refuses_what_makes_no_sense(opinion, fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        Opinion.objects.filter(pk=opinion.pk).update(**fields)


def test_a_page_asks_for_a_response_and_waits_for_what_is_said_of_it(client, models, sent):
    url = "/projects/both/rewards/1/responses/"
    page = client.get(url)
    assert page.context["form"].initial["beside"] == models["safety"], "the other axis is offered with it"
    asked_for = typed(models)
    [there] = {client.post(url, asked_for)["Location"] for _time in range(2)}
    assert "none is there now" in words(client.get(there))
    opinion = Opinion.objects.get()
    part = client.get(there, headers={"HX-Request": "true"})
    assert 'hx-trigger="every 1s"' in words(part) and "<html" not in words(part)
    report(opinion, "given", rewards={"helpfulness": [[2.0]], "safety": [[1.0]]})
    said = words(client.get(there, headers={"HX-Request": "true"}))
    assert "hx-trigger" not in said and "It is the helpfulness model" in said and "0.15" in said
    assert "8 responses that both were tested on" in said
    page = words(client.get(there))
    assert "Because.</textarea>" in page and ">2.000<" in page and ">0.881<" in page


@pytest.mark.parametrize(
    ("changes", "safety", "because"),
    [
        ({"is_safety_prompt": "on"}, 1.0, "since the prompt is a safety prompt"),
        ({}, -2.0, "since that lies under 0.15"),
        ({"beside": ""}, None, "it says something beside that of another response"),
    ],
)
def test_the_page_says_whose_number_it_is_and_why(client, models, changes, safety, because):
    asked_for = {**typed(models), **changes}
    there = client.post("/projects/both/rewards/1/responses/", asked_for)["Location"]
    rewards = {"helpfulness": [[2.0]], **({"safety": [[safety]]} if safety else {})}
    report(Opinion.objects.get(), "given", rewards=rewards)
    assert because in words(client.get(there))


def test_whoever_waits_for_a_worker_that_trains_reads_how_far_that_is(client, models, snapshot):
    train(snapshot)
    streams.client().set(stream.TRAINING, "1")
    there = client.post("/projects/both/rewards/1/responses/", typed(models))["Location"]
    assert "The worker is at a reward model, of which 34 % is done." in words(client.get(there))


def test_a_failure_and_what_cannot_be_read_are_told_on_the_page(client, models):
    asked_for = typed(models)
    there = client.post("/projects/both/rewards/1/responses/", asked_for)["Location"]
    report(Opinion.objects.get(), "given", rewards={"helpfulness": [[2.0]], "safety": [None]})
    assert "longer than the model may read" in words(client.get(there))
    Opinion.objects.update(state="failed", rewards=None, error="The disk of this worker is full.")
    assert "The disk of this worker is full." in words(client.get(there))


@pytest.mark.parametrize("changes", [{"response": ""}, {"beside": 0}], ids=str)
def test_a_form_that_does_not_say_enough_comes_back(client, models, changes):
    answer = client.post("/projects/both/rewards/1/responses/", {**typed(models), **changes})
    assert answer.status_code == 422 and not Opinion.objects.exists()


def test_whoever_goes_back_and_changes_what_is_asked_asks_anew(client, models):
    url, first = "/projects/both/rewards/1/responses/", typed(models)
    asked = [client.post(url, body)["Location"] for body in (first, {**first, "response": "So."}, first)]
    assert asked[0] == asked[2] != asked[1] and Opinion.objects.count() == 2


def test_a_model_that_is_not_ready_is_not_asked(client, models):
    Run.objects.filter(pk=models["helpfulness"].pk).update(state=Run.State.SCORING, ready_at=None)
    answer = client.post("/projects/both/rewards/1/responses/", typed(models))
    assert "once it is ready" in words(answer) and not Opinion.objects.exists()


def test_a_page_shows_what_was_asked_on_it_alone(client, snapshot, models, opinion):
    there = client.post("/projects/both/rewards/1/responses/", typed(models))["Location"]
    ready(snapshot, by_length)
    other = client.get(there.replace("/rewards/1/", "/rewards/2/"))
    assert other.context["form"].initial["beside"] == models["helpfulness"], "it was asked as well"
    assert client.get(there.replace("/rewards/1/", "/rewards/3/")).status_code == 404
    assert client.get(f"/projects/both/rewards/1/responses/{opinion.pk}/").status_code == 404, "of a command"
