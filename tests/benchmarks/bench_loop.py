"""How many judgements a second the application takes, and how long one takes: everything but the model.

    python -m tests.benchmarks.bench_loop

The embedded servers with durable commits and the web processes, as `make run` starts them, and simulated annotators
over HTTP in a project that hands out prompts, with a stock that never runs dry; beside them open streams of pairs that
nobody writes. One cycle: submit a judgement, and receive the next pair, ready to read. Every judgement that was
acknowledged must be in the database, and each once. Beside each run, for a measure of the machine, another one of
requests that keep a draft: one row, of a person who has signed in. With --history, the same again with so many judged
pairs in the tables.
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

from tests.benchmarks.browser import Browser, Stream, Unexpected
from tests.processes import free_port, healthz, wait_until  # it has also given this process a temporary TANDEM_HOME

for name in ("DATABASE_URL", "BROKER_URL", "STREAM_URL", "ARTIFACT_URL", "HOST", "ALLOWED_HOSTS", "HTTPS"):
    os.environ.pop(name, None)  # a real installation that the shell names is none of our business
os.environ["DJANGO_SETTINGS_MODULE"] = "labeling.settings"
django.setup()

from django.core.management import call_command  # noqa: E402 - settings first
from django.db import connection  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from labeling import processes  # noqa: E402
from labeling.cohorts.models import Cohort, Person, SignInLink  # noqa: E402
from labeling.comparisons.models import Comparison, Judgement  # noqa: E402
from labeling.dialogues.models import Dialogue  # noqa: E402
from labeling.home import demo  # noqa: E402
from labeling.projects.models import Axis, Project, Prompt, PromptSet, Round  # noqa: E402
from labeling.stack import REPOSITORY, Stack, home  # noqa: E402
from models_runtime.figures import quantile  # noqa: E402
from tests.benchmarks import history  # noqa: E402
from tests.benchmarks.ready_pairs import stock_up  # noqa: E402
from tests.benchmarks.shares import told  # noqa: E402

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
        url, fields = said(self.text)
        began = time.perf_counter()
        self.text = self.browser.send(url, fields)
        self.cycles.append(time.perf_counter() - began)
        self.keys.append(fields["key"])


class Keep(Loop):
    """Somebody whose page keeps what they enter: about the least that a request of a person can write."""

    def cycle(self) -> None:
        began = time.perf_counter()
        self.browser.send(reverse("draft"), {"form": "loop", "entered": "[]"})
        self.cycles.append(time.perf_counter() - began)


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


def watched(number: int) -> list[str]:
    """Addresses of the streams of so many pairs that are being written, all of one person's in a project of its own."""
    person = Person.objects.create_user("watcher@example.org", name="Watcher")
    project = Project.objects.create(slug="watched", name="Watched", axes=[str(Axis.HELPFULNESS)])
    round_ = project.rounds.create(number=1, state="open", opened_at=timezone.now())
    version = demo.model_versions()[0]
    draw = {"model_version": version, "temperature": 0.8, "top_p": 0.95, "draw_probability": 1, "max_new_tokens": 64}
    urls = []
    for _ in range(number):
        turn = Dialogue.objects.create(project=project, round=round_, author=person).turns.create(number=1, text="?")
        pair = [turn.completions.create(draw=place, seed=place, **draw) for place in (0, 1)]
        Comparison.objects.create(
            project=project, round=round_, turn=turn, context=turn.messages(), first=pair[0], second=pair[1]
        )
        urls.append(reverse("turn_stream", args=[turn.pk]))
    return urls


def sign_in(port: int, people: list[Person]) -> list[Browser]:
    browsers = [Browser(port) for _ in people]
    for browser, person in zip(browsers, people, strict=True):
        path = f"/sign-in/{SignInLink.objects.issue(person)}/"
        browser.post(browser.visit(path).forms["enter"], path)
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
    parser.add_argument("--stock", type=int, default=40_000, help="pairs that are ready")
    parser.add_argument("--streams", type=int, default=64, help="open streams of pairs that are being written")
    parser.add_argument("--history", type=int, default=0, help="judged pairs of which to have as many in a second part")
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
    urls = watched(args.streams)
    supervisor = processes.Supervisor([processes.web(port)])
    try:
        supervisor.start("web")
        wait_until(lambda: "database" in healthz(port))
        people = list(Person.objects.filter(memberships__cohort__name="Loop").order_by("pk"))
        browsers = sign_in(port, people)
        for browser in browsers:  # everybody has a pair before them, of the prompt they were handed
            browser.post(browser.visit(WORK).forms["suggestion"])
        [watcher] = sign_in(port, [Person.objects.get(email="watcher@example.org")]) if urls else [None]
        streams = [Stream(watcher, url) for url in urls if watcher]
        errors = compared(args, browsers) if args.history else report(args, browsers)
        errors += [f"a stream ended: {stream.heard.get()[0]}" for stream in streams if not stream.heard.empty()]
    finally:
        supervisor.close()
    print(told(people[0], WORK, said))
    if errors:
        sys.exit("\n".join(errors))


def said(page: str) -> tuple[str, dict[str, str]]:
    """Where the judgement of a page goes, and what it says."""
    pair = PAIR.search(page)
    if pair is None:
        raise Unexpected("no pair to judge: " + re.sub(r"\s+", " ", re.sub("<[^>]*>", "", page))[:300])
    return pair[1], {"key": pair[2], "choice": "3", "active_ms": "9000", "elapsed_ms": "9000"}


def report(args: argparse.Namespace, browsers: list[Browser]) -> list[str]:
    """Medians of several runs, for one annotator and for all; and what a cycle is in drafts kept."""
    errors: list[str] = []
    for people in (1, args.annotators):
        runs, kept = [], []
        for _ in range(args.runs):
            runs.append(measured(browsers[:people], args.seconds, errors))
            kept.append(drafts_kept(browsers[:people], args.seconds / 2, errors))
        speeds = [show(f"{people} annotators", runs), show("  keeping drafts", kept)]
        print(f"  a judgement takes as long as keeping {speeds[1] / speeds[0]:.1f} drafts", flush=True)
    return errors


def drafts_kept(browsers: list[Browser], seconds: float, errors: list[str]) -> dict[str, float]:
    over = Event()
    loops: list[Loop] = [Keep(browser, "", over) for browser in browsers]
    figures = measure(loops, over, seconds)
    errors += [loop.error for loop in loops if loop.error]
    return figures


def compared(args: argparse.Namespace, browsers: list[Browser]) -> list[str]:
    """All annotators with a thousand judged pairs in the tables, and with as many as was asked for."""
    errors: list[str] = []
    measured(browsers[:1], 1, errors)  # the first pairs are judged; they are what the others are copied from
    history.fill(1, 1000)
    few = [measured(browsers, args.seconds, errors) for _ in range(args.runs)]
    before = show("with 1,000 judged pairs", few)
    began = time.perf_counter()
    history.fill(1001, args.history)
    print(f"{args.history:,} judged pairs in the tables, after {time.perf_counter() - began:.0f} s", flush=True)
    many = [measured(browsers, args.seconds, errors) for _ in range(args.runs)]
    after = show(f"with {args.history:,}", many)
    print(f"cycles/s with {args.history:,} are {after / before:.2f} of those with 1,000")
    return errors


def measured(browsers: list[Browser], seconds: float, errors: list[str]) -> dict[str, float]:
    over = Event()
    loops = [Loop(browser, browser.text(WORK), over) for browser in browsers]
    figures = measure(loops, over, seconds)
    errors += [loop.error for loop in loops if loop.error]
    keys = [key for loop in loops for key in loop.keys]
    stored = Judgement.objects.filter(key__in=keys).count()
    if stored != len(keys) or len(set(keys)) != stored:
        errors.append(f"{len(keys)} judgements were acknowledged, {stored} are stored")
    return figures


def show(what: str, runs: list[dict[str, float]]) -> float:
    """The medians; how many a second."""
    shown = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    print(f"{what}: " + ", ".join(f"{value:.1f} {name}" for name, value in shown.items()), flush=True)
    return shown["cycles/s"]


if __name__ == "__main__":
    main()
