"""The access list that docs/valkey/users.acl gives a GPU machine: enough to serve requests, and nothing besides."""

import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import pytest
import redis
from celery import Celery
from reward_harness import Asking, to_ask
from runtime_harness import REPOSITORY, Valkey, Web, get_binary_path, message, running_worker, told, until

from models_runtime.asides import ASKED, Asides
from models_runtime.encode_requests import EncodeRequests
from models_runtime.presence import WORKERS
from models_runtime.queues import LIVE, queue_name
from tests.processes import free_port

USERS = REPOSITORY / "docs" / "valkey" / "users.acl"
PASSWORDS = {"web": "web-secret", "gpu": "gpu-secret", "root": "root-secret"}


@dataclass
class Guarded(Valkey):
    """A server that knows the documented users; its addresses are those of the web side."""

    port: int = field(default_factory=free_port)

    def address(self, user: str, db: int) -> str:
        return f"redis://{user}:{PASSWORDS[user]}@127.0.0.1:{self.port}/{db}"

    @property
    def broker(self) -> str:
        return self.address("web", 0)

    @property
    def stream(self) -> str:
        return self.address("web", 1)

    def client(self, db: int = 1, user: str = "web") -> redis.Redis:
        return redis.Redis.from_url(self.address(user, db), decode_responses=True)

    def start(self) -> None:
        text = USERS.read_text().replace("WEB-PASSWORD", PASSWORDS["web"]).replace("GPU-PASSWORD", PASSWORDS["gpu"])
        (self.folder / "users.acl").write_text(f"{text}user root on >{PASSWORDS['root']} ~* &* +@all\n")
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder), "--save", ""]
        command = [get_binary_path(), *options, "--aclfile", str(self.folder / "users.acl")]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        until(self.answers)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    server = Guarded(tmp_path_factory.mktemp("valkey"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def refusals(guarded: Guarded) -> Iterator[Callable[[], list[object]]]:
    """Tells what the server has refused anybody since the test began."""
    with closing(guarded.client(user="root")) as root:
        root.acl_log_reset()
        yield root.acl_log


def as_gpu(guarded: Guarded, **more: str) -> dict[str, str]:
    return {"BROKER_URL": guarded.address("gpu", 0), "STREAM_URL": guarded.address("gpu", 1), **more}


def test_a_worker_that_trains_takes_what_is_asked_meanwhile_with_it(guarded: Guarded, refusals):
    web, asked = Asking(guarded), to_ask({"safety": "0" * 64}, ["Yes.", "No."])
    web.ask(asked, "give_opinion", ASKED)
    worker = Celery("training", broker=guarded.address("gpu", 0), fixups=[], set_as_current=False)
    taken: list[object] = []
    aside = Asides(worker, taken.append)
    aside.answer()
    assert taken == [asked] and not refusals()
    aside._next_look = 0.0
    aside.answer()
    assert len(taken) == 1
    worker.close()


def test_a_worker_serves_streams_and_reports_with_it(guarded: Guarded, refusals, tmp_path: Path):
    web, body = Web(guarded), message("scripted:slow", max_new_tokens=12)
    with running_worker(guarded, tmp_path / "log", **as_gpu(guarded)), closing(guarded.client()) as stream:
        stream.set(f"completion:{body['completion']}:attempt", "1")
        web.send(body)
        receipt = web.receipt(body["completion"], "finished")
        assert told(stream, body["completion"]) == receipt["text"]
        until(lambda: stream.get(f"completion:{body['completion']}:1:heartbeat") == "done")
    assert refusals() == []


def test_a_worker_with_sources_of_its_own_serves_them_with_it(guarded: Guarded, refusals, tmp_path: Path):
    web, body = Web(guarded), message("scripted:echo")
    with running_worker(guarded, tmp_path / "log", **as_gpu(guarded, SERVES="scripted:echo")):
        web.send(body, queue_name(LIVE, "scripted:echo"))
        assert web.receipt(body["completion"], "finished")["text"]
    assert refusals() == []


def test_a_stopped_worker_hands_its_work_back_with_it(guarded: Guarded, refusals, tmp_path: Path):
    web, body = Web(guarded), message("scripted:long", max_new_tokens=4096)  # minutes
    with running_worker(guarded, tmp_path / "log", **as_gpu(guarded)), closing(guarded.client()) as stream:
        web.send(body)
        until(lambda: told(stream, body["completion"]))
    assert web.receipt(body["completion"], "failed")["stopped"]
    assert refusals() == []


def test_what_is_not_urgent_sees_with_it_that_somebody_waits(guarded: Guarded, refusals):
    here = f"generation@{socket.gethostname()}"
    with closing(guarded.client(user="gpu")) as gpu:
        gpu.sadd(WORKERS, here)
        gpu.set(f"runtime:worker:{here}", '{"figures": {"running_live": 1}}', ex=60)
        requests = EncodeRequests(gpu, None, None, Event())  # type: ignore[arg-type]  # it reads and says nothing
        assert requests._somebody_waits()
        gpu.srem(WORKERS, here)
        gpu.delete(f"runtime:worker:{here}")
    assert refusals() == []


@pytest.mark.parametrize(
    "command",
    [
        "GET runtime:labeling",
        "SET completion:x:attempt 2",
        "XRANGE completion:x:stream - +",
        "XREAD STREAMS completion:x:stream 0",
        "GET session:secret",
        "BRPOP receipts 1",
        "LRANGE receipts 0 -1",
        "RPOP receipts",
        "BRPOP labeling 1",
        "LPUSH labeling anything",
        "HGETALL unacked",
        "HGET unacked x",
        "ZRANGE unacked_index 0 -1",
        "SMEMBERS _kombu.binding.receipts",
        "DEL unacked",
        "KEYS *",
        "SCAN 0",
        "FLUSHALL",
        "CONFIG GET *",
        "ACL LIST",
        "MONITOR",
        "SUBSCRIBE anything",
        "PUBLISH anything x",
        "EVAL return 0",
    ],
)
@pytest.mark.parametrize("db", [0, 1])
def test_it_opens_nothing_else(guarded: Guarded, command: str, db: int):
    with closing(guarded.client(db, user="gpu")) as client, pytest.raises(redis.exceptions.NoPermissionError):
        client.execute_command(*command.split())


def test_nobody_gets_in_without_a_name_and_a_password(guarded: Guarded):
    with closing(redis.Redis(port=guarded.port)) as client, pytest.raises(redis.exceptions.AuthenticationError):
        client.get("anything")


@pytest.mark.parametrize("command", ["FLUSHALL", "CONFIG GET *", "ACL LIST", "SHUTDOWN", "KEYS *", "MONITOR"])
def test_not_even_the_web_side_runs_the_server(guarded: Guarded, command: str):
    with closing(guarded.client()) as client, pytest.raises(redis.exceptions.NoPermissionError):
        client.execute_command(*command.split())
