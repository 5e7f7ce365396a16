"""A session that ran out while somebody worked: they sign in again over the page, and go on."""

import time

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, Page, expect

from labeling.comparisons.models import Assignment, Judgement
from labeling.dialogues import generation
from labeling.dialogues.models import Turn
from labeling.projects.models import GuidelineVersion
from tests.browser.conftest import sign_in_by_link
from tests.browser.test_accessible import RULES, found
from tests.browser.test_loop import judge, open_project, send, wait_for_pair
from tests.browser.test_reading import being_written
from tests.people import join, make_project, result
from tests.processes import wait_until

PASSWORD = "quite-a-long-one"


@pytest.fixture
def alice(transactional_db):
    person = join("first", "alice@example.org")
    person.set_password(PASSWORD)
    person.save()
    return person


@pytest.fixture
def begun(page: Page, alice) -> Page:
    """A pair on the page, and nobody signed in any more."""
    open_project(page, alice, make_project("help", ("helpfulness",)))
    send(page, "Why?")
    wait_for_pair(page)
    page.context.clear_cookies(name="sessionid")
    return page


@pytest.fixture(autouse=True)
def refusals(page: Page, trouble):
    """A browser complains about every 400, 401 and 403; these are what is tested here."""
    yield
    trouble[:] = [line for line in trouble if not any(status in line for status in ("400", "401", "403"))]


def dialog(page: Page):
    return page.get_by_role("dialog", name="Sign in again to go on")


def test_the_same_persons_password_goes_on_in_place(begun: Page):
    begun.evaluate("window.stayed = true")
    judge(begun, "2")
    expect(dialog(begun)).to_be_visible()
    expect(begun.get_by_label("Password")).to_be_focused()
    assert not Judgement.objects.exists()
    begun.evaluate(AXE_SCRIPT)
    assert list(found(begun, RULES)) == []
    begun.keyboard.type("wrong")
    begun.keyboard.press("Enter")
    expect(dialog(begun).get_by_role("alert")).to_contain_text("password you specified are not correct")
    begun.keyboard.type(PASSWORD)
    begun.keyboard.press("Enter")
    expect(dialog(begun)).to_be_hidden()
    expect(begun.locator("#prompt-text")).to_be_focused()
    assert begun.evaluate("window.stayed")
    assert Judgement.objects.get().degree == 3
    send(begun, "And then?")
    wait_until(lambda: Turn.objects.count() == 2)


def test_who_would_rather_not_now_keeps_everything_and_is_asked_again(begun: Page):
    judge(begun, "2")
    expect(dialog(begun)).to_be_visible()
    begun.keyboard.press("Escape")
    expect(dialog(begun)).to_be_hidden()
    expect(begun.locator("#notices")).to_contain_text("What you entered is kept here")
    expect(begun.locator("input[name=choice]:checked")).to_have_value("-3")
    begun.keyboard.press("Enter")
    begun.get_by_label("Password").fill(PASSWORD)
    begun.keyboard.press("Enter")
    expect(begun.locator("#prompt-text")).to_be_visible()
    assert Judgement.objects.count() == 1


def test_a_sign_in_link_in_another_tab_lets_this_page_go_on(page: Page, context: BrowserContext):
    bella = join("first", "bella@example.org")
    open_project(page, bella, make_project("help", ("helpfulness",)))
    send(page, "Why?")
    wait_for_pair(page)
    context.clear_cookies(name="sessionid")
    judge(page, "2")
    expect(dialog(page)).to_contain_text("You have no password here")
    expect(page.get_by_label("Password")).to_have_count(0)
    other = context.new_page()
    sign_in_by_link(other, bella)
    page.bring_to_front()
    expect(page.locator("#prompt-text")).to_be_visible()
    assert Judgement.objects.count() == 1


def test_somebody_else_who_signs_in_there_sends_nothing_of_it(begun: Page, context: BrowserContext, alice):
    bella = join("first", "bella@example.org")
    other = context.new_page()
    sign_in_by_link(other, bella)
    judge(begun, "2")
    expect(dialog(begun)).to_contain_text("Somebody else is signed in")
    begun.get_by_label("Password").fill(PASSWORD)
    begun.keyboard.press("Enter")
    expect(dialog(begun).locator("[data-step=password] [data-say]")).to_have_text("Sign in and go on")
    expect(dialog(begun)).to_contain_text("Somebody else is signed in")
    assert not Judgement.objects.exists()
    other.locator(".menu summary").click()
    other.get_by_role("button", name="Sign out").click()
    other.wait_for_url("**/accounts/login/**")
    begun.get_by_label("Password").fill(PASSWORD)
    begun.keyboard.press("Enter")
    expect(begun.locator("#prompt-text")).to_be_visible()
    assert Judgement.objects.get().assignment.person == alice


def test_a_prompt_is_not_sent_for_somebody_else_who_works_there_too(page: Page, context: BrowserContext, alice):
    project = make_project("help", ("helpfulness",))
    open_project(page, alice, project)
    send(page, "Why?")
    wait_for_pair(page)
    judge(page, "2")
    expect(page.locator("#prompt-text")).to_be_focused()
    page.keyboard.type("Only Alice asks this")
    bella = join("first", "bella@example.org")
    bella.acknowledgements.create(guideline=project.guidelines.get())
    other = context.new_page()
    sign_in_by_link(other, bella)
    page.keyboard.press("Control+Enter")
    expect(dialog(page)).to_contain_text("Somebody else is signed in")
    assert not Turn.objects.filter(text="Only Alice asks this").exists()


def test_a_token_that_grew_old_is_no_reason_to_ask_anybody(page: Page, context: BrowserContext, alice):
    """Signing in again in another tab makes a new one."""
    open_project(page, alice, make_project("help", ("helpfulness",)))
    send(page, "Why?")
    wait_for_pair(page)
    context.clear_cookies(name="sessionid")
    other = context.new_page()
    sign_in_by_link(other, alice)
    judge(page, "2")
    expect(page.locator("#prompt-text")).to_be_visible()
    assert Assignment.objects.get().judgement.degree == 3


def test_who_is_signed_out_while_responses_are_written_is_asked_when_they_are_complete(page: Page, alice):
    sides = being_written(page, alice, "Apple", "Pear")
    expect(page.locator(".side-state")).to_have_text(["Writing", "Writing"])
    page.context.clear_cookies(name="sessionid")
    for side in sides:
        generation.store(side, 1, result())
    expect(page.get_by_label("Password")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    wait_for_pair(page)
    judge(page, "2")
    expect(page.locator("#prompt-text")).to_be_visible()


def test_what_is_somebody_elses_is_not_shown_on_this_page(page: Page, context: BrowserContext, alice):
    """Else what Alice wrote would stand in a form of theirs, and go out under their name."""
    being_written(page, alice, "Apple", "Pear")
    bella = join("first", "bella@example.org")
    bella.acknowledgements.create(guideline=GuidelineVersion.objects.get())
    expect(page.get_by_role("link", name="Begin another conversation")).to_be_visible()
    other = context.new_page()
    sign_in_by_link(other, bella)
    page.keyboard.press("n")
    expect(page.locator(".menu-name")).to_have_text("Bella", use_inner_text=False)
    assert page.evaluate("document.body.dataset.person") == str(bella.pk)


def test_a_code_is_asked_for_after_the_password_where_somebody_has_two_factor(begun: Page, alice):
    secret = generate_totp_secret()
    TOTP.activate(alice, secret)
    judge(begun, "2")
    expect(dialog(begun)).to_be_visible()
    expect(begun.get_by_label("Code")).to_be_hidden()
    begun.keyboard.type(PASSWORD)
    begun.keyboard.press("Enter")
    expect(begun.get_by_label("Code")).to_be_focused()
    expect(begun.get_by_label("Password")).to_be_hidden()
    begun.evaluate(AXE_SCRIPT)
    assert list(found(begun, RULES)) == []
    begun.keyboard.type("000000")
    begun.keyboard.press("Enter")
    expect(dialog(begun).get_by_role("alert")).to_contain_text("That code is not right")
    assert not Judgement.objects.exists()
    begun.keyboard.type(format_hotp_value(hotp_value(secret, int(time.time() // 30))))
    begun.keyboard.press("Enter")
    expect(dialog(begun)).to_be_hidden()
    expect(begun.locator("#prompt-text")).to_be_focused()
    assert Judgement.objects.get().degree == 3
