import pytest
from playwright.sync_api import Page, expect

from labeling.comparisons.models import Judgement
from tests.browser.test_loop import judge, open_project, send, wait_for_pair
from tests.people import join, make_project


@pytest.fixture
def alice(transactional_db):
    return join("first", "alice@example.org")


def test_a_submit_after_signing_out_elsewhere_leads_to_sign_in_and_back(page: Page, alice, trouble):
    alice.set_password("quite-a-long-one")
    alice.save()
    project = make_project("help", ("helpfulness",))
    open_project(page, alice, project)
    send(page, "Why?")
    wait_for_pair(page)
    page.context.clear_cookies(name="sessionid")
    judge(page, "1")
    page.wait_for_url("**/accounts/login/**")
    assert "401" in trouble.pop()
    page.get_by_label("E-mail").fill(alice.email)
    page.get_by_label("Password").fill("quite-a-long-one")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/projects/{project.slug}/work/")
    expect(page.locator("#step[data-ready=true]")).to_be_visible()
    assert not Judgement.objects.exists()
