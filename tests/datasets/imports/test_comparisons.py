"""Comparisons made elsewhere as comparisons like any other: who said what, in which round, on which pages."""

import json
import os
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import reverse

from labeling.cohorts.models import Person
from labeling.comparisons.models import Assignment, Comparison, Judgement, Overlap
from labeling.comparisons.wanted import UNNAMED
from labeling.datasets.imports import checking
from labeling.datasets.models import Import, ImportRow, Origin
from labeling.dialogues.models import Completion, Trial
from labeling.projects.models import ModelVersion
from labeling.quality import reviewing
from labeling.quality.models import Counts, Review
from tests.comparisons.pages import judge
from tests.datasets.imports.files import check, left_out, send, store
from tests.people import make_project, manage
from tests.projects.pages import words
from tests.quality.judging import computed

PROMPT = "Why is the sky blue?"
TRL = {
    "chosen": [{"role": "user", "content": PROMPT}, {"role": "assistant", "content": "Scattering."}],
    "rejected": [{"role": "user", "content": PROMPT}, {"role": "assistant", "content": "The sea."}],
}
SAME_ELSEWHERE = [
    {"prompt": PROMPT, "chosen": "Scattering.", "rejected": "The sea."},
    {"prompt": [TRL["chosen"][0]], "chosen": [TRL["chosen"][1]], "rejected": [TRL["rejected"][1]]},
    {"prompt": PROMPT, "prompt_id": "7", **TRL, "score_chosen": 8.0},
    {
        "chosen": f"\n\nHuman: {PROMPT}\n\nAssistant: Scattering.",
        "rejected": f"\n\nHuman: {PROMPT}\n\nAssistant: The sea.",
    },
    TRL,
]
COLUMNS = {"axis": "helpfulness", "verdict_all": "first", "first": "chosen", "second": "rejected"}


@pytest.fixture
def managed(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def project(manager):
    project = make_project()
    manage(project, manager)
    return project


@pytest.fixture
def url(project) -> str:
    return reverse("imports", args=[project.slug])


def lines(*rows) -> bytes:
    return "".join(f"{json.dumps(row)}\n" for row in rows).encode()


def brought_in(client, url, *rows, **columns):
    columns = {**COLUMNS, **columns}
    return store(client, check(client, send(client, url, lines(*rows), "pairs.jsonl"), **columns))


@pytest.mark.parametrize("row", SAME_ELSEWHERE)
def test_the_same_comparison_comes_out_of_every_way_to_write_it(managed, url, row):
    prompt = {"prompt": "prompt"} if "prompt" in row else {}
    imported = brought_in(managed, url, row, **prompt)
    assert imported.state == "done", imported.error
    judgement = Judgement.objects.get()
    assert judgement.assignment.comparison.context == [{"role": "user", "content": PROMPT}]
    assert (judgement.chosen.text, judgement.rejected.text) == ("Scattering.", "The sea.")
    assert (judgement.degree, judgement.imported, judgement.assignment.kind) == (None, True, "imported")
    assert judgement.chosen.html == "<p>Scattering.</p>\n"


def test_its_round_says_how_much_came_in_and_nothing_of_work_that_nobody_did(managed, project, url):
    brought_in(managed, url, TRL)
    place = [project.slug, project.rounds.get(imported=True).number]
    page = words(managed.get(reverse("round", args=place)))
    assert "Imported" in page and "What it was opened with" not in page
    progress = words(managed.get(reverse("round_progress", args=place))).replace("</b>", "")
    assert "1 judgement, made elsewhere" in progress
    assert "Nobody worked" not in progress and "left unjudged" not in progress


def test_several_people_judged_one_pair_each_by_a_degree_of_their_own(managed, project, url):
    rows = [
        {"q": PROMPT, "a": "One.", "b": "Two.", "winner": "A", "strength": 4, "who": "w1", "ma": "x", "mb": "y"},
        {"q": PROMPT, "a": "Two.", "b": "One.", "winner": "A", "strength": "slightly", "who": "w2"},
        {"q": PROMPT, "a": "One.", "b": "Two.", "winner": "B", "strength": None, "who": "w3"},
        {"q": PROMPT, "a": "One.", "b": "Two.", "winner": "B", "who": "w1"},
        {"q": PROMPT, "a": "One.", "b": "Two.", "winner": "tie", "who": "w4"},
        {"q": PROMPT, "a": "One.", "b": "Two.", "winner": "both of them", "who": "w5"},
        {"q": PROMPT, "a": "One.", "b": "One.", "winner": "B", "who": "w6"},
        {"q": PROMPT, "a": "One.", "b": "Two.", "winner": "B", "strength": 9, "who": "w7"},
        {"q": "", "a": "One.", "b": "Two.", "winner": "B", "who": "w8"},
    ]
    columns = {"verdict_all": "column", "better": "winner", "better_is_all": "names", "degree": "strength"}
    columns |= {
        "annotator": "who",
        "prompt": "q",
        "first": "a",
        "second": "b",
        "first_model": "ma",
        "second_model": "mb",
    }
    imported = brought_in(managed, url, *rows, **columns)
    assert left_out(imported) == {4: "twice", 5: "tie", 6: "verdict", 7: "same", 8: "degree", 9: "prompt"}
    comparison = Comparison.objects.get()
    said = {
        one.person.name: (one.slot, one.judgement.chosen.text, one.judgement.degree)
        for one in comparison.assignments.select_related("person", "judgement__chosen")
    }
    assert said == {"w1": (0, "One.", 4), "w2": (1, "Two.", 2), "w3": (2, "Two.", None)}
    assert {one.model_version.source for one in (comparison.first, comparison.second)} == {"x", "y"}
    assert [origin.number for origin in Origin.objects.all()] == [1, 2, 3]
    again = check(managed, send(managed, url, lines(*rows[:3]), "again.jsonl"), **{**COLUMNS, **columns})
    assert left_out(again) == {1: "there", 2: "there", 3: "there"}


def test_they_have_a_round_of_their_own_in_review_which_is_closed_like_any_other(managed, project, url):
    imported = brought_in(managed, url, TRL)
    round_ = imported.round
    assert (round_.number, round_.imported, round_.state) == (2, True, "review")
    for name, args in {
        "round": [project.slug, 2],
        "round_progress": [project.slug, 2],
        "round_judgements": [project.slug, 2],
        "judgements": [project.slug],
        "review": [project.slug],
        "quality": [project.slug],
        "quality_people": [project.slug],
        "project": [project.slug],
        "round_new": [project.slug],
        "model_versions": [],
        "people": [],
        "history": [project.slug],
        "imports": [project.slug],
        "import": [imported.pk],
    }.items():
        assert managed.get(reverse(name, args=args)).status_code == 200, name
    version = managed.get(reverse("model_version", args=[ModelVersion.objects.get(engine="elsewhere").pk]))
    assert "written elsewhere" in words(version)
    assert managed.post(reverse("model_version_check", args=[ModelVersion.objects.get(engine="elsewhere").pk]))
    assert not Trial.objects.exists()
    assert "Scattering." in words(managed.get(reverse("round_judgements", args=[project.slug, 2])))
    assert managed.post(reverse("round_close", args=[project.slug, 2])).status_code == 302
    round_.refresh_from_db()
    assert round_.state == "closed"


def test_they_are_found_by_their_language_where_judgements_are_read(managed, project, url):
    languages = {"de": "Himmel", "en": "Sky", "": "Ciel"}
    rows = [{"prompt": PROMPT, "chosen": word, "rejected": "No.", "lang": tag} for tag, word in languages.items()]
    assert brought_in(managed, url, *rows, prompt="prompt", language="lang").state == "done"
    page = reverse("judgements", args=[project.slug])
    for tag, word in {**languages, UNNAMED: "Ciel"}.items():
        found = words(managed.get(page, {"language": tag}))
        shown = {one for one in languages.values() if f"<p>{one}</p>" in found}
        assert shown == ({word} if tag else set(languages.values()))


def test_a_reviewer_rejects_one_that_nobody_is_asked_about_anew_and_takes_that_back(managed, manager, url):
    brought_in(managed, url, TRL)
    judgement = Judgement.objects.get()
    review = reviewing.reject(judgement, manager, "Neither answers it.", Review.To.SAME)
    assignment = Assignment.objects.get()
    assert (assignment.slot, assignment.kind) == (None, "imported")
    reviewing.take_back(review, manager)
    assert Assignment.objects.get().slot == 0


def test_what_was_judged_without_a_degree_is_judged_all_the_same_where_quality_is_counted(managed, project, url):
    """It counted as what nobody could judge, and whoever chose more often than they said degrees ended the counting."""
    rows = [{"prompt": f"{PROMPT} {n}", "chosen": "Scattering.", "rejected": "The sea."} for n in range(20)]
    brought_in(managed, url, {**rows[0], "strength": 4}, *rows[1:], prompt="prompt", degree="strength")
    computed(project)
    counts = Counts.objects.get()
    assert (counts.done, counts.judged, counts.cannot, counts.excluded) == (20, 20, 0, 0)
    assert counts.degrees == [0, 0, 0, 1]


def test_who_judged_elsewhere_has_no_account_and_is_in_no_list(managed, project, url):
    brought_in(managed, url, {**TRL, "who": "worker 7"}, annotator="who")
    person = Person.objects.get(elsewhere=True)
    assert (person.name, person.is_active, person.has_usable_password()) == ("worker 7", False, False)
    assert person.pseudonym not in words(managed.get(reverse("people")))
    assert person.pseudonym in words(managed.get(reverse("judgements", args=[project.slug])))
    with pytest.raises(IntegrityError), transaction.atomic():
        Person.objects.filter(pk=person.pk).update(is_active=True)


def test_the_database_lets_nothing_else_be_without_guideline_degree_or_turn(managed, assignment, url):
    brought_in(managed, url, TRL)
    text = Completion.objects.get(text="Scattering.")
    with pytest.raises(IntegrityError), transaction.atomic():
        Completion.objects.create(
            model_version=text.model_version, seed=1, temperature=1, top_p=1, max_new_tokens=1, state="queued"
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Judgement.objects.create(
            **{"assignment": assignment, "revision": 1, "axis": "helpfulness", "key": assignment.pk},
            chosen=assignment.comparison.first,
            rejected=assignment.comparison.second,
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(
            **{"comparison": assignment.comparison, "person": assignment.person, "axis": "helpfulness", "slot": 3},
            **{"kind": "overlap", "swapped": False},
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        ModelVersion.objects.filter(pk=text.model_version_id).update(checked_at=text.finished_at)


def test_safety_labels_are_kept_and_an_unsafe_choice_is_refused(managed, url):
    rows = [{**TRL, "c": "safe", "r": "unsafe"}, {**TRL, "chosen": TRL["rejected"], "rejected": TRL["chosen"]}]
    rows[1] |= {"c": False, "r": True}
    imported = brought_in(managed, url, *rows, axis="safety", first_safe="c", second_safe="r")
    assert left_out(imported) == {2: "unsafe"}
    judgement = Judgement.objects.get()
    assert (judgement.axis, judgement.chosen_safe, judgement.rejected_safe) == ("safety", True, False)


def test_outputs_that_nobody_judged_are_judged_here_as_pairs_of_others(managed, alice, project, url):
    imported = brought_in(managed, url, TRL, verdict_all="nowhere", people_all=2)
    assert imported.round == project.rounds.get(state="open")
    overlap = Overlap.objects.get()
    assert (overlap.wanted, overlap.free, overlap.axis) == (2, [0, 1], "helpfulness")
    assert not Judgement.objects.exists()
    managed.force_login(alice)
    page = words(managed.get(reverse("workbench", args=[project.slug])))
    assert "Scattering." in page
    assert "unknown, elsewhere" not in page
    assert judge(managed, Assignment.objects.get()).status_code == 200
    overlap.refresh_from_db()
    assert overlap.free == [1]
    assert Judgement.objects.get().degree


def test_outputs_without_an_open_round_fail_with_what_to_do(managed, project, url):
    project.rounds.get().review()
    imported = brought_in(managed, url, TRL, verdict_all="nowhere")
    assert imported.state == "failed"
    assert "Open a round" in imported.error
    assert not Comparison.objects.exists()


def test_a_command_brings_them_in_too(project, tmp_path):
    path = tmp_path / "pairs.jsonl"
    path.write_bytes(lines(TRL))
    call_command("import_comparisons", path, project=project.slug, axis="helpfulness")
    assert Judgement.objects.get().chosen.text == "Scattering."


@pytest.mark.parametrize("place", ["nowhere/problems.csv", "."])
def test_a_command_that_cannot_write_down_what_is_wrong_says_so_and_leaves_nothing(project, tmp_path, place):
    path = tmp_path / "pairs.jsonl"
    path.write_bytes(lines(TRL, {"chosen": ""}))
    options = {"project": project.slug, "axis": "helpfulness", "leave_out": True, "stderr": StringIO()}
    with pytest.raises(CommandError, match=r"There is no folder .*nowhere|Is a directory: .*Nothing was stored"):
        call_command("import_comparisons", path, problems=tmp_path / place, **options)
    assert not Import.objects.exclude(state="cancelled").exists()
    assert not ImportRow.objects.exists() and not Judgement.objects.exists()


def test_a_command_that_is_interrupted_leaves_nothing(project, tmp_path, monkeypatch):
    def interrupted(*_args):
        raise KeyboardInterrupt

    path = tmp_path / "pairs.jsonl"
    path.write_bytes(lines(TRL))
    for step in ("mark_duplicates", "counts"):
        with monkeypatch.context() as patch:
            patch.setattr(checking, step, interrupted)
            with pytest.raises(CommandError, match=r"^Nothing was stored\."):
                call_command("import_comparisons", path, project=project.slug, axis="helpfulness")
        assert Import.objects.latest("created_at").state == "cancelled" and not ImportRow.objects.exists()


def test_a_command_takes_a_file_whose_name_is_no_text(project, tmp_path):
    path = tmp_path / os.fsdecode(b"pa\xffirs\n.jsonl")
    path.write_bytes(lines(TRL))
    call_command("import_comparisons", path, project=project.slug, axis="helpfulness", stdout=StringIO())
    assert Import.objects.get().name == "pa?irs\n.jsonl"
