"""Who is told which secret: each process gets the installation's environment less what is none of its business."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from labeling import processes
from labeling.processes import Process, Supervisor
from tests.processes import wait_until

OURS = ["DATABASE_URL", "EMAIL_URL", "METRICS_TOKEN", "OIDC_CLIENT_SECRET", "SECRET_KEY"]
SECRETS = ["HF_TOKEN", "OPENAI_API_KEY", *OURS]
TELL = """
import json, os, pathlib, sys
pathlib.Path(sys.argv[2]).write_text(json.dumps([name for name in json.loads(sys.argv[1]) if name in os.environ]))
"""


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The secrets that a process finds in its environment, started as an installation starts it."""
    for name in SECRETS:
        monkeypatch.setenv(name, "hush")
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:hush@127.0.0.1/tandem")
    monkeypatch.setattr(processes, "home", lambda: tmp_path)

    def told(process: Process) -> list[str]:
        said = tmp_path / process.name
        argv = (sys.executable, "-c", TELL, json.dumps(SECRETS), str(said))
        supervisor = Supervisor([replace(process, argv=argv)])
        try:
            supervisor.start(process.name)
            return json.loads(wait_until(lambda: said.exists() and said.read_text()))
        finally:
            supervisor.close()

    return told


def test_only_the_model_side_gets_the_keys_to_other_peoples_models(told):
    assert told(processes.generation()) == ["HF_TOKEN", "OPENAI_API_KEY"]
    for process in (processes.web(8000), processes.labeling(), processes.datasets(), processes.receipts()):
        assert told(process) == OURS


@pytest.mark.parametrize(("listed", "offline"), [(None, "1"), ("", "1"), (" ", "1"), ("org/model", None)])
def test_the_model_side_is_kept_offline_unless_it_may_fetch_something(
    monkeypatch: pytest.MonkeyPatch, listed: str | None, offline: str | None
):
    monkeypatch.delenv("HUB_MODELS", raising=False)
    if listed is not None:
        monkeypatch.setenv("HUB_MODELS", listed)
    assert processes.generation().env.get("HF_HUB_OFFLINE") == offline
