"""A simulated annotator: a thread that sends what the workbench's page sends, and thinks in between.

It does what the page offers: while its own pair is being written it watches for the first words, then judges another.
"""

import queue
import random
import time
from contextlib import closing
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any

from tests.benchmarks.browser import PATIENCE, Browser, Form, Page, Stream, Unexpected

POLL = 3.0  # seconds; how often the page asks what there is to do meanwhile


class Over(Exception):
    """The run has ended; nothing new is begun."""


@dataclass(frozen=True)
class Habits:
    """Of all annotators. Means, in seconds, of exponential times."""

    own: float  # probability of a prompt of one's own
    before_sending: float
    before_judging: float
    prompts: list[str]  # what one's own prompts are chosen from


@dataclass(frozen=True)
class Sample:
    """stock: a POST was answered with a pair from stock. judgement: one was answered. words: the first words of live
    work could be seen. gone: the pair of a handed-out prompt was somebody else's by then, and had to be written.
    """

    kind: str
    at: float  # time.time() when the POST was sent
    seconds: float


class Annotator(Thread):
    def __init__(self, number: int, port: int, links: tuple[str, str], habits: Habits, over: Event) -> None:
        """`links`: the one to sign in by, and the project's workbench."""
        super().__init__(name=f"annotator {number}")
        self.sign_in, self.workbench = links
        self.habits, self.over = habits, over
        self.random = random.Random(number)
        self.browser = Browser(port)
        self.samples: list[Sample] = []
        self.asked: tuple[float, float] | None = None  # when a prompt was sent whose first words are still to come
        self.error = ""

    def run(self) -> None:
        """An error ends it: the run has failed then, whatever else is measured."""
        try:
            self.browser.post(self.browser.visit(self.sign_in).forms["enter"], self.sign_in)
            self.begin(self.browser.visit(self.workbench))
            self.pause(self.random.uniform(0, self.habits.before_sending + self.habits.before_judging))
            page = self.browser.visit(self.workbench)
            while True:
                page = self.go_on(page)
        except Over:
            pass
        except Exception as error:  # noqa: BLE001 - counted, and told at the end
            self.error = f"{self.name}: {error!r}"
        finally:
            self.browser.link.close()

    def begin(self, page: Page) -> None:
        """Agrees to what the work warns of, and has read its guidelines."""
        while form := page.forms.get("enter") or page.forms.get("acknowledge"):
            page = self.browser.post(form)

    def go_on(self, page: Page) -> Page:
        """What this page is for."""
        if page.stream:
            return self.wait(page)
        if page.ready:
            return self.judge(page)
        if "own" in page.forms:
            return self.ask(page)
        raise Unexpected(f"nothing to do: {page.title}")

    def ask(self, page: Page) -> Page:
        own = "suggestion" not in page.forms or self.random.random() < self.habits.own
        self.think(self.habits.before_sending)
        if own:
            return self.send(page.forms["own"], live="own", text=self.random.choice(self.habits.prompts))
        return self.send(page.forms["suggestion"], live="gone")

    def send(self, form: Form, *, live: str, **fields: str) -> Page:
        """What is not answered with a pair is being written: live work, of the kind `live`."""
        at, began = time.time(), time.perf_counter()
        answer = self.browser.post(form, **fields)
        seconds = time.perf_counter() - began
        self.samples.append(Sample("stock" if answer.ready else live, at, seconds))
        if answer.stream and live != "taken":
            self.asked = at, began
            if answer.shows_words:
                self.words_came(began + seconds)
        return answer

    def judge(self, page: Page) -> Page:
        spent = round(self.think(self.habits.before_judging) * 1000)
        verdict = self.verdict(page)
        at, began = time.time(), time.perf_counter()
        answer = self.browser.post(page.forms["judge"], **verdict, active_ms=spent, elapsed_ms=spent)
        self.samples.append(Sample("judgement", at, time.perf_counter() - began))
        return answer

    def verdict(self, _page: Page) -> dict[str, Any]:
        """The fields that say it: whoever measures times alone chooses by chance."""
        return {"choice": self.random.choice((-4, -3, -2, -1, 1, 2, 3, 4))}

    def wait(self, page: Page) -> Page:
        """Before a pair that is being written: to its first words, if it was asked just now, then to better work."""
        with closing(Stream(self.browser, page.stream)) as stream:
            poll, until = time.perf_counter() + POLL, time.perf_counter() + PATIENCE
            while True:
                what, when = self.listen(stream, poll)
                if what in ("words", "ready"):
                    self.words_came(when)
                if what == "ready":
                    return self.browser.get(page.pair)
                if what not in ("", "words") or when > until:
                    raise Unexpected(f"the stream of a pair: {what or 'silence'}")
                if not self.asked:
                    self.refuse_when_over()
                    if page.own or page.offers_stock:
                        return self.take_offer(page)
                if when >= poll:
                    poll = when + POLL
                    self.look_meanwhile(page)

    def words_came(self, when: float) -> None:
        if self.asked:
            at, began = self.asked
            self.samples.append(Sample("words", at, when - began))
            self.asked = None

    def take_offer(self, page: Page) -> Page:
        """Another pair of one's own that is complete, else one from stock, unless somebody else was faster."""
        return self.browser.get(page.own) if page.own else self.send(page.forms["take"], live="taken")

    def listen(self, stream: Stream, until: float) -> tuple[str, float]:
        try:
            return stream.heard.get(timeout=max(0.0, until - time.perf_counter()))
        except queue.Empty:
            return "", time.perf_counter()

    def look_meanwhile(self, page: Page) -> None:
        """The page replaces its offer when there is another one."""
        fresh = self.browser.get(page.poll)
        if fresh.poll:
            page.poll, page.own, page.offers_stock = fresh.poll, fresh.own, fresh.offers_stock

    def think(self, mean: float) -> float:
        return self.pause(self.random.expovariate(1 / mean))

    def pause(self, seconds: float) -> float:
        self.over.wait(seconds)
        self.refuse_when_over()
        return seconds

    def refuse_when_over(self) -> None:
        if self.over.is_set():
            raise Over
