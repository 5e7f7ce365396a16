"""What managers and reviewers see of how far people agree."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labeling.projects.models import Round
from labeling.quality.models import Computation
from tests.people import join, make_project, manage
from tests.projects.pages import words
from tests.quality.judging import compared, computed, judged


@pytest.fixture
def people(db):
    return [join("first", f"p{number}@example.org") for number in range(3)]


@pytest.fixture
def project(people):
    return make_project()


@pytest.fixture
def maria(manager, project) -> Client:
    manage(project, manager)
    return signed_in(manager)


def signed_in(person) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def page(browser, project, **asked):
    return browser.get(f"/projects/{project.slug}/quality/", asked)


def overlapped(project, people, *steps: tuple[int | None, ...], **terms) -> None:
    """Each with what its author says, and others after them."""
    for said in steps:
        pair = compared(people[0], project, language=terms.get("language", "en"))
        for axis in project.axes:
            for place, step in enumerate(said):
                judged(pair, people[place], step, kind="author" if place == 0 else "overlap", axis=axis)


def next_round(project) -> None:
    last = project.rounds.get(state="open")
    last.review()
    Round.objects.draft(project, last).open()


def rows_of(answer) -> list[list[str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_each_round_is_shown_with_its_figures_and_what_is_behind_them(maria, project, people):
    overlapped(project, people, *[(2, 3)] * 6, *[(1, -1)] * 6)
    next_round(project)
    overlapped(project, people, (4, 4), (4, -4))
    computed(project)
    lines = page(maria, project).context["by_round"]
    assert [(line.label, line.comparisons, line.figures["raw"].value) for line in lines] == [
        ("Round 1", 12, 0.5),
        ("Round 2", 2, 0.5),
        ("All rounds", 14, 0.5),
    ]
    assert lines[0].figures["ac2"].value > lines[1].figures["ac2"].value
    assert lines[0].figures["ac2"].has_interval and not lines[1].figures["ac2"].has_interval
    text = words(page(maria, project))
    assert "too few to say" in text
    assert f'href="/projects/{project.slug}/rounds/1/judgements/?axis=helpfulness&amp;overlapped=1"' in text


def test_every_figure_leads_to_the_judgements_that_it_is_of(maria, project, people):
    overlapped(project, people, (2, 3), (1, -1), language="de")
    overlapped(project, people, (3, 3, 3), language="")
    alone = compared(people[0], project)
    judged(alone, people[0], 2, kind="author")
    judged(alone, people[1], None)
    newer = project.guidelines.create(axis="helpfulness", number=2, text="Newer.")
    judged(compared(people[0], project), people[0], 2, kind="author")
    pair = compared(people[0], project)
    judged(pair, people[0], 2, kind="author")
    judged(pair, people[1], 3, guideline=newer)
    computed(project)
    answer = page(maria, project)
    shown = [*answer.context["by_round"], *(line for _by, of in answer.context["broken_down"] for line in of)]
    assert len(shown) == 5, "a round and all, two languages and one that nobody named"
    for line in shown:
        assert maria.get(line.url).context["count"] == line.judgements, line.label


def test_each_axis_has_its_own_figures(maria, project, people):
    pair = compared(people[0], project)
    judged(pair, people[0], 2, kind="author")
    judged(pair, people[1], 2)
    computed(project)
    assert len(page(maria, project).context["by_round"]) == 2
    answer = page(maria, project, axis="safety")
    assert answer.context["by_round"] == [] and 'aria-current="true">Safety' in words(answer)
    assert page(maria, project, axis="beauty").context["axis"] == "helpfulness"


def test_what_goes_into_no_data_set_raises_an_alarm_where_it_grows(maria, project, people):
    overlapped(project, people, *[(2, 3)] * 30)
    next_round(project)
    overlapped(project, people, *[(2, None)] * 20)
    computed(project)
    first, second = page(maria, project).context["rounds"]
    assert (first.excluded.hits, first.alarm) == (0, False)
    assert (second.excluded.hits, second.excluded.of, second.cannot, second.alarm) == (20, 40, 20, True)
    assert "far more than before" in words(page(maria, project))


def test_degrees_are_shown_by_round(maria, project, people):
    overlapped(project, people, (1, 4), (-1, 2))
    computed(project)
    [shown] = page(maria, project).context["rounds"]
    assert [share.hits for share in shown.degrees] == [2, 1, 0, 1]


def test_tables_come_as_files(maria, project, people):
    overlapped(project, people, (2, 3), (1, -1))
    computed(project)
    head, first, everything = rows_of(page(maria, project, **{"as": "csv", "table": "round"}))
    assert head[:4] == ["", "comparisons", "judgements", "raw"] and "ac2_linear_high" in head
    assert (first[0], first[1], everything[0]) == ("Round 1", "2", "All rounds")
    head, *rows = rows_of(page(maria, project, **{"as": "csv", "table": "rounds"}))
    assert dict(zip(head, rows[0], strict=True)) | {"done": "4", "slightly": "1", "better": "1"} == dict(
        zip(head, rows[0], strict=True)
    )


def test_it_says_so_when_nobody_judged_what_somebody_else_did(maria, project, people):
    text = words(page(maria, project))
    assert "There are no figures yet." in text and "Nothing was judged here" not in text
    judged(compared(people[0], project), people[0], 2, kind="author")
    computed(project)
    assert "Nobody has judged a pair that somebody else judged as well." in words(page(maria, project))


def test_figures_are_computed_on_demand_and_the_page_follows(maria, project):
    address = f"/projects/{project.slug}/quality/compute/"
    asked = maria.post(f"{address}?axis=safety", {"page": "quality_people"})
    assert asked.url == f"/projects/{project.slug}/quality/people/?axis=safety"
    assert "Computing begins in a few seconds." in words(page(maria, project))
    computation = Computation.objects.get()
    computation.begin(100, 0)
    computation.advance(12)
    answer = maria.get(address, headers={"HX-Request": "true"})
    assert "Computing: 12 % is done." in words(answer) and "HX-Refresh" not in answer
    computation.end()
    assert maria.get(address, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert "Compute now" in words(page(maria, project))


@pytest.mark.parametrize(
    "path", ["quality/", "quality/people/", "quality/people/1/", "quality/model/", "quality/compute/"]
)
def test_to_look_at_figures_writes_nothing(maria, project, path):
    maria.get(f"/projects/{project.slug}/quality/{path}")
    assert not Computation.objects.exists()


def test_it_comes_back_to_no_other_page_than_its_own(maria, project):
    answer = maria.post(f"/projects/{project.slug}/quality/compute/", {"page": "project_stop"})
    assert answer.url == f"/projects/{project.slug}/quality/?axis=helpfulness"


def test_it_says_that_computing_failed(maria, project):
    computation = Computation.objects.of(project)
    computation.ask()
    computation.begin(9, 0)
    computation.fail()
    assert "An attempt failed on" in words(page(maria, project))


def test_how_old_the_figures_are_is_said(maria, project):
    computed(project)
    Computation.objects.update(computed_at=timezone.now() - timedelta(hours=2), new=7)
    text = words(page(maria, project))
    assert "Computed 2 hours ago" in text.replace("\xa0", " ") and "7 judgements have come since" in text


def test_a_reviewer_reads_figures_and_judgements_and_is_led_nowhere_else(project, people):
    reviewer = join("reviewers", "reviewer@example.org")
    project.roles.create(person=reviewer, kind="reviewer")
    overlapped(project, people, (2, 3))
    computed(project)
    browser = signed_in(reviewer)
    home = words(browser.get("/"))
    assert "Where you review" in home and f'href="/projects/{project.slug}/quality/"' in home
    for path in ("quality/", "judgements/", "rounds/1/judgements/?models=1"):
        text = words(browser.get(f"/projects/{project.slug}/{path}"))
        for address in links(text):
            assert browser.get(address, follow=True).status_code == 200, f"{address} on {path}"


def links(text: str) -> set[str]:
    import re

    return {found.replace("&amp;", "&") for found in re.findall(r'href="(/[^"]*)"', text) if "/static/" not in found}


def test_it_takes_as_many_queries_for_many_rounds_as_for_one(maria, project, people):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            page(maria, project)
        return len(captured)

    overlapped(project, people, (2, 3))
    computed(project)
    few = queries()
    for _ in range(3):
        next_round(project)
        overlapped(project, people, (2, 3))
    computed(project)
    assert queries() == few
