import pytest

from labeling.comparisons import pairs


@pytest.fixture
def client(client, alice):
    """Alice's browser."""
    client.force_login(alice)
    return client


@pytest.fixture
def stand(monkeypatch):
    """Decide which completion stands on the left of what is asked next."""

    def decide(swapped: bool) -> None:
        monkeypatch.setattr(pairs._random, "random", lambda: 0.0 if swapped else 0.9)

    return decide
