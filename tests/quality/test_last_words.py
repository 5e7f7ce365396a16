"""What stands as adjudicated: a verdict, or that a pair cannot be judged, until it is taken back."""

import uuid

import pytest
from django.test import Client

from labeling.cohorts.models import Withdrawal
from labeling.comparisons.models import Assignment, CannotBeJudged, Comparison, Judgement, Overlap
from labeling.projects.models import Axis
from labeling.quality import adjudicating
from labeling.quality.adjudicating import Settled, last_words
from labeling.quality.models import GoldAnswer
from tests.comparisons.overlapped import overlapped
from tests.people import make_project
from tests.projects.pages import words
from tests.quality.judging import compared
from tests.quality.judging import judged as judged_by
from tests.quality.judging import say as says
from tests.quality.test_adjudicating import PAGE, judged, last_word, reviewer, say, waiting
from tests.quality.test_adjudicating import bert as bert
from tests.quality.test_adjudicating import hers as hers
from tests.quality.test_adjudicating import project as project
from tests.quality.test_adjudicating import rita as rita

CANNOT = {"choice": "", "cannot": "1", "reason": "prompt"}


@pytest.fixture
def pair(alice, bert, project) -> Comparison:
    return judged(alice, bert, project)


def undo(browser, htmx=True):
    word = Assignment.objects.filter(kind="adjudication").latest("created_at")
    return browser.post(f"{PAGE}undo/{word.pk}/", headers={"HX-Request": "true"} if htmx else {})


def standing() -> list[tuple[uuid.UUID, str]]:
    return [(word.assignment.comparison_id, word.axis) for word in last_words().select_related("assignment")]


def test_one_stands_for_each_axis_of_a_comparison(alice, bert):
    both = overlapped(make_project("both"), 2, most_extra=0)
    rita, pair = reviewer(both, "rita"), compared(alice, both)
    for axis in Axis:
        judged_by(pair, alice, 2, kind="author", axis=axis)
        judged_by(pair, bert, -2, axis=axis)
    Overlap.objects.update(free=[])
    for axis in Axis:
        asked = adjudicating.asked_of(rita, pair, axis)
        asked.save(force_insert=True)
        says(asked, -1)
    assert sorted(standing()) == [(pair.pk, "helpfulness"), (pair.pk, "safety")]
    assert {word.chosen_id for word in last_words()} == {pair.second_id}


def test_a_changed_word_stands_as_it_was_changed(pair, rita):
    word = last_word(pair, rita)
    says(word.assignment, -4)
    assert [one.degree for one in last_words()] == [4]


def test_that_a_pair_cannot_be_judged_is_a_last_word_and_retires_it(hers, rita, pair, project):
    page = say(hers, pair, **CANNOT)
    assert page.status_code == 200 and "it cannot be judged" in words(page)
    word = last_words().get()
    assert (word.outcome, word.cannot_reason, word.assignment.person) == ("cannot", "prompt", rita)
    pair.refresh_from_db()
    assert pair.retired_at and waiting(project, rita) == []


def test_it_is_said_why_a_pair_cannot_be_judged(hers, pair):
    page = say(hers, pair, **CANNOT | {"reason": ""})
    assert page.status_code == 422 and "Choose why the pair cannot be judged." in words(page)
    page = say(hers, pair, **CANNOT | {"reason": "other"})
    assert page.status_code == 422 and "Say in a few words what it is." in words(page)
    assert not last_words().exists()
    say(hers, pair, **CANNOT | {"reason": "other", "comment": "Both quote a page that is gone."})
    assert last_words().get().comment == "Both quote a page that is gone."


def test_what_cannot_be_judged_is_never_made_certain(hers, pair):
    say(hers, pair, **CANNOT, certain="1")
    assert last_words().exists() and not GoldAnswer.objects.exists()


def test_a_word_that_is_taken_back_stands_no_more_and_is_kept(hers, rita, pair, project):
    say(hers, pair)
    page = undo(hers)
    assert str(pair.pk) in words(page)
    assert standing() == [] and waiting(project, rita) == [pair.pk]
    assert Judgement.objects.filter(assignment__kind="adjudication").count() == 1


def test_whoever_took_it_back_says_another_and_so_may_anybody_else(hers, rita, pair, project):
    for _ in range(2):
        say(hers, pair)
        undo(hers)
    last_word(pair, reviewer(project, "otto"))
    assert len(standing()) == 1
    with pytest.raises(Settled):
        last_word(pair, rita)


def test_what_is_asked_about_again_is_so_where_it_was(hers, pair, project):
    """Retired by a last word, and not any more: the slots that nobody holds on the other axis are free again."""
    other = Overlap.objects.create(comparison=pair, round=pair.round, axis="safety", wanted=3, most=3, free=[1, 2])
    say(hers, pair, **CANNOT)
    other.refresh_from_db()
    assert other.free == []
    undo(hers)
    pair.refresh_from_db()
    other.refresh_from_db()
    assert (pair.retired_at, other.free) == (None, [0, 1, 2])
    assert Overlap.objects.get(comparison=pair, axis="helpfulness").free == []


def test_what_was_made_certain_with_it_is_so_no_more(hers, rita, pair):
    say(hers, pair, certain="1")
    undo(hers)
    known = GoldAnswer.objects.get()
    assert (known.retired_by, known.why_retired) == (rita, "The last word on it was taken back.")


def test_it_is_taken_back_once_by_whoever_said_it_and_while_its_round_goes_on(hers, pair, project):
    say(hers, pair)
    other = Client()
    other.force_login(reviewer(project, "otto"))
    assert undo(other).status_code == 404
    assert [undo(hers).status_code for _ in range(2)] == [200, 409]
    say(hers, pair)
    project.rounds.get().review()
    project.rounds.get().close()
    late = undo(hers)
    assert late.status_code == 409 and "cannot be taken back any more" in words(late)
    assert len(standing()) == 1


def test_without_a_script_a_page_offers_it(hers, pair):
    page = hers.get(say(hers, pair, htmx=False).url)
    assert "Saved as adjudicated." in words(page) and "/adjudication/undo/" in words(page)
    assert undo(hers, htmx=False).url == PAGE
    assert "/adjudication/undo/" not in words(hers.get(PAGE))


def test_no_word_of_somebody_who_has_withdrawn_stands(rita, pair, project):
    asked = adjudicating.asked_of(rita, pair, Axis.HELPFULNESS)
    adjudicating.adjudicate(asked, CannotBeJudged("prompt"), uuid.uuid4())
    Withdrawal.objects.begin(rita)
    pair.refresh_from_db()
    assert standing() == [] and pair.retired_at is None
    assert waiting(project, reviewer(project, "otto")) == [pair.pk]
