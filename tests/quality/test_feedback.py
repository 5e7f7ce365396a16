"""What comes back from a reviewer to whose answers it was."""

from labeling.comparisons import leases
from labeling.comparisons.models import Assignment
from labeling.quality.models import Review
from tests.comparisons.pages import judge
from tests.projects.pages import words
from tests.quality.test_review_page import decide, own, signed_in
from tests.quality.test_review_page import hers as hers
from tests.quality.test_review_page import people as people
from tests.quality.test_review_page import project as project
from tests.quality.test_review_page import rita as rita


def test_people_see_what_came_back_and_nobody_elses(hers, people, project):
    first, second, third = own(people[0], project), own(people[0], project), own(people[1], project)
    decide(hers, first, reason="Read <both>, please.", to="same")
    decide(hers, second)
    decide(hers, third, reason="Of another person.", to="same")
    theirs = signed_in(people[0])
    answer = theirs.get("/projects/help/feedback/")
    assert [one.review.judgement for one in answer.context["feedback"]] == [second, first]
    text = words(answer)
    assert "sent back to you" in text and "accepted" in text and "It waits for you" in text
    assert "Read &lt;both&gt;, please." in answer.content.decode() and "Of another person" not in text
    assert "Rita" not in text, "who reviewed is not said"


def test_people_see_whether_they_judged_anew_or_left_it_to_others(hers, people, project):
    for _ in range(2):
        decide(hers, own(people[0], project), reason="Read both.", to="same")
    theirs = signed_in(people[0])
    again, left = Assignment.objects.filter(kind="rework").order_by("created_at")
    judge(theirs, again, choice=2)
    leases.release(left)
    text = words(theirs.get("/projects/help/feedback/"))
    assert text.count("you have judged it anew") == 1 and text.count("you left it to others") == 1


def test_what_was_taken_back_never_came_back(hers, people, project):
    decide(hers, own(people[0], project))
    hers.post(f"/projects/help/review/undo/{Review.objects.get().pk}/")
    theirs = signed_in(people[0])
    assert "Nobody has reviewed any of your answers here yet." in words(theirs.get("/projects/help/feedback/"))
