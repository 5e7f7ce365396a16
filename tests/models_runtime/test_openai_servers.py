"""Which servers a worker asks, and where its key goes."""

import logging
from contextlib import closing

import pytest
from openai_harness import KEY, Behaving, asking, text
from runtime_harness import request

from models_runtime.engine import EngineError
from models_runtime.engines import Engines
from models_runtime.openai_engine import OpenAIEngine
from models_runtime.openai_servers import Server


def test_the_key_goes_to_the_server_and_into_no_log(calm: Behaving, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    with asking(calm.base, KEY) as engine:
        assert text(list(engine.stream(request()))) == "Hello"
        assert KEY not in repr(engine._server)
    assert calm.calls[0].headers["Authorization"] == f"Bearer {KEY}"
    assert KEY not in caplog.text


def test_it_sends_no_key_where_there_is_none_and_no_netrc_or_proxy(calm: Behaving, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with asking(calm.base) as engine:
        assert text(list(engine.stream(request()))) == "Hello"
    assert "Authorization" not in calm.calls[0].headers


def test_it_is_made_from_its_source(calm: Behaving, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_BASE_URLS", f"https://elsewhere.example/v1, {calm.base}/")
    monkeypatch.setenv("OPENAI_API_KEY", f"{KEY}\n")
    engine = OpenAIEngine.from_source(f"{calm.base}#org/model#2@main")
    try:
        assert text(list(engine.stream(request()))) == "Hello"
    finally:
        engine.close()
    assert calm.calls[0].body["model"] == "org/model#2@main"
    assert calm.calls[0].headers["Authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    "source",
    [
        "http://127.0.0.1:8001/v1#m",
        "http://127.0.0.1:8000#m",
        "http://127.0.0.1:8000/v1/more#m",
        "http://127.0.0.1:8000/v1?x#m",
        "http://127.0.0.1:8000/v1/../v1#m",
        "http://127.0.0.1:8000/v1.evil.example#m",
        "https://127.0.0.1:8000/v1#m",
        "http://169.254.169.254/latest/meta-data#m",
        " http://127.0.0.1:8000/v1#m",
        "file:///etc/passwd#m",
    ],
)
def test_it_refuses_what_is_not_on_the_list(source: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_BASE_URLS", "http://127.0.0.1:8000/v1,,https://127.0.0.1/v1")
    with pytest.raises(EngineError, match="OPENAI_BASE_URLS") as caught:
        Server.from_source(source)
    assert caught.value.permanent


def test_it_asks_nobody_when_nothing_is_listed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("OPENAI_BASE_URLS", raising=False)
    for source in ("http://127.0.0.1:8000/v1#m", "/#m"):
        with pytest.raises(EngineError, match="OPENAI_BASE_URLS"):
            Server.from_source(source)


@pytest.mark.parametrize("source", ["http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1#", "#m", "my-model"])
def test_it_says_what_a_source_looks_like(source: str):
    with pytest.raises(EngineError, match="<base URL>#<model name>") as caught:
        Server.from_source(source)
    assert caught.value.permanent


def test_it_takes_no_password_from_a_source(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_BASE_URLS", "http://me:hush@127.0.0.1:8000/v1")
    with pytest.raises(EngineError, match="OPENAI_API_KEY") as caught:
        Server.from_source("http://me:hush@127.0.0.1:8000/v1#m")
    assert "hush" not in caught.value.detail


@pytest.mark.parametrize("base", ["ftp://h/v1", "h:8000/v1", "http:///v1", "http://h:port/v1", "http://h:70000/v1"])
def test_it_says_what_is_wrong_with_the_list(base: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_BASE_URLS", base)
    with pytest.raises(EngineError, match="in the worker's OPENAI_BASE_URLS") as caught:
        Server.from_source(f"{base}#m")
    assert caught.value.permanent


@pytest.mark.parametrize("key", ["sk-hush\nHost: elsewhere", "sk-hüsh"])
def test_it_refuses_a_key_that_no_header_can_carry_without_showing_it(key: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_BASE_URLS", "http://127.0.0.1:8000/v1")
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(EngineError) as caught:
        Server.from_source("http://127.0.0.1:8000/v1#m")
    assert "OPENAI_API_KEY" in caught.value.detail
    assert "sk" not in caught.value.detail


def test_a_worker_finds_the_engine_by_its_name(calm: Behaving, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_BASE_URLS", calm.base)
    engines = Engines()
    asked = request(f"{calm.base}#my-model", "openai")
    with closing(engines), engines.using(asked.spec, tick=lambda: None) as loaded:
        assert text(list(loaded.engine.stream(asked))) == "Hello"
        assert loaded.engine.device == f"server 127.0.0.1:{calm.server_port}"
        assert loaded.sha256 == ""


def test_a_worker_does_not_pretend_to_check_a_hash(calm: Behaving, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_BASE_URLS", calm.base)
    asked = request(f"{calm.base}#my-model", "openai", sha256="0" * 64)
    with (
        pytest.raises(EngineError, match="leave it empty") as caught,
        Engines().using(asked.spec, tick=lambda: None),
    ):
        pass
    assert caught.value.permanent
