"""An exam made by forms alone: what it is as a whole, and its parts. The text says afterwards what they say."""

import tomllib

import pytest
from django.urls import reverse

from labeling.exams import files
from labeling.exams.models import Exam
from labeling.exams.part_forms import HeadForm, PartForm
from labeling.exams.standing import begin
from tests.exams.papers import answer_all, make_exam
from tests.exams.test_files import SMALL
from tests.exams.test_items import CHOICE, MEAN, TEXT
from tests.projects.pages import words

HEAD = {"name": "Bread", "gives": "Baking", "version": "1", "attempts": "3", "cooling_off_hours": "24"}
PART = {"title": "Dough", "rule": "share", "threshold": "80", "shuffled": "on", "graders": "1", "apart": "1"}
TEXTS = {"title": "Recipes", "rule": "mean", "threshold": "4", "graders": "2", "apart": "2", "at_least": "1"}


@pytest.fixture
def page(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def draft(manager) -> Exam:
    return files.write(SMALL + MEAN, manager)


def seen(page, exam) -> str:
    return page.get(f"/exams/{exam.pk}/").context["seen"]


def send(page, exam, url, *number, **typed):
    return page.post(reverse(url, args=[exam.pk, *number]), {"seen": seen(page, exam), **typed})


def titles(exam) -> list[str]:
    exam.refresh_from_db()
    kept = list(exam.parts.order_by("number").values_list("title", flat=True))
    assert kept == [part["title"] for part in tomllib.loads(exam.source).get("part", [])]
    return kept


def test_an_exam_is_made_from_nothing_by_forms_alone_and_published(page):
    made = page.post("/exams/new/", {**HEAD, "instructions": "Take *your* time."})
    exam = Exam.objects.get()
    assert made.url == f"/exams/{exam.pk}/"
    assert (str(exam.qualification), exam.attempts, exam.cooling_off_hours) == ("Baking, version 1", 3, 24)
    assert "Add a part: so far it asks nothing." in words(page.get(made.url))
    assert send(page, exam, "exam_part_new", **PART, minutes="20").url == f"/exams/{exam.pk}/?part=1#part-1"
    assert send(page, exam, "exam_part_new", **TEXTS).status_code == 302
    lacking = words(page.get(made.url))
    assert "Part 1: It has no item that counts." in lacking and "Publish the exam" not in lacking
    page.post(reverse("exam_publish", args=[exam.pk]))
    exam.refresh_from_db()
    assert exam.state == "draft"
    page.post(f"{reverse('exam_item', args=[exam.pk, 1, 0])}?kind=choice", {**CHOICE, "seen": seen(page, exam)})
    page.post(f"{reverse('exam_item', args=[exam.pk, 2, 0])}?kind=text", {**TEXT, "seen": seen(page, exam)})
    page.post(reverse("exam_publish", args=[exam.pk]))
    exam.refresh_from_db()
    assert exam.state == "published"
    first, second = exam.parts.order_by("number")
    assert (first.title, first.minutes, first.threshold, first.graders) == ("Dough", 20, 80, 1)
    assert (second.rule, second.graders, second.apart, second.at_least, second.shuffled) == ("mean", 2, 2, 1, False)


def test_a_template_becomes_a_draft_with_all_its_parts_by_the_form_of_its_head(page):
    form = page.get("/exams/new/?template=ranking").context["form"]
    assert form["name"].value() == "Grading and ranking" and form["after"].value() == "1:Sensitive topics"
    typed = {**HEAD, "name": "Ours", "after": "1:Sensitive topics"}
    page.post("/exams/new/?template=ranking", typed)
    exam = Exam.objects.get()
    assert (exam.name, str(exam.after), exam.parts.get().counted().count()) == (
        "Ours",
        "Sensitive topics, version 1",
        31,
    )


@pytest.mark.parametrize("name", files.TEMPLATES)
def test_what_the_forms_show_of_a_template_is_what_it_says(page, name, manager):
    said = tomllib.loads(files.template(name))
    head = HeadForm(None, said=said)
    again = HeadForm({field.name: field.value() for field in head if field.value() is not None}, said=said)
    assert again.is_valid(), again.errors
    assert again.said() == stripped(said)
    for part in said["part"]:
        form = PartForm(None, said=part)
        filled = {field.name: field.value() for field in form if field.value() not in (None, False)}
        again = PartForm(filled, said=part)
        assert again.is_valid(), again.errors
        assert again.said() == stripped(part)


def stripped(said: dict) -> dict:
    return {name: value.strip() if name == "instructions" else value for name, value in said.items()}


def test_the_head_of_a_draft_is_changed_and_its_parts_stay(page, draft):
    shown = page.get(reverse("exam_head", args=[draft.pk])).context["form"]
    assert shown["name"].value() == "Small"
    send(page, draft, "exam_head", **HEAD)
    draft.refresh_from_db()
    assert (draft.name, draft.version, draft.qualification.name) == ("Bread", 1, "Baking")
    assert titles(draft) == ["All of it", "Writing"]
    assert draft.parts.first().items.count() == 1


def test_a_part_is_changed_moved_and_taken_out_with_its_items(page, draft):
    send(page, draft, "exam_part", 1, **{**PART, "title": "Some of it", "threshold": "62.5"}, must_pass="on")
    assert titles(draft) == ["Some of it", "Writing"]
    part = draft.parts.get(number=1)
    assert (part.threshold, part.must_pass, part.items.get().question) == (62.5, True, "Which?")
    send(page, draft, "exam_part_move", 2, act="up")
    assert titles(draft) == ["Writing", "Some of it"]
    assert draft.parts.get(number=1).items.get().kind == "text"
    send(page, draft, "exam_part_move", 1, act="down")
    send(page, draft, "exam_part_move", 1, act="remove")
    assert titles(draft) == ["Writing"]
    send(page, draft, "exam_part_move", 1, act="remove")
    assert titles(draft) == [] and "part" not in tomllib.loads(draft.source)


def put_back(page, exam) -> str:
    return words(page.post(reverse("exam_put_back", args=[exam.pk]), follow=True))


@pytest.mark.parametrize(
    ("url", "place", "name"), [("exam_part_move", [1], "All of it"), ("exam_item_move", [1, 1], "Which?")]
)
def test_what_was_removed_comes_back_to_the_letter(page, draft, url, place, name):
    files.write(draft.source + "# Written by hand.\n", draft.created_by, draft)
    whole = draft.source
    answer = page.post(reverse(url, args=[draft.pk, *place]), {"seen": seen(page, draft), "act": "remove"}, follow=True)
    assert f"“{name}” is removed." in words(answer) and "You can bring it back" in words(answer)
    assert "by hand" not in Exam.objects.get().source
    shown = put_back(page, draft)
    assert "It is back where it was." in shown and "You can bring it back" not in shown
    assert titles(draft) == ["All of it", "Writing"] and draft.source == whole
    assert draft.parts.get(number=1).items.get().question == "Which?"
    assert "There is nothing to bring back" in put_back(page, draft)


@pytest.mark.parametrize("by", ["form", "text", "publishing", "moving"])
def test_nothing_comes_back_over_what_was_changed_since(page, draft, by):
    send(page, draft, "exam_part_move", 2, act="remove")
    if by == "form":
        send(page, draft, "exam_part", 1, **PART)
    elif by == "text":
        page.post(reverse("exam_edit", args=[draft.pk]), {"text": SMALL.replace("All of it", "Dough")})
    elif by == "moving":
        send(page, draft, "exam_part_new", **TEXTS)
        send(page, draft, "exam_part_move", 2, act="up")
    else:
        page.post(reverse("exam_publish", args=[draft.pk]))
    there = titles(draft)
    answer = page.post(reverse("exam_put_back", args=[draft.pk]), follow=True)
    assert answer.status_code == 404 if by == "publishing" else "There is nothing to bring back" in words(answer)
    assert titles(draft) == there and "You can bring it back" not in words(page.get(f"/exams/{draft.pk}/"))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"title": ""}, "Give it a title."),
        ({"threshold": "101"}, "Nobody can reach that"),
        ({"threshold": "100", "more_than": "on"}, "Nobody can reach that"),
        ({"threshold": "nan"}, "Enter a number."),
        ({"rule": "mean", "threshold": "4"}, "Its items do not go with that."),
        ({"minutes": "0"}, "greater than or equal to 1"),
        ({"rule": ""}, "Choose what counts."),
    ],
)
def test_what_is_wrong_with_a_part_is_said_beside_it_and_nothing_is_saved(page, draft, wrong, says):
    refused = send(page, draft, "exam_part", 1, **{**PART, **wrong})
    assert refused.status_code == 422 and says in words(refused)
    assert titles(draft) == ["All of it", "Writing"]


@pytest.mark.parametrize(
    ("field", "says"), [("name", "Give it a name."), ("gives", "Name what whoever passes it holds.")]
)
def test_what_a_head_lacks_is_said(page, field, says):
    refused = page.post("/exams/new/", {**HEAD, field: ""})
    assert refused.status_code == 422 and says in words(refused)
    assert not Exam.objects.exists()


def test_what_does_not_go_with_the_rule_of_a_part_is_left_out(page, draft):
    send(page, draft, "exam_part", 1, **{**PART, "graders": "2", "apart": "3", "at_least": "1"})
    send(page, draft, "exam_part", 2, **TEXTS, must_pass="on")
    first, second = draft.parts.order_by("number")
    assert (first.graders, first.apart, first.at_least) == (1, 1, None)
    assert (second.graders, second.must_pass) == (2, False)


def test_of_a_draft_that_somebody_changed_meanwhile_no_part_is_overwritten(page, draft):
    before = seen(page, draft)
    send(page, draft, "exam_part", 1, **{**PART, "title": "Theirs"})
    for name, where, typed in (
        ("exam_part", [draft.pk, 1], {**PART, "title": "Mine"}),
        ("exam_part_move", [draft.pk, 1], {"act": "remove"}),
        ("exam_head", [draft.pk], HEAD),
    ):
        refused = page.post(reverse(name, args=where), {**typed, "seen": before}, follow=True)
        assert "Somebody changed this draft meanwhile" in words(refused)
    assert titles(draft) == ["Theirs", "Writing"] and draft.name == "Small"


def test_a_published_exam_has_no_forms_of_its_parts(page, draft):
    assert draft.publish()
    for name, where in (("exam_part", [draft.pk, 1]), ("exam_part_new", [draft.pk]), ("exam_head", [draft.pk])):
        assert page.get(reverse(name, args=where)).status_code == 404
        assert page.post(reverse(name, args=where), PART).status_code == 404
    assert page.post(reverse("exam_part_move", args=[draft.pk, 1]), {"act": "remove"}).status_code == 404
    assert "Add a part" not in words(page.get(f"/exams/{draft.pk}/"))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ("threshold = 50\nmore_than = true", ""),
        ("threshold = 100\nmore_than = true", "Nobody can pass it"),
    ],
)
def test_an_exam_that_nobody_can_pass_is_not_published(manager, changed, says):
    exam = files.write(SMALL.replace("threshold = 50", changed), manager)
    assert exam.publish() is not bool(says)
    assert says in " ".join(exam.missing())


def test_the_same_draft_sent_twice_is_one(page):
    for _time in range(2):
        assert page.post("/exams/new/", HEAD).status_code == 302
    assert Exam.objects.get().version == 1
    page.post("/exams/new/text/", {"text": SMALL})
    page.post("/exams/new/text/", {"text": SMALL})
    assert Exam.objects.filter(name="Small").count() == 1


def test_exams_are_listed_a_page_at_a_time_with_how_often_they_were_passed(page, alice, manager, monkeypatch):
    monkeypatch.setattr("labeling.tables.listing.SIZE", 2)
    taken = make_exam()
    answer_all(begin(alice, taken), 2)
    drafts = [files.write(SMALL.replace("Small", name), manager) for name in ("Bread", "Soup")]

    def shown(query: str = "") -> list[Exam]:
        return [row.record for row in page.get(f"/exams/{query}").context["listing"].table.rows]

    assert shown() == drafts[::-1] and shown(f"?after={drafts[0].pk}") == [taken]
    assert [(one.attempted, one.passed) for one in shown("?state=published")] == [(1, 1)]
    assert shown("?q=soup") == [drafts[1]] and shown("?state=retired") == []
