"""Workers that are stopped or killed, and servers that go away under them."""

import signal
import subprocess
from contextlib import closing
from pathlib import Path

from runtime_harness import PATIENCE, Valkey, Web, message, running_worker, told, until


def test_a_stopped_worker_hands_its_requests_back_at_once(fragile_valkey: Valkey, tmp_path: Path):
    web = Web(fragile_valkey)
    bodies = [message("scripted:long", seed=seed, max_new_tokens=4096) for seed in (1, 2)]  # minutes
    with (
        running_worker(fragile_valkey, tmp_path / "log") as process,
        closing(fragile_valkey.client()) as stream,
    ):
        for body in bodies:
            web.send(body)
        until(lambda: all(told(stream, body["completion"]) for body in bodies))
        process.terminate()
        assert process.wait(PATIENCE) == 0
        for body in bodies:
            failure = web.receipt(body["completion"], "failed")
            assert (failure["detail"], failure["permanent"]) == ("The worker was stopped.", False)
            assert stream.get(f"completion:{body['completion']}:1:heartbeat") == "done"
        assert list(stream.scan_iter("runtime:worker:*")) == [], "it takes its announcement back"


def test_a_killed_worker_leaves_a_heartbeat_that_runs_out(fragile_valkey: Valkey, tmp_path: Path):
    web = Web(fragile_valkey)
    body = message("scripted:long", max_new_tokens=4096)  # minutes
    key = f"completion:{body['completion']}:1:heartbeat"
    with (
        running_worker(fragile_valkey, tmp_path / "log") as process,
        closing(fragile_valkey.client()) as stream,
    ):
        web.send(body)
        until(lambda: told(stream, body["completion"]))
        process.send_signal(signal.SIGKILL)
        process.wait()
        left = stream.pttl(key)
        assert 0 < left <= 15_000
        stream.pexpire(key, left - 12_000)  # the test need not wait for the whole of it
        until(lambda: not stream.exists(key))
        assert web.receipts(body["completion"]) == ["started"]


def test_a_request_outlives_a_restart_of_broker_and_stream(fragile_valkey: Valkey, tmp_path: Path):
    """Nothing is persisted here, so the restarted server has forgotten bindings, stream and heartbeat."""
    web = Web(fragile_valkey)
    body = message("scripted:slow", max_new_tokens=40, seed=3)
    after = message()
    with running_worker(fragile_valkey, tmp_path / "log") as worker:
        with closing(fragile_valkey.client()) as stream:
            web.send(body)
            until(lambda: told(stream, body["completion"]))
        fragile_valkey.stop()
        fragile_valkey.start()
        with closing(fragile_valkey.client()) as stream:
            receipt = web.receipt(body["completion"], "finished")
            assert told(stream, body["completion"]) == receipt["text"], "told again from the reset on"
            assert stream.get(f"completion:{body['completion']}:1:heartbeat") == "done"
        web.send(after)
        assert web.receipt(after["completion"], "finished")
        assert worker.poll() is None


def test_a_finished_text_waits_for_a_broker_that_is_away(fragile_valkey: Valkey, tmp_path: Path):
    web = Web(fragile_valkey)
    body = message("scripted:slow", max_new_tokens=40)
    log = tmp_path / "log"
    with running_worker(fragile_valkey, log):
        with closing(fragile_valkey.client()) as stream:
            web.send(body)
            until(lambda: told(stream, body["completion"]))
        fragile_valkey.stop()
        until(lambda: "receipts.finished" in log.read_text())
        fragile_valkey.start()
        assert web.receipt(body["completion"], "finished")["completion_tokens"] == 40


def test_a_worker_stops_within_seconds_although_the_broker_is_away(fragile_valkey: Valkey, tmp_path: Path):
    web = Web(fragile_valkey)
    with running_worker(fragile_valkey, tmp_path / "log") as process:
        body = message("scripted:long", max_new_tokens=4096)  # minutes
        with closing(fragile_valkey.client()) as stream:
            web.send(body)
            until(lambda: told(stream, body["completion"]))
        fragile_valkey.stop()
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            raise AssertionError((tmp_path / "log").read_text()) from None
