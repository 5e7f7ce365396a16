"""Real trainings of tiny models: what changes, what comes out, and how each failure is told."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import torch
from reward_harness import snapshot, source, to_ask, to_score, to_train
from safetensors.torch import load_file
from tiny_models import adapter, llama

from models_runtime import reward_fitting, reward_training
from models_runtime.artifacts import Artifacts, artifacts
from models_runtime.attempts import Unwanted
from models_runtime.batcher import device
from models_runtime.engine import EngineError
from models_runtime.memory import OutOfMemory
from models_runtime.opinions import give_opinion
from models_runtime.reward_scoring import score_rows
from models_runtime.reward_training import train
from tests.errands import Told

PAIRS = 40


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Models so small are no faster with more, and on a busy machine far slower."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With a base model, and a store."""
    monkeypatch.setenv("MODEL_FOLDERS", str(tmp_path / "models"))
    monkeypatch.setenv("ARTIFACT_URL", str(tmp_path / "artifacts"))
    llama(tmp_path / "models" / "model")
    return tmp_path


@pytest.fixture
def store() -> Artifacts:
    return artifacts()


@pytest.fixture
def manifest(store: Artifacts, folder: Path) -> str:
    return snapshot(store, folder, PAIRS)


def trained(request: dict[str, Any]) -> tuple[Mapping[str, Any], Told]:
    told = Told(request["run"])
    return train(told, request), told


def weights(store: Artifacts, found: Mapping[str, Any], folder: Path) -> dict[str, torch.Tensor]:
    place = folder / f"back-{found['artifact'][:8]}"
    place.mkdir(exist_ok=True)
    store.fetch_folder(found["artifact"], place)
    return load_file(place / "model.safetensors")


def of_base(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "models" / "model" / "model.safetensors")


def changed(new: dict[str, torch.Tensor], old: dict[str, torch.Tensor]) -> set[str]:
    return {name for name, weight in new.items() if name in old and not torch.equal(weight, old[name].to(weight.dtype))}


def test_it_learns_what_people_prefer_and_tells_how_far_it_is(manifest: str, store: Artifacts, folder: Path):
    found, told = trained(to_train(manifest, epochs=2.0))
    assert told.how_far[-1] == (40, 40) and [point["step"] for point in told.points] == list(range(1, 41))
    losses, accuracies = ([point[name] for point in told.points] for name in ("loss", "accuracy"))
    assert max(losses[-5:]) < 0.1 < losses[0] and min(accuracies[-5:]) == 1.0
    rows = to_score(store, folder, found["artifact"], [["yes, 512", "no, 512"], ["no, 174", "yes, 174"], ["yes, 345"]])
    scored = score_rows(Told(rows["run"]), rows)
    by_id = {said["id"]: said["rewards"] for said in map(json.loads, store.read(scored["rewards"]).splitlines())}
    assert by_id["0"][0] > by_id["0"][1] and by_id["1"][0] < by_id["1"][1] and len(by_id["2"]) == 1
    assert not list((folder / "models" / ".made-by-worker" / "training").iterdir())


def test_every_weight_changes_in_a_full_training(manifest: str, store: Artifacts, folder: Path):
    found, _ = trained(to_train(manifest))
    new, old = weights(store, found, folder), of_base(folder)
    read = {name for name in old if name != "lm_head.weight"}
    assert changed(new, old) == read
    assert set(new) - read == {"score.weight"}


def test_only_what_adapters_change_changes_with_adapters(manifest: str, store: Artifacts, folder: Path):
    found, _ = trained(to_train(manifest, lora_rank=4))
    new, old = weights(store, found, folder), of_base(folder)
    linear = {name for name in old if "_proj" in name}
    assert changed(new, old) == linear
    assert set(new) - set(old) == {"score.weight"}


def test_the_head_changes_with_adapters_too(manifest: str, store: Artifacts, folder: Path):
    short, _ = trained(to_train(manifest, lora_rank=4, learning_rate=1e-12))
    long, _ = trained(to_train(manifest, lora_rank=4))
    heads = [weights(store, found, folder)["score.weight"] for found in (short, long)]
    assert not torch.equal(*heads)


def test_the_same_seed_gives_the_same_model_and_another_one_another(manifest: str, store: Artifacts, folder: Path):
    one, same, other = (weights(store, trained(to_train(manifest, seed=seed))[0], folder) for seed in (1, 1, 2))
    assert all(torch.equal(weight, same[name]) for name, weight in one.items())
    assert not torch.equal(one["score.weight"], other["score.weight"])


@pytest.mark.parametrize("lora_rank", [None, 4])
def test_what_is_asked_between_its_steps_changes_nothing_that_it_learns(
    manifest: str, store: Artifacts, folder: Path, lora_rank: int | None
):
    """Nor the random numbers by which it leaves out some of its attention."""
    config = folder / "models" / "model" / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "attention_dropout": 0.3}))
    request = to_train(manifest, lora_rank=lora_rank)
    undisturbed, _ = trained(request)
    asked = to_ask({"helpfulness": undisturbed["artifact"]}, ["yes, 512", "no, 512"])

    class Disturbed(Told):
        said: list[Any] = []

        def look(self) -> None:
            self.said.append(give_opinion(Told(asked["run"]), asked, no_encoder)["rewards"]["helpfulness"])

    told = Disturbed(request["run"])
    found = train(told, request)
    assert told.points and len(told.said) >= len(told.points) and told.said.count(told.said[0]) == len(told.said)
    one, other = (weights(store, made, folder) for made in (undisturbed, found))
    assert one.keys() == other.keys() and all(torch.equal(weight, other[name]) for name, weight in one.items())


def no_encoder() -> Any:
    raise AssertionError("nobody asked a quick model")


def test_an_adapted_base_begins_as_its_adapter_makes_it(manifest: str, store: Artifacts, folder: Path):
    base = folder / "models" / "model"
    adapter(base, folder / "models" / "polite")
    found, _ = trained(to_train(manifest, base="model+polite", learning_rate=1e-12))
    assert changed(weights(store, found, folder), of_base(folder)) >= {"model.layers.0.self_attn.q_proj.weight"}


def test_the_safety_term_raises_what_is_safe(store: Artifacts, folder: Path):
    """Both responses of each pair are pushed to their labels, not only apart."""
    request = to_train(snapshot(store, folder, PAIRS, "safety"), "safety", safety_weight=1.0, epochs=3.0)
    found, _ = trained(request)
    rows = to_score(store, folder, found["artifact"], [["yes, 512", "no, 512"]])
    scored = score_rows(Told(rows["run"]), rows)
    safe, unsafe = json.loads(store.read(scored["rewards"]))["rewards"]
    assert safe > 0 > unsafe


def test_a_mix_brings_rows_from_elsewhere(manifest: str, store: Artifacts, folder: Path):
    request = to_train(manifest, mix=0.5)
    request["others"] = [source(snapshot(store, folder, 100, "safety"), "safety")]
    found, _ = trained(request)
    assert found["pairs"] == 2 * PAIRS


def test_a_checkpoint_has_a_card_that_says_how_it_was_made(manifest: str, store: Artifacts, folder: Path):
    found, _ = trained(to_train(manifest, lora_rank=4, seed=3))
    (folder / "card").mkdir()
    store.fetch_folder(found["artifact"], folder / "card")
    said = (folder / "card" / "README.md").read_text()
    assert f"`{manifest}`" in said and "LoRA adapters of rank 4" in said and "| seed | 3 |" in said
    assert f"{PAIRS} of helpfulness, 0 from elsewhere; 0 longer" in said
    names = {path.name for path in (folder / "card").iterdir()}
    assert (
        not {name for name in names if name.endswith((".bin", ".pt", ".pth", ".pkl"))} and "model.safetensors" in names
    )


def failure(request: dict[str, Any]) -> EngineError:
    with pytest.raises(EngineError) as caught:
        trained(request)
    return caught.value


def test_too_few_pairs_are_refused(store: Artifacts, folder: Path):
    error = failure(to_train(snapshot(store, folder, 19)))
    assert error.permanent and "There are 19 pairs to train on, and 20 is the least" in error.detail


def test_what_is_longer_than_the_model_may_read_is_left_out_and_counted(store: Artifacts, folder: Path):
    error = failure(to_train(snapshot(store, folder, PAIRS), max_length=10))
    assert f"{PAIRS} more are longer than the model may read" in error.detail


def test_a_training_that_comes_apart_ends_with_what_to_do(manifest: str):
    with pytest.raises(EngineError, match="smaller learning rate"):
        trained(to_train(manifest, learning_rate=1e30))


def test_a_base_without_a_chat_template_is_refused(manifest: str, folder: Path):
    (folder / "models" / "model" / "chat_template.jinja").unlink()
    error = failure(to_train(manifest))
    assert error.permanent and "has no chat template" in error.detail


def test_a_base_that_others_answer_for_is_refused(manifest: str):
    from models_runtime.engine import spec_hash

    spec = {"engine": "openai", "source": "http://127.0.0.1:1/v1#x", "sha256": "", "system_prompt": ""}
    error = failure(to_train(manifest) | {"base": {**spec, "hash": spec_hash(spec)}})
    assert error.permanent and "weights this worker has" in error.detail


def test_a_model_that_no_memory_holds_is_refused_before_it_is_tried(manifest: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reward_training, "device", lambda: torch.device("cpu"))
    monkeypatch.setattr(reward_fitting, "free_memory", lambda device: 100_000)
    error = failure(to_train(manifest))
    assert isinstance(error, OutOfMemory) and "LoRA adapters instead" in error.detail


def test_memory_that_runs_out_in_the_middle_is_met_with_smaller_batches(
    manifest: str, store: Artifacts, monkeypatch: pytest.MonkeyPatch
):
    fitted, tried = reward_training.Training._fitted, []
    fits = list(reward_fitting.FITS[device().type])

    def runs_out(self: Any, loaded: Any, data: Any, fit: reward_fitting.Fit) -> Any:
        tried.append(fit)
        if len(tried) < len(fits):
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return fitted(self, loaded, data, fit)

    monkeypatch.setattr(reward_training.Training, "_fitted", runs_out)
    found, told = trained(to_train(manifest))
    assert tried == fits and found["pairs"] == PAIRS
    assert told.how_far[-1] == (20, 20)


def test_gradient_checkpointing_changes_nothing_that_is_learned(
    manifest: str, store: Artifacts, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    found = []
    for checkpointing in (False, True):
        monkeypatch.setattr(reward_training, "fits", lambda *_, on=checkpointing: [reward_fitting.Fit(4, on)])
        found.append(weights(store, trained(to_train(manifest))[0], folder))
    assert all(torch.allclose(weight, found[1][name], atol=1e-5) for name, weight in found[0].items())


def test_an_errand_that_nobody_wants_ends_between_two_steps(manifest: str, store: Artifacts):
    request = to_train(manifest)
    told = Told(request["run"])
    over = Event()

    def look() -> None:
        if told.how_far and told.how_far[-1][0] == 3:
            over.set()
            raise Unwanted

    told.look = look  # type: ignore[method-assign]
    with pytest.raises(Unwanted):
        train(told, request)
    assert over.is_set() and told.how_far[-1][0] == 3
