"""Where a model comes from, as people say it part by part, and as the one line that a worker reads. Pure.

    folder      my-model                           below one of the worker's MODEL_FOLDERS, or its whole path
    GGUF file   my-models/chat.Q8_0.gguf           below one of them as well
    hub         hub:organisation/name@<commit>     a repository at one commit, 40 hex digits
    adapter     <base>+<adapter>                   LoRA on one of the above; itself a folder or from the hub
    server      http://127.0.0.1:8000/v1#my-model  a model on an OpenAI-compatible server
    scripted    scripted:slow                      no model at all

Nothing is looked up here. Whether there is such a model, and whether a worker may have it, that worker says.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from urllib.parse import urlsplit

HUB = "hub:"
_REPOSITORY = re.compile(r"(?=.{3,96}$)[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40}")

Parts = Mapping[str, str]


class Kind(StrEnum):
    FOLDER = "folder"
    GGUF = "gguf"
    HUB = "hub"
    ADAPTER = "adapter"
    SERVER = "server"
    SCRIPTED = "scripted"


PARTS: Mapping[Kind, tuple[str, ...]] = {
    Kind.FOLDER: ("path",),
    Kind.GGUF: ("path",),
    Kind.HUB: ("repository", "commit"),
    Kind.ADAPTER: ("base", "adapter"),
    Kind.SERVER: ("url", "model"),
    Kind.SCRIPTED: ("script",),
}
ENGINES = {Kind.SERVER: "openai", Kind.SCRIPTED: "scripted"}  # all others: transformers


class Problem(StrEnum):
    """Why a part cannot be what it should be."""

    PLUS = "it has a plus sign, which separates a base from its adapter"
    FILE = "it is a GGUF file, not a folder"
    FOLDER = "it is no GGUF file"
    FROM_HUB = "it is on the hub"
    OUTSIDE = "it leads out of the worker's folders"
    REPOSITORY = "it is not organisation/name"
    SHORT = "it is the beginning of a commit's digits"
    BRANCH = "it is a branch or a tag, which may mean other weights tomorrow"
    URL = "it is not http(s)://host[:port][/path]"
    KEY = "it has a name or password in it"
    MODEL = "it names no model"


def compose(kind: Kind, parts: Parts) -> tuple[str, str]:
    """(engine, source) of a model version; only for parts without problems."""
    values = [parts[name] for name in PARTS[kind]]
    lines = {
        Kind.HUB: f"{HUB}{'@'.join(values)}",
        Kind.ADAPTER: "+".join(values),
        Kind.SERVER: "#".join(values),
    }
    return ENGINES.get(kind, "transformers"), lines.get(kind, values[0])


def parse(engine: str, source: str) -> tuple[Kind, dict[str, str]]:
    """What `compose` was told. A line that nobody composed is taken apart as far as that goes."""
    kind = kind_of(engine, source)
    values: tuple[str, ...] = (source,)
    if kind == Kind.HUB:
        values = source.removeprefix(HUB).partition("@")[::2]
    elif kind == Kind.ADAPTER:
        values = source.partition("+")[::2]
    elif kind == Kind.SERVER:
        values = source.partition("#")[::2]
    return kind, dict(zip(PARTS[kind], values, strict=True))


def kind_of(engine: str, source: str) -> Kind:
    for kind, its_engine in ENGINES.items():
        if engine == its_engine:
            return kind
    if "+" in source:
        return Kind.ADAPTER
    if source.startswith(HUB):
        return Kind.HUB
    return Kind.GGUF if source.lower().endswith(".gguf") else Kind.FOLDER


def problems(kind: Kind, parts: Parts) -> dict[str, Problem]:
    """By the part that has to change; parts that are missing are not asked about."""
    checks = {
        "path": _wrong_file if kind == Kind.GGUF else _wrong_folder,
        "repository": _wrong_repository,
        "commit": _wrong_commit,
        "base": _wrong_model,
        "adapter": _wrong_adapter,
        "url": _wrong_url,
        "model": lambda text: None if text.strip() else Problem.MODEL,
        "script": lambda text: None,
    }
    found = {name: checks[name](parts[name]) for name in PARTS[kind] if name in parts}
    return {name: problem for name, problem in found.items() if problem}


def _wrong_path(text: str) -> Problem | None:
    if "+" in text:
        return Problem.PLUS
    if text.startswith(HUB):
        return Problem.FROM_HUB
    return Problem.OUTSIDE if ".." in text.split("/") else None


def _wrong_folder(text: str) -> Problem | None:
    return _wrong_path(text) or (Problem.FILE if text.lower().endswith(".gguf") else None)


def _wrong_file(text: str) -> Problem | None:
    return _wrong_path(text) or (None if text.lower().endswith(".gguf") else Problem.FOLDER)


def _wrong_repository(text: str) -> Problem | None:
    fits = _REPOSITORY.fullmatch(text) and "--" not in text and ".." not in text
    return None if fits else Problem.REPOSITORY


def _wrong_commit(text: str) -> Problem | None:
    if _COMMIT.fullmatch(text):
        return None
    return Problem.SHORT if re.fullmatch(r"[0-9a-f]{7,39}", text) else Problem.BRANCH


def _wrong_model(text: str) -> Problem | None:
    """A base: a folder, a GGUF file, or from the hub."""
    if "+" in text:
        return Problem.PLUS
    kind, parts = parse("transformers", text)
    return next(iter(problems(kind, parts).values()), None)


def _wrong_adapter(text: str) -> Problem | None:
    return Problem.FILE if text.lower().endswith(".gguf") else _wrong_model(text)


def _wrong_url(text: str) -> Problem | None:
    """The worker compares letter for letter with its list; this only spares a check that cannot succeed."""
    try:
        url = urlsplit(text)
        port = url.port or 1
    except ValueError:
        return Problem.URL
    if "@" in url.netloc:
        return Problem.KEY
    whole = url.scheme in ("http", "https") and url.hostname and 0 < port < 65536
    plain = not set(text) & set("?#\\") and text.isprintable() and " " not in text
    return None if whole and plain else Problem.URL
