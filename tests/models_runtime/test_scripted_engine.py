import time

import pytest
from runtime_harness import request

from models_runtime.engine import EngineError
from models_runtime.scripted_engine import ScriptedEngine

HOSTILE = "  <script>alert(1)</script>\n\n<img src=x onerror=alert(2)> {{ 7 * 7 }}  \n"


def text(engine: ScriptedEngine, **changes) -> str:
    return "".join(chunk.text for chunk in engine.stream(request(engine.source, **changes)))


def test_the_text_depends_on_seed_prompt_and_system_prompt_alone():
    engine = ScriptedEngine()
    first = text(engine)
    assert first == text(ScriptedEngine(pace=0.001))
    assert first == text(engine, attempt=2)
    others = {
        text(engine, seed=8),
        text(engine, system_prompt="Be brief."),
        text(engine, messages=[{"role": "user", "content": "Why is grass green?"}]),
    }
    assert len(others | {first}) == 4


def test_it_echoes_hostile_text_verbatim():
    assert text(ScriptedEngine("scripted:echo"), messages=[{"role": "user", "content": HOSTILE}]) == HOSTILE


def test_it_says_the_same_or_nothing_when_asked():
    assert text(ScriptedEngine("scripted:same"), seed=1) == text(ScriptedEngine("scripted:same"), seed=2) != ""
    assert text(ScriptedEngine("scripted:empty")) == "..."
    fickle = ScriptedEngine("scripted:empty-odd")
    assert text(fickle, seed=7) == "..."
    assert text(fickle, seed=8) == text(ScriptedEngine(), seed=8)


def test_it_stops_at_the_limit():
    *_, last = ScriptedEngine("scripted:length").stream(request("scripted:length", max_new_tokens=30))
    assert (last.finish.reason, last.finish.completion_tokens) == ("length", 30)


def test_it_is_slow_when_asked():
    began = time.monotonic()
    assert text(ScriptedEngine("scripted:slow"), max_new_tokens=5)
    assert time.monotonic() - began > 0.2


def test_it_fails_once():
    engine = ScriptedEngine("scripted:fails-once")
    with pytest.raises(EngineError) as failure:
        text(engine)
    assert not failure.value.permanent
    assert text(engine, attempt=2)


def test_it_fails_for_good():
    with pytest.raises(EngineError) as failure:
        text(ScriptedEngine("scripted:fails"))
    assert failure.value.permanent


def test_it_knows_no_other_names():
    with pytest.raises(EngineError, match="scripted:slow") as failure:
        ScriptedEngine("scripted:surprise")
    assert failure.value.permanent
