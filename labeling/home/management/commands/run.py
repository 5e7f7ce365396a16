"""`manage.py run`: all of Tandem on one machine, from an empty folder to a page that answers."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser, BooleanOptionalAction
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from threading import Event
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from labeling import processes
from labeling.cohorts.models import Person, SignInLink
from labeling.dialogues import streams
from labeling.embedded import StackError, last_words
from labeling.home import demo as demo_projects
from labeling.home.foreseen import foreseen, require_encryption, require_port, require_room, valid_port
from labeling.lock import lock, stop_leftovers
from labeling.stack import REPOSITORY, Stack, addresses, home

PATIENCE = 180.0  # seconds until everything must answer
REMINDER = 15.0  # seconds between two words on what is still missing
HOPELESS = 3  # a process that has failed so often will not come up by itself

PARTS = {
    "web": "pages",
    "database": "",
    "broker": "",
    "stream": "",
    "generation": "generation worker",
    "labeling": "labeling worker",
    "receipts": "receipts worker",
}


class Stopped(Exception):
    """Somebody asked for the end while things were still starting."""


class Command(BaseCommand):
    help = "Start all of Tandem on this machine; Ctrl-C stops it."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", default=os.environ.get("PORT") or "8000", help="default: PORT, or 8000")
        filled = "fill an empty database with the demo; default: only one that is embedded"
        parser.add_argument("--demo", action=BooleanOptionalAction, help=filled)

    def handle(self, **options: Any) -> None:
        port = valid_port(options["port"])
        shown = "127.0.0.1" if processes.host() in ("0.0.0.0", "::") else processes.host()  # noqa: S104
        self.url = f"http://{shown}:{port}"
        self.began = time.monotonic()
        self.stopping, self.hurry = Event(), Event()
        with foreseen(), lock(self.url) as held, ExitStack() as ends:
            listen_for_signals(self.stopping, self.hurry)
            stop_leftovers()  # one of them may hold the port
            require_encryption()
            require_port(port)
            require_room()
            ends.callback(self.say, "Stopped.")
            try:
                self.start(port, held, ends, demo=options["demo"])
                self.keep_running()
            except Stopped:
                pass
            finally:
                self.say("Stopping …")

    def start(self, port: int, held: int, ends: ExitStack, *, demo: bool | None) -> None:
        """Whatever can be done side by side is: the model is converted while the database is made."""
        self.say(f"Starting Tandem in {home()}")
        conversion = Conversion()
        ends.callback(conversion.stop)
        self.stack = Stack()
        ends.callback(self.stack.stop)
        with self.step("database and queue" if addresses().embedded else ""):
            self.stack.start()
        web_side = (processes.web(port), processes.labeling(), processes.datasets(), processes.receipts())
        everything = (*web_side, processes.generation(), processes.training())
        self.supervisor = processes.Supervisor(everything, say=self.say, hurry=self.hurry, inherit=(held,))
        ends.callback(self.supervisor.close)
        if addresses().own_queue:
            forget_workers()
        if not conversion.needed:
            self.supervisor.start("generation")
        self.migrate()
        for name in ("web", "labeling", "datasets", "receipts", "training"):
            self.supervisor.start(name)
        self.wait_until_ready(conversion, demo=demo)
        self.welcome()

    def migrate(self) -> None:
        migrations = MigrationExecutor(connection)
        if migrations.migration_plan(migrations.loader.graph.leaf_nodes()):
            with self.step("tables"):
                call_command("migrate", interactive=False, verbosity=0)

    def seed(self, *, demo: bool | None) -> None:
        """After the conversion, for the demo's model versions name the checkpoint by its hash."""
        wanted = addresses().own_database and not Person.objects.exists() if demo is None else demo
        if wanted:
            with self.step("demo projects"):
                demo_projects.seed()

    def wait_until_ready(self, conversion: "Conversion", *, demo: bool | None) -> None:
        missing, converting, deadline, reminder = dict(PARTS), True, math.inf, math.inf
        while missing:
            if converting and conversion.done:
                converting = False
                self.take_model(conversion, demo=demo)
                deadline, reminder = time.monotonic() + PATIENCE, time.monotonic() + REMINDER
            state = ask(self.url)
            for part in [part for part in missing if state.get(part) == "ok"]:
                self.report(missing.pop(part), time.monotonic() - self.began)
            self.supervisor.watch()
            self.give_up_on_the_hopeless()
            waiting = ", ".join(f"{part} ({state.get(part, 'not there yet')})" for part in missing)
            if waiting and time.monotonic() > deadline:
                raise StackError(f"Not everything has started: {waiting}. The logs are in {home() / 'logs'}.")
            if waiting and time.monotonic() > reminder:
                self.say(f"  waiting for {waiting}")
                reminder += REMINDER
            self.pause(0.1 if missing else 0)

    def take_model(self, conversion: "Conversion", *, demo: bool | None) -> None:
        if conversion.failed:
            raise StackError("The default model could not be converted; the lines above say why.")
        if conversion.needed:
            self.report("default model", time.monotonic() - self.began)
            self.supervisor.start("generation")
        self.seed(demo=demo)

    def give_up_on_the_hopeless(self) -> None:
        for name, child in self.supervisor.children.items():
            if child.failures >= HOPELESS:
                raise StackError(f"{name} does not start. {last_words(self.supervisor.log(name))}")

    def welcome(self) -> None:
        """The links go to standard output alone, never to a log: each one signs somebody in."""
        self.say(f"Tandem is ready at {self.url}")
        for person, link in sign_in_links(self.url):
            self.say(f"  sign in as {person:<24} {link}")
        if not Person.objects.exists():
            self.say("Nobody is here yet. In another terminal: .venv/bin/python manage.py createsuperuser")
        self.say("Ctrl-C stops it.")

    def keep_running(self) -> None:
        rounds = 0
        while True:
            self.pause(0.5)
            self.supervisor.watch()
            rounds += 1
            if rounds % 10 == 0 and self.stack.has_fallen():
                self.say("The embedded database or queue has ended; starting it again.")
                self.stack.start()

    def pause(self, seconds: float) -> None:
        if self.stopping.wait(seconds):
            raise Stopped

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.report(name, time.monotonic() - began)
        self.pause(0)

    def report(self, name: str, seconds: float) -> None:
        if name:
            self.say(f"  {name:<20}{seconds:6.1f} s")

    def say(self, line: str) -> None:
        """The terminal may be gone, which is no reason to stop in disorder."""
        with suppress(OSError):
            self.stdout.write(line)
            self.stdout.flush()


class Conversion:
    """Makes the default model from its package, once, in a process of its own: it needs torch."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        folder = home() / "models"
        if not (folder / processes.DEFAULT_MODEL / "checkpoint.json").exists():
            self.process = subprocess.Popen(
                [sys.executable, "-m", "models_runtime.checkpoints", "--folder", str(folder)],
                cwd=REPOSITORY,
                stdout=subprocess.DEVNULL,  # the path, which nobody asked for; its progress goes to stderr
                start_new_session=True,
            )

    @property
    def needed(self) -> bool:
        return self.process is not None

    @property
    def done(self) -> bool:
        return self.process is None or self.process.poll() is not None

    @property
    def failed(self) -> bool:
        return self.process is not None and bool(self.process.poll())

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            processes.signal_group(self.process.pid, signal.SIGKILL)
            self.process.wait()


def listen_for_signals(stopping: Event, hurry: Event) -> None:
    """The first asks for an orderly end, the second for a quick one."""

    def ask_to_stop(number: int, frame: object) -> None:
        (hurry if stopping.is_set() else stopping).set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup
            signal.signal(number, ask_to_stop)


def forget_workers() -> None:
    """Those of the run before may still be announced, for half a minute."""
    client = streams.client()
    consumers = [f"runtime:{name}" for name in ("labeling", "datasets", "receipts", "training")]
    client.delete(*consumers, *client.scan_iter("runtime:worker:*", count=1000))


def ask(url: str) -> dict[str, str]:
    """What /healthz says, and whether the pages are up; nothing while they are not."""
    name = settings.ALLOWED_HOSTS[0].strip(".*") or "localhost"
    link = HTTPConnection(url.removeprefix("http://"), timeout=5)
    try:
        link.request("GET", "/healthz", headers={"Host": name})
        return {"web": "ok", **json.load(link.getresponse())}
    except (OSError, HTTPException, ValueError):
        return {}
    finally:
        link.close()


def sign_in_links(url: str) -> Iterator[tuple[str, str]]:
    """One for each person of the demo who is still here; each works once."""
    for person in Person.objects.filter(email__in=(demo_projects.MANAGER, demo_projects.ANNOTATOR), is_active=True):
        yield person.email, f"{url}/sign-in/{SignInLink.objects.issue(person)}/"
