import pytest
from django.db import IntegrityError, transaction

from labeling.projects.models import Axis, GuidelineVersion, ModelVersion, Project, Round, RoundNotReady
from tests.people import make_project


def test_it_says_what_is_missing_before_it_opens(db):
    project = Project.objects.create(slug="new", name="New", axes=["helpfulness", "safety"])
    draft = Round.objects.create(project=project, number=1)
    with pytest.raises(RoundNotReady) as refused:
        draft.open()
    assert refused.value.missing == [
        "Write a guideline for the helpfulness axis.",
        "Write a guideline for the safety axis.",
        "Add 2 model versions to the pair policy.",
    ]
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_it_freezes_the_newest_guideline_of_each_axis(project):
    GuidelineVersion.objects.create(project=project, axis=Axis.SAFETY, number=2, text="New.")
    round_ = project.rounds.get()
    assert round_.guideline(Axis.SAFETY).number == 1
    assert round_.guideline(Axis.HELPFULNESS).number == 1


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
