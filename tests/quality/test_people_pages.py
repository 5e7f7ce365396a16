"""What is shown of each person, and of whom something stands out."""

import csv
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from labeling.quality.models import GoldAnswer
from tests.people import join, make_project, manage
from tests.projects.pages import words
from tests.quality.judging import compared, computed, counted, judged


@pytest.fixture
def people(db):
    return [join("first", f"p{number}@example.org") for number in range(4)]


@pytest.fixture
def project(people):
    return make_project(axes=("helpfulness",))


@pytest.fixture
def maria(manager, project) -> Client:
    manage(project, manager)
    browser = Client()
    browser.force_login(manager)
    return browser


def page(browser, project, path, **asked):
    return browser.get(f"/projects/{project.slug}/quality/{path}", asked)


def rows(answer) -> list:
    return [row.record for row in answer.context["listing"].table.rows]


def test_what_stands_out_comes_first_and_says_why(maria, project, people):
    good, sided, minority, new = people
    sure = {"gold": 95, "gold_of": 100, "repeats": 92, "repeats_of": 100}
    counted(project, good, **sure, majority=800, majority_of=1000)
    counted(project, sided, **sure, chose_a=390, majority=40, majority_of=100)
    counted(project, minority, **sure, majority=40, majority_of=100)
    counted(project, new, judged=5, chose_a=5)
    shown = rows(page(maria, project, "people/"))
    assert [(one.person, [str(signal) for signal in one.signals], str(one.matter)) for one in shown[:2]] == [
        (sided, ["side", "majority"], "careless"),
        (minority, ["majority"], "minority"),
    ]
    assert {one.person for one in shown[2:]} == {good, new} and not any(one.signals for one in shown[2:])
    text = words(page(maria, project, "people/"))
    assert "keeps to one side" in text and "a view of their own" in text
    assert "Whoever clicks at random does neither." in words(page(maria, project, f"people/{minority.pk}/"))


def test_of_many_people_a_page_is_shown_and_no_more_is_read(maria, project, people, monkeypatch):
    monkeypatch.setattr("labeling.tables.listing.SIZE", 2)
    for person in people:
        counted(project, person, chose_a=390 if person == people[3] else 200)
    first = page(maria, project, "people/")
    assert rows(first)[0].person == people[3] and "4 in all" in words(first)
    last = page(maria, project, "people/", after=first.context["listing"].rows.page.after)
    assert {one.person for answer in (first, last) for one in rows(answer)} == set(people)
    assert "This is the last page." in words(last)


def test_people_are_sorted_by_any_share_and_filtered_by_what_stands_out(maria, project, people):
    good, sided, new, other = people
    counted(project, good, majority=90, majority_of=100)
    counted(project, sided, chose_a=390, majority=70, majority_of=100)
    counted(project, new, judged=5, chose_a=5)
    counted(project, other, chose_a=220, majority=80, majority_of=100, round=project.rounds.create(number=2))

    def found(**asked) -> list:
        return [one.person for one in rows(page(maria, project, "people/", **asked))]

    assert found(sort="-majority") == [good, other, sided, new], "who has no such share comes last"
    assert found(sort="majority") == [sided, other, good, new]
    assert found(sort="-side")[:2] == [new, sided] and found(sort="judged")[0] == new
    assert found(out="something") == found(out="side") == [sided] and found(out="gold") == []
    assert found(q=good.pseudonym) == [good] and found(q="P1") == [sided]
    assert len(found(sort="majority_of", out="nonsense", after="x")) == 4


def test_who_may_not_know_names_finds_nobody_by_them(project, people):
    counted(project, people[0])
    other = join("managers", "other@example.org")
    manage(project, other)
    browser = Client()
    browser.force_login(other)
    assert rows(page(browser, project, "people/", q="P0")) == []
    assert len(rows(page(browser, project, "people/", q=people[0].pseudonym))) == 1


def test_what_is_shown_of_an_axis_stays_on_it(maria, people, manager):
    project = make_project("two")
    manage(project, manager)
    counted(project, people[0], axis="safety")
    text = words(page(maria, project, "people/", axis="safety", out="something"))
    assert '<a class="button" href="/projects/two/quality/people/?axis=safety">Show all</a>' in text
    assert '<input type="hidden" name="axis" value="safety"' in text
    assert "Nothing here is like that" in text and "is like that" not in words(
        page(maria, project, "people/", axis="safety")
    )


def test_nobody_stands_out_by_how_quickly_they_work(maria, project, people):
    for person in people:
        counted(project, person, timed=400, hurried=390 if person == people[0] else 4, seconds=800.0)
    assert not any(one.signals for one in rows(page(maria, project, "people/")))
    assert "98 % of 400 judgements took less than a third" in words(page(maria, project, f"people/{people[0].pk}/"))


def test_every_share_leads_to_the_judgements_it_is_of(maria, project, people):
    ann, ben, cyd, _ = people
    for number in range(6):
        pair = compared(ann, project, ("Short.", "Very much longer."))
        judged(pair, ann, 2 if number else -2, kind="author")
        judged(pair, ben, 1)
        if number < 4:
            judged(pair, ann, 2, kind="repeat", swapped=True)
            GoldAnswer.objects.create(comparison=pair, axis="helpfulness", chosen=pair.first)
            judged(pair, cyd, 3, kind="gold")
    computed(project)
    known = {one.person: one for one in rows(page(maria, project, "people/"))}
    shares = {name: (share.hits, share.of, url) for name, _label, share, url in known[ann].shares}
    assert [shares[name][:2] for name in ("majority", "repeats")] == [(5, 6), (3, 4)]
    assert [shares[name][1] for name in ("side", "longer")] == [10, 10]
    for name in ("majority", "repeats", "side"):
        _hits, of, url = shares[name]
        assert maria.get(url).context["count"] == of, name
    [gold] = [share for name, _label, share, _url in known[cyd].shares if name == "gold"]
    assert (gold.hits, gold.of) == (4, 4)
    linked = [url.replace("&", "&amp;") for _hits, of, url in shares.values() if of]
    for one in (page(maria, project, "people/"), page(maria, project, f"people/{ann.pk}/")):
        assert all(f'href="{url}"' in words(one) for url in linked)


def test_a_persons_history_is_told_round_by_round(maria, project, people):
    counted(project, people[0], majority=30, majority_of=40, timed=10, seconds=300.0)
    second = project.rounds.create(number=2)
    counted(project, people[0], round=second, judged=8, majority=3, majority_of=4)
    rounds = page(maria, project, f"people/{people[0].pk}/").context["rounds"]
    assert [(one.label, one.judged, one.seconds) for one in rounds] == [("Round 1", 400, 30.0), ("Round 2", 8, None)]
    assert [{name: share.hits for name, share, _ in one.shares}["majority"] for one in rounds] == [30, 3]


def test_people_are_called_by_pseudonym_unless_names_may_be_seen(project, people, manager):
    counted(project, people[0])
    other = join("managers", "other@example.org")
    for person, sees in ((manager, True), (other, False)):
        manage(project, person)
        browser = Client()
        browser.force_login(person)
        for path in ("people/", f"people/{people[0].pk}/"):
            text = words(page(browser, project, path))
            assert ("P0" in text, people[0].pseudonym in text) == (sees, not sees)


def test_who_has_judged_nothing_here_has_no_page(maria, project, people):
    assert page(maria, project, f"people/{people[0].pk}/").status_code == 404
    computed(project)
    assert "Nothing was judged here" in words(page(maria, project, "people/"))


def test_who_judges_on_one_axis_has_a_page_on_the_other_that_says_so(maria, people, manager):
    project = make_project("two")
    manage(project, manager)
    counted(project, people[0])
    answer = page(maria, project, f"people/{people[0].pk}/", axis="safety")
    assert "This person has judged nothing here for Safety." in words(answer)


def test_two_people_are_shown_with_what_both_judged(maria, project, people):
    ann, ben, cyd, _ = people
    for number in range(12):
        pair = compared(ann, project)
        judged(pair, ann, 2, kind="author")
        judged(pair, ben, 2 if number else -1)
        if number < 5:
            judged(pair, cyd, -4)
    computed(project)
    answer = page(maria, project, "pairs/")
    cells = {
        (row, pair.other if pair.one == row else pair.one): pair
        for row, of in answer.context["matrix"].rows
        for _other, pair in of
        if pair
    }
    assert cells[ann, ben] == cells[ben, ann] and cells[ann, ben].comparisons == 12
    assert cells[ann, ben].shade == 4 and cyd not in answer.context["matrix"].people, "five pairs say nothing"
    assert [pair.comparisons for pair in answer.context["least"]] == [12]
    for pair in {id(pair): pair for pair in cells.values()}.values():
        assert maria.get(pair.url).context["count"] == 2 * pair.comparisons


def test_people_and_pairs_come_as_files(maria, project, people):
    for _ in range(10):
        pair = compared(people[0], project)
        judged(pair, people[0], 2, kind="author")
        judged(pair, people[1], 2)
    computed(project)
    for path, rows in (("people/", 3), (f"people/{people[0].pk}/", 2), ("pairs/", 2)):
        answer = page(maria, project, path, **{"as": "csv"})
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        found = list(csv.reader(io.StringIO(text)))
        assert len(found) == rows and len({len(row) for row in found}) == 1, path
        assert "P0" not in text, "files name nobody"


def test_it_takes_as_many_queries_for_many_people_as_for_one(maria, project, people):
    def queries(path) -> int:
        with CaptureQueriesContext(connection) as captured:
            page(maria, project, path)
        return len(captured)

    paths = "people/", f"people/{people[0].pk}/", "pairs/"
    pairs = []
    for _ in range(10):
        pairs.append(compared(people[0], project))
        judged(pairs[-1], people[0], 2, kind="author")
        judged(pairs[-1], people[1], 2)
    computed(project)
    few = [queries(path) for path in paths]
    for pair in pairs:
        judged(pair, people[2], 2)
        judged(pair, people[3], 2)
    computed(project)
    assert [queries(path) for path in paths] == few


def own(person) -> str:
    browser = Client()
    browser.force_login(person)
    return words(browser.get("/profile/"))


def test_people_see_of_their_own_figures_what_depends_on_nobody_else(project, people):
    counted(project, people[0], gold=27, gold_of=30, repeats=16, repeats_of=20, majority=1, majority_of=100)
    counted(project, people[1], gold=5, gold_of=30)
    text = own(people[0])
    assert "90 %" in text and "80 %" in text and "17 %" not in text
    assert "90 %" not in own(people[1])


def test_nobody_is_told_of_so_few_answers_that_they_could_guess_which_had_been_known(project, people):
    counted(project, people[0], gold=19, gold_of=19, repeats=19, repeats_of=19)
    assert "How your judging holds" not in own(people[0])
    assert "How your judging holds" not in own(people[1])
