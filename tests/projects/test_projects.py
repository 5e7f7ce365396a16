import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.cohorts.models import Cohort
from labeling.projects.models import Project, PromptSet
from tests.people import ask, make_project, manage
from tests.projects.pages import fields, words

NEW = {"name": "Poems & songs", "description": "Ask for one.", "axes": ["helpfulness", "safety"]}


def save(client, project, **changes):
    data = fields(client.get(f"/projects/{project.slug}/settings/")) | changes
    return client.post(f"/projects/{project.slug}/settings/", {k: v for k, v in data.items() if v is not None})


def test_whoever_makes_a_project_manages_it(client, manager):
    client.force_login(manager)
    answer = client.post("/projects/new/", NEW)
    project = Project.objects.get()
    assert answer.url == "/projects/poems-songs/"
    assert (project.name, project.axes) == ("Poems & songs", ["helpfulness", "safety"])
    assert list(Project.objects.managed_by(manager)) == [project]
    assert client.get(answer.url).status_code == 200


@pytest.mark.parametrize("name", ["Poems -- songs", "new"])
def test_a_name_whose_address_is_taken_is_refused_with_the_reason_and_what_was_typed(client, draft, name):
    Project.objects.start(draft.roles.get().person, "Poems & songs", axes=["safety"])
    answer = client.post("/projects/new/", {**NEW, "name": name})
    assert answer.status_code == 422
    assert f"/projects/{Project.slug_of(name)}/" in str(answer.context["form"].errors["name"])
    assert "Ask for one." in words(answer)
    assert Project.objects.count() == 2


def test_a_name_in_another_script_makes_an_address_too(client, draft):
    assert client.post("/projects/new/", {**NEW, "name": "俳句"}).status_code == 302
    assert client.get(f"/projects/{Project.slug_of('俳句')}/").status_code == 200


def test_a_project_without_an_axis_is_refused(client, draft):
    answer = client.post("/projects/new/", {"name": "No axis"})
    assert answer.status_code == 422
    assert "Choose what responses are judged for." in words(answer)


def test_the_list_shows_own_projects_and_how_their_rounds_stand(client, managed, draft):
    make_project("elsewhere", cohort="second")
    managed.stop()
    page = words(client.get("/projects/"))
    assert "Both" in page and "Poems" in page and "Elsewhere" not in page
    assert "stopped" in page and "none yet" in page


def test_an_empty_list_says_what_to_do(client, manager):
    client.force_login(manager)
    assert 'href="/projects/new/"' in words(client.get("/projects/"))


def test_the_list_takes_as_many_queries_however_many_projects_there_are(client, maria, draft):
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            client.get("/projects/")
        return len(captured)

    few = queries()
    for number in range(5):
        manage(make_project(f"p{number}"), maria)
    assert queries() == few


def test_many_projects_are_searched_filtered_paged_and_saved_as_a_file(client, maria, managed, draft):
    for number in range(60):
        Project.objects.start(maria, f"Essay {number:02}", axes=["safety"])

    def listed(query: str) -> list[str]:
        return [project.name for project in client.get(f"/projects/?{query}").context["listing"].rows.page.rows]

    assert listed("")[:3] == ["Both", "Essay 00", "Essay 01"] and len(listed("")) == 50
    after = client.get("/projects/").context["listing"].rows.page.after
    assert listed(f"after={after}") == [*(f"Essay {number}" for number in range(49, 60)), "Poems"]
    assert listed("q=poe") == ["Poems"] and listed("sort=-name")[0] == "Poems"
    assert listed("work=offered") == ["Both"] and "Both" not in listed("work=none")
    managed.stop()
    assert listed("work=stopped") == ["Both"] and listed("work=offered") == []
    lines = b"".join(client.get("/projects/?as=csv").streaming_content).decode().splitlines()
    assert len(lines) == 63
    assert 'Both,Helpfulness · Safety,"round 1, open",stopped,' in lines[1]


def test_the_overview_takes_as_many_queries_however_much_is_set_up(client, managed, django_assert_num_queries):
    with CaptureQueriesContext(connection) as few:
        client.get("/projects/both/")
    for n in range(3):
        managed.guidelines.create(axis="safety", number=n + 2, text="x" * 10_000)
        managed.enrol(Cohort.objects.create(name=f"C{n}"), ["safety", "helpfulness"])
        managed.rounds.create(number=n + 2)
    with django_assert_num_queries(len(few)):
        client.get("/projects/both/")


def test_the_overview_says_what_comes_next(client, draft, managed):
    def next_step(project) -> str:
        return client.get(f"/projects/{project.slug}/").context["next"].sentence

    assert "Write the helpfulness guideline" in next_step(draft)
    draft.guidelines.create(axis="helpfulness", number=1, text="x")
    assert "Write the safety guideline" in next_step(draft)
    draft.guidelines.create(axis="safety", number=1, text="x")
    assert "Nobody judges helpfulness yet" in next_step(draft)
    for axis in draft.axes:
        draft.enrolments.create(cohort=managed.enrolments.first().cohort, axis=axis)
    assert "Start a round" in next_step(draft)
    draft.rounds.create(number=1)
    assert "Round 1 is a draft" in next_step(draft)
    assert "annotators have work" in next_step(managed)
    managed.stop()
    assert "stopped" in next_step(managed)
    managed.resume()
    managed.rounds.create(number=2)
    assert "Round 1 is open" in next_step(managed)
    managed.rounds.get(number=1).review()
    assert "Round 2 is a draft" in next_step(managed)
    managed.rounds.get(number=2).delete()
    assert "in review" in next_step(managed)
    managed.rounds.get(number=1).close()
    assert "Round 1 is closed, and what was judged can be exported." in next_step(managed)


def test_settings_that_are_sent_back_as_they_came_change_nothing(client, draft):
    before = Project.objects.values().get()
    assert save(client, draft).status_code == 302
    assert Project.objects.values().get() == before


def test_before_a_round_everything_may_change(client, draft):
    changes = {"name": "Songs", "axes": ["safety"], "max_turns": 4, "pacing": "own", "gates": ["empty", "truncated"]}
    more = {"max_redraws": 0, "stock_low": 0, "stock_high": 0, "requires_comment": "on", "max_prompt_chars": 500}
    assert save(client, draft, **changes, **more, allows_own_prompts=None).status_code == 302
    saved = Project.objects.values().get()
    assert {name: saved[name] for name in changes} == changes
    assert saved["requires_comment"] and not saved["allows_own_prompts"] and saved["slug"] == "poems"


def test_reasons_are_written_one_a_line_and_each_once(client, draft):
    reasons = "shorter\n\n  more accurate \nshorter\n"
    assert save(client, draft, reasons=reasons, requires_reasons="on").status_code == 302
    assert Project.objects.get().reasons == ["shorter", "more accurate"]


def test_safety_may_have_reasons_of_its_own(client, draft):
    save(client, draft, reasons="shorter", safety_reasons="warns\nrefuses", requires_reasons="on")
    project = Project.objects.get()
    assert project.reasons_for("helpfulness") == ["shorter"]
    assert project.reasons_for("safety") == ["warns", "refuses"]
    save(client, draft, reasons="shorter", safety_reasons="")
    assert Project.objects.get().reasons_for("safety") == ["shorter"]


def test_a_project_with_one_axis_has_one_list_of_reasons(client, draft):
    save(client, draft, axes=["safety"], reasons="shorter", safety_reasons="warns")
    assert "safety_reasons" not in client.get(f"/projects/{draft.slug}/settings/").context["form"].fields
    assert Project.objects.get().reasons_for("safety") == ["shorter"]


def test_what_an_open_round_rests_on_is_shown_and_not_changed(client, managed):
    before = Project.objects.values().get()
    page = client.get("/projects/both/settings/")
    assert not {"axes", "max_turns", "pacing", "gates", "max_redraws"} & set(page.context["form"].fields)
    assert "Round 1 is open" in words(page) and "both at the pace of the slower one" in words(page)
    forged = {"axes": ["safety"], "max_turns": 9, "pacing": "own", "gates": [], "max_redraws": 9}
    assert save(client, managed, **forged, name="Both of them").status_code == 302
    assert Project.objects.values().get() == {**before, "name": "Both of them"}


def test_after_the_round_pairs_may_change_and_axes_stay(client, managed):
    managed.rounds.get().review()
    assert save(client, managed, axes=["safety"], max_turns=3).status_code == 302
    managed.refresh_from_db()
    assert (managed.max_turns, managed.axes) == (3, ["helpfulness", "safety"])


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("max_turns", 0, "at least one turn"),
        ("max_prompt_chars", 0, "at least one character"),
        ("stock_low", 13, "The low mark"),
        ("pacing", "random", "Select a valid choice"),
        ("gates", ["rude"], "Select a valid choice"),
        ("reasons", "x" * 51, "too long for a chip"),
        ("reasons", "\n".join(str(n) for n in range(13)), "at most 12"),
        ("requires_reasons", "on", "Write down the reasons"),
    ],
)
def test_settings_that_make_no_sense_are_refused_with_the_reason(client, draft, field, value, problem):
    answer = save(client, draft, **{field: value})
    assert answer.status_code == 422
    assert problem in words(answer)


def test_own_prompts_stay_allowed_while_the_open_round_offers_no_others(client, managed):
    prompts = PromptSet.objects.create(name="Long ones")
    managed.rounds.update(prompt_set=prompts)
    answer = save(client, managed, allows_own_prompts=None)
    assert answer.status_code == 422
    assert "nothing is left to ask" in words(answer)
    prompts.add(["x" * 200])
    assert save(client, managed, allows_own_prompts=None, max_prompt_chars=100).status_code == 422
    assert save(client, managed, allows_own_prompts=None, max_prompt_chars=200).status_code == 302


def test_stopping_cancels_what_is_being_written_and_resuming_offers_work_again(client, alice, managed):
    turn = ask(alice, managed)
    assert client.post("/projects/both/stop/").url == "/projects/both/"
    assert set(turn.completions.values_list("state", flat=True)) == {"cancelled"}
    managed.refresh_from_db()
    assert managed.stopped_at
    assert "Resume the project" in words(client.get("/projects/both/"))
    client.post("/projects/both/resume/")
    managed.refresh_from_db()
    assert managed.stopped_at is None


def test_home_leads_to_the_projects_one_manages(client, managed):
    page = words(client.get("/"))
    assert 'href="/projects/both/"' in page and 'href="/projects/"' in page


def test_home_of_an_annotator_leads_to_no_managers_page(client, alice, project):
    client.force_login(alice)
    assert 'href="/projects/"' not in words(client.get("/"))
