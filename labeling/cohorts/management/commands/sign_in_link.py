import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from labeling.cohorts.models import Person, SignInLink
from labeling.lock import running_at


class Command(BaseCommand):
    help = "Print a link that signs this person in once, within a day."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        try:
            person = Person.objects.get(email__iexact=email, is_active=True)
        except Person.DoesNotExist as error:
            raise CommandError(
                f"Nobody who may sign in has the address {email}. Managers add annotators in the browser; "
                "`manage.py createsuperuser` makes somebody who may do everything."
            ) from error
        base = os.environ.get("BASE_URL") or running_at() or "http://127.0.0.1:8000"
        self.stdout.write(base + reverse("sign_in_link", args=[SignInLink.objects.issue(person)]))
