"""A reviewer at work, without a mouse; and the annotator whose answer comes back."""

import pytest
from playwright.sync_api import Page, expect

from labeling.comparisons.models import Assignment, Overlap
from labeling.quality import computing
from labeling.quality.adjudicating import last_words
from labeling.quality.models import Review
from tests.browser.conftest import sign_in
from tests.people import join, make_project
from tests.quality.judging import compared, judged

REASON = "The second one answers a question nobody asked: read the prompt again."


@pytest.fixture
def annotators(transactional_db):
    return [join("first", f"{name}@example.org") for name in ("ann", "ben")]


def test_from_one_judgement_to_the_next_by_keys_alone(page: Page, annotators):
    project = make_project("help", ("helpfulness",))
    rita = join("reviewers", "rita@example.org")
    project.roles.create(person=rita, kind="reviewer")
    keys = [
        judged(compared(annotators[0], project, (f"Apple {n}.", f"Pear {n}.")), annotators[0], 2, kind="author").pk
        for n in range(4)
    ]
    computing.note_new()
    sign_in(page, rita)
    page.goto("/projects/help/review/?share=100")
    told, shown = page.locator(".review-said"), page.locator(".judged-chosen .text")
    expect(shown).to_have_text("Apple 0.")
    page.keyboard.press("a")
    expect(shown).to_have_text("Apple 1.")
    expect(told).to_have_text("Accepted.")
    page.keyboard.press("ArrowRight")
    expect(shown).to_have_text("Apple 2.")
    page.keyboard.press("ArrowLeft")
    expect(shown).to_have_text("Apple 1.")
    page.keyboard.press("r")
    expect(page.locator("#reason")).to_be_focused()
    page.keyboard.type("aur")
    page.keyboard.press("Escape")
    expect(page.locator("#reason")).to_be_hidden()
    page.keyboard.press("r")
    expect(page.locator("#reason")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type(REASON)
    page.keyboard.press("Control+Enter")
    expect(shown).to_have_text("Apple 2.")
    expect(told).to_contain_text("Sent back to the same person")
    page.keyboard.press("u")
    expect(shown).to_have_text("Apple 1.")
    page.keyboard.press("r")
    expect(page.locator("#reason")).to_be_focused()
    page.keyboard.type(REASON)
    page.keyboard.press("Control+Enter")
    expect(shown).to_have_text("Apple 2.")
    page.keyboard.press("a")
    expect(shown).to_have_text("Apple 3.")
    page.keyboard.press("a")
    expect(page.locator(".empty")).to_contain_text("That was the last one")
    said = Review.objects.order_by("pk").values_list("decision", flat=True)
    assert list(said) == ["accepted", "rejected", "taken_back", "rejected", "accepted", "accepted"]
    assert Assignment.objects.get(kind="rework").comparison == Assignment.objects.get(pk=keys[1]).comparison

    sign_in(page, annotators[0])
    page.goto("/projects/help/work/")
    expect(page.locator(".said-to-you")).to_contain_text(REASON)
    page.keyboard.press("6")
    page.keyboard.press("Enter")
    expect(page.locator(".said-to-you")).to_have_count(0)
    assert Assignment.objects.get(kind="rework").judgement


def test_an_empty_reason_is_asked_for_in_its_place(page: Page, annotators, trouble):
    project = make_project("help", ("helpfulness",))
    rita = join("reviewers", "rita@example.org")
    project.roles.create(person=rita, kind="reviewer")
    judged(compared(annotators[0], project), annotators[0], 2, kind="author")
    computing.note_new()
    sign_in(page, rita)
    page.goto("/projects/help/review/?share=100")
    page.keyboard.press("r")
    expect(page.locator("#reason")).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#reason-problem")).to_contain_text("Say why")
    expect(page.locator("#reason")).to_be_focused()
    assert not Review.objects.exists()
    trouble.clear()  # of that answer, a 422


def test_a_last_word_is_said_by_keys_alone(page: Page, annotators):
    project = make_project("help", ("helpfulness",))
    rita = join("reviewers", "rita@example.org")
    project.roles.create(person=rita, kind="reviewer")
    for number in range(2):
        pair = compared(annotators[0], project, (f"Apple {number}.", f"Pear {number}."))
        judged(pair, annotators[0], 2, kind="author")
        judged(pair, annotators[1], -3)
        terms = {"comparison": pair, "round": pair.round, "axis": "helpfulness", "wanted": 2, "most": 2}
        Overlap.objects.create(**terms, free=[])
    sign_in(page, rita)
    page.goto("/projects/help/adjudication/")
    expect(page.locator(".judged-pair")).to_contain_text("Apple 0.")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".judged-pair")).to_contain_text("Apple 1.")
    page.keyboard.press("2")
    expect(page.locator("input[name=choice]:checked")).to_have_value("-3")
    page.keyboard.press("Enter")
    expect(page.locator(".judged-pair")).to_contain_text("Apple 0.")
    expect(page.locator(".review-said")).to_have_text("Saved as adjudicated.")
    page.keyboard.press("u")
    expect(page.locator(".judged-pair")).to_contain_text("Apple 1.")
    page.keyboard.press("x")
    expect(page.locator("input[name=reason]").first).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator(".review-said")).to_contain_text("it cannot be judged")
    expect(page.locator(".judged-pair")).to_contain_text("Apple 0.")
    page.keyboard.press("u")
    expect(page.locator(".judged-pair")).to_contain_text("Apple 1.")
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.locator(".judged-pair")).to_contain_text("Apple 0.")
    page.keyboard.press("8")
    page.locator("textarea").fill("It answers the question.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".empty")).to_contain_text("That was the last one")
    said = last_words().order_by("pk")
    assert [(one.degree, one.comment) for one in said] == [(3, ""), (4, "It answers the question.")]
