"""An import whose worker is killed, or for which there is no room: what is left, what a person sees, how it goes on."""

import errno
import re
from collections.abc import Iterator
from datetime import timedelta
from threading import Thread

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from labeling.datasets.imports import checking, running, storing_prompts, uploads
from labeling.datasets.imports.telling import Progress
from labeling.datasets.models import Import, ImportRow
from labeling.datasets.models.imported import KEPT, LEASE
from labeling.projects.models import PromptSet
from tests.datasets.imports.files import send, worked
from tests.people import make_project, manage
from tests.processes import PATIENCE, Installation, wait_until
from tests.projects.pages import words


@pytest.fixture
def prompts(db) -> PromptSet:
    return PromptSet.objects.create(name="Everyday")


@pytest.fixture
def sent(client, manager, prompts) -> Import:
    """A file that waits for its columns."""
    client.force_login(manager)
    rows = b"".join(b'{"prompt": "Number %d."}\n' % n for n in range(1200))
    return send(client, reverse("prompts_import", args=[prompts.pk]), rows)


def page(client, imported) -> str:
    return words(client.get(reverse("import", args=[imported.pk])))


class Killed(BaseException):
    """Stands for a process that ends here: nothing catches it, and nothing is tidied up."""


def test_who_takes_it_up_after_a_worker_died_begins_anew(client, sent, monkeypatch):
    portions = iter([checking.COLUMNS])

    def copy_in(*args):
        if next(portions, None) is None:
            raise Killed
        return copied(*args)

    copied = checking.copy_in
    sent.ask_to_check({"columns": {"text": "prompt"}, "values": {}})
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(checking, "copy_in", copy_in)
        running.run_due()
    sent.refresh_from_db()
    assert (sent.state, sent.read, ImportRow.objects.count()) == ("checking", 500, 500)
    assert "Checked: 500 rows" in page(client, sent) and "badge" not in page(client, sent)
    assert worked(sent).state == "checking"  # whoever was at it may still be
    Import.objects.update(beat_at=timezone.now() - LEASE - timedelta(seconds=1))
    assert worked(sent).state == "checked"
    assert (sent.fitting, ImportRow.objects.count(), sent.attempt) == (1200, 1200, 2)


def test_a_file_that_kills_its_workers_is_given_up_with_the_reason(client, sent):
    sent.ask_to_check({"columns": {"text": "prompt"}, "values": {}})
    long_ago = timezone.now() - LEASE - timedelta(seconds=1)
    Import.objects.update(state="checking", tries=3, beat_at=long_ago)
    assert worked(sent).state == "failed"
    assert "3 times" in page(client, sent)


def test_one_that_was_cancelled_meanwhile_leaves_nothing(client, sent, monkeypatch):
    sent.ask_to_check({"columns": {"text": "prompt"}, "values": {}})

    def begin(imported):
        Import.objects.update(state="checking", attempt=1, cancel_asked_at=timezone.now())
        imported.refresh_from_db()
        return True

    monkeypatch.setattr(Import, "begin", begin)
    assert worked(sent).state == "cancelled"
    assert not ImportRow.objects.exists()
    assert not uploads.place(sent.pk).exists()


def test_one_that_is_cancelled_after_its_worker_died_leaves_nothing(client, sent):
    sent.ask_to_check({"columns": {"text": "prompt"}, "values": {}})
    assert worked(sent).ask_to_check(sent.mapping)
    long_ago = timezone.now() - LEASE - timedelta(seconds=1)
    Import.objects.update(state="checking", attempt=2, beat_at=long_ago)
    assert sent.cancel() and uploads.received(sent.pk) and ImportRow.objects.exists()
    assert worked(sent).state == "cancelled"
    assert not ImportRow.objects.exists()
    assert not uploads.place(sent.pk).exists()


@pytest.mark.parametrize("state", ["mapping", "checked", "failed"])
def test_what_nobody_goes_on_with_is_removed_after_a_week(client, sent, state):
    sent.ask_to_check({"columns": {"text": "prompt"}, "values": {}})
    assert worked(sent).state == "checked"
    Import.objects.update(state=state, error="It broke.")
    long_ago = timezone.now() - KEPT
    for days, left in ((1, state), (-1, "cancelled")):
        Import.objects.update(**{"created_at" if state == "mapping" else "beat_at": long_ago + timedelta(days=days)})
        assert worked(sent).state == left
    assert not ImportRow.objects.exists()
    assert not uploads.place(sent.pk).exists()


def test_a_worker_that_died_while_it_stored_has_stored_nothing(client, sent, prompts, monkeypatch):
    sent.ask_to_check({"columns": {"text": "prompt"}, "values": {}})
    assert worked(sent).ask_to_store()

    def counts(imported):
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(storing_prompts, "counts", counts)
        running.run_due()
    assert not prompts.prompts.exists()
    Import.objects.update(beat_at=timezone.now() - LEASE - timedelta(seconds=1))
    assert worked(sent).state == "done"
    assert prompts.prompts.count() == 1200


@pytest.fixture
def full(monkeypatch) -> Iterator[pytest.MonkeyPatch]:
    """No room is left for anything that is sent, until it is undone."""

    def refuse(*_args):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(uploads, "append", refuse)
        yield patch


def test_a_part_for_which_there_is_no_room_is_refused_in_words_and_goes_on_later(client, manager, prompts, full):
    client.force_login(manager)
    begun = client.post(reverse("prompts_import", args=[prompts.pk]), {"name": "a.jsonl", "size": 10}).json()
    send_part = {"data": b"0123456789", "content_type": "application/octet-stream"}
    answer = client.post(f"{begun['parts']}?begins=0", **send_part)
    assert answer.status_code == 507
    assert "no room left" in answer.json()["problem"]
    full.undo()
    assert client.post(f"{begun['parts']}?begins=0", **send_part).json()["received"] == 10


def test_without_a_script_a_file_for_which_there_is_no_room_is_refused_in_words(client, manager, prompts, full):
    client.force_login(manager)
    file = SimpleUploadedFile("a.jsonl", b'{"prompt": "Why?"}\n')
    answer = client.post(reverse("prompts_import", args=[prompts.pk]), {"file": file})
    assert answer.status_code == 507 and "no room left" in words(answer)
    assert Import.objects.get().state == "cancelled" and not uploads.place(Import.objects.get().pk).exists()


def test_what_fitted_of_a_part_is_taken_back_where_the_disk_is_full(tmp_path, monkeypatch, sent):
    """By a limit on the size of files, which the kernel answers as it does a full disk: a part of it fits."""
    import resource
    import signal

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = uploads.received(sent.pk)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, before[1]))
        with pytest.raises(OSError) as full:
            uploads.append(sent.pk, size, b"x" * 100, size + 100)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert full.value.errno == errno.EFBIG
    assert uploads.received(sent.pk) == size


def test_a_real_worker_that_is_killed_is_followed_by_one_that_ends_it(installation: Installation, client, manager):
    prompts = PromptSet.objects.create(name="Everyday")
    manage(make_project(), manager)
    client.force_login(manager)
    rows = b"".join(b'{"prompt": "Number %d."}\n' % n for n in range(20_000))
    sent = send(client, reverse("prompts_import", args=[prompts.pk]), rows)
    sent.ask_to_check({"columns": {"text": "prompt"}, "values": {}})
    wait_until(lambda: Import.objects.get().read)
    installation.kill("datasets")
    assert Import.objects.get().state == "checking"
    installation.start("datasets")
    Import.objects.update(beat_at=timezone.now() - LEASE)
    wait_until(lambda: Import.objects.get().state == "checked", 3 * PATIENCE)
    assert Import.objects.get().fitting == 20_000
    assert Import.objects.get().ask_to_store()
    wait_until(lambda: Import.objects.get().state == "done", 3 * PATIENCE)
    assert prompts.prompts.count() == 20_000


@pytest.fixture
def stored_slowly(monkeypatch):
    """Each portion of rows takes so long that only a cancel ends it in time for a test."""
    slow = storing_prompts.INSERT.replace("FROM datasets_importrow", "FROM pg_sleep(600), datasets_importrow")
    monkeypatch.setattr(storing_prompts, "INSERT", slow)


@pytest.mark.django_db(transaction=True)
def test_a_cancel_reaches_into_the_statement_that_stores(client, sent, prompts, stored_slowly):
    sent.ask_to_check({"columns": {"text": "prompt"}, "values": {}})
    assert worked(sent).ask_to_store()
    cancelling = Thread(target=cancelled_once_it_stores, daemon=True)
    cancelling.start()
    assert worked(sent).state == "cancelled"
    cancelling.join()
    assert not prompts.prompts.exists() and not ImportRow.objects.exists()
    assert "Nothing was stored, and the file is gone." in page(client, sent)


def cancelled_once_it_stores() -> None:
    wait_until(lambda: Import.objects.filter(state="storing").exists())
    Import.objects.get().cancel()
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_while_it_stores_its_page_says_how_much_is_stored(client, sent, prompts, monkeypatch):
    monkeypatch.setattr(storing_prompts, "PORTION", 400)
    sent.ask_to_check({"columns": {"text": "prompt"}, "values": {}})
    assert worked(sent).ask_to_store()
    come, shown = Progress.come, []

    def told(progress: Progress, rows: int) -> None:
        come(progress, rows)
        progress.tell()
        shown.append(page(client, sent))

    monkeypatch.setattr(Progress, "come", told)
    assert worked(sent).state == "done"
    assert [re.search(r"all of it or nothing: (\d+) %", one)[1] for one in shown] == ["0", "33", "66", "99"]
