"""What every test may use."""

from tests.people import alice, assignment, bob, manager, project, safety, turn

__all__ = ["alice", "assignment", "bob", "manager", "project", "safety", "turn"]
