"""The command that sends a snapshot's files to a hub."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.datasets.hub import TOKEN
from tests.datasets.test_pushing import NAME, hub, project, ready, store

__all__ = ["hub", "project", "store"]


def test_the_command_sends_the_newest_with_the_token_of_the_environment(hub, project, monkeypatch):
    ready(project)
    ready(project, margins=None)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    out = StringIO()
    call_command("push_snapshot", project="help", to=NAME, public=True, stdout=out)
    assert "Sending snapshot 2" in out.getvalue() and "It is there" in out.getvalue()
    assert not hub.private[NAME] and TOKEN not in out.getvalue()
    hub.refuses = 401
    with pytest.raises(CommandError, match="does not know this token"):
        call_command("push_snapshot", project="help", number=1, to="annas/other")
    with pytest.raises(CommandError, match="There is no project nope"):
        call_command("push_snapshot", project="nope", to=NAME)
    with pytest.raises(CommandError, match="as OWNER/NAME"):
        call_command("push_snapshot", project="help", to="annas")
    with pytest.raises(CommandError, match="Those that are: 1, 2"):
        call_command("push_snapshot", project="help", number=9, to=NAME)
