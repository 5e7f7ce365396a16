"""What is planned comes as often as the project asks, and nothing that annotators reach knows what is expected."""

import random
import re
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from labeling.comparisons import next_step
from labeling.comparisons.models import Assignment, Workday
from labeling.projects.models import Axis, Project
from labeling.quality import planning
from tests.comparisons.pages import judge
from tests.people import answer, ask, join, make_project
from tests.quality.test_planning import at_work, certain, plan
from tests.test_imports import FILES, imports

WORK = "/projects/help/work/"
OURS = "labeling/quality/"  # whose pages are for managers and reviewers


@pytest.fixture
def people(db):
    return [join("first", f"p{number}@example.org") for number in range(4)]


@pytest.fixture
def project(people) -> Project:
    return make_project("help", (Axis.HELPFULNESS,), gold_share=20, repeat_share=10)


@pytest.fixture
def hers(client, people):
    client.force_login(people[1])
    return client


@pytest.fixture
def drawn(monkeypatch):
    """What the desk draws is the same each time, and so is what the planner does."""
    seeded = random.Random(20)
    monkeypatch.setattr(next_step, "drawn", lambda *_: seeded.random())
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.25)")


def test_they_come_as_often_as_the_project_asks(hers, people, project, manager, monkeypatch, drawn):
    """Of 200 pairs 40 have a known answer and 20 were seen before, give or take what chance does."""
    monkeypatch.setattr(planning, "NEW", 0)
    monkeypatch.setattr(planning, "APART", 5)
    for _ in range(80):
        certain(people[0], project, manager)
    at_work(people[1], project, 8)
    kinds, step = [], hers.get(WORK).context["step"]
    for _ in range(200):
        plan(project)
        if step.kind == "pair":
            given = Assignment.objects.get(pk=step.judge_url.split("/")[2])
        else:
            answer(ask(people[1], project))
            given = Assignment.objects.of(people[1]).get(done_at=None, kind="author")
        step = judge(hers, given).context["step"]
        kinds.append(given.kind)
    seen = Assignment.objects.of(people[1]).filter(done_at__isnull=False)
    assert seen.count() == len(kinds) + 8
    assert 25 <= kinds.count("gold") <= 55  # a standard deviation is 5.7
    assert 9 <= kinds.count("repeat") <= 31  # and 4.2
    assert Workday.objects.get(person=people[1], day=timezone.localdate()).done == seen.count()


def test_what_annotators_do_reaches_no_known_answer():
    """It is read by the slice that has it alone, of whose pages none is for them, and by what is to the right of it."""
    for path in FILES:
        if path.startswith(OURS):
            continue
        names = {name for module, name in imports(path) if module.startswith("labeling.quality")}
        modules = {module for module, _ in imports(path)}
        assert "GoldAnswer" not in names and "GoldCopy" not in names and "gold" not in names, path
        assert not modules & {"labeling.quality.gold", "labeling.quality.known", "labeling.quality.planning"}, path
        if path.startswith(("labeling/comparisons", "labeling/dialogues")):
            said = Path(path).read_text()
            assert not re.search(r"gold_?answer|gold_?cop|quality_gold", said, re.IGNORECASE), path
