"""A snapshot's files are sent to a hub with somebody's token, which is kept nowhere."""

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from huggingface_hub import close_session

from labeling.audit.models import Event
from labeling.datasets import files, hub_client, pushing
from labeling.datasets.models import NotNow, Push, Snapshot, Stopped
from labeling.datasets.models.push import LEASE
from labeling.datasets.wanted import Format
from tests.datasets.drawing import counted
from tests.datasets.hub import TOKEN, Hub, running
from tests.datasets.test_files import nobody_asks, store
from tests.people import make_project, manage
from tests.processes import PATIENCE, wait_until
from tests.quality.judging import compared, judged

__all__ = ["store"]
DATA = "/projects/help/data/"
NAME = "annas/preferences"
UPLOADED_AT_ONCE = 65536  # bytes that the client reads of a file while it sends it


@pytest.fixture
def hub(settings) -> Iterator[Hub]:
    with running() as hub:
        settings.HUB = hub.address
        yield hub


@pytest.fixture
def project(alice, manager, store):
    project = make_project("help", ("helpfulness",))
    manage(project, manager)
    judged(compared(alice, project), alice, 3, kind="author")
    return project


def ready(project, **fields) -> Snapshot:
    snapshot = counted(project, **fields)
    assert snapshot.finish(files.write(snapshot, nobody_asks), 1.0)
    return snapshot


def sent(snapshot, name=NAME, token=TOKEN) -> Push:
    push = Push.objects.begin(snapshot, name, private=True)
    pushing.send(push, token)
    return push


def test_all_of_its_files_are_there_in_one_commit(hub, project):
    snapshot = ready(project, formats=(Format.JSONL_GZ, Format.PARQUET))
    push = sent(snapshot)
    assert (push.state, push.error) == ("done", "")
    assert push.address == f"{hub.address}/datasets/{NAME}/commit/1"
    there = hub.repositories[NAME]
    about = json.loads(there["manifest.json"])
    assert about == files.manifest_of(snapshot)
    assert there.keys() == {path for path, _ in files.named(about)} | {"manifest.json", ".gitattributes"}
    assert hub.private[NAME] and there["helpfulness/train.parquet"].startswith(b"PAR1")
    assert [asked for asked, _ in hub.asked if "/commit/" in asked] == [f"POST /api/datasets/{NAME}/commit/main"]
    assert push.done == push.total > 0


def test_what_an_earlier_snapshot_had_there_goes_and_what_is_somebody_elses_stays(hub, project):
    sent(ready(project, formats=(Format.PARQUET,)))
    hub.repositories[NAME]["notes.md"] = b"mine"
    sent(ready(project, formats=(Format.JSONL,)))
    there = hub.repositories[NAME]
    assert "helpfulness/train.jsonl" in there and "helpfulness/train.parquet" not in there
    assert there["notes.md"] == b"mine"


def test_every_request_shows_the_token_and_it_is_stored_and_logged_nowhere(hub, project, caplog):
    caplog.set_level(logging.DEBUG)
    sent(ready(project))
    assert {shown for asked, shown in hub.asked if not asked.startswith("PUT")} == {f"Bearer {TOKEN}"}
    assert TOKEN not in caplog.text
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(push)::text FROM datasets_push push")
        kept = cursor.fetchall()
        cursor.execute("SELECT to_jsonb(event)::text FROM audit_event event")
        assert TOKEN not in f"{kept}{cursor.fetchall()}"


@pytest.mark.parametrize(
    ("status", "said"),
    [(401, "does not know this token"), (403, "may not write to annas/preferences"), (400, "answered with error 400")],
)
def test_what_the_hub_refuses_is_said_in_words_and_may_be_sent_again(hub, project, status, said):
    hub.refuses = status
    snapshot = ready(project)
    push = sent(snapshot)
    assert push.state == "failed" and said in push.error and TOKEN not in push.error
    hub.refuses = 0
    assert sent(snapshot).state == "done"


def test_a_hub_that_is_away_is_told(project, settings):
    settings.HUB = "http://127.0.0.1:9"
    push = sent(ready(project))
    assert push.state == "failed" and "The hub did not answer." in push.error


@pytest.fixture
def impatient(monkeypatch) -> Iterator[None]:
    """The client, which is made when somebody asks first."""
    monkeypatch.setattr(hub_client, "PATIENCE", 0.2)
    close_session()
    yield
    close_session()


def test_a_hub_that_takes_a_request_and_never_answers_is_told(hub, project, impatient):
    hub.silent_on = "/create"
    push = sent(ready(project))
    assert push.state == "failed" and "The hub did not answer." in push.error


@pytest.mark.django_db(transaction=True)
def test_a_cancel_is_heard_while_the_hub_answers_nothing_and_what_was_made_there_goes(hub, project, impatient):
    hub.silent_on = "/objects/batch"  # which the client asks again by itself
    push = Push.objects.begin(ready(project, formats=(Format.PARQUET,)), NAME, private=True)
    sending = Thread(target=sent_here, args=(push,), daemon=True)
    sending.start()
    wait_until(lambda: any(hub.silent_on in asked for asked, _ in hub.asked))
    assert push.cancel()
    sending.join(PATIENCE)
    push.refresh_from_db()
    assert push.state == "cancelled" and not hub.repositories


def sent_here(push: Push) -> None:
    try:
        pushing.send(push, TOKEN)
    finally:
        connection.close()


def test_one_whose_sender_ended_is_taken_for_failed_and_begun_anew(project):
    snapshot = ready(project)
    push = Push.objects.begin(snapshot, NAME, private=True)
    with pytest.raises(NotNow):
        Push.objects.begin(snapshot, NAME, private=True)
    Push.objects.update(told_at=timezone.now() - LEASE - timedelta(seconds=1))
    assert Push.objects.end_left(timezone.now()) == 1
    push.refresh_from_db()
    assert push.state == "failed" and "Send it again" in push.error
    push.finish("https://example.org")  # it comes back, too late
    assert push.state == "failed"
    assert Push.objects.begin(snapshot, NAME, private=True)


def test_one_that_is_cancelled_leaves_nothing_in_a_data_set_and_may_be_sent_again(hub, project, client, manager):
    snapshot = ready(project)
    push = Push.objects.begin(snapshot, NAME, private=True)
    client.force_login(manager)
    assert "Cancel it" in words(client.get(f"{DATA}1/"))
    page = words(client.post(f"{DATA}1/push/cancel/", follow=True))
    assert "It is being cancelled." in page and "Cancel it" not in page
    pushing.send(push, TOKEN)
    assert push.state == "cancelled" and not hub.repositories
    assert not [asked for asked, _ in hub.asked if "/commit/" in asked]
    assert "nothing of it is in a data set there" in words(client.get(f"{DATA}1/"))
    assert "It is over already" in words(client.post(f"{DATA}1/push/cancel/", follow=True))
    assert "Push to a hub cancelled" in words(client.get("/projects/help/history/"))
    assert sent(snapshot).state == "done"


def test_a_cancel_is_heard_in_the_middle_of_a_file(project, tmp_path):
    push = Push.objects.begin(ready(project), NAME, private=True)
    sending = pushing.Sending(push)
    (tmp_path / "rows").write_bytes(b"0123456789")
    with pushing.Part(tmp_path / "rows", sending) as part:
        sending.look()
        assert part.read(4) == b"0123"
        assert push.cancel()
        sending.look()
        with pytest.raises(Stopped):
            part.read(4)


@pytest.fixture
def cancelled_meanwhile(monkeypatch) -> list:
    """While the client reads a file to send it, which wraps what is raised then; before it, what is in here is done."""
    read, first = pushing.Part.read, []

    def read_and_cancel(part, size=-1):
        if size == UPLOADED_AT_ONCE and part.sending.push.cancel():
            for act in first:
                act()
            part.sending.look()
        return read(part, size)

    monkeypatch.setattr(pushing.Part, "read", read_and_cancel)
    return first


def test_what_stops_an_upload_stops_all_of_it_and_a_data_set_that_was_made_for_it_goes(
    hub, project, cancelled_meanwhile
):
    push = sent(ready(project, formats=(Format.PARQUET,)))
    assert push.state == "cancelled" and not hub.repositories


def test_a_data_set_that_was_there_stays_though_it_is_empty(hub, project, cancelled_meanwhile):
    hub.repositories[NAME] = {".gitattributes": b""}
    push = sent(ready(project, formats=(Format.PARQUET,)))
    assert push.state == "cancelled" and hub.repositories == {NAME: {".gitattributes": b""}}


@pytest.mark.parametrize("meanwhile", ["somebody puts a file there", "another snapshot is being sent there"])
def test_a_data_set_that_others_use_by_then_stays(hub, project, cancelled_meanwhile, meanwhile):
    other = ready(project, margins=None)
    if meanwhile == "somebody puts a file there":
        cancelled_meanwhile.append(lambda: hub.repositories[NAME].update({"notes.md": b"mine"}))
    else:
        cancelled_meanwhile.append(lambda: Push.objects.begin(other, NAME, private=True))
    push = sent(ready(project, formats=(Format.PARQUET,)))
    assert push.state == "cancelled" and NAME in hub.repositories


def test_a_cancel_that_comes_too_late_changes_nothing(project):
    push = Push.objects.begin(ready(project), NAME, private=True)
    assert push.cancel() and not push.cancel()
    push.finish("https://example.org")
    assert push.state == "done" and not push.cancel()


def test_one_that_was_cancelled_and_whose_sender_ended_is_cancelled(project):
    push = Push.objects.begin(ready(project), NAME, private=True)
    push.cancel()
    Push.objects.update(told_at=timezone.now() - LEASE - timedelta(seconds=1))
    assert Push.objects.end_left(timezone.now()) == 1
    push.refresh_from_db()
    assert push.state == "cancelled"


def test_what_is_not_ready_is_not_sent(project):
    with pytest.raises(NotNow):
        Push.objects.begin(counted(project), NAME, private=True)


def words(answer) -> str:
    return " ".join(answer.content.decode().split())


@pytest.mark.django_db(transaction=True)
def test_from_its_page_it_is_sent_in_the_background_and_the_history_says_by_whom(hub, project, manager):
    ready(project)
    client = Client()
    client.force_login(manager)
    assert "Send it to a hub" in words(client.get(f"{DATA}1/"))
    answer = client.post(f"{DATA}1/push/", {"name": NAME, "token": TOKEN, "private": "on"})
    assert answer["Location"] == f"{DATA}1/"
    wait_until(lambda: Push.objects.get().state == "done")
    page = words(client.get(f"{DATA}1/"))
    assert NAME in page and f"{hub.address}/datasets/{NAME}/commit/1" in page and TOKEN not in page
    event = Event.objects.filter(kind="datasets.push").earliest("pk")
    assert (event.actor, event.project, event.after["name"]) == (manager, project, NAME)
    history = words(client.get("/projects/help/history/"))
    assert "Push to a hub begun" in history and "Pushed to a hub" in history


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"name": "preferences", "token": TOKEN}, "Write the name as owner/name."),
        ({"name": NAME, "token": ""}, "Give a token of yours that may write there."),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_sent(project, client, manager, asked, said):
    ready(project)
    client.force_login(manager)
    page = words(client.post(f"{DATA}1/push/", asked, follow=True))
    assert said in page and TOKEN not in page
    assert not Push.objects.exists()
