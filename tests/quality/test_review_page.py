"""The queue of a reviewer."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from labeling.comparisons.models import Assignment, Judgement
from labeling.quality import computing, queue
from labeling.quality.models import Review, Unreviewed
from labeling.quality.queue import Asked, By
from tests.people import join, make_project, manage
from tests.projects.pages import fields, words
from tests.quality.judging import compared, counted, judged

EVERYTHING = {"share": 100}


@pytest.fixture
def people(db):
    return [join("first", f"p{number}@example.org") for number in range(3)]


@pytest.fixture
def project(people):
    return make_project("help", ("helpfulness",))


@pytest.fixture
def rita(project):
    reviewer = join("reviewers", "rita@example.org")
    project.roles.create(person=reviewer, kind="reviewer")
    return reviewer


@pytest.fixture
def hers(rita) -> Client:
    return signed_in(rita)


def own(person, project, step=2) -> Judgement:
    return judged(compared(person, project), person, step, kind="author").judgement


def page(browser, **asked):
    computing.note_new()
    return browser.get("/projects/help/review/", EVERYTHING | asked)


def shown(answer) -> Judgement | None:
    """A part in which nothing is shown includes no template, and so has no context here."""
    return answer.context and answer.context["queue"].shown


def decide(browser, judgement, htmx=True, **sent):
    computing.note_new()
    headers = {"HX-Request": "true"} if htmx else {}
    return browser.post(f"/projects/help/review/{judgement.pk}/?share=100", sent, headers=headers)


def test_one_is_shown_after_the_other_until_none_is_left(hers, people, project):
    first, second = (own(people[0], project) for _ in range(2))
    assert shown(page(hers)) == first and "1 of 2 left" in words(page(hers))
    answer = decide(hers, first)
    assert shown(answer) == second and "Accepted." in words(answer)
    assert "<html" not in answer.content.decode()
    said = words(decide(hers, second, reason="Read both, please.", to="same"))
    assert "That was the last one" in said and "Sent back to the same person" in said
    assert [one.decision for one in Review.objects.order_by("pk")] == ["accepted", "rejected"]
    assert shown(page(hers)) is None and "Nothing waits for you" in words(page(hers))


def test_one_is_left_for_later_and_come_back_to(hers, people, project):
    first, second, third = (own(people[0], project) for _ in range(3))
    assert page(hers).context["queue"].after == second.pk
    later = page(hers, at=second.pk)
    assert shown(later) == second
    assert (later.context["queue"].before, later.context["queue"].after) == (first.pk, third.pk)
    assert shown(decide(hers, second)) == third
    assert shown(decide(hers, third)) == first


def test_a_decision_is_undone_from_the_answer_to_it(hers, people, project):
    first, _second = (own(people[0], project) for _ in range(2))
    made = decide(hers, first, reason="No.", to="other").context["made"]
    answer = hers.post(f"/projects/help/review/undo/{made.pk}/?share=100", headers={"HX-Request": "true"})
    assert shown(answer) == first and answer.context["made"] is None
    assert Assignment.objects.get(judgement=first).slot == 0


def test_it_says_so_when_it_is_too_late_to_undo(hers, people, project):
    first, _second = (own(people[0], project) for _ in range(2))
    made = decide(hers, first, reason="No.", to="same").context["made"]
    theirs = signed_in(people[0])
    theirs.get("/projects/help/work/")
    answer = hers.post(f"/projects/help/review/undo/{made.pk}/?share=100", headers={"HX-Request": "true"})
    assert answer.status_code == 409 and "It is too late" in words(answer)


def test_without_a_script_a_page_leads_on(hers, people, project):
    first, second = (own(people[0], project) for _ in range(2))
    answer = decide(hers, first, htmx=False)
    assert answer.status_code == 302
    following = hers.get(answer["Location"])
    assert shown(following) == second and following.context["made"].judgement == first
    assert "<html" in following.content.decode()


@pytest.mark.parametrize("sent", [{"reason": "", "to": "same"}, {"reason": " "}, {"reason": "x" * 2001, "to": "same"}])
def test_nothing_is_sent_back_without_a_reason(hers, people, project, sent):
    first, _second = (own(people[0], project) for _ in range(2))
    answer = decide(hers, first, **sent)
    assert answer.status_code == 422 and shown(answer) == first and not Review.objects.exists()
    assert "reason-problem" in answer.content.decode()


def test_what_somebody_else_decided_meanwhile_is_told(hers, people, project, manager):
    first, second = (own(people[0], project) for _ in range(2))
    manage(project, manager)
    other = signed_in(manager)
    decide(other, first)
    answer = decide(hers, first)
    assert answer.status_code == 409 and "waits no more" in words(answer) and shown(answer) == second


def test_ones_own_judgements_are_not_in_ones_queue(people, project):
    own(people[0], project)
    project.roles.create(person=people[0], kind="reviewer")
    browser = signed_in(people[0])
    assert shown(page(browser)) is None


def test_a_share_is_drawn_of_each_persons_and_always_the_same(people, project, rita):
    keys = {person: {own(person, project).pk for _ in range(30)} for person in people[:2]}
    computing.note_new()

    def drawn(share):
        return set(queue.keys(queue.parts(project, rita, Asked(share=share))))

    assert drawn(50) == drawn(50) < drawn(100) == set.union(*keys.values())
    assert drawn(20) <= drawn(50)
    for mine in keys.values():
        assert 3 <= len(mine & drawn(50)) <= 27  # beyond which one draw in a million is


def test_the_project_says_what_share_is_reviewed(hers, people, project, manager):
    drawn = [own(people[0], project).pk for _ in range(10)]
    computing.note_new()
    for place, pk in enumerate(drawn):
        Unreviewed.objects.filter(pk=pk).update(draw=10 * place)
    manage(project, manager)
    staff = signed_in(manager)
    for share, expected in ((40, drawn[:4]), (100, drawn), (0, [])):
        form = fields(staff.get("/projects/help/settings/"))
        assert staff.post("/projects/help/settings/", form | {"review_share": share}).status_code == 302
        answer = hers.get("/projects/help/review/")
        assert (answer.context["asked"].share, answer.context["queue"].left) == (share, len(expected))
        project.refresh_from_db()
        assert queue.keys(queue.parts(project, hers_user(hers), Asked.of({}, project))) == expected


def test_from_the_pair_on_which_people_agree_least_each_answer_leads_to_the_next(hers, project):
    people = [join("first", f"q{number}@example.org") for number in range(5)]
    for steps in ((1, 1, 1, -1), (1, -1), (1, 1), (1, 1, -1), (1, -1, 1, -1, 1)):
        pair = compared(people[0], project)
        for person, step in zip(people, steps, strict=False):
            judged(pair, person, step, kind="author" if person == people[0] else "overlap")
    answer, kept = page(hers, by="split", only=1), []
    while one := shown(answer):
        kept.append(Unreviewed.objects.get(pk=one.pk).agreement)
        answer = hers.post(f"/projects/help/review/{one.pk}/?by=split&only=1", headers={"HX-Request": "true"})
    assert kept == pytest.approx([0.5] * 2 + [0.6] * 5 + [2 / 3] * 3 + [0.75] * 4)


def test_the_pairs_on_which_people_differ_most_come_first(hers, people, project):
    ann, ben, cyd = people
    alike, mostly, evenly = (compared(ann, project) for _ in range(3))
    for pair, steps in ((alike, (2, 3)), (mostly, (2, 3, -1)), (evenly, (1, -1))):
        for person, step in zip((ann, ben, cyd), steps, strict=False):
            judged(pair, person, step, kind="author" if person == ann else "overlap")
    answer = page(hers, by="split")
    found = queue.keys(queue.parts(project, answer.wsgi_request.user, Asked(by=By.SPLIT)))
    pairs = [Unreviewed.objects.get(pk=pk).comparison_id for pk in found]
    assert pairs == [evenly.pk] * 2 + [mostly.pk] * 3 + [alike.pk] * 2
    assert "People differ on this pair: 1 chose so, 1 otherwise." in words(answer)


def test_people_who_stand_out_come_first_with_why_and_the_others_after_them(hers, people, project):
    plain = own(people[0], project)
    theirs = own(people[1], project)
    counted(project, people[1], chose_a=390)
    answer = page(hers, by="flagged")
    assert shown(answer) == theirs and answer.context["queue"].left == 2
    assert "Its author stands out: keeps to one side." in words(answer)
    following = hers.get("/projects/help/review/", {"by": "flagged", "share": 100, "at": plain.pk})
    assert shown(following) == plain and "stands out:" not in words(following)
    alone = page(hers, by="flagged", only=1)
    assert shown(alone) == theirs and alone.context["queue"].left == 1


def test_of_people_who_stand_out_what_is_drawn_first_comes_first(hers, people, project):
    theirs = [own(person, project).pk for person in people for _ in range(2)]
    for person in people[1:]:
        counted(project, person, chose_a=390)
    computing.note_new()
    for pk, draw in zip(theirs, (0, 5, 90, 20, 10, 99), strict=True):
        Unreviewed.objects.filter(pk=pk).update(draw=draw)
    for asked, expected in (({"only": "1"}, (4, 3, 2, 5)), ({"share": "5"}, (4, 3, 2, 5, 0))):
        found = queue.keys(queue.parts(project, hers_user(hers), Asked.of({"by": "flagged", **asked}, project)))
        assert found == [theirs[place] for place in expected]


def test_what_comes_after_what_comes_first_is_a_share_of_the_rest(people, project, rita):
    differ, alike = compared(people[0], project), compared(people[0], project)
    for pair, steps in ((differ, (2, -1)), (alike, (2, 3))):
        for person, step in zip(people, steps, strict=False):
            judged(pair, person, step, kind="author" if person == people[0] else "overlap")
    computing.note_new()
    Unreviewed.objects.update(draw=50)

    def found(**asked) -> list:
        keys = queue.keys(queue.parts(project, rita, Asked(by=By.SPLIT, **asked)))
        return [Unreviewed.objects.get(pk=pk).comparison_id for pk in keys]

    assert found(share=50) == found(share=100, only=True) == [differ.pk] * 2
    assert found(share=51) == [differ.pk] * 2 + [alike.pk] * 2


def test_a_round_and_an_axis_are_chosen(hers, people, alice):
    project = make_project("both")
    project.roles.create(person=hers_user(hers), kind="reviewer")
    pair = compared(alice, project)
    for axis in ("helpfulness", "safety"):
        judged(pair, alice, 2, kind="author", axis=axis)
    computing.note_new()
    found = {
        axis: hers.get("/projects/both/review/", {"share": 100, "axis": axis}).context["queue"]
        for axis in ("", "safety", "nonsense")
    }
    assert [found[axis].left for axis in found] == [2, 1, 2]
    assert found["safety"].shown.axis == "safety"
    project.rounds.get().review()
    of_the_round = hers.get("/projects/both/review/", {"share": 100, "round": 1, "axis": "safety", "by": "split"})
    assert of_the_round.context["queue"].left == 1
    folded = 'Which judgements <span class="quiet">Lowest agreement first · 100 % · round 1 · Safety</span>'
    assert folded in words(of_the_round), "what is chosen is told while it is folded away"


def signed_in(person) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def hers_user(browser):
    return browser.get("/projects/help/review/").wsgi_request.user


def test_who_judged_is_named_to_those_alone_who_may_know(hers, people, project, manager):
    own(people[0], project)
    text = words(page(hers))
    assert "An annotator" in text and people[0].pseudonym not in text and "P0" not in text
    manage(project, manager)
    staff = signed_in(manager)
    assert "P0" in words(page(staff))


def test_it_takes_as_many_queries_with_many_judgements_as_with_one(hers, people, project):
    def queries() -> int:
        page(hers)
        with CaptureQueriesContext(connection) as captured:
            hers.get("/projects/help/review/", EVERYTHING)
        return len(captured)

    own(people[0], project)
    few = queries()
    for person in people:
        own(person, project)
    assert queries() == few
