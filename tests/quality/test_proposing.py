"""Which comparisons could have a known answer, who says so, and that nobody is asked twice whether it is certain."""

import uuid

import pytest

from labeling.comparisons.models import Comparison, Overlap
from labeling.projects.models import Axis
from labeling.quality import adjudicating, gold, proposing
from labeling.quality.models import GoldAnswer, Likely, NotProposed
from tests.comparisons.overlapped import prefers, prefers_first
from tests.people import join, make_project, manage
from tests.projects.pages import words
from tests.quality.crowd import make_crowd
from tests.quality.judging import compared, computed, judged

PAGE = "/projects/help/quality/known/"


@pytest.fixture
def people(db):
    return [join("first", f"p{number}@example.org") for number in range(6)]


@pytest.fixture
def project(people, manager):
    made = make_project("help", (Axis.HELPFULNESS,))
    manage(made, manager)
    return made


@pytest.fixture
def hers(client, manager, project):
    client.force_login(manager)
    return client


def asked(people, project, steps) -> Comparison:
    """What the first people say of a pair, of whom one wrote it; nobody else is asked."""
    pair = compared(people[0], project)
    for person, step in zip(people, steps, strict=False):
        judged(pair, person, step, kind="author" if person == people[0] else "overlap")
    terms = {"comparison": pair, "round": pair.round, "axis": "helpfulness"}
    Overlap.objects.create(**terms, wanted=len(steps), most=len(steps), free=[])
    return pair


def last_word(pair, person, degree=3):
    word = adjudicating.asked_of(person, pair, Axis.HELPFULNESS)
    adjudicating.adjudicate(word, prefers(word, True, degree), uuid.uuid4())
    return word


def proposed(project) -> list[tuple[Comparison, str]]:
    found = proposing.proposed(project, Axis.HELPFULNESS)
    return [(one.judgement.assignment.comparison, one.origin) for one in found]


def make_known(browser, assignment):
    browser.post(f"{PAGE}of/{assignment.pk}/", {"least": 3})
    return GoldAnswer.objects.get(comparison=assignment.comparison_id)


def test_what_three_agree_on_by_much_is_proposed(hers, people, project):
    agreed = asked(people, project, (3, 4, 3))
    asked(people, project, (3, 4, 2))
    asked(people, project, (3, 4, -3))
    asked(people, project, (3, 4, None))
    asked(people, project, (4, 4))
    assert proposed(project) == [(agreed, "agreed")]
    known = make_known(hers, agreed.own_assignments().get())
    assert (known.origin, known.chosen) == ("agreed", agreed.first)
    assert proposed(project) == []


def test_a_clear_last_word_is_proposed(hers, people, project):
    clear, close = asked(people, project, (3, -3)), asked(people, project, (3, -3))
    word = last_word(clear, people[4])
    last_word(close, people[4], degree=2)
    assert proposed(project) == [(clear, "adjudicated")]
    known = make_known(hers, word)
    assert (known.origin, known.chosen) == ("adjudicated", clear.first)


def test_a_last_word_that_was_taken_back_is_not(people, project):
    word = last_word(asked(people, project, (3, -3)), people[4])
    adjudicating.take_back(word)
    assert proposed(project) == []


def test_what_the_annotator_model_is_nearly_certain_of_is_proposed(client, manager):
    crowd = make_crowd("help", rounds=2, pairs=40)
    GoldAnswer.objects.all().delete()
    computed(crowd)
    manage(crowd, manager)
    client.force_login(manager)
    kept = list(Likely.objects.all())
    assert kept and all(one.sure >= 0.98 for one in kept)
    found = [one for one in proposing.proposed(crowd, Axis.HELPFULNESS) if one.origin == "likely"]
    assert found and [one.sure for one in found] == sorted((one.sure for one in found), reverse=True)
    for one in found:
        row = Likely.objects.get(comparison=one.judgement.assignment.comparison)
        assert one.judgement.chosen_id == (row.comparison.first_id if row.first else row.comparison.second_id)
    known = make_known(client, found[0].judgement.assignment)
    assert known.origin == "likely"
    computed(crowd)
    assert not Likely.objects.filter(comparison=known.comparison).exists()


def test_one_persons_word_is_never_nearly_certain(people, project):
    for _ in range(30):
        judged(compared(people[0], project), people[0], 4, kind="author")
    computed(project)
    assert not Likely.objects.exists()


def test_what_somebody_chose_by_hand_says_so(hers, people, project):
    pair = asked(people, project, (4, 4))
    assert make_known(hers, pair.own_assignments().get()).origin == "read"


def test_what_the_proposal_does_not_say_is_chosen_by_hand(hers, people, project):
    pair = asked(people, project, (3, -3))
    last_word(pair, people[4])
    other = pair.assignments.get(person=people[1])
    assert make_known(hers, other).origin == "read"


def test_what_was_retired_is_not_proposed_again(people, project, manager):
    agreed = asked(people, project, (3, 4, 3))
    known = gold.make(agreed, "helpfulness", prefers_first(agreed.own_assignments().get()), manager)
    gold.retire(known, manager, "It depends.")
    assert proposed(project) == []


def test_what_is_dismissed_stays_so_and_may_be_made_known_by_hand(hers, people, project, manager):
    agreed, split = asked(people, project, (3, 4, 3)), asked(people, project, (3, -3))
    word = last_word(split, people[4])
    for _ in range(2):
        for one in (agreed.own_assignments().get(), word):
            page = hers.post(f"{PAGE}of/{one.pk}/", {"dismiss": "1"}, follow=True)
            assert "It is not proposed any more." in words(page)
    assert NotProposed.objects.filter(by=manager).count() == 2
    computed(project)
    assert proposed(project) == [] and not Likely.objects.exists()
    assert make_known(hers, word).origin == "read"


def test_the_page_says_why_each_is_proposed(hers, people, project):
    asked(people, project, (3, 4, 3))
    last_word(asked(people, project, (3, -3)), people[4])
    page = words(hers.get(PAGE))
    assert "adjudicated" in page and "everybody agreed" in page and page.count("Not certain") == 2
