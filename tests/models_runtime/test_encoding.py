"""What the encoder makes of a pair: the same as if each response were read alone."""

import hashlib
from pathlib import Path
from uuid import uuid4

import pytest
import tiny_models
import torch
from safetensors.torch import load
from transformers import AutoModelForCausalLM

from models_runtime import encoding, pair_layouts
from models_runtime.checkpoints import DEFAULT_MODEL
from models_runtime.encoding import Encoder, Pair, batches
from models_runtime.engine import EngineError
from models_runtime.fingerprints import recorded_hash


def pair(first: str = "It is.", second: str = "No, it is not!", *said: str) -> Pair:
    """`said` is the dialogue before, from the user on."""
    context = [{"role": ("user", "assistant")[n % 2], "content": text} for n, text in enumerate(said or ("Is it?",))]
    return Pair(str(uuid4()), context, first, second)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_models.llama(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture
def encoder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Encoder:
    monkeypatch.setenv("MODEL_FOLDERS", str(folder.parent))
    return Encoder.from_source("tiny", torch.float32)


def states(encoder: Encoder, *pairs: Pair) -> dict[str, torch.Tensor]:
    """(2 responses, 2 features, size) by comparison."""
    encoded = encoder.encode(pairs)
    both = torch.stack([encoded.states[name] for name in encoding.FEATURES], dim=2)
    return dict(zip(encoded.comparisons, both, strict=True))


def alone(encoder: Encoder, context: list[int], response: list[int]) -> torch.Tensor:
    """(2 features, size) by a plain pass over one dialogue."""
    with torch.inference_mode():
        [found] = encoder._model(torch.tensor([context + response], device=encoder._device)).last_hidden_state.cpu()
    said = found[len(context) :]
    return torch.stack([said[-1], said.mean(0)])


def test_each_response_is_read_as_if_it_were_the_only_one(encoder: Encoder):
    pairs = [pair(), pair("", "x" * 60, "Hello", "Hi", "And now?"), pair("The same.", "The same.")]
    found = states(encoder, *pairs)
    for one in pairs:
        tokens = encoder.tokens(one)
        for place, response in enumerate((tokens.first, tokens.second)):
            torch.testing.assert_close(found[one.comparison][place], alone(encoder, tokens.shared, response))


def test_it_makes_no_difference_with_which_others_a_pair_is_read(encoder: Encoder):
    one, others = pair(), [pair("a" * n, "b" * (2 * n)) for n in (1, 30, 70)]
    together = states(encoder, *others, one)[one.comparison]
    torch.testing.assert_close(together, states(encoder, one)[one.comparison])


def test_the_same_response_has_the_same_states_on_either_side(encoder: Encoder):
    there, turned = pair("Yes.", "Well, no."), pair("Well, no.", "Yes.")
    found = states(encoder, there, turned)
    torch.testing.assert_close(found[there.comparison], found[turned.comparison].flip(0))


def test_of_a_dialogue_that_is_too_long_the_beginning_is_left_out(encoder: Encoder, monkeypatch: pytest.MonkeyPatch):
    whole = encoder.tokens(pair("short", "s" * 40, "u" * 300))
    monkeypatch.setattr(encoding, "LONGEST", 100)
    cut = encoder.tokens(pair("short", "s" * 40, "u" * 300))
    assert (cut.first, cut.second) == (whole.first, whole.second)
    assert cut.shared == whole.shared[-59:], "with the longer response it is as long as may be"
    long = encoder.tokens(pair("r" * 500, "", "Hello"))
    assert (long.shared, len(long.first), long.first[-1]) == ([], 100, whole.first[-1])


def test_nobody_can_end_a_response_with_their_words(encoder: Encoder):
    tokens = encoder.tokens(pair(f"Yes.{tiny_models.END}", "No."))
    assert tokens.first.count(tokens.first[-1]) == 1


def test_what_the_template_refuses_keeps_no_other_from_being_read(folder: Path, tmp_path: Path, monkeypatch):
    picky = tiny_models.llama(tmp_path / "picky")
    template = "{% if messages|length > 2 %}{{ raise_exception('too many turns') }}{% endif %}" + tiny_models.TEMPLATE
    (picky / "chat_template.jinja").write_text(template)
    monkeypatch.setenv("MODEL_FOLDERS", str(tmp_path))
    refused, taken = pair("a", "b", "One", "Two", "Three"), pair()
    encoded = Encoder.from_source("picky").encode([refused, taken])
    assert encoded.comparisons == [taken.comparison]
    assert "too many turns" in encoded.refused[refused.comparison]


def test_where_all_are_refused_there_are_no_states(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    picky = tiny_models.llama(tmp_path / "picky")
    (picky / "chat_template.jinja").write_text("{{ raise_exception('never') }}")
    monkeypatch.setenv("MODEL_FOLDERS", str(tmp_path))
    encoded = Encoder.from_source("picky").encode([pair()])
    assert (encoded.comparisons, encoded.tokens, len(encoded.refused)) == ([], 0, 1)


def test_it_is_kept_in_half_precision_by_the_names_of_its_features(encoder: Encoder):
    pairs = [pair(), pair("Ja.", "Nein.")]
    encoded = encoder.encode(pairs)
    kept = load(encoded.saved())
    assert {name: (tensor.dtype, tuple(tensor.shape)) for name, tensor in kept.items()} == {
        "last": (torch.float16, (2, 2, 32)),
        "mean": (torch.float16, (2, 2, 32)),
    }
    torch.testing.assert_close(kept["mean"].float(), encoded.states["mean"], atol=1e-3, rtol=1e-3)
    assert encoded.seconds > 0
    assert encoded.tokens == sum(map(len, map(encoder.tokens, pairs)))


def test_the_same_pairs_make_the_same_bytes(encoder: Encoder):
    pairs = [pair(), pair("Ja.", "Nein."), pair("a" * 50, "")]
    assert encoder.encode(pairs).saved() == encoder.encode(pairs[::-1]).saved()


def test_it_may_be_stopped_between_two_passes(encoder: Encoder, monkeypatch: pytest.MonkeyPatch):
    class Enough(Exception):
        pass

    passes = []

    def tick() -> None:
        passes.append(1)
        if len(passes) == 2:
            raise Enough

    monkeypatch.setitem(encoding.TOKENS, encoder._device.type, 1)
    with pytest.raises(Enough):
        encoder.encode([pair(), pair(), pair()], tick)


def test_pairs_of_like_length_are_read_together():
    read = {
        name: pair_layouts.Pair([0] * length, [0], [0]) for name, length in {"a": 8, "b": 98, "c": 7, "d": 48}.items()
    }
    assert list(batches(read, 100)) == [["b"], ["d", "a"], ["c"]]
    assert list(batches(read, 10)) == [["b"], ["d"], ["a"], ["c"]], "one that is too long is read alone"
    assert list(batches({}, 10)) == []


@pytest.mark.parametrize(
    "changed",
    [{"comparison": "7"}, {"comparison": None}, {"context": "no"}, {"context": [{"role": "user"}]}, {"first": None}],
)
def test_it_takes_no_rubbish(changed: dict):
    message = {"comparison": str(uuid4()), "context": [{"role": "user", "content": "Hi"}], "first": "a", "second": "b"}
    assert Pair.from_message(message).second == "b"
    with pytest.raises(EngineError, match="not valid"):
        Pair.from_message({**message, **changed})


def test_it_takes_the_states_after_three_fifths_of_the_layers(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MODEL_FOLDERS", str(folder.parent))
    whole = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    encoder, one = Encoder.from_source("tiny", torch.float32), pair()
    tokens = encoder.tokens(one)
    with torch.inference_mode():
        ids = torch.tensor([tokens.shared + tokens.first])
        after_each = whole(input_ids=ids, output_hidden_states=True).hidden_states
    torch.testing.assert_close(states(encoder, one)[one.comparison][0, 0], after_each[1][0, -1])


def test_the_encoder_is_the_default_model_known_by_its_hash(models: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MODEL_FOLDERS", str(models))
    encoder = Encoder.from_source()
    name = f"{recorded_hash(models / DEFAULT_MODEL)} 18"
    assert encoder.sha256 == hashlib.sha256(name.encode()).hexdigest(), "18 of its 30 layers"
    one = pair("Rain falls from clouds.", "I don't know.", "Why does it rain?")
    found = states(encoder, one)[one.comparison]
    assert found.shape == (2, 2, 576)
    tokens = encoder.tokens(one)
    apart = torch.stack([alone(encoder, tokens.shared, said).float() for said in (tokens.first, tokens.second)])
    torch.testing.assert_close(found, apart, atol=0.25, rtol=0.05)
