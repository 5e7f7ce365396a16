"""The words that a source may be made of."""

import pytest

from models_runtime.engine import EngineError
from models_runtime.sources import Adapted, Folder, Gguf, Hub, parse

COMMIT = "0123456789abcdef0123456789abcdef01234567"
HUB = Hub("org/Name-1.5_b", COMMIT)


@pytest.mark.parametrize(
    ("source", "meant"),
    [
        ("model", Folder("model")),
        ("/data/team/model", Folder("/data/team/model")),
        ("team/model.Q4_1.gguf", Gguf("team/model.Q4_1.gguf")),
        ("team/MODEL.GGUF", Gguf("team/MODEL.GGUF")),
        (f"hub:org/Name-1.5_b@{COMMIT}", HUB),
        ("model+adapters/polite", Adapted(Folder("model"), Folder("adapters/polite"))),
        (f"m.gguf+hub:org/Name-1.5_b@{COMMIT}", Adapted(Gguf("m.gguf"), HUB)),
        (f"hub:org/Name-1.5_b@{COMMIT}+mine", Adapted(HUB, Folder("mine"))),
    ],
)
def test_it_takes_a_source_apart(source: str, meant: object):
    assert parse(source) == meant


@pytest.mark.parametrize("revision", ["main", "v1.0", COMMIT[:8], COMMIT.upper(), f"{COMMIT}0", f"{COMMIT}\n", ""])
def test_what_may_mean_something_else_tomorrow_is_refused_with_the_way_out(revision: str):
    with pytest.raises(EngineError, match="40 hex digits") as refusal:
        parse(f"hub:org/name@{revision}")
    assert refusal.value.permanent
    assert "hub:org/name@<commit>" in refusal.value.detail


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (f"hub:name@{COMMIT}", "names no repository"),
        (f"hub:../name@{COMMIT}", "names no repository"),
        (f"hub:org/a/b@{COMMIT}", "names no repository"),
        (f"hub:@{COMMIT}", "names no repository"),
        (f"hub:org/a--b@{COMMIT}", "names no repository"),
        ("a+b+c", "no other plus sign"),
        ("+adapter", "no other plus sign"),
        ("model+", "no other plus sign"),
        ("model+adapter.gguf", "has to be a folder"),
    ],
)
def test_it_says_how_a_source_is_written(source: str, says: str):
    with pytest.raises(EngineError, match=says) as refusal:
        parse(source)
    assert refusal.value.permanent
