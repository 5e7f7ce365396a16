"""What every test may use."""

from tests.own_stream import own_stream
from tests.people import alice, assignment, bob, manager, project, safety, turn

__all__ = ["alice", "assignment", "bob", "manager", "own_stream", "project", "safety", "turn"]
