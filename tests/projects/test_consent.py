"""What people agree to: asked of everybody, anew for each version, and never in the way of what was judged."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from labeling.cohorts.models import Cohort, Consent, ConsentOutdated, ConsentText, Person
from tests.comparisons.pages import judge, prompt
from tests.people import answer, ask
from tests.projects.pages import words

WORK = "/projects/both/work/"
PAGE = f"/consent/?next={WORK}"
WRITE = "/consent/versions/new/"


@pytest.fixture
def staff(maria) -> Person:
    maria.is_staff = True
    maria.save()
    return maria


@pytest.fixture
def annotator(alice, managed) -> Client:
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture
def text(staff) -> ConsentText:
    return ConsentText.objects.write(1, "We keep your *answers*.\n\nYou are paid by the hour.", staff)


def step(annotator: Client):
    return annotator.get(WORK).context["step"]


def agree(annotator: Client, text: ConsentText, page: str = PAGE):
    return annotator.post(page, {"text": text.pk})


def test_nobody_is_asked_while_there_is_no_text(annotator):
    assert step(annotator).kind == "prompt"
    page = annotator.get("/consent/")
    assert page.status_code == 200 and "asks for no consent" in words(page)


def test_work_begins_once_one_has_agreed_and_leads_back_to_it(annotator, alice, text):
    asked = step(annotator)
    assert (asked.kind, asked.action["url"]) == ("nothing", "/consent/?next=%2Fprojects%2Fboth%2Fwork%2F")
    assert "something to read and agree to first" in words(annotator.get("/"))
    assert "We keep your <em>answers</em>." in words(annotator.get(PAGE))
    assert agree(annotator, text).url == WORK
    assert step(annotator).kind == "prompt"
    assert [given.text for given in alice.consents.all()] == [text]
    assert "You agreed to this, version 1" in words(annotator.get(PAGE))


def test_no_prompt_is_sent_by_who_has_not_agreed(annotator, alice, managed, text):
    page = prompt(annotator, managed)
    assert page.context["step"].title == "Before you go on"
    assert not alice.dialogues.exists()


def test_a_newer_version_is_asked_for_with_what_has_changed(annotator, alice, staff, text):
    agree(annotator, text)
    newer = ConsentText.objects.write(2, "We keep your *answers*.\n\nYou are paid by the piece.", staff)
    assert step(annotator).kind == "nothing"
    page = words(annotator.get(PAGE))
    assert "What has changed since version 1" in page and "<del>" in page and "<ins>" in page
    assert agree(annotator, newer).url == WORK
    assert step(annotator).kind == "prompt"
    assert alice.consents.current().count() == 2


def test_nobody_agrees_to_a_version_they_have_not_read(annotator, alice, staff, text):
    annotator.get(PAGE)
    newer = ConsentText.objects.write(2, "And more.", staff)
    stale = agree(annotator, text)
    assert stale.status_code == 409 and "has changed" in words(stale) and "And more." in words(stale)
    with pytest.raises(ConsentOutdated):
        Consent.objects.give(alice, text)
    assert not alice.consents.exists() and step(annotator).kind == "nothing"
    assert agree(annotator, newer).status_code == 302


def test_a_pair_that_one_is_at_is_judged_and_then_one_is_asked(annotator, alice, managed, staff):
    turn = ask(alice, managed)
    answer(turn)
    first, _second = turn.comparison.assignments.order_by("axis")
    ConsentText.objects.write(1, "We keep your answers.", staff)
    page = judge(annotator, first)
    assert page.status_code == 200 and page.context["step"].title == "Before you go on"
    assert first.revisions.count() == 1


def test_agreeing_leads_to_no_other_site(annotator, text):
    for elsewhere in ("https://evil.example/", "//evil.example", "javascript:alert(1)", "http://[::1"):
        assert agree(annotator, text, f"/consent/?next={elsewhere}").url == "/"


def test_whoever_is_added_later_is_asked_however_they_are_added(alice, text):
    Cohort.objects.get(name="first").take_in([("bo@example.org", "Bo")])
    Person.objects.create_superuser("root@example.org")
    assert set(Person.objects.values_list("must_agree", flat=True)) == {True}


def test_staff_write_a_version_after_looking_at_what_it_changes(client, staff, text):
    looked = client.post(WRITE, {"number": 2, "text": "We keep *nothing*.", "preview": "1"})
    assert "We keep <em>nothing</em>." in words(looked) and "<ins>" in words(looked)
    assert ConsentText.objects.count() == 1
    assert client.post(WRITE, {"number": 2, "text": "We keep *nothing*."}).url == "/consent/versions/"
    page = words(client.get("/consent/versions/"))
    assert "Version 2, as people read it" in page and "We keep <em>nothing</em>." in page


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        ({"number": 2, "text": " "}, "Write what people agree to."),
        ({"number": 2, "text": "We keep your *answers*.\n\nYou are paid by the hour."}, "Nothing has changed yet."),
        ({"number": 1, "text": "Mine."}, "Somebody else wrote meanwhile."),
    ],
)
def test_a_version_that_cannot_be_written_comes_back_with_the_reason(client, staff, text, sent, problem):
    refused = client.post(WRITE, sent)
    assert refused.status_code == 422 and problem in words(refused)
    assert ConsentText.objects.get() == text


def test_the_list_counts_who_agreed(client, annotator, staff, text):
    agree(annotator, text)
    assert [one.agreed for one in client.get("/consent/versions/").context["texts"]] == [1]
    assert "/consent/versions/" in words(client.get("/"))


def test_a_text_that_was_agreed_to_is_never_changed(text):
    for change in (lambda: ConsentText.objects.update(text="Else."), lambda: text.delete()):
        with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
            change()
