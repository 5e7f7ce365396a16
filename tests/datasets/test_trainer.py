"""The export is what TRL's RewardTrainer takes."""

import pytest
import torch
from datasets import load_dataset
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForSequenceClassification, PreTrainedTokenizerFast
from trl import RewardConfig, RewardTrainer

from labeling.comparisons.models import Assignment
from labeling.datasets.export import export
from tests.datasets.test_export import judge, read
from tests.people import answer, ask, make_project

TEMPLATE = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }} </s>{% endfor %}"


@pytest.fixture
def folder(alice, tmp_path):
    project = make_project("help", ("helpfulness",))
    for degree in (4, 3, 2, 1):
        turn = ask(alice, project, f"question {degree}")
        answer(turn, f"first answer {degree}", f"another {degree}")
        judge(Assignment.objects.get(comparison__turn=turn), degree)
    export(project, tmp_path / "out", "large")
    return tmp_path / "out" / "helpfulness"


def test_what_was_said_is_not_taken_for_rows_to_train_on(folder):
    loaded = load_dataset(str(folder))
    assert {split: rows.column_names for split, rows in loaded.items()} == {"train": ["chosen", "rejected", "margin"]}
    assert len(read(folder.parent / "judgements" / "helpfulness.jsonl")) == len(loaded["train"]) == 4


@pytest.fixture
def tokenizer() -> PreTrainedTokenizerFast:
    words = ["<unk>", "</s>", "user", "assistant", "question", "first", "answer", "another", ":", *"1234"]
    inner = Tokenizer(models.WordLevel({word: place for place, word in enumerate(words)}, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    made = PreTrainedTokenizerFast(tokenizer_object=inner, unk_token="<unk>", eos_token="</s>", pad_token="</s>")
    made.chat_template = TEMPLATE
    return made


def test_a_reward_trainer_takes_one_step_and_the_margins_reach_its_loss(folder, tokenizer, tmp_path):
    rows = load_dataset(str(folder), split="train")
    assert sorted(rows["margin"]) == [0, 1, 2, 3]
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=32,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        num_labels=1,
        pad_token_id=1,
    )
    arguments = RewardConfig(
        output_dir=str(tmp_path / "run"),
        max_steps=1,
        per_device_train_batch_size=4,
        learning_rate=1e-3,
        use_cpu=True,
        report_to=[],
        save_strategy="no",
        logging_steps=1,
        bf16=False,
        dataloader_pin_memory=False,
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
