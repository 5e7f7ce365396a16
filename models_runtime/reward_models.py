"""A chat model whose last layer says one number instead of the next word; and what it says of responses."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from transformers import AutoModelForSequenceClassification, PreTrainedModel

from models_runtime import pair_attention
from models_runtime.chat_prompt import ChatPrompt
from models_runtime.checkpoint_loading import OFFLINE, Loaded, load
from models_runtime.checkpoints import Weights
from models_runtime.engine import EngineError
from models_runtime.pair_layouts import LAYOUTS, READ, Pair

HALF = ("avx512_bf16", "amx_bf16", "sve_bf16")  # what a CPU may have for products in bfloat16
ALIKE = 2e-3  # how far a reward may be from the one that a response gets by itself, relative to their size


def from_chat_model(weights: Weights, device: torch.device, seed: int) -> Loaded:
    """With the chat model's own weights, in float32, and a head that the seed alone decides."""
    pair_attention.install()
    chat = load(weights.folder, device, torch.float32, weights.adapter)
    config = chat.model.config
    config.num_labels = 1
    try:
        with torch.device("meta"):
            model: Any = AutoModelForSequenceClassification.from_config(config)
        prefix = model.base_model_prefix
        setattr(model, prefix, getattr(chat.model, prefix))
        model.score = _head(config, device, seed)
    except (ValueError, AttributeError) as error:
        raise EngineError(
            f"The model in {weights.folder} ({config.model_type}) is of a kind that cannot be made into a reward "
            "model. Take another one as the base.",
            permanent=True,
        ) from error
    _name_padding(model, chat.tokenizer)
    return Loaded(model, chat.tokenizer)


def from_checkpoint(folder: Path, device: torch.device) -> Loaded:
    """One that was trained here, as it was kept."""
    from transformers import AutoTokenizer

    pair_attention.install()
    model: Any = AutoModelForSequenceClassification.from_pretrained(
        folder, dtype="auto", use_safetensors=True, attn_implementation="sdpa", **OFFLINE
    )
    return Loaded(model.to(device).eval(), AutoTokenizer.from_pretrained(folder, **OFFLINE))


def _head(config: Any, device: torch.device, seed: int) -> nn.Linear:
    text = config.get_text_config()
    head = nn.Linear(text.hidden_size, 1, bias=False)
    generator = torch.Generator().manual_seed(seed)
    deviation = getattr(text, "initializer_range", 0.02)
    head.weight.data = torch.randn(head.weight.shape, generator=generator) * deviation
    return head.to(device)


def _name_padding(model: Any, tokenizer: Any) -> None:
    """Trainers ask for it, and whoever loads the checkpoint elsewhere."""
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    if tokenizer.pad_token is None:
        raise EngineError(
            "The tokenizer of the base model knows no token for padding and none for the end of a text.", permanent=True
        )
    model.config.get_text_config().pad_token_id = tokenizer.pad_token_id


def computes_in_half(where: torch.device) -> bool:
    """Whether products in bfloat16 are the faster ones; weights and their sums stay what they are."""
    if where.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return any(torch.cpu.get_capabilities().get(name, False) for name in HALF)


def rewards(model: Any, batch: Mapping[str, Tensor]) -> Tensor:
    """Of all responses of a batch of pair_layouts.py: the first ones, then the second ones."""
    inner: Any = model.get_base_model() if hasattr(model, "get_base_model") else model
    backbone = getattr(inner, inner.base_model_prefix)
    read = {name: batch[name] for name in READ if name in batch}
    hidden = backbone(**read, use_cache=False).last_hidden_state
    found: Tensor = inner.score(hidden[batch["rows"], batch["columns"]])
    return found.squeeze(-1).float()


@torch.no_grad()
def layout_for(model: PreTrainedModel, pairs: Sequence[Pair], pad: int) -> str:
    """The one by which this model soonest gives pairs the rewards that their responses get by themselves."""
    probe = sorted(pairs, key=len)[:2]
    was = model.training
    model.eval()
    try:
        names = ("flat", "packed") if model.device.type == "cpu" else ("packed",)
        return next((name for name in names if _is_right(model, name, probe, pad)), "plain")
    finally:
        model.train(was)


def _is_right(model: PreTrainedModel, layout: str, pairs: Sequence[Pair], pad: int) -> bool:
    try:
        found, alone = (_of(model, LAYOUTS[name](pairs, pad).tensors(), model.device) for name in (layout, "plain"))
    except (ValueError, RuntimeError, TypeError, IndexError):
        return False
    return float((found - alone).abs().max()) <= ALIKE * max(float(alone.abs().max()), 1e-3)


def _of(model: Any, batch: Mapping[str, Tensor], device: torch.device) -> Tensor:
    return rewards(model, {name: tensor.to(device) for name, tensor in batch.items()})


def tokens(chat: ChatPrompt, context: Sequence[Mapping[str, str]], response: str) -> list[int]:
    """As the model reads a dialogue. System prompts are left out: they would tell who wrote it."""
    said = [message for message in context if message["role"] != "system"]
    return chat.whole([*said, {"role": "assistant", "content": response}])


@torch.no_grad()
def score(
    loaded: Loaded, pairs: Sequence[tuple[list[int], list[int]]], batch: int
) -> Iterator[list[tuple[int, float, float]]]:
    """Of pairs of dialogues, each as its token ids: (which pair, the first one's reward, the second one's), in
    portions, the longest first."""
    laid = [Pair.of(*pair) for pair in pairs]
    model, pad = loaded.model, cast(int, loaded.tokenizer.pad_token_id)
    layout = LAYOUTS[layout_for(model, laid, pad)] if laid else LAYOUTS["plain"]
    order = sorted(range(len(laid)), key=lambda number: -len(laid[number]))
    for begin in range(0, len(order), batch):
        numbers = order[begin : begin + batch]
        with torch.autocast(model.device.type, torch.bfloat16, enabled=computes_in_half(model.device)):
            found = _of(model, layout([laid[number] for number in numbers], pad).tensors(), model.device)
        first, second = found.tolist()[: len(numbers)], found.tolist()[len(numbers) :]
        yield list(zip(numbers, first, second, strict=True))
