"""The whole loop before your eyes: simulated annotators judge two rounds, reward models learn from them.

    python -m tests.benchmarks.demo_loop

All of Tandem is started in a folder of its own, with the default model. In the end it says where the page is, and goes
on running until Ctrl-C. The folder goes with it, unless --keep FOLDER names one: `TANDEM_HOME=FOLDER make run` then
shows it again.
"""

import argparse
import shutil
import signal
import sys
import time
from threading import Event

from tests.benchmarks.installation import IS_KEPT, KEEP, tandem  # first: the rest belongs to what it sets up

# isort: split
from django.db import connection
from django.urls import reverse

from labeling.cohorts.models import Person, SignInLink
from labeling.home import demo
from labeling.projects.models import Axis, Project
from labeling.stack import home
from tests.benchmarks.whole_loop import SLUG, Loop, Size
from tests.processes import free_port


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--annotators", type=int, default=8)
    parser.add_argument("--pairs", type=int, default=64, help="that are judged in each round; a reward model needs 50")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--new-tokens", type=int, default=48, help="the longest a response may be")
    parser.add_argument("--lora-rank", type=int, default=8, help="of the model that is fine-tuned")
    parser.add_argument("--learning-rate", type=float, default=1e-3, help="of the model that is fine-tuned")
    parser.add_argument("--port", type=int, default=free_port(), help="where the pages are served; else a free one")
    parser.add_argument(KEEP, metavar="FOLDER", help="where all of it is kept; else it goes when this ends")
    args = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(143))
    try:
        with tandem(args.port, "--no-demo", tell=say):
            show(args)
            Event().wait()
    except KeyboardInterrupt:
        print(f"Stopping … {f'It is all in {home()}.' if IS_KEPT else ''}")
    finally:
        connection.close()
        if not IS_KEPT:
            shutil.rmtree(home(), ignore_errors=True)


def show(args: argparse.Namespace) -> None:
    url = f"http://127.0.0.1:{args.port}"
    if Project.objects.filter(slug=SLUG).exists():
        print(f"The loop was gone through here before; {KEEP} another folder for another one.")
    else:
        trained = {"lora_rank": args.lora_rank, "learning_rate": args.learning_rate}
        size = Size(args.annotators, args.pairs, args.new_tokens, trained, args.rounds)
        say(f"Everything runs at {url}; {args.annotators} simulated annotators begin")
        Loop(args.port, size, say).run(demo.person(demo.MANAGER, "Jonas Lind", staff=True))
    manager = Person.objects.get(email=demo.MANAGER)
    print(f"\nSign in as its manager, by a link that works once:\n  {url}/sign-in/{SignInLink.objects.issue(manager)}/")
    print("What each round brought, and how often reward models are right about what it holds out:")
    for axis in Axis:
        print(f"  {url}{reverse('run_rounds', args=[SLUG])}?axis={axis}")
    print("Ctrl-C stops it.", flush=True)


def say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line.strip()}", flush=True)


if __name__ == "__main__":
    main()
