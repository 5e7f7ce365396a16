"""Which prompts are held out: as many as there are to be, for ever, and never what somebody has trained on."""

import random

import pytest
from django.db import IntegrityError, transaction

from labeling.datasets import holding_out
from labeling.datasets.models import Gist, Root, Use
from labeling.datasets.splits import Begun, held_out
from labeling.projects.models import Axis, Project, Round
from tests.datasets.drawing import counted, drawn
from tests.datasets.test_gathering import SOURDOUGH, begin
from tests.people import make_project


def roots(sizes, **fields) -> list[Begun]:
    drawn = random.Random(1)
    return [Begun(number, drawn.randbytes(16), size, **fields) for number, size in enumerate(sizes)]


def held(chosen: set[int], of: list[Begun]) -> int:
    return sum(one.comparisons for one in of if one.root in chosen or one.held_out)


@pytest.mark.parametrize(("comparisons", "expected"), [(9, 0), (10, 1), (1_999, 199), (10_000, 1000), (50_000, 1000)])
def test_a_tenth_is_held_out_and_a_thousand_at_most(comparisons, expected):
    of = roots([1] * comparisons)
    assert held(held_out(of), of) == expected


def test_what_is_held_out_already_counts():
    of = [*roots([60], held_out=True, open=False), *(Begun(n, bytes([n % 256, n // 256]), 1) for n in range(1, 941))]
    assert held(held_out(of), of) == 100


def test_what_somebody_trained_on_is_passed_over():
    of = roots([1] * 50, open=False)
    assert not held_out(of)


def test_a_prompt_with_which_half_of_a_round_began_stays_in_training():
    of = [Begun(0, b"\0", 50), *(Begun(n, bytes([n]), 1) for n in range(1, 51))]
    assert 0 not in held_out(of) and held(held_out(of), of) == 10


@pytest.mark.parametrize("seed", range(20))
def test_of_any_roots_never_more_than_twice_as_many_are_held_out(seed):
    drawn = random.Random(seed)
    of = roots([drawn.choice([1, 1, 2, 5, 40, 300]) for _ in range(drawn.randrange(1, 300))])
    wanted = min(1000, sum(one.comparisons for one in of) // 10)
    chosen = held_out(of)
    assert held(chosen, of) <= 2 * wanted
    left = [one.comparisons for one in of if one.root not in chosen]
    assert held(chosen, of) >= wanted or not any(held(chosen, of) + size <= 2 * wanted for size in left)


def close(project: Project) -> None:
    round_ = project.rounds.get(state="open")
    round_.review()
    round_.close()


@pytest.fixture
def project(alice) -> Project:
    return make_project("help", (Axis.HELPFULNESS,), gates=[])


def test_closing_gives_every_root_its_side(alice, project):
    for number in range(20):
        begin(alice, project, f"{random.Random(number).random()} is what?")
    close(project)
    sides = list(Root.objects.values_list("side", flat=True))
    assert sides.count("held_out") == 2 and sides.count("train") == 18
    assert sum(row["held_out"] for row in drawn(project)) == 2


def test_a_root_prompt_is_never_on_both_sides(alice, bob):
    """Across rounds, axes and projects, as people come back to the same prompts in other words."""
    chance = random.Random(11)
    texts = [f"{chance.random()} is what, and why would {chance.random()} be?" for _ in range(25)]
    first = make_project("one", (Axis.HELPFULNESS,), gates=[])
    second = make_project("two", (Axis.HELPFULNESS, Axis.SAFETY), gates=[])
    seen: dict[int, bool] = {}
    for _ in range(3):
        for project in (first, second):
            for _ in range(15):
                text = chance.choice(texts)
                begin(alice, project, chance.choice([text, text.upper(), f"{text} ", f"{text} Eh?"]))
            close(project)
            of = dict(Gist.objects.values_list("comparison", "prompt__root"))
            for one in (first, second):
                for row in drawn(one):
                    assert seen.setdefault(of[row["comparison"]], row["held_out"]) == row["held_out"]
            Round.objects.draft(project, project.rounds.latest("number")).open()
    assert set(seen.values()) == {True, False} and len(seen) <= 25


def test_what_somebody_trained_on_is_never_held_out(alice, project):
    for number in range(15):
        begin(alice, project, f"{random.Random(number).random()} is what?")
    snapshot = counted(project)
    assert holding_out.note_use(Use(snapshot=snapshot, name="reward-1", noted_by=alice)) == 0
    trained = set(snapshot.members.values_list("root", flat=True))
    for number in range(15):
        begin(alice, project, f"{random.Random(100 + number).random()} is what?")
    close(project)
    held = set(Root.objects.filter(side="held_out").values_list("pk", flat=True))
    assert len(held) == 3 and not held & trained


def test_who_trained_on_it_before_it_was_held_out_is_told(alice, project):
    for number in range(20):
        begin(alice, project, f"{random.Random(number).random()} is what?")
    snapshot = counted(project)
    close(project)
    assert holding_out.note_use(Use(snapshot=snapshot, name="reward-1")) == 2
    assert not Root.objects.filter(side="held_out").exclude(trained_at=None).exists()


def test_a_new_prompt_joins_the_side_of_what_it_is_nearly_the_same_as(alice, project):
    begin(alice, project, SOURDOUGH)
    close(project)
    side = Root.objects.get().side
    Round.objects.draft(project, project.rounds.get()).open()
    later = begin(alice, project, SOURDOUGH + " Please.")
    drawn(project)
    assert Gist.objects.get(comparison=later).prompt.root.side == side == "train"


def test_the_database_lets_no_root_change_its_side(alice, project):
    for number in range(10):
        begin(alice, project, f"{random.Random(number).random()} is what?")
    close(project)
    for change in ({"side": "train"}, {"trained_at": "2026-01-01T00:00Z"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Root.objects.filter(side="held_out").update(**change)
