import os
import re
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labeling.datasets import pushing
from labeling.datasets.management.naming import project_of
from labeling.datasets.models import NotNow, Push, Snapshot


class Command(BaseCommand):
    help = "Send the files of a snapshot to a hub of data sets. The token comes from HF_TOKEN, or is asked for."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument("--number", type=int, help="of the snapshot; else the newest that is ready")
        parser.add_argument("--to", required=True, metavar="OWNER/NAME", help="made there if need be, for you alone")
        parser.add_argument("--public", action="store_true", help="make it for everybody")

    def handle(self, *args: Any, project: str, number: int | None, to: str, public: bool, **options: Any) -> None:
        if not re.fullmatch(pushing.NAME, to):
            raise CommandError("Write the name as OWNER/NAME.")
        ready = project_of(project).snapshots.filter(state=Snapshot.State.READY)
        snapshot = (ready.filter(number=number) if number else ready.order_by("-number")).first()
        if snapshot is None:
            known = ", ".join(map(str, ready.order_by("number").values_list("number", flat=True))) or "none yet"
            raise CommandError(
                f"There is no such snapshot of {project} whose files are there. Those that are: {known}."
            )
        token = os.environ.get("HF_TOKEN", "").strip() or getpass("Your token for the hub: ").strip()
        try:
            push = Push.objects.begin(snapshot, to, private=not public)
        except NotNow as error:
            raise CommandError("It is being sent already.") from error
        self.stdout.write(f"Sending snapshot {snapshot.number} to {to} …")
        try:
            pushing.send(push, token)
        except KeyboardInterrupt:
            raise CommandError("Nothing of it is in a data set there.") from None
        if push.state != Push.State.DONE:
            raise CommandError(push.error or "It was cancelled: nothing of it is in a data set there.")
        self.stdout.write(self.style.SUCCESS(f"It is there: {push.address}"))
