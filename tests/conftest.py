"""What every test may use."""

from collections.abc import Iterator

import hypothesis
import pytest
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from tests.default_model import interrupted_conversion, models
from tests.emptying import django_db_setup
from tests.migrated import django_db_modify_db_settings, tables
from tests.once import of_this_run
from tests.own_stream import own_stream
from tests.people import alice, assignment, bob, manager, project, safety, turn

__all__ = [
    "alice",
    "assignment",
    "bob",
    "django_db_modify_db_settings",
    "django_db_setup",
    "interrupted_conversion",
    "manager",
    "models",
    "of_this_run",
    "own_stream",
    "project",
    "safety",
    "tables",
    "turn",
]


# What is tried is the same in every run: a test that fails here fails for everybody.
hypothesis.settings.register_profile("alike", derandomize=True, database=None, deadline=None)
hypothesis.settings.load_profile("alike")


@pytest.fixture(autouse=True, scope="session")
def quick_clients() -> Iterator[None]:
    """Else each test client would list all static files first, and each sign-in count to a million.

    What browsers see comes from processes of its own, which do.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "WHITENOISE_AUTOREFRESH", True)
        patch.setattr(PBKDF2PasswordHasher, "iterations", 1)
        yield
