import uuid
from html.parser import HTMLParser

import pytest
from django.db import DataError, IntegrityError, InterfaceError, InternalError, OperationalError, ProgrammingError

from labeling.comparisons.models import Comparison
from labeling.dialogues import generation, receipts
from labeling.dialogues.models import Completion
from labeling.dialogues.signatures import sign
from labeling.receipts import app
from tests.people import result


@pytest.fixture
def completion(turn) -> Completion:
    return turn.completions.first()


def report(task, completion, attempt: int = 1, **fields) -> Completion:
    """Deliver a receipt as the consumer would, and read what the database made of it."""
    token = fields.pop("receipt", sign(str(completion.pk), attempt))
    task(completion=str(completion.pk), attempt=attempt, receipt=token, **fields)
    return Completion.objects.get(pk=completion.pk)


def test_a_started_attempt_is_running(completion):
    assert report(receipts.started, completion).state == "running"


def test_a_finished_response_is_stored_with_its_markdown_rendered(completion):
    stored = report(receipts.finished, completion, **result("**Yes.**"))
    assert (stored.state, stored.text) == ("done", "**Yes.**")
    assert stored.html == "<p><strong>Yes.</strong></p>\n"
    assert stored.first_token_seconds == 0.1


def test_the_same_result_twice_is_stored_once(completion):
    first = report(receipts.finished, completion, **result("one"))
    second = report(receipts.finished, completion, **result("other"))
    assert (second.text, second.finished_at) == ("one", first.finished_at)


def test_the_second_response_makes_the_pair_ready_once(turn):
    one, two = turn.completions.all()
    report(receipts.finished, one, **result())
    assert Comparison.objects.get(turn=turn).ready_at is None
    report(receipts.finished, two, **result("Two."))
    ready_at = Comparison.objects.get(turn=turn).ready_at
    assert ready_at
    report(receipts.finished, two, **result("Two."))
    assert Comparison.objects.get(turn=turn).ready_at == ready_at


def test_a_late_result_of_an_older_attempt_changes_nothing(completion):
    report(receipts.failed, completion, detail="out of memory", permanent=False)
    late = report(receipts.finished, completion, attempt=1, **result("late"))
    assert (late.state, late.attempt, late.text) == ("queued", 2, "")
    assert report(receipts.finished, completion, attempt=2, **result("new")).text == "new"


def test_a_late_result_of_a_cancelled_completion_changes_nothing(completion):
    completion.cancel()
    late = report(receipts.finished, completion, **result("late"))
    assert (late.state, late.text) == ("cancelled", "")


def test_a_failure_is_tried_again_as_the_next_attempt_with_the_same_seed(completion):
    again = report(receipts.failed, completion, detail="out of memory", permanent=False)
    assert (again.state, again.attempt, again.seed) == ("queued", 2, completion.seed)


def test_a_failure_that_stays_is_left_to_a_person_after_three_attempts(completion):
    for attempt in (1, 2, 3):
        last = report(receipts.failed, completion, attempt, detail="out of memory", permanent=False)
    assert (last.state, last.attempt, last.error) == ("failed", 3, "out of memory")


def test_a_permanent_failure_is_not_tried_again(completion):
    failed = report(receipts.failed, completion, detail="The checkpoint is missing.", permanent=True)
    assert (failed.state, failed.attempt, failed.error) == ("failed", 1, "The checkpoint is missing.")


def test_a_dialogue_that_is_too_long_keeps_by_how_much(completion):
    failed = report(receipts.failed, completion, detail="Too long.", permanent=True, tokens_over=904)
    assert (failed.state, failed.error, failed.tokens_over) == ("failed", "Too long.", 904)
    assert failed.retry(1)
    failed.refresh_from_db()
    assert failed.tokens_over is None, "until it is found too long again"


@pytest.mark.parametrize("claimed", [None, 0, -3, 2**31, 2**80, 1.5, "904", True, [904], {"tokens": 904}])
def test_a_number_of_tokens_that_makes_no_sense_is_left_out(completion, claimed):
    failed = report(receipts.failed, completion, detail="Too long.", permanent=True, tokens_over=claimed)
    assert (failed.state, failed.error, failed.tokens_over) == ("failed", "Too long.", None)


@pytest.mark.parametrize(
    "forge", [lambda c: "rubbish", lambda c: sign(str(c.pk), 2), lambda c: sign(str(uuid.uuid4()), 1)]
)
@pytest.mark.parametrize("task", [receipts.started, receipts.finished, receipts.failed])
def test_a_forged_receipt_is_refused(completion, task, forge):
    fields = {receipts.finished: result(), receipts.failed: {"detail": "", "permanent": True}}.get(task, {})
    with pytest.raises(receipts.Refused, match="wrong signature"):
        report(task, completion, receipt=forge(completion), **fields)
    completion.refresh_from_db()
    assert completion.state == "queued"


@pytest.mark.parametrize(
    "rubbish",
    [
        {"finish_reason": "bored"},
        {"prompt_tokens": "many"},
        {"prompt_tokens": 10**12},
        {"completion_tokens": -1},
        {"text": "x" * 1_000_001},
        {"seconds": None},
    ],
)
def test_a_result_that_cannot_be_kept_fails_the_response_and_says_why(completion, rubbish):
    failed = report(receipts.finished, completion, **{**result(), **rubbish})
    assert failed.state == "failed"
    assert "result" in failed.error or "characters" in failed.error


def test_characters_postgresql_cannot_keep_are_replaced(completion):
    assert report(receipts.finished, completion, **result("a\x00b\ud800")).text == "a\ufffdb?"


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        '<div hx-get="/accounts/logout/" hx-trigger="load">x</div>',
        '<a href="https://example.org" onclick="alert(1)" id="step" class="button">x</a>',
        "```html\n<script>alert(1)</script>\n```",
        "<img src=x onerror=alert(1)>",
        "![](//example.org/x.png)",
    ],
)
def test_hostile_text_is_rendered_as_text(completion, hostile):
    seen = Elements(report(receipts.finished, completion, **result(hostile)).html)
    assert {tag for tag, _ in seen.found} <= {"p", "pre", "code"}
    ours = [("tabindex", "0")]  # what is wide is scrolled by keyboard, too
    assert all(attributes == (ours if tag == "pre" else []) for tag, attributes in seen.found)


class Elements(HTMLParser):
    """Every element a browser would make of a text, with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, list]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, attrs))


@pytest.mark.parametrize("inward", ["/accounts/logout/", "//example.org", "?next=x", "javascript:alert(1)"])
def test_a_link_never_leads_into_these_pages(completion, inward):
    seen = Elements(report(receipts.finished, completion, **result(f"[x]({inward})")).html)
    assert all(name != "href" for _, attributes in seen.found for name, _ in attributes)


def test_what_is_not_shown_as_a_picture_or_a_link_is_shown_as_it_was_written(completion):
    html = report(receipts.finished, completion, **result("See ![a chart](chart.png) and [this](/here).")).html
    assert html == "<p>See ![a chart](chart.png) and [this](/here).</p>\n"


def test_a_link_leads_to_the_web_and_tells_it_nothing(completion):
    seen = Elements(report(receipts.finished, completion, **result("[x](https://example.org)")).html)
    assert seen.found[1] == ("a", [("href", "https://example.org"), ("rel", "noopener noreferrer nofollow")])


def deliver(completion: Completion, errors: list[Exception], monkeypatch) -> int:
    """Bring a finished response as the consumer does, with the database failing so; how often it took."""
    store, calls = generation.store, []

    def failing(*args: object) -> bool:
        calls.append(args)
        if errors:
            raise errors.pop(0)
        return store(*args)

    monkeypatch.setattr(generation, "store", failing)
    signed = {"completion": str(completion.pk), "attempt": 1, "receipt": sign(str(completion.pk), 1)}
    receipts.finished.apply(kwargs={**signed, **result("Kept.")})
    return len(calls)


@pytest.mark.parametrize("error", [OperationalError, ProgrammingError, InternalError, InterfaceError])
def test_a_receipt_waits_for_a_database_that_is_away_or_being_migrated(completion, monkeypatch, error):
    assert deliver(completion, [error("no such column"), error("server closed")], monkeypatch) == 3
    completion.refresh_from_db()
    assert (completion.state, completion.attempt, completion.text) == ("done", 1, "Kept.")


@pytest.mark.parametrize("error", [DataError, IntegrityError])
def test_what_the_database_refuses_is_not_brought_again_and_says_why(completion, monkeypatch, error):
    assert deliver(completion, [error("value too long\nDETAIL: many words")], monkeypatch) == 1
    completion.refresh_from_db()
    assert completion.state == "failed"
    assert completion.error == "The database refused the worker's result: value too long"


def test_its_consumer_knows_receipt_tasks_and_nothing_else():
    app.loader.import_default_modules()
    of_runs = {"run_progress", "run_trained", "run_scored", "run_failed"}
    of_opinions = {"opinion_given", "opinion_progress", "opinion_failed"}
    names = {"started", "finished", "failed", "beat", "encoded", "not_encoded"} | of_runs | of_opinions
    assert set(app.tasks) == {f"receipts.{name}" for name in names}


def test_a_receipt_whose_acknowledgement_was_lost_keeps_no_other_from_being_taken(monkeypatch):
    """As many of them as there are threads would stop the consumer for good."""

    def lose(*_: object) -> None:
        raise ConnectionError

    with app.connection_for_read() as link, link.channel() as channel, link.SimpleQueue("lost-receipts") as queue:
        queue.put("one")
        channel.basic_qos(0, 1, False)
        message = channel.basic_get("lost-receipts")
        assert not channel.qos.can_consume()
        monkeypatch.setattr(channel.qos, "_remove_from_indices", lose)
        with pytest.raises(ConnectionError):
            channel.basic_ack(message.delivery_tag)
        assert channel.qos.can_consume()
        monkeypatch.undo()
        queue.clear()
