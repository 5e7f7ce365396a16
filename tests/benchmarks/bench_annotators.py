"""Simulated annotators at work in a whole installation, with the real model, on this machine.

    python -m tests.benchmarks.bench_annotators

`manage.py run` in a temporary TANDEM_HOME, a project with prompts and a stock, people who sign in by link; then each of
them works: takes prompts that are handed out, sometimes writes one, judges, and takes time for all of it. How much time
follows from how fast the worker fills the stock, so that the demand stays under that: see `pace`. Fails on any error.
"""

import argparse
import os
import random
import shutil
import signal
import sys
import time
from threading import Event
from typing import Any
from uuid import UUID

from tests.benchmarks.installation import tandem  # first: the rest belongs to what it sets up

# isort: split
from django.db.models import Q, QuerySet

from labeling.cohorts.models import Cohort, Person, SignInLink
from labeling.comparisons.models import Comparison
from labeling.dialogues.models import UNFINISHED, Completion, State
from labeling.home import demo
from labeling.projects.models import Axis, Project, Prompt, PromptSet, Round
from labeling.stack import home
from models_runtime.checkpoints import DEFAULT_MODEL, install_default
from models_runtime.engine import GenerationRequest, Message, ModelSpec, Sampling
from tests.benchmarks.annotator import Annotator, Habits
from tests.benchmarks.bench_generation import load, static
from tests.benchmarks.outcome import judgements, moment, report, written
from tests.benchmarks.prompts import PROMPTS
from tests.processes import free_port, wait_until

AT_ONCE = 16  # requests that the worker takes at the same time, and the size of the static batch beside it
SHORTEST = 5.0  # mean seconds; nobody reads and compares two responses faster, however fast the machine is
FILLING, ENDING = 600.0, 180.0  # seconds that each may take


def ceiling(args: argparse.Namespace, model: Any, tokenizer: Any) -> float:
    """Tokens per second of `model.generate` on batches of such prompts; the best turn, since what disturbs one only
    slows it."""
    seconds = []
    for turn in range(args.static_turns):
        sampling = Sampling(temperature=0.8, top_p=0.95, max_new_tokens=args.new_tokens, seed=0)
        batch = [
            GenerationRequest(
                completion=str(UUID(int=number)),
                attempt=1,
                spec=ModelSpec("transformers", DEFAULT_MODEL, "", demo.CONTESTANTS[number % 2][1], ""),
                messages=(Message("user", text),),
                sampling=sampling,
            )
            for number, text in enumerate(random.Random(turn).sample(PROMPTS, AT_ONCE))
        ]
        seconds.append(static(model, tokenizer, batch))
    return AT_ONCE * args.new_tokens / min(seconds)


def pace(args: argparse.Namespace, speed: float, length: float) -> float:
    """Mean seconds for a pair, so that people / seconds × 2 responses × length = load × speed."""
    return float(max(args.before_sending + SHORTEST, args.annotators * 2 * length / (args.load * speed)))


def open_round(args: argparse.Namespace) -> Round:
    """A project on one axis. The demo's projects are stopped, else the worker would fill their stock as well."""
    for project in Project.objects.all():
        project.stop()
    project = Project.objects.create(
        slug="benchmark",
        name="Benchmark",
        axes=[str(Axis.HELPFULNESS)],
        stock_low=args.annotators,
        stock_high=args.annotators * 3 // 2,
    )
    guideline = (demo.TEXTS / "helpfulness.md").read_text(encoding="utf-8")
    project.guidelines.create(axis=Axis.HELPFULNESS, number=1, text=guideline)
    project.enrolments.create(cohort=Cohort.objects.create(name="Benchmark"), axis=Axis.HELPFULNESS)
    prompts = PromptSet.objects.create(name="Benchmark")
    Prompt.objects.bulk_create(Prompt(prompt_set=prompts, text=text) for text in PROMPTS)
    round_ = project.rounds.create(number=1, prompt_set=prompts, max_new_tokens=args.new_tokens)
    for version in demo.model_versions():
        round_.policy.create(model_version=version)
    round_.open()
    return round_


def hire(args: argparse.Namespace, round_: Round) -> list[tuple[str, str]]:
    """For each person a link to sign in by, and the way to their work. Before the stock is filled: it is for them."""
    cohort = Cohort.objects.get(enrolments__project=round_.project)
    links = []
    for number in range(args.annotators):
        person = Person.objects.create_user(f"annotator-{number}@example.org", name=f"Annotator {number}")
        cohort.memberships.create(person=person)
        links.append((f"/sign-in/{SignInLink.objects.issue(person)}/", f"/projects/{round_.project.slug}/work/"))
    return links


def work(annotators: list[Annotator], round_: Round, over: Event, seconds: float) -> tuple[float, float]:
    """When it began and ended. Then what was being written is waited for, so that no slow pair is left out."""
    began = time.time()
    try:
        for annotator in annotators:
            annotator.start()
        over.wait(seconds)
    finally:
        ended = time.time()
        over.set()
    for annotator in annotators:
        annotator.join()
    wait_until(lambda: not left_over(round_, ended).exists(), ENDING)
    return began, ended


def left_over(round_: Round, ended: float) -> QuerySet[Completion]:
    begun = Q(started_at__lt=moment(ended)) | Q(turn__dialogue__author__isnull=False)
    return Completion.objects.filter(begun, turn__dialogue__round=round_, state__in=UNFINISHED)


def say(line: str) -> None:
    """Not part of the result."""
    print(f"{time.strftime('%H:%M:%S')} {line} …", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--annotators", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=150, help="that count, after the first ones")
    parser.add_argument("--warm-up", type=float, default=20, help="first seconds of work, which do not count")
    parser.add_argument("--own", type=float, default=0.2, help="share of prompts that annotators write themselves")
    parser.add_argument("--load", type=float, default=0.6, help="demand, as a share of the speed of filling the stock")
    parser.add_argument("--before-sending", type=float, default=5.0, help="mean seconds to read or write a prompt")
    parser.add_argument("--new-tokens", type=int, default=64, help="the longest a response may be")
    parser.add_argument("--static-turns", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        run(args)
    finally:
        shutil.rmtree(home(), ignore_errors=True)


def run(args: argparse.Namespace) -> None:
    said = " ".join(f"--{name.replace('_', '-')} {value:g}" for name, value in vars(args).items())
    print(f"{said}; load average {os.getloadavg()[0]:.1f} before", flush=True)
    say("converting the model, measuring the static ceiling")
    model, tokenizer = load(install_default(home() / "models"))
    before = ceiling(args, model, tokenizer)
    say("starting Tandem")
    port = free_port()
    with tandem(port):
        errors = employ(args, port)
    say("measuring the static ceiling again")
    print(f"static generate of {AT_ONCE}, tokens/s: {before:.0f} before, {ceiling(args, model, tokenizer):.0f} after")
    if errors:
        sys.exit("\n".join(errors))


def habits(args: argparse.Namespace, round_: Round) -> Habits:
    """Waits for a full stock, which shows what the machine can generate; the demand is put under that."""
    say("filling the stock")
    began = time.time()
    ready = Comparison.objects.filter(round=round_, ready_at__isnull=False)
    wait_until(lambda: ready.count() >= round_.project.stock_high, FILLING)
    speed, busy, _, length = written(round_, began, time.time())
    cycle = pace(args, speed / busy, length)
    demand = args.annotators / cycle * 2 * length
    print(f"stock of {round_.project.stock_high} pairs filled at {speed / busy:.0f} tokens/s; demand: ", end="")
    print(
        f"{args.annotators} people / {cycle:.1f} s a pair × 2 × {length:.0f} tokens = {demand:.0f} tokens/s", flush=True
    )
    return Habits(args.own, args.before_sending, cycle - args.before_sending, PROMPTS)


def employ(args: argparse.Namespace, port: int) -> list[str]:
    """The work, and what came of it; what went wrong."""
    round_, over = open_round(args), Event()
    people = hire(args, round_)
    same = habits(args, round_)
    seeds = range(args.seed * 1000, (args.seed + 1) * 1000)
    annotators = [Annotator(seed, port, links, same, over) for seed, links in zip(seeds, people, strict=False)]
    say("working")
    began, ended = work(annotators, round_, over, args.warm_up + args.seconds)
    began += args.warm_up
    report([sample for annotator in annotators for sample in annotator.samples], round_, began, ended)
    speed, busy, at_once, length = written(round_, began, ended)
    print(
        f"worker, tokens/s: {speed:.0f}; {speed / busy:.0f} while it wrote, which was {100 * busy:.0f} % of the time,"
    )
    print(f"  {at_once:.1f} responses at once of {length:.0f} tokens on average")
    failed = Completion.objects.filter(turn__dialogue__round=round_, state=State.FAILED)
    errors = [annotator.error for annotator in annotators if annotator.error]
    errors += [f"response {completion.pk}: {completion.error}" for completion in failed]
    print(f"judgements: {judgements(began, ended)}; errors: {len(errors)}")
    return errors


if __name__ == "__main__":
    main()
