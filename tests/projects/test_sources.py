"""How people say where a model is, and the line it becomes."""

import pytest

from labeling.projects.sources import Kind, Problem, compose, parse, problems
from models_runtime import sources as worker_sources
from models_runtime.engine import EngineError
from models_runtime.openai_servers import Server

COMMIT = "0123456789abcdef0123456789abcdef01234567"
HUB = f"hub:org/Name-1.5_b@{COMMIT}"
WELL_SAID = [
    (Kind.FOLDER, {"path": "my-model"}, ("transformers", "my-model")),
    (Kind.FOLDER, {"path": "/data/team/my-model"}, ("transformers", "/data/team/my-model")),
    (Kind.GGUF, {"path": "team/chat.Q4_1.gguf"}, ("transformers", "team/chat.Q4_1.gguf")),
    (Kind.GGUF, {"path": "CHAT.GGUF"}, ("transformers", "CHAT.GGUF")),
    (Kind.HUB, {"repository": "org/Name-1.5_b", "commit": COMMIT}, ("transformers", HUB)),
    (Kind.ADAPTER, {"base": "my-model", "adapter": "tunes/polite"}, ("transformers", "my-model+tunes/polite")),
    (Kind.ADAPTER, {"base": "a/b.gguf", "adapter": HUB}, ("transformers", f"a/b.gguf+{HUB}")),
    (Kind.ADAPTER, {"base": HUB, "adapter": "polite"}, ("transformers", f"{HUB}+polite")),
    (
        Kind.SERVER,
        {"url": "http://127.0.0.1:8000/v1", "model": "org/m+n"},
        ("openai", "http://127.0.0.1:8000/v1#org/m+n"),
    ),
    (Kind.SERVER, {"url": "https://[::1]/v1/", "model": "a#b"}, ("openai", "https://[::1]/v1/#a#b")),
    (Kind.SCRIPTED, {"script": "scripted:slow"}, ("scripted", "scripted:slow")),
]
ILL_SAID = [
    (Kind.FOLDER, {"path": "a+b"}, "path", Problem.PLUS),
    (Kind.FOLDER, {"path": "chat.gguf"}, "path", Problem.FILE),
    (Kind.FOLDER, {"path": HUB}, "path", Problem.FROM_HUB),
    (Kind.FOLDER, {"path": "../elsewhere"}, "path", Problem.OUTSIDE),
    (Kind.FOLDER, {"path": "a/../../elsewhere"}, "path", Problem.OUTSIDE),
    (Kind.GGUF, {"path": "team/chat"}, "path", Problem.FOLDER),
    (Kind.GGUF, {"path": "a+b.gguf"}, "path", Problem.PLUS),
    *(
        (Kind.HUB, {"repository": wrong, "commit": COMMIT}, "repository", Problem.REPOSITORY)
        for wrong in ("name", "org/a/b", "../name", "org/a--b", "https://hub.example/org/name", "org/ name", "@", "")
    ),
    *(
        (Kind.HUB, {"repository": "org/name", "commit": wrong}, "commit", Problem.BRANCH)
        for wrong in ("main", "v1.0", "abc123", COMMIT.upper(), f"{COMMIT}0", f"{COMMIT}\n", "")
    ),
    (Kind.HUB, {"repository": "org/name", "commit": COMMIT[:8]}, "commit", Problem.SHORT),
    (Kind.ADAPTER, {"base": "a+b", "adapter": "c"}, "base", Problem.PLUS),
    (Kind.ADAPTER, {"base": "a", "adapter": "b+c"}, "adapter", Problem.PLUS),
    (Kind.ADAPTER, {"base": "a", "adapter": "b.gguf"}, "adapter", Problem.FILE),
    (Kind.ADAPTER, {"base": "hub:org/name@main", "adapter": "b"}, "base", Problem.BRANCH),
    (Kind.ADAPTER, {"base": "a", "adapter": "hub:name"}, "adapter", Problem.REPOSITORY),
    *(
        (Kind.SERVER, {"url": wrong, "model": "m"}, "url", Problem.URL)
        for wrong in (
            "127.0.0.1:8000/v1",
            "ftp://host/v1",
            "http://",
            "http://host:99999/v1",
            "http://host:0x/v1",
            "http://host/v1?key=1",
            "http://host/v1#m",
            "http://a b/v1",
            "",
        )
    ),
    (Kind.SERVER, {"url": "http://me:secret@host/v1", "model": "m"}, "url", Problem.KEY),
    (Kind.SERVER, {"url": "http://host/v1", "model": " "}, "model", Problem.MODEL),
]


@pytest.mark.parametrize(("kind", "parts", "line"), WELL_SAID)
def test_parts_become_a_line_and_the_line_becomes_the_parts(kind, parts, line):
    assert problems(kind, parts) == {}
    assert compose(kind, parts) == line
    assert parse(*line) == (kind, parts)


@pytest.mark.parametrize(("kind", "parts", "where", "problem"), ILL_SAID)
def test_what_no_worker_could_read_is_found_at_its_part(kind, parts, where, problem):
    assert problems(kind, parts).get(where) == problem


@pytest.mark.parametrize(("engine", "source"), [line for _, _, line in WELL_SAID if line[0] == "transformers"])
def test_the_worker_reads_what_is_composed(engine, source):
    assert worker_sources.parse(source)


@pytest.mark.parametrize(
    ("kind", "parts"),
    [case[:2] for case in ILL_SAID if case[0] in (Kind.HUB, Kind.ADAPTER)],
)
def test_what_is_refused_here_the_worker_would_refuse(kind, parts):
    with pytest.raises(EngineError):
        worker_sources.parse(compose(kind, parts)[1])


@pytest.mark.parametrize(("parts", "source"), [(said[1], said[2][1]) for said in WELL_SAID if said[0] == Kind.SERVER])
def test_the_worker_asks_the_server_that_is_named(parts, source, monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URLS", parts["url"])
    server = Server.from_source(source)
    assert (server.base, server.model) == (parts["url"].rstrip("/"), parts["model"])


@pytest.mark.parametrize("line", ["", "+", "hub:", "hub:@", "a+b+c", "hub:name@main", "hub:org/name"])
def test_a_line_that_nobody_composed_is_taken_apart_all_the_same(line):
    kind, parts = parse("transformers", line)
    assert compose(kind, parts)[1].startswith(line)
