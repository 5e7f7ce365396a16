"""Two managers give the same name in the same moment, on real transactions."""

import pytest
from django.db import transaction
from django.test import Client

from labeling.cohorts.models import Cohort, Person
from labeling.dialogues import generation
from labeling.exams.models import Qualification
from labeling.projects.models import ModelVersion, Project, PromptSet
from tests.comparisons.test_races import beside, waiting
from tests.exams.papers import make_exam
from tests.exams.test_files import SMALL
from tests.processes import wait_until
from tests.projects.pages import words

MODEL = {"name": "Same", "path": "folder-7", "system_prompt": "Be kind."}
SET = {"name": "Same", "description": "From the street."}
PROJECT = {"name": "Same", "description": "Judge poems.", "axes": ["helpfulness"]}
COHORT = {"name": "Same", "people": "ana@example.org", "axes": ["helpfulness"], "quota_per_day": "77", "overlap": "1"}
EXAM = {"text": SMALL.replace('name = "Small"', 'name = "Same"', 1)}


def an_exam():
    make_exam("Same", qualification=Qualification.objects.create(name="Other"), publish=False)


def taken(kind: type, **fields):
    return lambda: kind.objects.create(name="Same", **fields)


@pytest.fixture
def client(transactional_db, monkeypatch) -> Client:
    """Maria's browser, who manages a project and is staff; no worker is asked for anything."""
    monkeypatch.setattr(generation, "send", lambda pk: None)
    maria = Person.objects.create_user("maria@example.org", name="Maria Costa", is_staff=True)
    Project.objects.start(maria, "Poems", axes=["helpfulness"])
    client = Client()
    client.force_login(maria)
    return client


@pytest.mark.parametrize(
    ("take_the_name", "page", "typed", "says", "kept"),
    [
        (taken(ModelVersion, source="x"), "/models/new/?kind=folder", MODEL, "“Same” is there already.", "folder-7"),
        (taken(PromptSet), "/prompts/new/", SET, "Another set has this name.", "From the street."),
        (taken(Project, slug="same", axes=["safety"]), "/projects/new/", PROJECT, "is taken.", "Judge poems."),
        (an_exam, "/exams/new/text/", EXAM, "Somebody else saved an exam of this name", "Which?"),
        (taken(Cohort), "/projects/poems/cohorts/new/", COHORT, "Another cohort has this name.", "77"),
    ],
    ids=["model version", "prompt set", "project", "exam", "cohort"],
)
def test_a_name_that_is_taken_in_the_same_moment_is_refused_like_any_other(
    client, take_the_name, page, typed, says, kept
):
    answers = []
    with transaction.atomic():
        take_the_name()
        second, raised = beside(lambda: answers.append(client.post(page, typed)))
        wait_until(lambda: waiting() == 1)
    second.join()
    assert raised == []
    assert answers[0].status_code == 422
    assert says in words(answers[0]) and kept in words(answers[0])
