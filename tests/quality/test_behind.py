"""The judgements behind a figure are those that were counted."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from labeling.comparisons.models import Assignment
from labeling.quality import reviewing
from labeling.quality.models import Bearing, Counts, GoldAnswer, Review, Total
from tests.people import join, make_project, manage
from tests.projects.pages import words
from tests.quality.crowd import make_crowd
from tests.quality.judging import compared, computed, give, judged, say

SHARES = {"majority": "majority", "gold": "gold", "repeats": "repeats", "chose_a": "side", "longer": "longer"}


@pytest.fixture
def people(db):
    return [join("first", f"p{number}@example.org") for number in range(4)]


@pytest.fixture
def project(people):
    return make_project(axes=("helpfulness",))


def signed_in(manager, project) -> Client:
    manage(project, manager)
    browser = Client()
    browser.force_login(manager)
    return browser


@pytest.fixture
def maria(manager, project) -> Client:
    return signed_in(manager, project)


def behind(browser, project, figure, **asked):
    return browser.get(f"/projects/{project.slug}/quality/behind/{figure}/", asked)


def numbers(browser, project, figure, **asked) -> list[int]:
    """Of all that a figure is of, of what is as it says, and of what is not."""
    return [number for _words, number, _address, _here in behind(browser, project, figure, **asked).context["parts"]]


def test_each_figure_of_a_person_is_of_as_many_as_its_page_shows(manager):
    project = make_crowd("crowd", rounds=2, pairs=16, good=3)
    GoldAnswer.objects.first().retire(manager, "It is not certain.")
    computed(project)
    browser = signed_in(manager, project)
    for total in Total.objects.all():
        for hits, figure in SHARES.items():
            of = total.judged if figure == "side" else getattr(total, f"{hits}_of")
            hit = getattr(total, hits)
            assert numbers(browser, project, figure, person=total.person_id) == [of, hit, of - hit], figure
            assert behind(browser, project, figure, person=total.person_id, hit=0).context["count"] == of - hit
        assert numbers(browser, project, "judged", person=total.person_id) == [total.judged]
        known = browser.get(f"/projects/{project.slug}/quality/people/{total.person_id}/").context
        for round_ in known["rounds"]:
            assert browser.get(round_.url).context["count"] == round_.judged
            for figure, share, url in round_.shares:
                assert browser.get(url).context["count"] == share.of, figure
        assert numbers(browser, project, "left-out", person=total.person_id) == [total.excluded]
    shown = browser.get(f"/projects/{project.slug}/quality/model/").context["sure"]
    assert browser.get(shown.url).context["count"] == shown.judgements > 0
    for one in Bearing.objects.all():
        assert numbers(browser, project, "modelled", person=one.person_id) == [one.judgements]


def test_each_figure_of_a_round_is_of_as_many_as_its_page_shows(manager):
    project = make_crowd("crowd", rounds=2, pairs=12, good=3)
    browser = signed_in(manager, project)
    for round_ in browser.get(f"/projects/{project.slug}/quality/").context["rounds"]:
        linked = [(share.hits, url) for share, url in round_.by_degree] + round_.answered
        for number, url in [*linked, (round_.excluded.hits, round_.excluded_url)]:
            assert browser.get(url).context["count"] == number, url
    assert sum(share.hits for share, _url in round_.by_degree) > 0


def test_the_pages_of_a_persons_figures_lead_there(maria, project, people):
    ann, ben, cyd, _ = people
    for number in range(3):
        pair = compared(ann, project)
        judged(pair, ann, 2, kind="author")
        judged(pair, ben, -1 if number else 3)
        judged(pair, cyd, 2)
    computed(project)
    known = Total.objects.get(person=ben)
    address = f"/projects/{project.slug}/quality/behind/majority/?axis=helpfulness&amp;person={ben.pk}"
    assert (known.majority, known.majority_of) == (1, 3)
    assert f'href="{address}"' in words(maria.get(f"/projects/{project.slug}/quality/people/"))
    page = words(maria.get(f"/projects/{project.slug}/quality/people/{ben.pk}/"))
    assert f'<a href="{address}&amp;hit=0">2 otherwise than most others</a>' in page
    text = words(behind(maria, project, "majority", person=ben.pk, hit=0))
    assert "2 judgements" in text and text.count("otherwise than most others</span>") == 2
    assert f"/projects/{project.slug}/judgements/?axis=helpfulness&amp;pair={pair.pk}" in text


def test_who_missed_a_known_answer_is_shown_with_what_was_expected(maria, project, people):
    ann, ben, *_ = people
    pair = compared(ann, project)
    judged(pair, ann, 2, kind="author")
    answer = GoldAnswer.objects.create(comparison=pair, axis="helpfulness", chosen=pair.first)
    judged(pair, ben, -2, kind="gold")
    text = words(behind(maria, project, "gold", person=ben.pk))
    assert "otherwise than expected</span>" in text
    assert f'href="/projects/{project.slug}/quality/known/{answer.pk}/"' in text


def test_what_a_reviewer_sent_back_is_no_surplus_and_stands_there_with_the_reason(maria, manager, project, people):
    ann, _ben, cyd, _ = people
    pair = compared(ann, project)
    own = judged(pair, ann, 2, kind="author")
    late = give(pair, cyd, slot=None)
    say(late, -4)
    reviewing.reject(Assignment.objects.get(pk=own.pk).judgement, manager, "Read the second one.", Review.To.SAME)
    computed(project)
    rows = {one.person: (one.sent_back, one.surplus, one.excluded) for one in Counts.objects.all()}
    assert rows == {ann: (1, 0, 1), cyd: (0, 1, 1)}
    text = words(behind(maria, project, "sent-back"))
    assert "1 judgement" in text and "Read the second one." in text and manager.pseudonym in text
    assert behind(maria, project, "surplus").context["shown"][0].reading.judgement.assignment == late


def test_what_was_sent_back_and_taken_back_again_is_left_out_no_more(maria, manager, project, people):
    own = judged(compared(people[0], project), people[0], 2, kind="author")
    judgement = Assignment.objects.get(pk=own.pk).judgement
    reviewing.take_back(reviewing.reject(judgement, manager, "Read it.", Review.To.SAME), manager)
    computed(project)
    counts = Counts.objects.get()
    assert (counts.sent_back, counts.surplus, counts.excluded) == (0, 0, 0)
    assert behind(maria, project, "left-out").context["count"] == 0


def test_a_last_word_makes_nobody_one_of_those_who_are_looked_at(maria, manager, project, people):
    ann = people[0]
    pair = compared(ann, project)
    judged(pair, ann, 2, kind="author")
    judged(pair, manager, 3, kind="adjudication")
    computed(project)
    assert [one.person for one in Counts.objects.all()] == [ann]
    assert behind(maria, project, "answered").context["count"] == 1


def test_they_come_a_page_at_a_time_in_as_many_statements_however_many(maria, project, people, monkeypatch):
    monkeypatch.setattr("labeling.quality.behind_views.PAGE", 2)
    for _ in range(5):
        judged(compared(people[0], project), people[0], 2, kind="author")
    seen, address = [], ""
    while address is not None:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = behind(maria, project, "side", person=people[0].pk, before=address)
        seen += [(len(answer.context["shown"]), answer.context["count"])]
        address = answer.context["older"]
    assert seen == [(2, 5), (2, 5), (1, 5)] and len(queries) < 20


def pages(browser, project, figure, **asked) -> list[tuple[int, bool]]:
    """How many are on each page, and whether there may be more than are told of."""
    found, address = [], ""
    while address is not None:
        answer = behind(browser, project, figure, before=address, **asked)
        found.append((len(answer.context["shown"]), answer.context["more"]))
        address = answer.context["older"]
    return found


def test_of_everybodys_so_many_are_looked_at_a_page_at_a_time(maria, project, people, monkeypatch):
    monkeypatch.setattr("labeling.quality.behind_views.PAGE", 2)
    monkeypatch.setattr("labeling.quality.behind.MANY", 4)
    for number in range(11):
        judged(compared(people[0], project), people[0], 1 + number % 2, kind="author")
    assert pages(maria, project, "degree-2") == [(2, True), (2, False), (1, False)]
    assert pages(maria, project, "judged", round=1) == [(2, True), (2, True)] * 2 + [(2, False), (1, False)]
    assert "At least 4 judgements" in words(behind(maria, project, "judged"))


def test_where_none_of_those_is_like_that_one_may_look_further_back(maria, project, people, monkeypatch):
    monkeypatch.setattr("labeling.quality.behind.MANY", 2)
    pair = compared(people[0], project)
    for person in people[:2]:
        judged(pair, person, 2, **({"kind": "author"} if person == people[0] else {}))
    for _ in range(2):
        judged(compared(people[0], project), people[0], 2, kind="author")
    answer = behind(maria, project, "majority")
    assert "None of the newest that were looked at is like that." in words(answer)
    assert len(behind(maria, project, "majority", before=answer.context["older"]).context["shown"]) == 2


def test_what_makes_no_sense_in_the_address_asks_for_nothing(maria, project, people):
    judged(compared(people[0], project), people[0], 2, kind="author")
    assert behind(maria, project, "beauty").status_code == 404
    answer = behind(maria, project, "judged", person="x", round="99999999999999999999", hit="maybe", before="\0")
    assert answer.status_code == 200 and answer.context["count"] == 1
    assert "Nothing that was judged here is like that." in words(behind(maria, project, "withdrawn"))
