"""Who changed what, to be read, searched and downloaded."""

import csv

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from labeling.audit.models import Event
from labeling.audit.words import Told
from labeling.cohorts.models import Cohort, Person
from labeling.projects.models import ModelVersion, PairPolicyEntry, Project, PromptSet, Round
from labeling.tables.listing import SIZE
from tests.people import join, make_project, manage


@pytest.fixture
def staff(client, manager) -> Person:
    client.force_login(manager)
    return manager


@pytest.fixture
def own_manager(client, project) -> Person:
    """Manages the project, and may not see names."""
    person = join("managers", "own@example.org")
    manage(project, person)
    client.force_login(person)
    return person


def text(client, name="audit", slug=None, **asked) -> str:
    answer = client.get(reverse(name, args=[slug] if slug else []), asked)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def rows(answer) -> list[Told]:
    return [row.record for row in answer.context["listing"].table.rows]


def told(client, **asked) -> list[str]:
    return [row.what for row in rows(client.get(reverse("audit"), asked))]


def test_it_says_in_words_what_was_so_and_what_is_so_since(client, staff, project):
    manage(project, staff)
    client.post(reverse("project_stop", args=[project.slug]))
    page = text(client)
    assert "Project stopped" in page
    assert 'stopped at</dt><dd dir="auto"><span class="quiet">nothing</span>' in page
    assert f"Maria ({staff.pseudonym})" in page


def test_it_says_whose_role_where(client, staff, alice, project):
    project.roles.create(person=alice, kind="reviewer")
    page = text(client)
    assert "Role given: <bdi>" in page and "Reviewer" in page
    assert alice.name in page and project.name in page


def test_references_have_their_names(client, staff, project):
    round_ = Round.objects.draft(project)
    PairPolicyEntry.objects.create(round=round_, model_version=ModelVersion.objects.get(name="both-0"), weight=2)
    page = text(client)
    assert "both-0 in round 2" in page
    assert '<dt>weight</dt><dd dir="auto">2</dd>' in page
    assert "temperature low" not in page  # it is as it is by itself


def test_many_prompts_are_one_line(client, staff, db):
    PromptSet.objects.create(name="Kitchen").add([f"What is {n}?" for n in range(40)])
    assert "Prompts added: 40: <bdi>Kitchen</bdi>" in text(client)


def test_what_nobody_asked_for_through_a_page_names_no_person(client, staff, project):
    assert "Tandem, its command line, or a visitor" in text(client)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"by": "maria"}, ["Project stopped"]),
        ({"by": "manager@example.org"}, ["Project stopped"]),
        ({"by": "nobody"}, []),
        ({"about": "alice", "kind": "cohorts.membership"}, ["Joined a cohort"]),
        ({"about": "both", "kind": "projects.project"}, ["Project stopped", "Project added"]),
        ({"kind": "projects.project", "text": "bot"}, ["Project stopped", "Project added"]),
        ({"text": "alice@example.org"}, ["Account added"]),
        ({"text": "there is nothing like it"}, []),
        ({"since": "2199-01-01"}, []),
        ({"until": "1999-01-01"}, []),
        ({"kind": "projects.project", "since": "2000-01-01"}, ["Project stopped", "Project added"]),
    ],
)
def test_it_is_searched(client, staff, project, asked, found):
    manage(project, staff)
    client.post(reverse("project_stop", args=[project.slug]))
    assert told(client, **asked) == found


@pytest.mark.parametrize("text_", ["'", "\\", "a & | !", ":*", "\0", "<->", "%", "🙂", "'" * 300])
@pytest.mark.parametrize("name", ["text", "by", "about", "kind", "one", "since", "until", "before"])
def test_no_question_breaks_it(client, staff, project, name, text_):
    text(client, **{name: text_})


def test_what_happened_to_one_thing_is_read_alone(client, staff, project):
    other = Project.objects.create(slug="other", name="Other", axes=["safety"])
    other.stop()
    assert told(client, kind="projects.project", one=other.pk) == ["Project stopped", "Project added"]


def test_pages_follow_each_other_while_more_happens(client, staff, db):
    for number in range(2 * SIZE):
        Cohort.objects.create(name=f"Cohort {number}")
    asked = {"kind": "cohorts.cohort"}
    first = client.get(reverse("audit"), asked)
    Cohort.objects.create(name="meanwhile")
    second = client.get(reverse("audit"), {**asked, "after": first.context["listing"].rows.page.after})
    seen = [row.event.pk for answer in (first, second) for row in rows(answer)]
    assert len(seen) == len(set(seen)) == 2 * SIZE
    assert second.context["listing"].rows.page.after is None


def test_a_long_page_takes_no_more_queries_than_a_short_one(client, staff, project):
    round_ = Round.objects.draft(project)
    client.get(reverse("audit"))

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("audit"), {"kind": "projects.pairpolicyentry"})
        return len(asked)

    few = queries()
    for number in range(30):
        version = ModelVersion.objects.create(name=f"m-{number}", engine="scripted", source="scripted")
        PairPolicyEntry.objects.create(round=round_, model_version=version)
    assert queries() == few


def test_a_manager_reads_what_concerns_their_project_and_no_names(client, own_manager, alice, project):
    make_project("elsewhere", cohort="second")
    Cohort.objects.create(name="Nobody's")
    project.roles.create(person=alice, kind="reviewer")
    page = text(client, "history", project.slug)
    assert alice.pseudonym in page and alice.name not in page and alice.email not in page
    found = rows(client.get(reverse("history", args=[project.slug])))
    assert {row.event.project for row in found} == {project, None}
    assert {row.event.cohort.name for row in found if row.event.project is None} == {"first"}


def test_a_manager_without_names_finds_nobody_by_theirs(client, own_manager, alice, project):
    project.roles.create(person=alice, kind="reviewer")
    address = reverse("history", args=[project.slug])
    assert rows(client.get(address, {"about": "alice@"})) == []
    assert rows(client.get(address, {"about": alice.pseudonym})) != []


def file_of(client, name="audit", slug=None, **asked) -> list[list[str]]:
    answer = client.get(reverse(name, args=[slug] if slug else []), {**asked, "as": "csv"})
    assert answer["Content-Disposition"].startswith('attachment; filename="changes-')
    return list(csv.reader(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()))


def test_all_of_it_is_downloaded_as_asked_for(client, staff, project, monkeypatch):
    monkeypatch.setattr("labeling.tables.table.CHUNK", 3)
    head, *lines = file_of(client)
    assert head[:4] == ["Number", "When", "Who", "What"]
    assert [int(line[0]) for line in lines] == list(Event.objects.order_by("-pk").values_list("pk", flat=True))
    asked = file_of(client, kind="projects.role")
    assert len(asked) == 1 + Event.objects.filter(kind="projects.role").count()


def test_a_file_for_a_manager_has_no_names_either(client, own_manager, alice, project):
    project.roles.create(person=alice, kind="reviewer")
    flat = "".join(cell for line in file_of(client, "history", project.slug) for cell in line)
    assert alice.pseudonym in flat and "alice@" not in flat and alice.name not in flat


def test_no_name_is_run_by_a_spreadsheet(client, staff, db):
    Cohort.objects.create(name="=HYPERLINK(1)")
    cells = [cell for line in file_of(client) for cell in line]
    assert "'=HYPERLINK(1)" in cells and "=HYPERLINK(1)" not in cells


def test_names_are_shown_as_text(client, staff, db):
    Cohort.objects.create(name="<script>alert(1)</script>")
    page = text(client)
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_without_any_change_it_says_what_will_stand_here(client, own_manager, project):
    empty = Project.objects.create(slug="empty", name="Empty", axes=["safety"])
    assert "Nothing here is like that." in text(client, "history", project.slug, text="zzz")
    manage(empty, own_manager)
    assert "Role given" in text(client, "history", "empty")
