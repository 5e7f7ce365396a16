"""What managers and reviewers see of what the annotator model says of people."""

import csv
import io
import random

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from labeling.projects.models import Axis
from labeling.quality.models import Bearing
from tests.people import join, make_project, manage
from tests.projects.pages import words
from tests.quality.judging import compared, computed, give, judged, say


@pytest.fixture
def people(db):
    return [join("first", f"p{number}@example.org") for number in range(3)]


@pytest.fixture
def project(people):
    return make_project(axes=(Axis.HELPFULNESS,))


@pytest.fixture
def maria(manager, project) -> Client:
    manage(project, manager)
    browser = Client()
    browser.force_login(manager)
    return browser


def page(browser, project, **asked):
    return browser.get(f"/projects/{project.slug}/quality/model/", asked)


def judge_by_side(project, people, pairs: int = 40) -> None:
    """The last of them chooses what stands left."""
    drawn = random.Random(1)
    for number in range(pairs):
        pair = compared(people[0], project)
        good = 1 if number % 3 else -1
        judged(pair, people[0], 3 * good, kind="author")
        judged(pair, people[1], 3 * good, swapped=drawn.random() < 0.5)
        last = give(pair, people[2], swapped=drawn.random() < 0.5)
        say(last, -2 if last.swapped else 2)


def test_whoever_chooses_by_side_stands_first_with_their_figures_and_what_is_behind_them(maria, project, people):
    judge_by_side(project, people)
    computed(project)
    answer = page(maria, project)
    lines = answer.context["part"].rows
    assert lines[0].pseudonym == people[2].pseudonym
    person = (
        f'<a href="/projects/{project.slug}/quality/people/{people[2].pk}/?axis=helpfulness"><bdi>{people[2]}</bdi>'
    )
    assert person in words(answer), "by name, for staff, and leading to their own page"
    assert "chooses by side" in [str(word) for word in lines[0].found]
    assert lines[0].figures["left"].low > 0.6
    assert [line.found for line in lines[1:]] == [[], []]
    assert "chooses by side" in words(answer)
    assert maria.get(lines[0].url).context is not None
    assert f"person={people[2].pk}" in lines[0].url


def test_another_view_is_said_by_its_subject_and_is_no_fault(maria, project, people):
    figures = {name: [0.7, 0.6, 0.8] for name in ("right", "left", "longer")}
    terms = {"project": project, "axis": "helpfulness", "judgements": 5, "several": 5, "figures": figures}
    Bearing.objects.create(person=people[0], dissents=["de", "hateful"], **terms)
    Bearing.objects.create(person=people[1], found=["guesses", "by_length", "tires"], **terms)
    answer = page(maria, project)
    assert answer.context["part"].rows[1].views == ["Deutsch (de)", "hateful and harmful activities"]
    text = words(answer)
    assert "another view: Deutsch (de)" in text
    assert answer.content.decode().count("badge-wrong") == 3


def test_the_file_has_what_the_page_has(maria, project, people):
    judge_by_side(project, people, 6)
    computed(project)
    answer = page(maria, project, **{"as": "csv"})
    head, *rows = csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")))
    assert head[:4] == ["annotator", "judgements", "judged_by_others_too", "right"]
    assert {row[0] for row in rows} == {person.pseudonym for person in people}
    assert all(len(row) == len(head) for row in rows)


def test_it_is_told_how_sure_it_is_and_how_often_it_is_right(maria, project, people):
    judge_by_side(project, people)
    alone = compared(people[0], project)
    judged(alone, people[0], 2, kind="author")
    computed(project)
    answer = page(maria, project)
    sure = answer.context["sure"]
    assert (sure.judgements, sum(line.expected.of for line in sure.lines)) == (120, 120)
    assert all(0.5 <= line.said <= 1 for line in sure.lines)
    assert len(maria.get(sure.url).context["shown"]) > 0
    assert maria.get(sure.url).context["count"] == 120
    drawn = answer.content.decode().split('id="by-sureness"')[1].split("</table>")[0].count("data-point")
    assert drawn == sum(line.expected.of >= 10 for line in sure.lines) > 0
    assert "120 judgements of pairs that several people judged" in words(answer)
    file = page(maria, project, **{"as": "csv", "table": "sureness"})
    head, *rows = csv.reader(io.StringIO(b"".join(file.streaming_content).decode("utf-8-sig")))
    assert head == ["sure", "judgements", "as_expected", "as_expected_low", "as_expected_high"]
    assert [int(row[1]) for row in rows] == [line.expected.of for line in sure.lines]


def test_of_pairs_that_one_person_judged_nothing_is_told_of_how_sure_it_is(maria, project, people):
    judged(compared(people[0], project), people[0], 2, kind="author")
    computed(project)
    answer = page(maria, project)
    assert answer.context["part"].rows
    assert answer.context["sure"] is None
    assert "How sure it is" not in words(answer)


def test_it_says_when_there_is_nothing_yet(maria, project):
    computed(project)
    assert "Nothing was judged here" in words(page(maria, project))


def test_it_takes_as_many_statements_for_many_people_as_for_few(maria, project, people):
    figures = {name: [0.7, 0.6, 0.8] for name in ("right", "left", "longer")}

    def add(person) -> None:
        Bearing.objects.create(
            project=project, axis="helpfulness", person=person, judgements=5, several=5, figures=figures
        )

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            page(maria, project)
        return len(captured)

    add(people[0])
    statements()
    few = statements()
    for number in range(20):
        add(join("first", f"more{number}@example.org"))
    assert statements() == few
