import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from labeling.cohorts.models import Membership
from labeling.projects.models import (
    Axis,
    GuidelineVersion,
    ModelVersion,
    Project,
    Prompt,
    PromptSet,
    Round,
    RoundNotReady,
)
from tests.people import make_project, manage
from tests.projects.rounds import draft_of, url, version


def test_it_says_what_is_missing_before_it_opens(db):
    project = Project.objects.create(slug="new", name="New", axes=["helpfulness", "safety"])
    draft = Round.objects.create(project=project, number=1)
    with pytest.raises(RoundNotReady) as refused:
        draft.open()
    assert [str(missing) for missing in refused.value.missing] == [
        "Write a guideline for the helpfulness axis.",
        "Write a guideline for the safety axis.",
        "Add model versions first: it takes 2 that answer.",
    ]
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_where_there_are_too_few_models_it_leads_to_where_they_are_added(db):
    draft = draft_of(Project.objects.create(slug="new", name="New", axes=["safety"]))
    version("only")
    version("refused", checked=False, error="It broke.")
    needed = draft.missing()[-1]
    assert (str(needed), needed.url) == ("Add model versions first: it takes 2 that answer.", "/models/")
    version("second")
    assert (str(draft.missing()[-1]), draft.missing()[-1].url) == ("Choose 2 different model versions.", "#policy")


def test_it_freezes_the_newest_guideline_of_each_axis(project):
    GuidelineVersion.objects.create(project=project, axis=Axis.SAFETY, number=2, text="New.")
    round_ = project.rounds.get()
    assert round_.guidelines.get(axis=Axis.SAFETY).number == 1
    assert round_.guidelines.get(axis=Axis.HELPFULNESS).number == 1


def test_it_allows_one_open_round_a_project(project):
    second = Round.objects.create(project=project, number=2)
    with pytest.raises(RoundNotReady, match="into review first"):
        second.open()
    with pytest.raises(IntegrityError), transaction.atomic():
        Round.objects.filter(pk=second.pk).update(state="open")


def test_it_goes_from_open_to_review_to_closed_and_never_back(project):
    round_ = project.rounds.get()
    with pytest.raises(RoundNotReady, match="open, not in review"):
        round_.close()
    round_.review()
    round_.close()
    assert round_.closed_at
    for step in (round_.open, round_.review, round_.close):
        with pytest.raises(RoundNotReady):
            step()


@pytest.mark.parametrize("model", [GuidelineVersion, ModelVersion])
def test_the_database_refuses_to_change_what_was_frozen(project, model):
    row = model.objects.first()
    field = "text" if model is GuidelineVersion else "system_prompt"
    setattr(row, field, "other")
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        row.save()


def test_a_project_has_at_least_one_known_axis(db):
    for axes in ([], ["beauty"]):
        with pytest.raises(IntegrityError), transaction.atomic():
            Project.objects.create(slug="x", name="X", axes=axes)


def test_a_spec_is_hashed_over_all_a_worker_needs(db):
    one, other = (entry.model_version for entry in make_project().rounds.get().policy.order_by("pk"))
    assert one.spec()["hash"] != other.spec()["hash"]
    assert one.spec() == ModelVersion.objects.get(pk=one.pk).spec()


def test_the_database_keeps_the_terms_of_an_opened_round(project):
    rounds = Round.objects.filter(project=project)
    for change in ({"target": 5}, {"max_new_tokens": 9}, {"state": "draft"}, {"state": "closed"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rounds.update(**change)
    policy = rounds.get().policy
    for touch in (lambda: policy.update(weight=9), policy.all().delete, lambda: policy.first().save(force_insert=True)):
        with pytest.raises(IntegrityError), transaction.atomic():
            touch()


@pytest.fixture
def ready(project):
    """Round 2, with nothing missing but that round 1 is still open."""
    return draft_of(project, version("one"), version("other"))


def missing(page) -> list[tuple[str, str]]:
    return [(str(item), item.url) for item in page.context["missing"]]


def advised(page) -> list[str]:
    return [str(item) for item in page.context["advice"]]


def test_the_page_leads_to_where_each_missing_thing_is_done(managing, project):
    unheard = version("unheard", checked=False)
    draft = draft_of(project, unheard)
    project.allows_own_prompts = False
    project.save()
    page = managing.get(url(draft))
    assert missing(page) == [
        ("Choose 2 different model versions.", "#policy"),
        ("Have the model version “unheard” checked.", f"/models/{unheard.pk}/"),
        ("Choose a prompt set with prompts that fit, or allow annotators to write their own.", "#settings"),
        ("Put the round that is open into review first.", "/projects/both/rounds/1/"),
    ]
    assert "Open it now" not in page.content.decode()


def test_a_guideline_that_is_missing_is_a_link(managing, maria):
    fresh = Project.objects.create(slug="fresh", name="Fresh", axes=["safety"])
    manage(fresh, maria)
    page = managing.get(url(draft_of(fresh)))
    assert missing(page)[0] == ("Write a guideline for the safety axis.", "/projects/fresh/guidelines/safety/")


def test_nobody_to_work_is_said_and_is_no_reason_to_stay_closed(managing, project, ready):
    project.rounds.get(number=1).review()
    project.enrolments.filter(axis="safety").delete()
    page = managing.get(url(ready))
    assert missing(page) == []
    assert advised(page) == ["Nobody works on safety: enrol a cohort."]
    Membership.objects.update(left_at=timezone.now())
    assert len(advised(managing.get(url(ready)))) == 2
    assert "Nobody works on helpfulness yet: invite people" in advised(managing.get(url(ready)))[0]
    ready.open()
    assert "Nobody works on safety" in managing.get(url(ready)).content.decode()


@pytest.mark.parametrize("own", [True, False])
def test_prompts_that_do_not_fit_are_missing_unless_annotators_write_their_own(managing, maria, alice, own):
    project = make_project("helpful", ("helpfulness",))
    Project.objects.update(allows_own_prompts=own)
    manage(project, maria)
    ready = draft_of(project, version("one"), version("other"))
    hard = PromptSet.objects.create(name="Hard")
    Prompt.objects.create(prompt_set=hard, text="Bad.", category="adversarial", risk="illicit", attack="logic")
    ready.revise(list(ready.policy.all()), prompt_set=hard)
    page = managing.get(url(ready))
    assert any("Choose a prompt set" in text for text, _ in missing(page)) is not own
    assert any("annotators write every prompt" in text for text in advised(page)) is own


def test_a_target_out_of_reach_is_said(managing, project, ready):
    project.rounds.get(number=1).review()
    Project.objects.filter(pk=project.pk).update(allows_own_prompts=False, max_turns=2)
    prompts = PromptSet.objects.create(name="Few")
    Prompt.objects.create(prompt_set=prompts, text="Why?")
    ready.revise(list(ready.policy.all()), prompt_set=prompts, target=2)
    assert advised(managing.get(url(ready))) == []
    ready.revise(list(ready.policy.all()), target=3)
    (said,) = advised(managing.get(url(ready)))
    assert "make 2 comparisons at most" in said


def test_it_is_opened_with_what_the_page_showed(managing, project, ready):
    project.rounds.get(number=1).review()
    page = managing.get(url(ready))
    seen = page.context["round"].terms()
    assert f'name="seen" value="{seen}"' in page.content.decode()
    done = managing.post(url(ready, "open/"), {"seen": seen}, follow=True)
    assert "Round 2 is open: annotators can work in it now." in done.content.decode()
    ready.refresh_from_db()
    assert (ready.state, ready.guidelines.get(axis="safety").number) == ("open", 1)


@pytest.mark.parametrize("change", ["policy", "settings", "guideline", "project"])
def test_it_is_not_opened_with_what_nobody_has_seen(managing, project, ready, change):
    project.rounds.get(number=1).review()
    seen = ready.terms()
    if change == "policy":
        ready.policy.update(weight=9)
    elif change == "settings":
        Round.objects.filter(pk=ready.pk).update(target=9)
    elif change == "guideline":
        project.guidelines.create(axis="safety", number=2, text="New.")
    else:
        Project.objects.filter(pk=project.pk).update(max_turns=9)
    page = managing.post(url(ready, "open/"), {"seen": seen}, follow=True)
    assert "Read what it opens with again" in page.content.decode()
    ready.refresh_from_db()
    assert ready.state == "draft"
    managing.post(url(ready, "open/"), {"seen": page.context["round"].terms()})
    ready.refresh_from_db()
    assert ready.state == "open"


def test_it_is_not_opened_while_something_is_missing(managing, project, ready):
    page = managing.post(url(ready, "open/"), {"seen": ready.terms()}, follow=True)
    assert "Put the round that is open into review first." in page.content.decode()
    ready.refresh_from_db()
    assert ready.state == "draft"


def test_a_stopped_project_says_so_and_offers_to_resume(managing, project, ready):
    project.stop()
    assert "The project is stopped: nobody gets work until you resume it." in advised(managing.get(url(ready)))
    assert "/projects/both/resume/" in managing.get(url(project.rounds.get(number=1))).content.decode()


def test_review_and_closing_say_what_happened_and_what_cannot(managing, project):
    round_ = project.rounds.get()
    assert "The round is open, not in review." in managing.post(url(round_, "close/"), follow=True).content.decode()
    assert "Round 1 is in review" in managing.post(url(round_, "review/"), follow=True).content.decode()
    assert "The round is in review, not open." in managing.post(url(round_, "review/"), follow=True).content.decode()
    closed = managing.post(url(round_, "close/"), follow=True).content.decode()
    assert "Round 1 is closed." in closed
    assert f'href="/projects/{project.slug}/rounds/new/"' in closed
    assert '<form method="post" action="/projects/both/rounds' not in closed


def test_an_opened_round_shows_what_it_was_opened_with(managing, project, ready):
    project.guidelines.create(axis="safety", number=2, text="New.")
    page = managing.get(url(project.rounds.get(number=1)))
    assert [(entry["axis"], entry["guideline"].number) for entry in page.context["axes"]] == [
        ("helpfulness", 1),
        ("safety", 1),
    ]
