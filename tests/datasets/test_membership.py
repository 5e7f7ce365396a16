"""Who is in a snapshot: which judgements are looked at, in which order, and that they stay what they were."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from labeling.cohorts.models import Cohort
from labeling.comparisons.models import Comparison, Judgement
from labeling.datasets import membership
from labeling.datasets.models import Member, Snapshot
from labeling.datasets.wanted import Aggregation, Config, Filters, Format, Wanted
from labeling.projects.models import Axis, Project, Round
from labeling.quality import reviewing
from tests.datasets.drawing import counted, drawn, reasons
from tests.people import answer, ask, join, make_project
from tests.quality.crowd import make_crowd
from tests.quality.judging import compared, judged, say

AXIS = (Axis.HELPFULNESS,)


@pytest.fixture
def project(alice) -> Project:
    return make_project("help", AXIS, max_turns=3)


def members(snapshot: Snapshot) -> list[tuple]:
    rows = snapshot.members.order_by("position")
    fields = (
        "position",
        "judgement",
        "axis",
        "root",
        "held_out",
        "reason",
        "first_better",
        "first_safe",
        "second_safe",
    )
    return list(rows.values_list(*fields))


def test_what_is_asked_for_is_kept_and_read_as_it_was():
    filters = Filters(rounds=(1, 2), languages=("en", ""), degrees=(3, 4), first_day="2026-01-31", reviewed=True)
    terms = {"margins": {4: 2.0, 1: 0.0}, "configs": (Config.DPO,), "formats": (Format.PARQUET, Format.JSONL_GZ)}
    wanted = Wanted(("safety",), filters, Aggregation.MODEL, **terms, max_tokens=1024)
    assert Wanted.of(Snapshot(wanted=wanted.kept(), number=1).wanted) == wanted
    assert (wanted.preset, wanted.believes) == ("custom", True)
    assert Wanted(("safety",), margins=None).preset == "none"
    assert Wanted(("safety",)).preset == "small"


def test_it_is_the_same_however_often_it_is_made(db):
    project = make_crowd(pairs=12, rounds=2)
    for aggregation in Aggregation:
        first, second = (counted(project, aggregation, configs=tuple(Config)) for _ in range(2))
        assert members(first) == members(second) and first.digest == second.digest
        assert first.counts == second.counts


def test_what_is_judged_afterwards_leaves_its_members_as_they_were(project, alice, bob):
    own = judged(compared(alice, project), alice, 3, kind="author")
    judged(own.comparison, bob, -1)
    snapshot = counted(project, "majority")
    before = members(snapshot)
    say(own, -2)
    judged(own.comparison, join("first", "carol@example.org"), -4)
    own.comparison.retire()
    assert members(snapshot) == before
    assert membership.digest_of(snapshot) == snapshot.digest
    later = counted(project, "majority")
    assert later.digest != snapshot.digest
    assert {reason for *_, reason, _, _, _ in before} == {"split_majority"}


def test_the_database_lets_nobody_change_it(project, alice):
    judged(compared(alice, project), alice, 3, kind="author")
    snapshot = counted(project)
    changes = [
        lambda: Member.objects.update(reason="gold"),
        lambda: Member.objects.all().delete(),
        lambda: Snapshot.objects.update(wanted={}),
        lambda: Snapshot.objects.update(digest="0" * 64),
        lambda: Snapshot.objects.filter(pk=snapshot.pk).delete(),
    ]
    for change in changes:
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_what_was_said_of_one_comparison_on_an_axis_stands_together_in_an_order_that_stays(db):
    rows = drawn(make_crowd(pairs=15, rounds=2))
    assert [row["position"] for row in rows] == list(range(len(rows)))
    seen: list = []
    for row in rows:
        if not seen or seen[-1] != (row["axis"], row["comparison"]):
            seen.append((row["axis"], row["comparison"]))
    assert len(seen) == len(set(seen)) > 20
    made = dict(Comparison.objects.values_list("pk", "created_at"))
    assert [made[comparison] for _, comparison in seen] == sorted(made[comparison] for _, comparison in seen)


def test_its_counts_add_up(db):
    snapshot = counted(make_crowd(pairs=15, rounds=2), "majority")
    counts = snapshot.counts["helpfulness"]
    excluded = {reason: n for reason, n in counts["excluded"].items() if reason != "unsafe_chosen"}
    assert counts["judgements"] == sum(excluded.values()) + sum(counts[side]["judgements"] for side in SIDES)
    assert counts["judgements"] == snapshot.members.count()
    assert excluded["gold"] and excluded["repeat"] and excluded["split_majority"]
    included = snapshot.members.filter(reason="").values("judgement__assignment__comparison").distinct().count()
    assert sum(counts[side]["preferences"] for side in SIDES) == included


SIDES = ("train", "held_out")


def test_the_current_revision_is_the_one_that_is_in_it(project, alice):
    own = judged(compared(alice, project), alice, 3, kind="author")
    say(own, 1)
    assert [row["judgement"] for row in drawn(project)] == [Judgement.objects.get(revision=2).pk]


def test_only_the_axes_that_are_asked_for_are_in_it(alice):
    project = make_project("two")
    comparison = compared(alice, project)
    for axis in ("helpfulness", "safety"):
        own = comparison.assignments.get(axis=axis)
        say(own, 2)
    assert [row["axis"] for row in drawn(project)] == ["helpfulness", "safety"]
    assert [row["axis"] for row in drawn(project, axes=("safety",))] == ["safety"]


def test_rounds_languages_turns_and_kinds_choose_what_is_looked_at(project, alice, bob):
    own = judged(compared(alice, project, language="de"), alice, 3, kind="author")
    turn = ask(alice, project, "And at night?", dialogue=own.comparison.turn.dialogue_id, number=2)
    answer(turn)
    second = judged(Comparison.objects.get(turn=turn), alice, 1, kind="author")
    other = judged(own.comparison, bob, 2)
    assert set(reasons(project)) == {own.pk, second.pk, other.pk}
    assert set(reasons(project, languages=("de",))) == {own.pk, other.pk}
    assert set(reasons(project, first_turn=2)) == {second.pk}
    assert set(reasons(project, last_turn=1)) == {own.pk, other.pk}
    assert set(reasons(project, kinds=("overlap",))) == {other.pk}
    assert set(reasons(project, degrees=(1, 2))) == {second.pk, other.pk}
    assert set(reasons(project, rounds=(1,))) == {own.pk, second.pk, other.pk}
    assert not reasons(project, rounds=(2,))


def test_days_guidelines_cohorts_and_review_choose_what_is_looked_at(project, alice, bob, manager):
    own = judged(compared(alice, project), alice, 3, kind="author")
    newer = project.guidelines.create(axis="helpfulness", number=2, text="Read twice.")
    other = judged(own.comparison, bob, 2, guideline=newer)
    today, day = timezone.now().date(), timedelta(days=1)
    assert set(reasons(project, guidelines=(newer.pk,))) == {other.pk}
    assert set(reasons(project, cohorts=(Cohort.objects.get(name="second").pk,))) == {other.pk}
    assert len(reasons(project, first_day=str(today), last_day=str(today))) == 2
    assert not reasons(project, first_day=str(today + day)) and not reasons(project, last_day=str(today - day))
    assert not reasons(project, reviewed=True)
    own.refresh_from_db()
    reviewing.accept(own.judgement, manager)
    assert set(reasons(project, reviewed=True)) == {own.pk}


def test_a_cohort_is_the_one_that_somebody_was_in_when_they_judged(project, alice):
    own = judged(compared(alice, project), alice, 3, kind="author")
    first = Cohort.objects.get(name="first")
    later = Cohort.objects.create(name="later")
    later.join([alice])
    first.let_go(alice)
    assert set(reasons(project, cohorts=(first.pk,))) == {own.pk}
    assert not reasons(project, cohorts=(later.pk,))


def test_votes_that_are_not_looked_at_make_no_majority(project, alice, bob):
    own = judged(compared(alice, project), alice, 3, kind="author")
    other = judged(own.comparison, bob, -1)
    assert set(reasons(project, "majority").values()) == {"split_majority"}
    assert reasons(project, "majority", kinds=("author",)) == {own.pk: ""}
    assert reasons(project, "majority", degrees=(1,)) == {other.pk: ""}


def test_the_annotator_model_is_asked_where_it_is_wanted(db):
    project = make_crowd(pairs=12, rounds=1)
    assert {row["first_better"] for row in drawn(project)} == {None}
    believed = [row["first_better"] for row in drawn(project, configs=(Config.SOFT,)) if not row["reason"]]
    assert all(round(one, 4) == one for one in believed) and len(set(believed)) > 5


def test_it_is_provisional_while_a_round_of_it_may_take_judgements(project, alice):
    judged(compared(alice, project), alice, 3, kind="author")
    assert counted(project).provisional
    round_ = project.rounds.get()
    round_.review()
    assert counted(project).provisional
    round_.close()
    assert not counted(project).provisional
    Round.objects.draft(project, round_).open()
    assert counted(project).provisional and not counted(project, rounds=(1,)).provisional


def test_another_project_is_not_in_it(project, alice, bob):
    judged(compared(alice, project), alice, 3, kind="author")
    other = make_project("other", AXIS, cohort="second")
    judged(compared(bob, other), bob, -3, kind="author")
    assert len(drawn(project)) == len(drawn(other)) == 1


def test_it_is_drawn_the_same_by_any_plan(db):
    """Whatever PostgreSQL does to join them: the order and every value follow from the rows alone."""
    project = make_crowd(pairs=10, rounds=2)
    usual = drawn(project, "majority")
    with connection.cursor() as cursor:
        for method in ("hashjoin", "mergejoin", "hashagg"):
            cursor.execute(f"SET LOCAL enable_{method} = off")
    assert drawn(project, "majority") == usual
