from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = "Take down the two-factor of somebody who lost their phone and their recovery codes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        taken, _ = Authenticator.objects.filter(user__email__iexact=email).delete()
        if not taken:
            raise CommandError(f"Whoever has the address {email}, if anybody, has no two-factor.")
        self.stdout.write(f"{email} signs in without a code now.")
