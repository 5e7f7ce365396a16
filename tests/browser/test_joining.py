"""From a manager's link to the work it leads to, on a telephone, by touching and typing alone."""

import pytest
from playwright.sync_api import Browser, Page, expect

from labeling.cohorts.models import Consent, ConsentText, Person
from labeling.projects.models import Axis, Project
from tests.browser.conftest import browsing, sign_in
from tests.people import make_project
from tests.processes import Installation

PHONE = {"width": 360, "height": 740}
PASSWORD = "four words of no kind"


@pytest.fixture
def maria(transactional_db) -> Person:
    maria = Person.objects.create_user("maria@example.org", name="Maria Costa", is_staff=True)
    maria.roles.create(project=make_project(axes=(Axis.HELPFULNESS,), cohort="Lisbon"), kind="manager")
    ConsentText.objects.write(1, "Your answers train *models*.", maria)
    return maria


def make_link(page: Page) -> str:
    page.goto("/projects/both/enrolments/")
    page.get_by_role("link", name="Lisbon", exact=True).first.click()
    page.get_by_role("link", name="Invitations").click()
    page.get_by_role("link", name="Make one link for many").click()
    page.get_by_role("button", name="Make the link").click()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    return page.get_by_label("Invitation link").input_value()


def fill_in(phone: Page, **typed: str) -> None:
    for label, text in typed.items():
        phone.get_by_label(label.replace("_", " "), exact=True).fill(text)


def test_somebody_new_gets_from_the_link_to_the_guideline_of_their_work(
    page: Page, chromium: Browser, installation: Installation, maria: Person
):
    sign_in(page, maria)
    link = make_link(page)
    with browsing(chromium, installation, viewport=PHONE, has_touch=True) as opened:
        phone = opened.new_page()
        phone.goto(link)
        expect(phone.get_by_text("Maria Costa invites you")).to_be_visible()
        fill_in(phone, Your_name="Ana Silva", Password=PASSWORD, The_same_password_again=PASSWORD)
        phone.get_by_label("E-mail address").fill("ana@example.org")
        phone.get_by_role("button", name="Join").tap()
        expect(phone.get_by_role("alert")).to_contain_text("You can join once you agree to this.")
        expect(phone.get_by_label("Your name")).to_have_value("Ana Silva")
        fill_in(phone, Password=PASSWORD, The_same_password_again=PASSWORD)
        phone.get_by_label("I have read this and agree").check()
        phone.get_by_role("button", name="Join").tap()
        expect(phone.get_by_text("Welcome, Ana Silva.")).to_be_visible()
        phone.get_by_role("link", name="Work on Both").tap()
        expect(phone.get_by_role("heading", name="Helpfulness guideline")).to_be_visible()
        assert phone.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert Consent.objects.get().person.email == "ana@example.org"
    assert Project.objects.open_to(Consent.objects.get().person).count() == 1
