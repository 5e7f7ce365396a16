"""When a worker that is at something long looks whether anything short is asked."""

import pytest
from celery import Celery
from redis import ConnectionError

from models_runtime import asides, memory
from models_runtime.asides import OUTAGE_PAUSE, PAUSE, Asides


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(asides, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Somebody always asks for something."""
    found: list[str] = []
    monkeypatch.setattr(Asides, "_taken", lambda _self: found.append("look") or "request")
    return found


def test_what_takes_long_is_followed_by_a_pause_as_long(clock: list[float], looks: list[str]):
    def answer(_request: object) -> None:
        clock[0] += 60

    aside = Asides(Celery("nobody"), answer)
    for now, so_far in ((100, 1), (160, 1), (219, 1), (221, 2)):
        clock[0] = now
        aside.answer()
        assert len(looks) == so_far


def test_it_looks_about_once_a_second_and_not_at_all_without_room(
    clock: list[float], looks: list[str], monkeypatch: pytest.MonkeyPatch
):
    aside = Asides(Celery("nobody"), lambda _request: None)
    aside.answer()
    clock[0] += PAUSE / 2
    aside.answer()
    assert len(looks) == 1
    clock[0] += PAUSE
    monkeypatch.setattr(asides, "is_roomy", lambda: False)
    aside.answer()
    assert len(looks) == 1
    monkeypatch.setattr(asides, "is_roomy", memory.is_roomy)
    aside.answer()
    assert len(looks) == 2


def test_a_broker_that_is_away_is_asked_again_after_a_while(
    clock: list[float], looks: list[str], monkeypatch: pytest.MonkeyPatch
):
    def away(_self: Asides) -> object:
        looks.append("look")
        raise ConnectionError

    monkeypatch.setattr(Asides, "_taken", away)
    aside = Asides(Celery("nobody"), lambda _request: None)
    for now, so_far in ((100, 1), (100 + OUTAGE_PAUSE / 2, 1), (101 + OUTAGE_PAUSE, 2)):
        clock[0] = now
        aside.answer()
        assert len(looks) == so_far
