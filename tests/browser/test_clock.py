"""Time at work is told from time that passed."""

from playwright.sync_api import Page

from labeling.comparisons.models import Judgement
from tests.browser.test_reading import alice, show
from tests.processes import wait_until

__all__ = ["alice"]
A_SECOND = 1000


def test_time_counts_while_the_page_is_seen_and_somebody_moves(page: Page, alice):
    page.clock.install()
    show(page, alice, "Apple.", "Pear.")
    page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 60)

    def counted(milliseconds: int, *, asleep: bool = False) -> int:
        """What so much time adds after a movement."""
        page.mouse.move(*(200 + page.evaluate("Math.random()") * 300 for _ in "xy"))
        page.evaluate("clock.tick()")
        before = page.evaluate("clock.active")
        (page.clock.fast_forward if asleep else page.clock.run_for)(milliseconds)
        return page.evaluate("clock.active") - before

    assert abs(counted(20 * A_SECOND) - 20 * A_SECOND) <= A_SECOND
    assert abs(counted(90 * A_SECOND) - 30 * A_SECOND) <= A_SECOND, "nobody moved for a minute of it"
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    assert counted(20 * A_SECOND) == 0, "another tab was in front"
    page.evaluate("delete document.hidden")
    assert counted(3600 * A_SECOND, asleep=True) <= 2 * A_SECOND, "the machine was asleep"
    page.clock.resume()
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    wait_until(lambda: Judgement.objects.exists())
    judgement = Judgement.objects.get()
    assert 45 < judgement.active_seconds < 110
    assert 3600 < judgement.elapsed_seconds < 4000
