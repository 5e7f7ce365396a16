"""What reward models are trained on, in a store of the test's own."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from labeling.celery import app
from labeling.cohorts.models import Person
from labeling.datasets import making
from labeling.datasets.models import Snapshot
from labeling.projects.models import Axis, ModelVersion, Project
from tests.datasets.drawing import wanted
from tests.datasets.test_gathering import begin
from tests.people import join, make_project


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    options = {"location": str(tmp_path / "artifacts"), "allow_overwrite": True}
    backend = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "artifacts": backend}
    return tmp_path / "artifacts"


@pytest.fixture
def sent(monkeypatch, own_stream) -> list[tuple[str, Any, str]]:
    """What the queues of workers would get: name, request, queue."""
    found: list[tuple[str, Any, str]] = []
    monkeypatch.setattr(app, "send_task", lambda name, kwargs, queue: found.append((name, kwargs["request"], queue)))
    return found


@contextmanager
def made_once(blocker: Any) -> Iterator[None]:
    """What is made here is there for all tests of a file, each of which leaves it as it was."""
    with blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def of_all_tests(django_db_setup: None, django_db_blocker: Any) -> Iterator[Project]:
    with made_once(django_db_blocker):
        yield closed(join("first", "alice@example.org"), pairs=24)


@pytest.fixture
def project(of_all_tests, db) -> Project:
    return Project.objects.get(pk=of_all_tests.pk)


def closed(alice: Person, pairs: int) -> Project:
    """So many pairs were judged on both axes, and the round is over."""
    project = make_project("help", (Axis.HELPFULNESS, Axis.SAFETY), gates=[])
    for number in range(pairs):
        begin(alice, project, f"{random.Random(number).random()} is what?")
    round_ = project.rounds.get()
    round_.review()
    round_.close()
    return project


def snapshot_of(project: Project, **fields) -> Snapshot:
    snapshot = Snapshot.objects.ask(project, wanted(project, **fields).kept())
    assert making.make(snapshot)
    return Snapshot.objects.get(pk=snapshot.pk)


@pytest.fixture
def snapshot(project) -> Snapshot:
    return snapshot_of(project)


@pytest.fixture
def base(project) -> ModelVersion:
    return ModelVersion.objects.create(name="base", source="model", sha256="5" * 64, checked_at=timezone.now())
