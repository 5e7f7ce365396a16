"""A manager's browser, without a browser."""

import pytest
from django.test import Client

from labeling.cohorts.models import Person
from labeling.projects.models import Project
from tests.people import manage


@pytest.fixture
def maria(db) -> Person:
    """A manager who is not staff."""
    return Person.objects.create_user("maria@example.org", name="Maria Costa")


@pytest.fixture
def client(maria) -> Client:
    client = Client()
    client.force_login(maria)
    return client


@pytest.fixture
def managed(project: Project, maria: Person) -> Project:
    """Alice's project with an open round, managed by Maria."""
    manage(project, maria)
    return project


@pytest.fixture
def draft(maria: Person) -> Project:
    """A project as it is made: no guideline, nobody enrolled, no round."""
    return Project.objects.start(maria, "Poems", axes=["helpfulness", "safety"])


@pytest.fixture
def managing(client, managed) -> Client:
    """Maria's browser, for tests that look at Alice's project."""
    return client
