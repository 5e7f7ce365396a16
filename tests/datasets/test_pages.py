"""Pages of snapshots: asking for one with what would be in it, and one with how far it has come."""

import pytest
from django.test import Client

from labeling.audit.models import Event
from labeling.cohorts.models import Withdrawal
from labeling.datasets.models import Snapshot
from labeling.datasets.wanted import Aggregation, Config, Wanted
from labeling.projects.models import Axis, Project
from tests.datasets.drawing import counted, wanted
from tests.people import join, make_project, manage
from tests.quality.judging import compared, judged

ASKED = {
    **{"number": 1, "axes": ["helpfulness"], "aggregation": "majority", "margin": "small"},
    **{"configs": ["helpfulness", "dpo"], "formats": ["jsonl", "parquet"]},
}
DATA = "/projects/help/data/"


@pytest.fixture
def project(alice, manager) -> Project:
    project = make_project("help", (Axis.HELPFULNESS,))
    manage(project, manager)
    return project


@pytest.fixture
def client(project, manager) -> Client:
    client = Client()
    client.force_login(manager)
    return client


@pytest.fixture
def split(project, alice, bob):
    """A pair on which two people are divided, and one that Alice alone has judged."""
    own = judged(compared(alice, project), alice, 3, kind="author")
    judged(own.comparison, bob, -1)
    judged(compared(alice, project), alice, 2, kind="author")
    return own


def words(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_without_any_the_page_says_what_to_do(client):
    assert "There is none yet." in words(client.get(DATA))


def test_what_would_be_in_it_is_shown_before_it_is_made(client, split):
    answer = client.post(f"{DATA}new/?preview=1", ASKED)
    (axis,) = answer.context["preview"]["counted"]
    assert (axis.judgements, axis.left_out, axis.train["preferences"]) == (3, 2, 1)
    assert "of a pair on which people are evenly divided" in words(answer)
    assert "it will be marked as provisional" in words(answer).replace("the snapshot will be", "it will be")
    assert not Snapshot.objects.exists()


def test_where_nobody_has_judged_anything_both_pages_say_so(client, project):
    said = "Nobody has judged any of it yet: its files have no rows."
    assert said in words(client.post(f"{DATA}new/?preview=1", ASKED))
    snapshot = counted(project)
    assert said in words(client.get(f"{DATA}{snapshot.number}/"))


def test_where_all_is_left_out_the_page_says_that_nothing_is_left(client, project, alice, bob):
    own = judged(compared(alice, project), alice, 3, kind="author")
    judged(own.comparison, bob, -1)
    page = words(client.post(f"{DATA}new/?preview=1", ASKED))
    assert "All that was judged of it is left out: its files have no rows." in page


def test_htmx_gets_the_preview_alone(client, split):
    answer = client.post(f"{DATA}new/?preview=1", ASKED, headers={"HX-Request": "true"})
    assert answer.content.decode().strip().startswith('<div id="preview"')


def test_it_is_asked_for_with_everything_that_was_typed(client, project, manager):
    terms = {
        **{"languages": "en, DE", "degrees": ["4", "3"], "kinds": ["author"], "first_day": "2026-01-31"},
        **{"last_turn": 2, "max_tokens": 1024, "reviewed": "on", "margin": "custom"},
        **{"margin_4": 2, "margin_3": 1, "margin_2": 0.5, "margin_1": 0},
    }
    answer = client.post(f"{DATA}new/", {**ASKED, **terms})
    snapshot = Snapshot.objects.get()
    assert answer["Location"] == f"{DATA}1/" and snapshot.made_by == manager
    asked = Wanted.of(snapshot.wanted)
    assert (asked.aggregation, asked.configs) == (Aggregation.MAJORITY, (Config.HELPFULNESS, Config.DPO))
    assert asked.margins == {4: 2.0, 3: 1.0, 2: 0.5, 1: 0.0} and asked.max_tokens == 1024
    filters = asked.filters
    assert (filters.languages, filters.degrees, filters.kinds) == (("en", "de"), (4, 3), ("author",))
    assert (filters.first_day, filters.last_turn, filters.reviewed) == ("2026-01-31", 2, True)
    page = words(client.get(f"{DATA}1/"))
    assert "It waits for the worker" in page and "2, 1, 0.5, 0" in page and "from 2026-01-31" in page


def test_sent_twice_it_is_one(client):
    for _ in range(2):
        assert client.post(f"{DATA}new/", ASKED)["Location"] == f"{DATA}1/"
    client.post(f"{DATA}new/", {**ASKED, "margin": "large"})
    assert Snapshot.objects.count() == 2


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"configs": []}, "This field is required."),
        ({"languages": "German!"}, "“German!” is no tag of a language."),
        ({"margin": "custom"}, "Say a number."),
        ({"first_turn": 3, "last_turn": 2}, "It ends before it begins."),
        ({"rounds": ["9"]}, "9"),
    ],
)
def test_what_cannot_be_is_answered_with_what_to_mend(client, project, wrong, said):
    answer = client.post(f"{DATA}new/", {**ASKED, **wrong})
    assert answer.status_code in (302, 422)
    if answer.status_code == 422:
        assert said in words(answer) and not Snapshot.objects.exists()


def test_one_shows_what_is_in_it_and_why_the_rest_is_not(client, project, split):
    snapshot = counted(project, "majority")
    page = words(client.get(f"{DATA}{snapshot.number}/"))
    assert snapshot.digest in page and "of a pair on which people are evenly divided" in page
    assert "Snapshot 1" in words(client.get(DATA))


def test_who_withdraws_is_missed_in_what_was_made_before(client, project, split, alice):
    snapshot = counted(project)
    assert "was withdrawn since" not in words(client.get(f"{DATA}{snapshot.number}/"))
    Withdrawal.objects.begin(alice)
    assert "2 judgements in it were withdrawn since" in words(client.get(f"{DATA}{snapshot.number}/"))
    later = counted(project)
    assert "were withdrawn since" not in words(client.get(f"{DATA}{later.number}/"))


def test_one_that_waits_is_cancelled_and_tried_again_and_the_history_says_so(client, project, manager):
    client.post(f"{DATA}new/", ASKED)
    client.post(f"{DATA}1/cancel/")
    assert Snapshot.objects.get().state == "cancelled"
    client.post(f"{DATA}1/again/")
    assert Snapshot.objects.get().state == "waiting"
    events = Event.objects.filter(kind="datasets.snapshot", actor=manager, project=project)
    assert [event.action for event in events.order_by("pk")] == ["added", "changed", "changed"]
    history = words(client.get("/projects/help/history/"))
    for said in ("Snapshot asked for", "Snapshot cancelled", "Snapshot tried again"):
        assert said in history


def test_how_far_it_has_come_is_asked_until_it_is_over(client, project):
    snapshot = Snapshot.objects.ask(project, wanted(project).kept())
    badge = '<span class="badge'  # which would stand there unchanged while the rest goes on
    assert badge not in client.get(f"{DATA}1/").content.decode()
    assert snapshot.begin()
    snapshot.beat(5, 20)
    part = {"headers": {"HX-Request": "true"}}
    assert "5 pairs so far" in words(client.get(f"{DATA}1/progress/", **part))
    snapshot.fail("The disk is full. Make room, then try again.")
    assert client.get(f"{DATA}1/progress/", **part)["HX-Refresh"] == "true"
    over = client.get(f"{DATA}1/")
    assert badge in over.content.decode() and "The disk is full." in words(over)
    assert client.get(f"{DATA}1/progress/")["Location"] == f"{DATA}1/"


@pytest.mark.parametrize("who", ["stranger", "annotator", "neighbour", "reviewer"])
def test_nobody_else_sees_any_of_it(project, split, who, alice):
    snapshot = counted(project)
    client = Client()
    if who != "stranger":
        person = {"annotator": alice}.get(who) or join("others", f"{who}@example.org")
        if who == "neighbour":
            manage(make_project("next", (Axis.HELPFULNESS,), cohort="others"), person)
        if who == "reviewer":
            project.roles.create(person=person, kind="reviewer")
        client.force_login(person)
    for path in ("", "new/", f"{snapshot.number}/", f"{snapshot.number}/progress/"):
        assert client.get(DATA + path).status_code == (302 if who == "stranger" else 404)
    for path in ("new/", f"{snapshot.number}/cancel/", f"{snapshot.number}/again/"):
        assert client.post(DATA + path, ASKED).status_code == (302 if who == "stranger" else 404)
    assert Snapshot.objects.count() == 1
