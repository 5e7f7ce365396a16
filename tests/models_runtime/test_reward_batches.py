"""Pairs as tensors: what is laid out to be read once gets the rewards that it gets by itself."""

from random import Random

import pytest
import torch
from tiny_models import SHAPE
from transformers import GPT2Config, GPT2ForSequenceClassification, LlamaConfig, LlamaForSequenceClassification

from models_runtime import pair_attention
from models_runtime.pair_layouts import LAYOUTS, Pair, flat, packed, plain
from models_runtime.reward_batches import ByLength, Preferences
from models_runtime.reward_models import layout_for, rewards

PAD = 257


@pytest.fixture(scope="module")
def model() -> LlamaForSequenceClassification:
    pair_attention.install()
    torch.manual_seed(0)
    return LlamaForSequenceClassification(LlamaConfig(**SHAPE, num_labels=1, pad_token_id=PAD)).eval()


def pairs(count: int, seed: int = 0) -> list[Pair]:
    random = Random(seed)

    def drawn(low: int, high: int) -> list[int]:
        return [random.randrange(256) for _ in range(random.randint(low, high))]

    found = []
    for _ in range(count):
        context = drawn(0, 40)
        found.append(Pair.of(context + drawn(1, 30), context + drawn(1, 30)))
    return found


def test_what_both_responses_begin_with_is_shared_but_for_their_last_token():
    assert Pair.of([1, 2, 3, 4], [1, 2, 5]) == Pair([1, 2], [3, 4], [5])
    assert Pair.of([1, 2], [1, 2, 3]) == Pair([1], [2], [2, 3])
    assert Pair.of([1, 2], [1, 2]) == Pair([1], [2], [2])
    assert Pair.of([1], [2]) == Pair([], [1], [2])


@pytest.mark.parametrize("layout", ["flat", "packed"])
def test_a_pair_in_one_row_gets_the_rewards_of_two(model: LlamaForSequenceClassification, layout: str):
    of = pairs(7)
    with torch.no_grad():
        together = rewards(model, LAYOUTS[layout](of, PAD).tensors())
        apart = rewards(model, plain(of, PAD).tensors())
    assert torch.allclose(together, apart, atol=1e-5)
    assert together.unique().numel() == 14


@pytest.mark.parametrize("layout", ["flat", "packed"])
def test_the_rewards_are_those_that_transformers_gives(model: LlamaForSequenceClassification, layout: str):
    of = pairs(5)
    sides = [pair.shared + pair.first for pair in of] + [pair.shared + pair.second for pair in of]
    with torch.no_grad():
        found = rewards(model, LAYOUTS[layout](of, PAD).tensors())
        alone = torch.stack([model(input_ids=torch.tensor([side])).logits[0, 0] for side in sides])
    assert torch.allclose(found, alone, atol=1e-5)


def test_what_is_learned_of_pairs_in_one_row_is_what_is_learned_of_each_response(model: LlamaForSequenceClassification):
    of, found = pairs(5), []
    for layout in ("flat", "plain"):
        model.zero_grad()
        chosen, rejected = rewards(model, LAYOUTS[layout](of, PAD).tensors()).chunk(2)
        torch.nn.functional.softplus(rejected - chosen).sum().backward()
        found.append({name: parameter.grad for name, parameter in model.named_parameters()})
    model.zero_grad()
    for name, gradient in found[0].items():
        assert gradient.abs().max() > 0
        torch.testing.assert_close(gradient, found[1][name], atol=1e-5, rtol=1e-3)


def test_a_row_reads_less_than_two_and_one_row_alone_reads_nothing_in_vain():
    of = pairs(7)
    assert packed(of, PAD).input_ids.numel() < plain(of, PAD).input_ids.numel()
    assert flat(of, PAD).input_ids.numel() == sum(map(len, of))


def test_a_model_that_takes_no_such_rows_gets_each_response_by_itself(model: LlamaForSequenceClassification):
    class Blind(LlamaForSequenceClassification):
        """Sees everything before it, whatever the mask says."""

        def __init__(self, config: LlamaConfig) -> None:
            super().__init__(config)
            forward = self.model.forward
            self.model.forward = lambda attention_mask=None, places=None, **read: forward(
                attention_mask=attention_mask if attention_mask is None or attention_mask.dim() == 2 else None, **read
            )

    assert layout_for(model, pairs(4), PAD) == "flat"
    torch.manual_seed(0)
    assert layout_for(Blind(model.config).eval(), pairs(4), PAD) == "plain"


def test_another_architecture_is_laid_out_so_too():
    torch.manual_seed(0)
    shape = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 256, "vocab_size": 258}
    other = GPT2ForSequenceClassification(GPT2Config(**shape, num_labels=1, pad_token_id=PAD)).eval()
    of = pairs(4)
    chosen = layout_for(other, of, PAD)
    assert chosen != "plain"
    with torch.no_grad():
        found = [rewards(other, LAYOUTS[layout](of, PAD).tensors()) for layout in (chosen, "plain")]
    assert torch.allclose(*found, atol=1e-4)


def test_a_collator_brings_what_the_loss_needs():
    row = {"chosen_ids": [1, 2, 3], "rejected_ids": [1, 4], "margin": 0.5, "share": 1.0}
    batch = Preferences("packed", PAD)(
        [{**row, "chosen_safe": 1.0, "rejected_safe": 0.0}, {**row, "chosen_safe": -1, "rejected_safe": -1}]
    )
    assert batch["input_ids"].tolist() == [[1, 2, 3, 4], [1, 2, 3, 4]]
    assert batch["position_ids"].tolist() == [[0, 1, 2, 1]] * 2
    assert batch["safe"].tolist() == [1.0, -1.0, 0.0, -1.0] and batch["margin"].tolist() == [0.5, 0.5]


def test_batches_are_of_pairs_that_are_about_equally_long_and_every_pair_comes_once():
    random = Random(5)
    lengths = [random.randint(10, 500) for _ in range(403)]
    sampler = ByLength(lengths, 8, seed=3)
    order = list(sampler)
    assert sorted(order) == list(range(403))
    by_eight = [[lengths[row] for row in order[at : at + 8]] for at in range(0, 400, 8)]
    padding = sum(max(batch) * 8 - sum(batch) for batch in by_eight)
    unsorted = [lengths[at : at + 8] for at in range(0, 400, 8)]
    assert padding < sum(max(batch) * 8 - sum(batch) for batch in unsorted) / 5
    assert max(by_eight[0]) == max(lengths)


def test_the_order_is_decided_by_the_seed_and_the_epoch():
    lengths = [Random(number).randint(10, 500) for number in range(100)]
    one, same, other = (ByLength(lengths, 4, seed) for seed in (1, 1, 2))
    assert list(one) == list(same) != list(other)
    same.set_epoch(1)
    assert list(one) != list(same)
