"""Safety work is chosen, bounded, and never a surprise."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.comparisons.models import Comparison, Workday
from labeling.comparisons.workbench import Desk
from labeling.dialogues.models import Turn
from labeling.projects.models import Acknowledgement, OptIn, Project
from tests.comparisons.pages import judge, prompt
from tests.comparisons.test_passing import next_pair, pass_on
from tests.people import answer, ask, make_project, manage
from tests.projects.pages import fields, words


@pytest.fixture
def unasked(project):
    """Alice's project, whose warning she has not seen."""
    OptIn.objects.all().delete()
    return project


def step(client, project):
    return client.get(f"/projects/{project.slug}/work/").context["step"]


def agree(client):
    """Press what the page of the warning offers."""
    page = client.get("/projects/both/work/")
    return client.post("/projects/both/opt-in/", {"warning": page.context["step"].shown})


def test_the_warning_comes_before_everything(client, alice, unasked):
    Acknowledgement.objects.all().delete()
    page = client.get("/projects/both/work/")
    assert page.context["step"].kind == "warning"
    assert "This work is about harm." in page.content.decode()
    assert agree(client).context["step"].kind == "guideline"
    given = OptIn.objects.get()
    assert (given.person, given.ended_at) == (alice, None)
    assert given.warning.startswith("This work is about harm.") and given.given_at


def test_nothing_of_the_work_is_given_or_shown_before(client, alice, unasked):
    turn = ask(alice, unasked)
    answer(turn)
    assert prompt(client, unasked).context["step"].kind == "warning"
    assert client.post("/projects/both/stock/", {"key": "7d5f2a3e-0000-4000-8000-000000000000"}).status_code == 200
    assert Turn.objects.count() == 1
    for url in ("/projects/both/work/", "/projects/both/work/?meanwhile", f"/turns/{turn.pk}/pair/"):
        page = client.get(url)
        assert page.context["step"].kind == "warning"
        assert "Why is the sky blue?" not in page.content.decode()


def test_it_is_given_once_taken_back_and_given_again(client, alice, unasked):
    shown = step(client, unasked).shown
    for _ in range(2):
        client.post("/projects/both/opt-in/", {"warning": shown})
    assert OptIn.objects.count() == 1
    assert client.post("/projects/both/opt-out/").url == "/projects/both/care/"
    assert OptIn.objects.get().ended_at
    assert step(client, unasked).kind == "warning"
    agree(client)
    assert step(client, unasked).kind == "prompt"
    assert OptIn.objects.count() == 2


@pytest.mark.parametrize("sent", ["before", "nothing"])
def test_a_warning_that_was_not_read_is_shown_and_not_agreed_to(client, alice, unasked, sent):
    page = client.get("/projects/both/work/")
    shown = page.context["step"].shown
    assert f'name="warning" value="{shown}"' in page.content.decode()
    Project.objects.update(warning="About spiders.")
    again = client.post("/projects/both/opt-in/", {"warning": shown} if sent == "before" else {})
    assert (again.status_code, again.context["step"].kind) == (409, "warning")
    html = again.content.decode()
    assert "This text has changed since you opened the page" in html and "About spiders." in html
    assert not OptIn.objects.exists()
    agreed = client.post("/projects/both/opt-in/", {"warning": again.context["step"].shown})
    assert agreed.context["step"].kind == "prompt"
    assert OptIn.objects.get().warning == "About spiders."


def test_a_warning_that_changes_while_somebody_agrees_is_not_agreed_to(alice, unasked):
    as_read = Project.objects.get()
    Project.objects.update(warning="About spiders.")
    assert not OptIn.objects.give(alice, as_read)
    assert not OptIn.objects.exists()


def test_what_was_begun_waits_for_whoever_comes_back(client, assignment):
    client.post("/projects/both/opt-out/")
    assert step(client, assignment.comparison.project).kind == "warning"
    assert agree(client).context["step"].kind == "pair"


def test_another_persons_agreement_is_nobody_elses(client, alice, unasked, bob):
    OptIn.objects.give(bob, unasked)
    assert step(client, unasked).kind == "warning"


def test_helpfulness_has_no_warning_unless_a_manager_says_so(client, alice):
    plain = make_project("plain", ("helpfulness",))
    assert step(client, plain).kind == "prompt"
    plain.warns, plain.warning = True, "About\n\nspiders."
    plain.save()
    assert "<p>spiders.</p>" in client.get("/projects/plain/work/").content.decode()


def test_a_manager_may_do_without_one(client, unasked):
    unasked.warns = False
    unasked.save()
    assert step(client, unasked).kind == "prompt"


def save(client, project, **changes):
    data = fields(client.get(f"/projects/{project.slug}/settings/")) | changes
    return client.post(f"/projects/{project.slug}/settings/", {k: v for k, v in data.items() if v is not None})


def test_everybody_is_asked_again_when_the_warning_changes(client, alice, manager, project):
    manage(project, manager)
    client.force_login(manager)
    as_it_was = project.content_warning.replace("\n", "\r\n")  # as a browser sends it
    assert save(client, project, warning=as_it_was, safety_per_day=50, max_passes=2).status_code == 302
    project.refresh_from_db()
    assert (project.warns, project.warning, project.safety_per_day, project.max_passes) == (None, "", 50, 2)
    assert Desk.at(alice, "both").opted_in
    save(client, project, warning="About spiders.")
    assert not Desk.at(alice, "both").opted_in
    save(client, project, warns=None)
    project.refresh_from_db()
    assert (project.warns, project.content_warning) == (False, "About spiders.")


def test_care_may_change_while_a_round_is_open_and_is_checked(client, manager, project):
    manage(project, manager)
    client.force_login(manager)
    assert save(client, project, safety_per_day="").status_code == 302
    project.refresh_from_db()
    assert project.safety_per_day is None
    for changes, problem in (
        ({"safety_per_day": 0}, "Leave it empty for no limit."),
        ({"max_passes": 0}, "at least one pair"),
        ({"warning": " "}, "Write a warning"),
    ):
        page = save(client, project, **changes)
        assert page.status_code == 422 and problem in words(page)


def test_a_project_that_judges_no_safety_has_no_limit_of_it(client, manager):
    plain = make_project("plain", ("helpfulness",))
    manage(plain, manager)
    client.force_login(manager)
    assert "safety_per_day" not in client.get("/projects/plain/settings/").context["form"].fields


def judged(client, person, project) -> None:
    for assignment in next_pair(person, project).comparison.assignments.order_by("axis"):
        judge(client, assignment)


def test_the_day_of_safety_work_ends_kindly_and_helpfulness_goes_on(client, alice):
    safe, plain = make_project("safe", ("safety",), safety_per_day=2), make_project("plain", ("helpfulness",))
    judged(client, alice, safe)
    assert step(client, safe).kind == "prompt"
    judged(client, alice, safe)
    end = step(client, safe)
    assert end.title == "Enough safety work for today"
    assert "2 pairs" in end.text and "There is more from midnight (UTC)" in end.text
    assert prompt(client, safe).context["step"].title == end.title
    assert step(client, plain).kind == "prompt"
    assert "Enough safety work for today" in client.get("/").content.decode()


def test_what_one_has_begun_may_be_finished(client, alice):
    both = make_project(safety_per_day=2)
    one, other = next_pair(alice, both), next_pair(alice, both)
    Project.objects.update(safety_per_day=1)
    for assignment in one.comparison.assignments.order_by("axis"):
        judge(client, assignment)
    waiting = step(client, both)
    assert (waiting.kind, waiting.judge_url) == ("pair", f"/assignments/{other.pk}/judgements/")


def test_what_was_seen_elsewhere_and_what_was_passed_on_count_too(client, alice):
    here, there = make_project("here", ("safety",), safety_per_day=3), make_project("there")
    judged(client, alice, there)
    pass_on(client, next_pair(alice, there))
    assert Desk.at(alice, "here").exposed == 2
    pass_on(client, next_pair(alice, here))
    assert step(client, here).title == "Enough safety work for today"


def test_a_new_day_and_helpfulness_count_nothing(client, alice):
    safe, plain = make_project("safe", ("safety",)), make_project("plain", ("helpfulness",))
    judged(client, alice, plain)
    pass_on(client, next_pair(alice, plain))
    judged(client, alice, safe)
    Workday.objects.update(day=timezone.localdate() - timedelta(days=1))
    assert Desk.at(alice, "safe").exposed == 0


def veil(client) -> str:
    page = client.get("/projects/both/work/").content.decode()
    return page[page.index('id="veil"') :].split(">")[0]


def test_blurring_is_a_persons_own_and_kept(client, alice, bob, project):
    assert veil(client).endswith(" hidden")
    assert client.post("/blur/", {"on": "1"}).status_code == 204
    alice.refresh_from_db()
    assert alice.blurs_texts
    assert not veil(client).endswith(" hidden")
    assert client.post("/blur/", {"on": "1", "project": "\0"}).status_code == 204
    assert client.post("/blur/", {"project": "both"}).url == "/projects/both/care/"
    alice.refresh_from_db()
    assert not alice.blurs_texts


def test_one_page_says_what_one_may_decide(client, alice, project):
    page = client.get("/projects/both/care/").content.decode()
    assert "You agreed to it on" in page and "up to 5 in a row" in page
    assert "You have had 0 pairs of safety work today" in page
    client.post("/projects/both/opt-out/")
    assert "You have not agreed to it" in client.get("/projects/both/care/").content.decode()


def test_care_costs_no_statement_at_work(client, alice, project, django_assert_max_num_queries):
    assert Comparison.objects.count() == 0
    with django_assert_max_num_queries(3):
        Desk.at(alice, "both").saw_enough  # noqa: B018
