"""What is done at a stop of the tour, for the page to look as it is to be seen."""

from collections.abc import Callable

from django.template import loader
from playwright.sync_api import Page, expect

from tests.browser.conftest import intercept

Act = Callable[[Page], None]


def stay(page: Page) -> None:
    pass


def come_in(page: Page) -> None:
    expect(page.locator("#judged")).to_be_visible()


def practised(page: Page) -> None:
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Check my answers").click()
    expect(page.locator(".feedback")).to_be_visible()


def keys(*pressed: str) -> Act:
    def act(page: Page) -> None:
        expect(page.locator("#step[data-ready=true]")).to_be_visible()
        for key in pressed:
            page.keyboard.press(key)

    return act


def blurred(page: Page) -> None:
    """Without the server hearing of it, for the other stops."""
    intercept(page, "**/blur/", lambda route: route.fulfill(status=204))
    keys("b")(page)
    expect(page.locator("#veil")).to_be_visible()


def stacked(page: Page) -> None:
    """Without the server hearing of it, for the other stops."""
    intercept(page, "**/view/", lambda route: route.fulfill(status=204))
    keys("v", "ArrowDown", "Enter")(page)
    expect(page.locator("#reader")).to_have_attribute("data-layout", "stacked")


def opened(summary: str) -> Act:
    return lambda page: page.locator("summary", has_text=summary).click()


def click(selector: str) -> Act:
    return lambda page: page.locator(selector).click()


def press(button: str) -> Act:
    return lambda page: page.get_by_role("button", name=button).first.click()


def made(button: str) -> Act:
    """Links that are the same every time."""

    def act(page: Page) -> None:
        press(button)(page)
        for field in page.locator(".secret textarea").all():
            field.evaluate("field => (field.value = `${location.origin}/invitations/${'a1B2c3D4'.repeat(5)}/`)")

    return act


def invited(page: Page) -> None:
    page.get_by_label("People, by e-mail address").fill("Ana Silva <ana@example.org>\nbo@example.org")
    made("Make the links")(page)


def wrong_address(page: Page) -> None:
    page.get_by_label("Your name").fill("Ana Silva")
    page.get_by_label("E-mail address").fill("ana@example.org")
    for label in ("Password", "The same password again"):
        page.get_by_label(label, exact=True).fill("four words of no kind")
    page.get_by_label("I have read this and agree").check()
    press("Join")(page)
    expect(page.get_by_role("alert")).to_be_visible()


def too_long(page: Page) -> None:
    keys("2", "c")(page)
    page.locator("#comment textarea").fill("again and again " * 400)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".bar-problems")).to_be_visible()


def empty_prompt(page: Page) -> None:
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#prompt-problem")).to_be_visible()


def came_back(page: Page) -> None:
    keys("2")(page)
    page.reload()
    expect(page.locator("[data-draft-note]:visible")).to_be_visible()


def signed_out(page: Page) -> None:
    """As far as this page can tell."""
    intercept(page, "**/judgements/", lambda route: route.fulfill(status=401))
    intercept(page, "**/accounts/session/", lambda route: route.fulfill(json={"person": "", "token": ""}))
    keys("2", "Enter")(page)
    expect(page.locator("#sign-in-again")).to_be_visible()
    page.unroute("**/judgements/")


def offline(page: Page) -> None:
    """Until the next visit, after which what waits is sent: from a pair that is met nowhere else."""
    keys("2")(page)
    page.context.set_offline(True)
    page.keyboard.press("Enter")
    expect(page.get_by_text("No connection.")).to_be_visible()


def wrong_password(page: Page) -> None:
    page.get_by_label("E-mail").fill("ines@example.org")
    page.get_by_label("Password").fill("not this one")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()


def served(template: str) -> Act:
    """A page that is shown when something breaks, without breaking anything."""

    def act(page: Page) -> None:
        html = loader.get_template(template).render()
        page.route("**/broken/", lambda route: route.fulfill(body=html, content_type="text/html"))
        page.goto("/broken/")
        page.unroute("**/broken/")

    return act
