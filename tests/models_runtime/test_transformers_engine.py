"""The default model behind the batcher, and everything that would kill the batcher for everyone."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
import torch
from runtime_harness import PATIENCE, request, until
from tiny_models import llama

from models_runtime.checkpoints import DEFAULT_MODEL
from models_runtime.engine import Chunk, EngineError, GenerationRequest
from models_runtime.transformers_engine import TransformersEngine


@pytest.fixture(scope="module")
def exact(models: Path) -> Iterator[TransformersEngine]:
    """In float32, where company does not change the numbers."""
    loaded = TransformersEngine.from_folder(models / DEFAULT_MODEL, torch.float32)
    yield loaded
    loaded.close()


def asked(words: int = 0, **changes) -> GenerationRequest:
    content = f"Tell me a very long story about the sea. {'wave ' * words}".strip()
    return request("x", "transformers", messages=[{"role": "user", "content": content}], **changes)


def text(engine: TransformersEngine, request_: GenerationRequest) -> str:
    return "".join(chunk.text for chunk in engine.stream(request_))


def together(calls: list[Callable[[], str]]) -> list[str]:
    """Results in the order of the calls, each made in a thread of its own."""
    results = [""] * len(calls)

    def call(number: int) -> None:
        results[number] = calls[number]()

    threads = [threading.Thread(target=call, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return results


def begin(engine: TransformersEngine, request_: GenerationRequest) -> Iterator[Chunk]:
    """A stream that has said its first words, so that it certainly holds a slot."""
    chunks = engine.stream(request_)
    while not next(chunks).text:
        pass
    return chunks


def test_it_answers_sensibly(engine: TransformersEngine):
    question = [{"role": "user", "content": "What is the capital of France?"}]
    assert "Paris" in text(engine, request("x", "transformers", temperature=0, messages=question, max_new_tokens=20))


def test_greedy_in_company_is_what_generate_says_alone(exact: TransformersEngine):
    """Prompts of 40 to 340 tokens: read in several steps, beside others, from a shared prefix."""
    requests = [asked(words, temperature=0, max_new_tokens=8) for words in (0, 60, 300, 0, 300)]
    told = together([lambda r=r: text(exact, r) for r in requests])
    for request_, answer in zip(requests, told, strict=True):
        prompt = torch.tensor([exact._chat.tokens(request_)], device=exact._model.device)
        with torch.inference_mode():
            tokens = exact._model.generate(prompt, do_sample=False, max_new_tokens=8)[0, prompt.shape[1] :]
        assert answer == exact._tokenizer.decode(tokens, skip_special_tokens=True)


def test_in_float32_a_seed_gives_the_same_text_alone_and_in_company(exact: TransformersEngine):
    alone = text(exact, asked(seed=5, max_new_tokens=16))
    others = [asked(words, seed=words, max_new_tokens=16) for words in (3, 30, 90)]
    told = together([lambda r=r: text(exact, r) for r in (asked(seed=5, max_new_tokens=16), *others)])
    assert told[0] == alone


@pytest.mark.parametrize("temperature", [0, 1, 2, 1e-12, 0.0001])
def test_every_temperature_of_a_request_is_harmless(engine: TransformersEngine, temperature: float):
    neighbour = begin(engine, asked(max_new_tokens=12))
    assert text(engine, asked(temperature=temperature, max_new_tokens=3))
    assert list(neighbour)[-1].finish.completion_tokens == 12


def test_settings_of_neighbours_do_not_mix(engine: TransformersEngine):
    greedy = text(engine, asked(temperature=0, max_new_tokens=8))
    told = together(
        [
            lambda: text(engine, asked(temperature=2, top_p=1, seed=1, max_new_tokens=8)),
            lambda: text(engine, asked(temperature=0, max_new_tokens=8)),
        ]
    )
    assert told[1].split()[:3] == greedy.split()[:3], "bfloat16 may differ later"
    assert told[0] != told[1]


@pytest.mark.parametrize(("words", "new"), [(9000, 10), (10, 9000), (100_000, 1)])
def test_what_can_never_fit_is_refused_with_the_number_of_tokens(engine: TransformersEngine, words: int, new: int):
    neighbour = begin(engine, asked(max_new_tokens=10))
    request_ = asked(words, max_new_tokens=new)
    with pytest.raises(EngineError, match=r"too long by \d+ tokens") as refusal:
        text(engine, request_)
    assert refusal.value.permanent
    over = len(engine._chat.tokens(request_)) + new - 8192
    assert f"by {over} tokens" in refusal.value.detail
    assert refusal.value.tokens_over == over
    assert list(neighbour)[-1].finish


def test_it_takes_what_just_fits(engine: TransformersEngine):
    request_ = asked(max_new_tokens=8192 - len(engine._chat.tokens(asked())))
    begin(engine, request_).close()


def test_what_does_not_fit_now_waits_and_then_runs(engine: TransformersEngine):
    """Two of 7,900 tokens fill the cache of 16,384; the third has to wait for one of them to go."""
    held = [begin(engine, asked(max_new_tokens=7900, seed=seed)) for seed in range(2)]
    third = engine.stream(asked(max_new_tokens=7900, seed=3))
    assert next(third).text == "", "only a tick"
    small = engine.stream(asked(max_new_tokens=600))
    assert next(small).text == "", "and nobody overtakes it"
    small.close()
    held[0].close()
    assert until(lambda: next(third).text)
    third.close()
    held[1].close()


def test_live_requests_start_before_stock_that_waits(engine: TransformersEngine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("models_runtime.admission.STOCK_PATIENCE", 2 * PATIENCE)
    held = [begin(engine, asked(max_new_tokens=7900, seed=seed)) for seed in range(2)]
    stock = engine.stream(replace(asked(max_new_tokens=7900), live=False))
    live = engine.stream(asked(max_new_tokens=7900))
    assert next(stock).text == next(live).text == ""
    held[0].close()
    assert until(lambda: next(live).text)
    assert next(stock).text == ""
    for chunks in (stock, live, held[1]):
        chunks.close()


def test_twenty_requests_share_sixteen_slots(engine: TransformersEngine):
    told = together([lambda n=n: text(engine, asked(seed=n, max_new_tokens=4)) for n in range(20)])
    assert all(told)


def test_a_cancelled_request_frees_its_slot_at_once(engine: TransformersEngine):
    streams = [begin(engine, asked(max_new_tokens=900, seed=seed)) for seed in range(16)]
    waiting = engine.stream(asked(max_new_tokens=3))
    assert next(waiting).text == "", "every slot is taken"
    streams.pop().close()
    assert list(waiting)[-1].finish
    assert all(next(chunks).finish is None for chunks in streams), "no other slot was freed"
    for chunks in streams:
        chunks.close()


def test_a_request_cancelled_while_its_prompt_is_read_leaves_nothing_behind(engine: TransformersEngine):
    for seed in range(3):
        chunks = engine.stream(asked(1200 + seed, max_new_tokens=5))
        next(chunks)
        chunks.close()
    assert text(engine, asked(max_new_tokens=3))


def test_nothing_is_left_after_a_rush_of_requests_that_come_and_go(engine: TransformersEngine):
    def rush(seed: int) -> str:
        random = Random(seed)
        for _ in range(4):
            words, new = random.choice([0, 30, 200]), random.choice([1, 5, 3000])
            for count, _ in enumerate(engine.stream(asked(words, seed=seed, max_new_tokens=new))):
                if count > random.choice([0, 2, 6]):
                    break
        return "done"

    assert together([lambda n=n: rush(n) for n in range(20)]) == ["done"] * 20
    batcher = engine._batcher
    processor = batcher._manager.batch_processor
    until(lambda: not processor.scheduler.has_pending_requests())
    assert (batcher.admission._entries, batcher._router.readers) == ([], {})
    processor.cache.evict_cached_blocks()
    processor.cache.pool.try_to_free_sectors()
    assert processor.cache.compute_free_capacity() == 1


def test_a_dead_batcher_fails_everybody_transiently_and_is_replaced(engine: TransformersEngine):
    """A request that says nothing of how to sample, slipped past the door: one of many ways to kill it."""
    streams = [begin(engine, asked(max_new_tokens=900, seed=seed)) for seed in range(3)]
    batcher = engine._batcher
    batcher._manager.add_request([1, 2, 3], request_id="poison", max_new_tokens=5)
    for chunks in streams:
        with pytest.raises(EngineError) as failure:
            list(chunks)
        assert not failure.value.permanent
    until(lambda: not batcher.alive)
    assert text(engine, asked(max_new_tokens=3)), "the next request finds another batcher"
    assert engine._batcher is not batcher


def test_closing_ends_everything_in_flight_transiently(models: Path):
    engine = TransformersEngine.from_folder(models / DEFAULT_MODEL)
    chunks = begin(engine, asked(max_new_tokens=900))
    engine.close()
    engine.close()
    with pytest.raises(EngineError) as failure:
        list(chunks)
    assert not failure.value.permanent
    with pytest.raises(EngineError, match="closed"):
        text(engine, asked())


def test_a_token_that_the_model_has_no_place_for_hurts_nobody_else(tmp_path: Path):
    """A tokenizer that was taken from a larger model."""
    folder = llama(tmp_path / "model", vocab_size=100, eos_token_id=99, pad_token_id=99)
    loaded = TransformersEngine.from_folder(folder)
    with closing(loaded), pytest.raises(EngineError, match="tokenizer is not its own") as refusal:
        text(loaded, asked(max_new_tokens=3))
    assert refusal.value.permanent
    assert loaded._batcher is None or loaded._batcher.alive


def test_a_model_that_does_not_say_how_much_it_can_read_is_refused(tmp_path: Path):
    folder = llama(tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "max_position_embeddings": None}))
    with pytest.raises(EngineError) as refusal:
        TransformersEngine.from_folder(folder)
    assert refusal.value.permanent
