"""Each config is what its trainer takes: TRL's RewardTrainer and DPOTrainer, and OpenRLHF by its rules."""

import re
from copy import deepcopy
from pathlib import Path

import pytest
import torch
from datasets import concatenate_datasets, load_dataset
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    LlamaConfig,
    LlamaForCausalLM,
    LlamaForSequenceClassification,
    PreTrainedTokenizerFast,
)
from trl import DPOConfig, DPOTrainer, RewardConfig, RewardTrainer

from labeling.comparisons.models import Assignment
from labeling.datasets.wanted import Format
from tests.datasets.judging import judge
from tests.datasets.test_files import CONFIGS, store, written
from tests.people import answer, ask, make_project

__all__ = ["store"]
README = (Path(__file__).parents[2] / "README.md").read_text()
TEMPLATE = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }} </s>{% endfor %}"
SMALL = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
QUIET = {"use_cpu": True, "report_to": [], "save_strategy": "no", "bf16": False, "dataloader_pin_memory": False}


@pytest.fixture(params=[Format.JSONL, Format.PARQUET])
def folder(request, alice, tmp_path):
    project = make_project("help", ("helpfulness",))
    for degree in (4, 3, 2, 1):
        turn = ask(alice, project, f"question {degree}")
        answer(turn, f"first answer {degree}", f"another {degree}")
        judge(Assignment.objects.get(comparison__turn=turn), degree)
    large = {4: 3.0, 3: 2.0, 2: 1.0, 1: 0.0}
    written(project, tmp_path / "out", margins=large, configs=CONFIGS, formats=(request.param,))
    return tmp_path / "out"


def loaded(folder, config):
    return load_dataset(str(folder), config, split="train", cache_dir=str(folder.parent / "cache"))


@pytest.fixture
def tokenizer() -> PreTrainedTokenizerFast:
    words = ["<unk>", "</s>", "user", "assistant", "question", "first", "answer", "another", ":", *"1234"]
    inner = Tokenizer(models.WordLevel({word: place for place, word in enumerate(words)}, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    made = PreTrainedTokenizerFast(tokenizer_object=inner, unk_token="<unk>", eos_token="</s>", pad_token="</s>")
    made.chat_template = TEMPLATE
    return made


def test_a_reward_trainer_takes_one_step_and_the_margins_reach_its_loss(folder, tokenizer, tmp_path):
    rows = loaded(folder, "helpfulness")
    assert sorted(rows["margin"]) == [0, 1, 2, 3]
    torch.manual_seed(0)
    config = LlamaConfig(vocab_size=32, num_labels=1, pad_token_id=1, **SMALL)
    arguments = RewardConfig(
        **{"output_dir": str(tmp_path / "run"), "max_steps": 1, "per_device_train_batch_size": 4, "logging_steps": 1},
        learning_rate=1e-3,
        **QUIET,
    )
    model = LlamaForSequenceClassification(config)
    before = [parameter.detach().clone() for parameter in model.parameters()]
    trainer = RewardTrainer(model=model, args=arguments, processing_class=tokenizer, train_dataset=rows)
    batch = next(iter(trainer.get_train_dataloader()))
    assert sorted(batch["margin"].tolist()) == [0, 1, 2, 3]

    with torch.no_grad():
        loss = trainer.compute_loss(model.eval(), dict(batch))
        rewards = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits.squeeze(-1)
    chosen, rejected = rewards.chunk(2)
    by_hand = -torch.nn.functional.logsigmoid(chosen - rejected - batch["margin"]).mean()
    assert loss.item() == pytest.approx(by_hand.item(), rel=1e-5)

    trainer.train()
    assert any(not torch.equal(old, new) for old, new in zip(before, model.parameters(), strict=True))


@pytest.mark.parametrize("format_", [Format.JSONL, Format.PARQUET])
def test_an_axis_that_nobody_has_judged_is_mixed_with_the_other_as_a_stream(
    project, assignment, tokenizer, tmp_path, format_
):
    judge(assignment)
    written(project, tmp_path / "out", formats=(format_,))
    asked = {"split": "train", "streaming": True, "cache_dir": str(tmp_path / "cache")}
    both = [load_dataset(str(tmp_path / "out"), axis, **asked) for axis in ("safety", "helpfulness")]
    assert [len(list(rows)) for rows in both] == [0, 1]
    config = LlamaConfig(vocab_size=32, num_labels=1, pad_token_id=1, **SMALL)
    arguments = RewardConfig(output_dir=str(tmp_path / "run"), max_steps=1, **QUIET)
    trainer = RewardTrainer(
        model=LlamaForSequenceClassification(config),
        args=arguments,
        processing_class=tokenizer,
        train_dataset=concatenate_datasets(both),
    )
    assert len(list(trainer.train_dataset)) == 1


def test_a_dpo_trainer_takes_one_step_on_prompts_that_are_no_part_of_the_responses(folder, tokenizer, tmp_path):
    rows = loaded(folder, "dpo")
    torch.manual_seed(0)
    arguments = DPOConfig(
        **{"output_dir": str(tmp_path / "run"), "max_steps": 1, "per_device_train_batch_size": 4, "logging_steps": 1},
        **{"learning_rate": 1e-3, "gradient_checkpointing": False},
        **QUIET,
    )
    model = LlamaForCausalLM(LlamaConfig(vocab_size=32, pad_token_id=1, **SMALL))
    before = [parameter.detach().clone() for parameter in model.parameters()]
    given = {"ref_model": deepcopy(model), "args": arguments, "processing_class": tokenizer, "train_dataset": rows}
    trainer = DPOTrainer(model=model, **given)
    assert len(trainer.train_dataset) == 4
    for row in trainer.train_dataset:
        prompt, chosen = (tokenizer.decode(row[name]) for name in ("prompt_ids", "chosen_ids"))
        assert "question" in prompt and "question" not in chosen
    trainer.train()
    assert any(not torch.equal(old, new) for old, new in zip(before, model.parameters(), strict=True))


def test_readme_trains_with_both(folder, tokenizer, tmp_path, monkeypatch):
    """A small model stands where the default one does."""
    (block,) = re.findall(r"```python\n([^`]*?from trl[^`]*)```", README)
    (base,) = re.findall(r'"(\.tandem/models/[^"]*)"', block)
    torch.manual_seed(0)
    LlamaForCausalLM(LlamaConfig(vocab_size=32, pad_token_id=1, **SMALL)).save_pretrained(tmp_path / base)
    tokenizer.save_pretrained(tmp_path / base)
    folder.rename(tmp_path / "my-dataset")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    exec(block, {})  # noqa: S102 - our own page
    rewards = AutoModelForSequenceClassification.from_pretrained("my-reward-model/checkpoint-3")
    assert rewards.config.num_labels == 1
    assert AutoModelForCausalLM.from_pretrained("my-policy/checkpoint-3").config.vocab_size == 32


def by_openrlhf(row, template, prompt_key=None, is_dpo=False):
    """What OpenRLHF 0.11 makes of a row with its chat template applied, written anew: to install it, flash-attn and
    deepspeed would be built for a GPU. Prompt, chosen, rejected as texts, and the margin."""
    margin = row["margin"] if row.get("margin") is not None else 0
    if prompt_key:
        prompt = template(row[prompt_key], add_generation_prompt=True)
        whole = [template(row[prompt_key] + row[side]) for side in ("chosen", "rejected")]
        return prompt, *(text[len(prompt) :] for text in whole), margin
    whole = [template(row[side]) for side in ("chosen", "rejected")]
    prompt = template(row["chosen"][:-1], add_generation_prompt=True) if is_dpo else ""
    return prompt, *(text[len(prompt) :] for text in whole), margin


@pytest.mark.parametrize(
    ("config", "terms"), [("openrlhf", {"prompt_key": "prompt"}), ("helpfulness", {"is_dpo": True})]
)
def test_openrlhf_finds_the_prompt_both_responses_and_the_margin(folder, tokenizer, config, terms):
    def template(messages, **options):
        return tokenizer.apply_chat_template(messages, tokenize=False, **options)

    (place,) = [place for place in (folder / config).rglob("train.*") if place.is_file()]
    kind = "parquet" if place.suffix == ".parquet" else "json"
    rows = load_dataset(kind, data_files=str(place), cache_dir=str(folder.parent / "cache"))["train"]
    found = [by_openrlhf(row, template, **terms) for row in rows]
    assert sorted(margin for *_, margin in found) == [0, 1, 2, 3]
    for prompt, chosen, rejected, _ in found:
        assert prompt.startswith("user: question") and "assistant" not in prompt
        assert {chosen.split()[1], rejected.split()[1]} == {"first", "another"}
