"""What is cast says what the template would have said."""

import re
import uuid
from dataclasses import replace

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

from labeling.comparisons import mould, reading
from labeling.comparisons.models import Assignment
from labeling.comparisons.place import Place
from labeling.comparisons.steps import PairStep, pair_step
from labeling.comparisons.workbench import Desk
from labeling.dialogues.models import Turn
from tests.comparisons.pages import judge
from tests.people import answer, ask, make_project

TOKEN = re.compile(r"(?<=csrfmiddlewaretoken\" value=\")\w+")


@pytest.fixture
def request_(alice):
    request = RequestFactory().get("/", headers={"HX-Request": "true"})
    request.user, request.htmx = alice, True
    return request


def step_of(turn: Turn, axis: str = "helpfulness") -> PairStep:
    assignment = Assignment.objects.get(comparison__turn=turn, axis=axis)
    step = pair_step(reading.assignment(assignment.person, assignment.pk))
    step.place = Place.of(Desk.of(assignment.person, assignment.comparison.project_id), step)
    assert mould.fits(step)
    return step


def plain(request, step: PairStep) -> str:
    return TOKEN.sub("", render_to_string(mould.TEMPLATE, {"step": step}, request))


def cast(request, step: PairStep) -> str:
    return TOKEN.sub("", mould.cast(request, step))


@pytest.mark.parametrize("axis", ["helpfulness", "safety"])
def test_it_is_what_the_template_makes_of_each_pair_and_one_mould_serves_them_all(request_, alice, axis):
    project = make_project(max_turns=2, reasons=["Clear", "a < b"], requires_reasons=True)
    texts = [("One & *one*.", "<b>Two</b>"), ("Three.", "| a |\n|---|\n| 4 |")]
    steps = []
    for number, pair in enumerate(texts):
        turn = ask(alice, project, f"Why {number} < {number + 1}?")
        answer(turn, *pair)
        steps.append(step_of(turn, axis))
    mould.moulded.cache_clear()
    for done, step in enumerate(steps, start=7):
        step.place = replace(step.place, done=done, pace=10 * done, undo_url=f"/assignments/{uuid.uuid4()}/change/")
        assert cast(request_, step) == plain(request_, step)
    assert mould.moulded.cache_info().misses == 1


def test_a_later_turn_comes_with_the_conversation_so_far(request_, client, alice):
    project = make_project("long", ("helpfulness",), max_turns=2)
    first = ask(alice, project)
    answer(first)
    judge(client, Assignment.objects.get(comparison__turn=first))
    turn = ask(alice, project, "And then?", dialogue=first.dialogue_id, number=2)
    answer(turn)
    step = step_of(turn)
    assert len(step.context) == 2
    assert cast(request_, step) == plain(request_, step)


def test_what_somebody_said_is_never_cast(client, assignment):
    judge(client, assignment)
    assert not mould.fits(pair_step(reading.assignment(assignment.person, assignment.pk)))


def test_the_token_that_a_judgement_came_with_goes_on_in_the_pair_after_it(alice, turn):
    """To make another one for the same page takes a twentieth of the time of an answer."""
    answer(turn)
    request = RequestFactory().post("/", {"csrfmiddlewaretoken": "accepted"}, headers={"HX-Request": "true"})
    request.user, request.htmx = alice, True
    assert set(TOKEN.findall(mould.cast(request, step_of(turn)))) == {"accepted"}
