"""How many judgements a second the application takes, and how long one takes: everything but the model.

    python -m tests.benchmarks.bench_loop

The embedded servers with durable commits and the web process, as `make run` starts them, and simulated annotators over
HTTP in a project that hands out prompts, with a stock that never runs dry. One cycle: submit a judgement, and receive
the next pair, ready to read. Every judgement that was acknowledged must be in the database, and each once.
"""

import argparse
import contextlib
import os
import re
import shutil
import statistics
import sys
import time
from threading import Event, Thread

import django
import psutil

from tests.benchmarks.browser import Browser, Unexpected
from tests.processes import free_port, healthz, wait_until  # it has also given this process a temporary TANDEM_HOME

for name in ("DATABASE_URL", "BROKER_URL", "STREAM_URL", "ARTIFACT_URL", "HOST", "ALLOWED_HOSTS", "HTTPS"):
    os.environ.pop(name, None)  # a real installation that the shell names is none of our business
os.environ["DJANGO_SETTINGS_MODULE"] = "labeling.settings"
django.setup()

from django.core.management import call_command  # noqa: E402 - settings first
from django.db import connection  # noqa: E402

from labeling import processes  # noqa: E402
from labeling.cohorts.models import Cohort, Person, SignInLink  # noqa: E402
from labeling.comparisons.models import Judgement  # noqa: E402
from labeling.home import demo  # noqa: E402
from labeling.projects.models import Axis, Project, Prompt, PromptSet, Round  # noqa: E402
from labeling.stack import REPOSITORY, Stack, home  # noqa: E402
from models_runtime.figures import quantile  # noqa: E402
from tests.benchmarks.ready_pairs import stock_up  # noqa: E402

WORK = "/projects/loop/work/"
PAIR = re.compile(r'id="judgement".*?hx-post="([^"]+)".*?name="key" value="([^"]+)"', re.DOTALL)


class Loop(Thread):
    """One annotator who needs no time to think."""

    def __init__(self, browser: Browser, text: str, over: Event) -> None:
        super().__init__()
        self.browser, self.text, self.over = browser, text, over
        self.cycles: list[float] = []
        self.keys: list[str] = []
        self.error = ""

    def run(self) -> None:
        try:
            while not self.over.is_set():
                self.cycle()
        except Exception as error:  # noqa: BLE001 - counted, and told at the end
            self.error = repr(error)

    def cycle(self) -> None:
        pair = PAIR.search(self.text)
        if pair is None:
            raise Unexpected("no pair to judge: " + re.sub(r"\s+", " ", re.sub("<[^>]*>", "", self.text))[:300])
        url, key = pair.groups()
        began = time.perf_counter()
        self.text = self.browser.send(url, {"key": key, "choice": "3", "active_ms": "9000", "elapsed_ms": "9000"})
        self.cycles.append(time.perf_counter() - began)
        self.keys.append(key)


def project(args: argparse.Namespace) -> Round:
    project = Project.objects.create(
        slug="loop", name="Loop", axes=[str(Axis.HELPFULNESS)], max_turns=1, allows_own_prompts=False
    )
    guideline = (demo.TEXTS / "helpfulness.md").read_text(encoding="utf-8")
    version = project.guidelines.create(axis=Axis.HELPFULNESS, number=1, text=guideline)
    cohort = Cohort.objects.create(name="Loop")
    project.enrolments.create(cohort=cohort, axis=Axis.HELPFULNESS)
    for number in range(args.annotators):
        person = Person.objects.create_user(f"annotator-{number}@example.org", name=f"Annotator {number}")
        cohort.memberships.create(person=person)
        version.acknowledgements.create(person=person)
    prompts = PromptSet.objects.create(name="Loop")
    Prompt.objects.create(prompt_set=prompts, text="Never asked")
    round_ = project.rounds.create(number=1, prompt_set=prompts)
    for version in demo.model_versions():
        round_.policy.create(model_version=version)
    round_.open()
    return round_


def sign_in(port: int, people: list[Person]) -> list[Browser]:
    """Everybody has a pair before them, of the prompt they were handed."""
    browsers = [Browser(port) for _ in people]
    for browser, person in zip(browsers, people, strict=True):
        path = f"/sign-in/{SignInLink.objects.issue(person)}/"
        browser.post(browser.visit(path).forms["sign in"], path)
        browser.post(browser.visit(WORK).forms["suggestion"])
    return browsers


def processor_time() -> dict[str, float]:
    """Seconds of processor time used so far by the pages, the database and the annotators."""
    used = {"web": 0.0, "database": 0.0, "annotators": time.process_time()}
    for process in psutil.process_iter(["name", "cwd", "cmdline"]):
        with contextlib.suppress(psutil.Error):
            of_web = "granian" in (process.info["cmdline"] or []) and process.info["cwd"] == str(REPOSITORY)
            of_database = process.info["name"] == "postgres" and str(process.info["cwd"]).startswith(str(home()))
            if of_web or of_database:
                times = process.cpu_times()
                used["web" if of_web else "database"] += times.user + times.system
    return used


def measure(loops: list[Loop], over: Event, seconds: float) -> dict[str, float]:
    began, used = time.perf_counter(), processor_time()
    for loop in loops:
        loop.start()
    over.wait(seconds)
    over.set()
    for loop in loops:
        loop.join()
    spent = time.perf_counter() - began
    spent_by = {name: seconds - used[name] for name, seconds in processor_time().items()}
    cycles = sorted(cycle for loop in loops for cycle in loop.cycles)
    p50, p95, p99 = (1000 * (quantile(cycles, part) or 0) for part in (0.5, 0.95, 0.99))
    each = {f"ms of {name}": 1000 * seconds / max(1, len(cycles)) for name, seconds in spent_by.items()}
    return {"cycles/s": len(cycles) / spent, "p50 ms": p50, "p95 ms": p95, "p99 ms": p99, **each}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--annotators", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=10, help="of each run")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--stock", type=int, default=20_000, help="pairs that are ready")
    args = parser.parse_args()
    stack = Stack()
    try:
        stack.start()
        run(args)
    finally:
        connection.close()
        stack.stop()
        shutil.rmtree(home(), ignore_errors=True)


def run(args: argparse.Namespace) -> None:
    call_command("migrate", verbosity=0)
    demo.seed()
    round_ = project(args)
    stock_up(round_, args.stock)
    port = free_port()
    supervisor = processes.Supervisor([processes.web(port)])
    try:
        supervisor.start("web")
        wait_until(lambda: "database" in healthz(port))
        browsers = sign_in(port, list(Person.objects.filter(memberships__cohort__name="Loop").order_by("pk")))
        errors = report(args, browsers)
    finally:
        supervisor.close()
    if errors:
        sys.exit("\n".join(errors))


def report(args: argparse.Namespace, browsers: list[Browser]) -> list[str]:
    errors = []
    for people in (1, args.annotators):
        figures = []
        for _ in range(args.runs):
            over = Event()
            loops = [Loop(browser, browser.text(WORK), over) for browser in browsers[:people]]
            figures.append(measure(loops, over, args.seconds))
            errors += [loop.error for loop in loops if loop.error]
            keys = [key for loop in loops for key in loop.keys]
            stored = Judgement.objects.filter(key__in=keys).count()
            if stored != len(keys):
                errors.append(f"{len(keys)} judgements were acknowledged, {stored} are stored")
        shown = {name: statistics.median(run[name] for run in figures) for name in figures[0]}
        print(people, "annotators:", ", ".join(f"{value:.1f} {name}" for name, value in shown.items()), flush=True)
    return errors


if __name__ == "__main__":
    main()
