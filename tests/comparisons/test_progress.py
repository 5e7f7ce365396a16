"""What a manager sees of a round while people work in it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.cohorts.models import Withdrawal
from labeling.comparisons import authoring, stock
from labeling.comparisons.models import Assignment
from labeling.comparisons.progress import lately, progress
from labeling.dialogues.intervals import wilson
from labeling.dialogues.models import Turn
from labeling.projects.models import Prompt, PromptSet
from tests.comparisons.pages import judge
from tests.people import answer, ask, join, make_project, manage
from tests.projects.rounds import draft_of, version


@pytest.fixture
def round_(project):
    return project.rounds.select_related("project").get()


def judged(client, person, project, choice=-3, **fields) -> Turn:
    turn = ask(person, project)
    answer(turn)
    for assignment in Assignment.objects.filter(comparison__turn=turn):
        judge(client, assignment, choice=choice, **fields)
    return turn


def page(client, project, **headers):
    return client.get(f"/projects/{project.slug}/rounds/1/progress/", headers=headers)


def test_an_empty_round_is_all_zeros(round_):
    now = progress(round_)
    assert (now.made, now.judged, now.to_judge, now.given_up, now.people, now.percent) == (0, 0, 0, 0, 0, 0)
    assert [axis.judged for axis in now.axes] == [0, 0]
    assert [bar.count for bar in now.days] == [0]
    assert [(one.shown, one.by_axis[0].of) for one in now.versions] == [(0, 0), (0, 0)]


def test_every_pair_is_somewhere_on_its_way(client, alice, project, round_):
    judged(client, alice, project)
    answer(ask(alice, project))
    ask(alice, project)
    authoring.give_up(ask(alice, project).dialogue)
    now = progress(round_)
    assert (now.made, now.judged, now.to_judge, now.being_written, now.given_up) == (4, 1, 1, 1, 1)
    assert now.left == 3


def test_a_pair_judged_on_one_axis_of_two_is_still_to_be_judged(client, assignment, round_):
    judge(client, assignment)
    now = progress(round_)
    assert (now.judged, now.to_judge) == (0, 1)
    assert [(axis.label, axis.judged) for axis in now.axes] == [("Helpfulness", 1), ("Safety", 0)]


def test_the_target_fills_its_bar_and_no_more(client, alice):
    small = make_project("small", ("helpfulness",), target=4)
    round_ = small.rounds.get()
    for percent in (25, 50, 75, 100):
        judged(client, alice, small)
        assert progress(round_).percent == percent
    judged(client, alice, small)
    assert (progress(round_).judged, progress(round_).percent) == (5, 100)


def test_degrees_are_counted_on_each_axis(client, alice, round_, project):
    for choice in (-4, 4, 1):
        judged(client, alice, project, choice)
    for axis in progress(round_).axes:
        assert [(str(bar.label), bar.count) for bar in axis.degrees] == [
            ("significantly", 2),
            ("better", 0),
            ("slightly", 0),
            ("barely or unsure", 1),
        ]
        assert sum(bar.percent for bar in axis.degrees) == pytest.approx(100)


def test_a_judgement_that_was_changed_counts_once_as_it_is_now(client, alice, project, round_):
    turn = judged(client, alice, project, -4)
    judge(client, Assignment.objects.get(comparison__turn=turn, axis="helpfulness"), choice=1)
    helpfulness, safety = progress(round_).axes
    assert [bar.count for bar in helpfulness.degrees] == [0, 0, 0, 1]
    assert [bar.count for bar in safety.degrees] == [1, 0, 0, 0]


def test_a_version_is_chosen_in_so_many_of_its_judgements(client, alice, project, round_):
    one, other = (entry.model_version for entry in round_.policy.order_by("pk"))
    for winner in (one, one, one, other):
        turn = ask(alice, project)
        answer(turn)
        for assignment in Assignment.objects.filter(comparison__turn=turn):
            left = assignment.sides()[0].model_version
            judge(client, assignment, choice=-2 if left == winner else 4)
    standings = progress(round_).versions
    assert [(standing.shown, standing.shown_percent, standing.expected_percent) for standing in standings] == [
        (4, 100, 100),
        (4, 100, 100),
    ]
    for axis in (0, 1):
        chosen = [standing.by_axis[axis] for standing in standings]
        assert [(one.hits, one.of, one.percent) for one in chosen] == [(3, 4, 75), (1, 4, 25)]
        assert [(one.low, one.high) for one in chosen] == [
            pytest.approx([100 * end for end in wilson(hits, 4)]) for hits in (3, 1)
        ]


def test_a_version_beside_itself_is_shown_and_proves_nothing(client, alice, project):
    project.rounds.get().review()
    alone = draft_of(project, version("alone"), two_different_versions=False)
    alone.open()
    judged(client, alice, project)
    (standing,) = progress(alone).versions
    assert (standing.shown, standing.shown_percent, standing.expected_percent) == (1, 100, 100)
    assert [(chosen.hits, chosen.of) for chosen in standing.by_axis] == [(0, 0), (0, 0)]
    assert [axis.judged for axis in progress(alone).axes] == [1, 1]


def test_days_run_from_the_first_judgement_to_today(client, alice, project, round_):
    for days_ago in (0, 0, 3, 20):
        turn = judged(client, alice, project)
        then = timezone.now() - timedelta(days=days_ago)
        Assignment.objects.filter(comparison__turn=turn).update(done_at=then)
    now = progress(round_)
    assert [(bar.count, bar.percent) for bar in now.days] == [(2, 50), (0, 0), (0, 0), (4, 100)]
    assert now.judged == 4


def test_people_at_work_are_those_who_judged_in_the_last_minutes(client, alice, project, round_):
    carol = join("first", "carol@example.org")
    judged(client, alice, project)
    client.force_login(carol)
    old = judged(client, carol, project)
    Assignment.objects.filter(comparison__turn=old).update(done_at=timezone.now() - timedelta(hours=1))
    assert (progress(round_).people, progress(round_).people_now) == (2, 1)


def test_what_was_withdrawn_counts_no_more_also_after_its_author_came_back(client, alice, manager, project, round_):
    judged(client, alice, project)
    for back_at in (None, timezone.now() + timedelta(minutes=1)):
        Withdrawal.objects.update_or_create(person=alice, defaults={"back_at": back_at})
        now = progress(round_)
        assert (now.made, now.judged, now.withdrawn, now.cannot, now.given_up, now.left) == (1, 0, 1, 0, 0, 0)
        assert [axis.judged for axis in now.axes] == [0, 0]
        assert [bar.count for bar in now.days] == [0]
    manage(project, manager)
    client.force_login(manager)
    assert "withdrawn with their author" in page(client, project).content.decode()


def test_what_goes_wrong_is_counted(alice, project, round_):
    turn = ask(alice, project)
    turn.completions.first().fail(1, "no memory")
    answer(ask(alice, project), "The same.", "The same.")
    assert (progress(round_).failed, progress(round_).redrawn) == (1, 1)


def test_stock_is_counted_apart(alice):
    prompts = PromptSet.objects.create(name="Two")
    for text in ("Why?", "How?"):
        Prompt.objects.create(prompt_set=prompts, text=text)
    stocked = make_project("stocked", ("helpfulness",))
    stocked.rounds.update(prompt_set=prompts)
    stock.refill()
    answer(Turn.objects.first())
    now = progress(stocked.rounds.get())
    assert (now.in_stock, now.stock_being_written, now.made, now.being_written) == (1, 1, 0, 0)
    assert [version.shown for version in now.versions] == [0, 0]


def test_it_asks_the_database_no_more_for_many_pairs(
    client, alice, manager, project, django_assert_num_queries, django_assert_max_num_queries
):
    manage(project, manager)
    round_ = project.rounds.select_related("project").get()
    with django_assert_num_queries(13):
        progress(round_)
    for _ in range(6):
        judged(client, alice, project)
    with django_assert_num_queries(13):
        progress(round_)
    client.force_login(manager)
    with django_assert_max_num_queries(16):
        page(client, project, **{"HX-Request": "true"})


def test_numbers_that_take_long_are_not_asked_for_again_at_once(round_, monkeypatch, django_assert_num_queries):
    clock = iter((0.0, 3.0))
    monkeypatch.setattr("labeling.comparisons.progress.monotonic", lambda: next(clock))
    first = lately(round_)
    with django_assert_num_queries(0):
        assert lately(round_) == first


def test_htmx_gets_the_numbers_alone(client, manager, project):
    manage(project, manager)
    client.force_login(manager)
    alone = page(client, project, **{"HX-Request": "true"}).content.decode()
    assert "<html" not in alone and 'id="judged"' in alone
    assert "<html" in page(client, project).content.decode()


def test_a_round_that_does_not_exist_is_not_found(client, manager, project):
    manage(project, manager)
    client.force_login(manager)
    for path in ("2/", "2/progress/"):
        assert client.get(f"/projects/{project.slug}/rounds/{path}").status_code == 404
