"""How long an annotator waits in a real browser, from the key press on Submit until the next pair can be read.

    python -m tests.benchmarks.bench_page

The embedded servers with durable commits and the web process, as `make run` starts them, and one Chromium on the same
machine, in a project that hands out prompts, with a stock that never runs dry. The clock starts at the key press as the
browser stamps it and stops at the frame after the one in which the next pair stands in the page.
"""

import argparse
import shutil

from playwright.sync_api import Page, sync_playwright

from tests.benchmarks import bench_loop as loop  # first: it sets up the installation that the rest belongs to
from tests.find_chromium import installed

# isort: split
from django.core.management import call_command
from django.db import connection

from labeling import processes
from labeling.cohorts.models import Person, SignInLink
from labeling.comparisons.models import Judgement
from labeling.home import demo
from labeling.stack import Stack, home
from models_runtime.figures import quantile
from tests.benchmarks.ready_pairs import stock_up
from tests.processes import free_port, healthz, wait_until

WARM = 10  # cycles that count for nothing: fonts, caches, prepared statements
WATCH = """() => {
    window.times = [];
    let began = null;
    addEventListener("keydown", (event) => event.key === "Enter" && (began = event.timeStamp), true);
    document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
        if (began === null || ctx.target?.id !== "step") return;
        const from = began;
        began = null;
        requestAnimationFrame(() => requestAnimationFrame((now) => {
            if (document.querySelector("#step[data-ready=true] .side .text")) times.push(performance.now() - from);
        }));
    });
}"""

THERE = """(before) => new Promise((done) => {
    const look = () => (times.length > before ? done() : setTimeout(look, 5));
    look();
})"""


def cycle(page: Page) -> None:
    """Chooses and submits by keyboard, and returns when the next pair is there."""
    before = page.evaluate("times.length")
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    page.evaluate(THERE, before)


def measure(url: str, person: Person, cycles: int) -> list[float]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed(), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(base_url=url, viewport={"width": 1280, "height": 900})
        page.goto(f"/sign-in/{SignInLink.objects.issue(person)}/")
        page.get_by_role("button", name="Sign in as").click()
        page.goto(loop.WORK)
        page.get_by_role("button", name="Send this prompt").click()
        page.locator("#step[data-ready=true]").wait_for()
        page.evaluate(WATCH)
        for _ in range(WARM + cycles):
            cycle(page)
        times = page.evaluate("times")
        browser.close()
    return sorted(times[WARM:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cycles", type=int, default=200)
    args = parser.parse_args()
    stack = Stack()
    try:
        stack.start()
        run(args.cycles)
    finally:
        connection.close()
        stack.stop()
        shutil.rmtree(home(), ignore_errors=True)


def run(cycles: int) -> None:
    call_command("migrate", verbosity=0)
    demo.seed()
    stock_up(loop.project(argparse.Namespace(annotators=1)), cycles + 100)
    port = free_port()
    supervisor = processes.Supervisor([processes.web(port)])
    try:
        supervisor.start("web")
        wait_until(lambda: "database" in healthz(port))
        times = measure(f"http://127.0.0.1:{port}", Person.objects.get(memberships__cohort__name="Loop"), cycles)
    finally:
        supervisor.close()
    shown = ", ".join(f"{quantile(times, part):.0f} ms p{part * 100:.0f}" for part in (0.5, 0.95, 0.99))
    print(f"{len(times)} cycles: {shown}; {Judgement.objects.count()} judgements stored", flush=True)


if __name__ == "__main__":
    main()
