from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from labeling.projects.models import Clarification, GuidelineVersion, Outdated
from tests.people import make_project
from tests.projects.pages import fields, words

TEXT = "# Helpful\n\n" + "\n".join(f"- Rule {n}: prefer what answers question {n}." for n in range(20))
NEW = "/projects/both/guidelines/helpfulness/new/"
INDEX = "/projects/both/guidelines/helpfulness/"
CLARIFY = "/projects/both/guidelines/helpfulness/2/clarify/"


@pytest.fixture
def guideline(managed, maria) -> GuidelineVersion:
    """Version 2, which no round has been opened with."""
    return managed.guidelines.create(axis="helpfulness", number=2, text=TEXT, created_by=maria)


def write(client, url=NEW, **changes):
    return client.post(url, fields(client.get(url)) | changes)


def test_the_first_version_is_written_on_an_empty_page(client, draft):
    assert "Write the first version" in words(client.get("/projects/poems/guidelines/safety/"))
    assert write(client, "/projects/poems/guidelines/safety/new/", text="Be *kind*.").status_code == 302
    written = draft.guidelines.get()
    assert (written.axis, written.number, written.text) == ("safety", 1, "Be *kind*.")
    assert written.created_by.email == "maria@example.org"
    assert "Be <em>kind</em>." in words(client.get("/projects/poems/guidelines/safety/"))


def test_a_new_version_begins_with_the_words_of_the_newest_and_leaves_the_open_round_alone(client, managed, maria):
    managed.guidelines.get(axis="helpfulness").clarify("Read **both** twice.", "How often?", maria, after=0)
    page = client.get(NEW)
    assert page.context["form"]["text"].value() == "Read **both** twice."
    assert "Round 1, which is open, keeps its own." in words(page)
    assert write(client, text="Read **both** three times.").url == INDEX
    assert managed.guidelines.get(axis="helpfulness", number=2).text == "Read **both** three times."
    assert managed.rounds.get().guidelines.get(axis="helpfulness").number == 1


def test_the_next_round_takes_it_and_asks_everybody_to_read_it(client, alice, managed, guideline):
    first = managed.rounds.get()
    first.review()
    second = managed.rounds.create(number=2)
    for entry in first.policy.all():
        second.policy.create(model_version=entry.model_version)
    second.open()
    client.force_login(alice)
    step = client.get("/projects/both/work/").context["step"]
    assert (step.kind, step.guideline.number) == ("guideline", 2)


def test_a_preview_shows_how_it_looks_and_what_it_changes_and_saves_nothing(client, managed, guideline):
    page = write(client, text=TEXT.replace("Rule 3", "Rule **three**"), preview="1")
    assert page.status_code == 200
    assert "Rule <strong>three</strong>" in words(page)
    assert "<ins>" in words(page)
    assert page.context["form"]["text"].value() == TEXT.replace("Rule 3", "Rule **three**")
    assert managed.guidelines.filter(axis="helpfulness").count() == 2


def test_hostile_markdown_is_shown_as_text(client, managed):
    page = words(write(client, text="<script>alert(1)</script> [x](javascript:alert(1)) ![y](http://z/)", preview="1"))
    assert "<script>alert" not in page and 'href="javascript' not in page and "<img" not in page


@pytest.mark.parametrize(
    ("text", "problem"), [("", "Write what"), (TEXT.replace("\n", "\r\n"), "Nothing has"), ("x" * 60_001, "60001")]
)
def test_what_is_no_new_version_is_refused_with_the_reason(client, managed, guideline, text, problem):
    answer = write(client, text=text)
    assert answer.status_code == 422
    assert problem in words(answer).replace("60,001", "60001")
    assert managed.guidelines.filter(axis="helpfulness").count() == 2


def test_two_managers_who_write_at_once_make_one_version_and_the_other_keeps_what_they_typed(client, managed):
    page = fields(client.get(NEW))
    client.post(NEW, page | {"text": "Mine."})
    answer = client.post(NEW, page | {"text": "Yours."})
    assert answer.status_code == 422
    assert "Somebody else wrote meanwhile" in words(answer)
    assert answer.context["form"]["text"].value() == "Yours."
    assert client.post(NEW, fields(answer)).status_code == 302
    numbers = managed.guidelines.filter(axis="helpfulness").order_by("number").values_list("number", "text")
    assert list(numbers)[1:] == [(2, "Mine."), (3, "Yours.")]


def test_a_clarification_is_read_at_once_and_nobody_is_asked_to_read_anew(client, alice, managed):
    url = f"{INDEX}1/clarify/"
    text = "Read *both* responses with care, from the first word to the last one, before you choose."
    data = fields(client.get(url)) | {"text": text, "note": "How far?", "anyway": "on"}
    assert client.post(url, data).url == f"{INDEX}1/"
    recorded = Clarification.objects.get()
    assert (recorded.text, recorded.note, recorded.created_by.email) == (text, "How far?", "maria@example.org")
    listed = words(client.get(f"{INDEX}1/"))
    assert "How far?" in listed and "Maria Costa" in listed and "<ins>" in listed
    client.force_login(alice)
    step = client.get("/projects/both/work/").context["step"]
    assert step.kind == "prompt"


def test_the_workbench_shows_the_clarified_words_beside_the_pair(client, alice, managed, maria, assignment):
    assignment.guideline.clarify("Read *all* of both.", "How far?", maria, after=0)
    client.force_login(alice)
    assert "Read <em>all</em> of both." in str(client.get("/projects/both/work/").context["step"].guideline.html)


def test_one_that_mends_a_word_needs_no_second_thought(client, managed, guideline):
    answer = write(client, CLARIFY, text=TEXT.replace("Rule 3", "Point 3"), note="Which rule?")
    assert answer.status_code == 302
    assert guideline.wording == TEXT.replace("Rule 3", "Point 3")


def test_one_that_rewrites_much_looks_like_a_new_version_until_the_manager_says_otherwise(client, managed, guideline):
    changes = {"text": TEXT.replace("prefer what answers", "choose whichever suits"), "note": "Which?"}
    answer = write(client, CLARIFY, **changes)
    assert answer.status_code == 422
    assert "% of the words" in words(answer) and "write a new version" in words(answer)
    assert not guideline.clarifications.exists()
    assert write(client, CLARIFY, **changes, anyway="on").status_code == 302
    assert guideline.wording == changes["text"]


def test_what_it_changes_can_be_seen_before_it_is_saved(client, managed, guideline):
    page = write(client, CLARIFY, text=TEXT.replace("Rule 3", "Point 3"), preview="1")
    assert page.status_code == 200
    assert "<del>" in words(page) and "<ins>" in words(page)
    assert not guideline.clarifications.exists()


def test_a_clarification_of_an_older_wording_is_not_laid_over_a_newer_one(client, managed, maria, guideline):
    page = fields(client.get(CLARIFY))
    guideline.clarify(TEXT.replace("Rule 1:", "First:"), "Which?", maria, after=0)
    answer = client.post(CLARIFY, page | {"text": TEXT.replace("Rule 3", "Point 3"), "note": "Which?"})
    assert answer.status_code == 422
    assert "Somebody else wrote meanwhile" in words(answer)
    assert guideline.clarifications.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_clarifications_in_the_same_moment_one_is_taken(managed, maria, guideline):
    def clarify(text):
        try:
            return guideline.clarify(text, "Which?", maria, after=0)
        except Outdated:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        taken = [made for made in threads.map(clarify, ["a", "b", "c", "d"]) if made]
    assert len(taken) == guideline.clarifications.count() == 1


def test_a_clarification_is_recorded_for_ever(managed, maria, guideline):
    made = guideline.clarify("x", "y", maria, after=0)
    for touch in (made.delete, lambda: Clarification.objects.update(text="z")):
        with pytest.raises(IntegrityError), transaction.atomic():
            touch()


def test_any_two_versions_are_compared_with_their_clarifications(client, managed, maria, guideline):
    guideline.clarify(TEXT.replace("Rule 3", "Point 3"), "Which?", maria, after=0)
    managed.guidelines.create(axis="helpfulness", number=3, text=TEXT)
    url = f"{INDEX}differences/"
    page = words(client.get(url, {"old": 2, "new": 3}))
    assert "From version 2 to version 3" in page
    assert "Point <span" not in page and "[taken out:" in page and "[put in:" in page
    assert "They say the same" in words(client.get(url, {"old": 3, "new": 3}))
    assert client.get(url, {"old": 2, "new": 9}).status_code == 422


def test_a_version_of_another_project_or_axis_is_not_there(client, managed, guideline):
    make_project("elsewhere", ("helpfulness",), cohort="second")
    for url in (
        "/projects/elsewhere/guidelines/helpfulness/",
        "/projects/both/guidelines/beauty/",
        "/projects/both/guidelines/safety/2/",
        f"{INDEX}9/",
        f"{INDEX}9/clarify/",
    ):
        assert client.get(url).status_code == 404, url


def test_the_list_takes_as_many_queries_however_many_versions_there_are(client, managed, maria):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(INDEX)
        return len(captured)

    managed.guidelines.create(axis="helpfulness", number=2, text="2", created_by=maria).clarify(
        "x", "y", maria, after=0
    )
    few = queries()
    for number in range(3, 9):
        version = managed.guidelines.create(axis="helpfulness", number=number, text="x", created_by=maria)
        version.clarify("y", "z", maria, after=0)
    assert queries() == few
