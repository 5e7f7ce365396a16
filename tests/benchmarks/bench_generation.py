"""How fast our engine is beside `model.generate` on a static batch of the same requests.

    python -m tests.benchmarks.bench_generation

Same model object, precision, prompts, sampling and number of new tokens (no text ends early, so that both
do the same work), turn by turn in one process. On a machine that does other things, trust the ratio rather
than the speeds: it is the median of the ratios of neighbouring turns. A static batch is the ceiling for
requests that come all at once; it can admit nobody while it runs, and shows nothing before it ends.
"""

import argparse
import statistics
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from models_runtime.batcher import device
from models_runtime.checkpoints import install_default
from models_runtime.engine import GenerationRequest, Message, ModelSpec, Sampling
from models_runtime.model_folders import folders
from models_runtime.row_sampler import TOP_K
from models_runtime.transformers_engine import TransformersEngine

SYSTEM_PROMPT = "You are a helpful assistant."
HEADING = f"{'requests':>8} {'ours':>10} {'static':>10} {'ratio':>8} {'range':>11} {'first p50':>10} {'max':>8}"
SENTENCE = "Tell me a story about the sea, its ships and the people who sail on them. "


def requests(size: int, new_tokens: int, turn: int) -> list[GenerationRequest]:
    """Prompts of about 40 to 240 tokens that no turn has seen before: prefix sharing must not help."""
    return [
        GenerationRequest(
            completion=str(UUID(int=turn * 1000 + number)),
            attempt=1,
            spec=ModelSpec("transformers", "benchmark", "", f"{turn} {number} {SYSTEM_PROMPT}", ""),
            messages=(Message("user", f"{turn} {number} " + SENTENCE * (1 + number * 5 % 12)),),
            sampling=Sampling(temperature=0.8, top_p=0.95, max_new_tokens=new_tokens, seed=number),
        )
        for number in range(size)
    ]


def continuous(engine: TransformersEngine, batch: list[GenerationRequest]) -> tuple[float, list[float]]:
    """Seconds for all, and to the first text of each."""
    first: list[float] = []
    began = time.perf_counter()

    def read(request: GenerationRequest) -> None:
        told = False
        for chunk in engine.stream(request):
            if chunk.text and not told:
                told = True
                first.append(time.perf_counter() - began)

    readers = [threading.Thread(target=read, args=(request,)) for request in batch]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    return time.perf_counter() - began, first


def prompts(tokenizer: Any, batch: list[GenerationRequest]) -> Any:
    """As tensors, one padded row a request."""
    dialogues = [
        [
            {"role": "system", "content": request.spec.system_prompt},
            {"role": "user", "content": request.messages[0].content},
        ]
        for request in batch
    ]
    return tokenizer.apply_chat_template(
        dialogues, add_generation_prompt=True, return_tensors="pt", return_dict=True, padding=True
    )


def static(model: Any, tokenizer: Any, batch: list[GenerationRequest]) -> float:
    """Seconds for all in one padded batch, tokenizing included as it is in the engine."""
    began = time.perf_counter()
    inputs = prompts(tokenizer, batch).to(model.device)
    sampling = batch[0].sampling
    with torch.inference_mode():
        written = model.generate(
            **inputs,
            do_sample=True,
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            top_k=TOP_K if model.device.type == "cpu" else 0,  # as the engine does there
            max_new_tokens=sampling.max_new_tokens,
            pad_token_id=tokenizer.pad_token_id,
        )
    written.cpu()  # a GPU may still be at it
    return time.perf_counter() - began


@dataclass(frozen=True)
class Measured:
    """Of all turns but the first, which warms up: tokens/s, ratios of neighbours, seconds to the first text."""

    ours: list[float]
    theirs: list[float]
    ratios: list[float]
    firsts: list[float]


def measure(engine: TransformersEngine, model: Any, tokenizer: Any, size: int, args: Any) -> Measured:
    ours, theirs, ratios, firsts = [], [], [], []
    tokens = size * args.new_tokens
    for turn in range(args.repeats + 1):
        batch = requests(size, args.new_tokens, turn=size * 100 + turn)
        slow = static(model, tokenizer, batch)
        seconds, first = continuous(engine, batch)
        if turn:
            ours.append(tokens / seconds)
            theirs.append(tokens / slow)
            ratios.append(slow / seconds)
            firsts += first
    return Measured(ours, theirs, ratios, firsts)


def row(size: int, measured: Measured) -> str:
    ratios, firsts = measured.ratios, measured.firsts
    return (
        f"{size:>8} {statistics.median(measured.ours):>10.0f} {statistics.median(measured.theirs):>10.0f}"
        f" {statistics.median(ratios):>8.2f} {min(ratios):>6.2f}–{max(ratios):.2f}"
        f" {statistics.median(firsts):>10.2f} {max(firsts):>8.2f}"
    )


def load(checkpoint: Path) -> tuple[Any, Any]:
    """Model and tokenizer; no text ends early."""
    tokenizer = AutoTokenizer.from_pretrained(checkpoint, padding_side="left", local_files_only=True)
    model = AutoModelForCausalLM.from_pretrained(
        checkpoint, dtype=torch.bfloat16, use_safetensors=True, attn_implementation="sdpa", local_files_only=True
    )
    model = model.to(device()).eval()
    model.generation_config.eos_token_id = tokenizer.eos_token = None
    return model, tokenizer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=folders()[0], help="where the default model is or goes")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 2, 8, 16])
    parser.add_argument("--new-tokens", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()

    checkpoint = install_default(args.folder)
    model, tokenizer = load(checkpoint)
    engine = TransformersEngine(model, tokenizer)
    print(f"{checkpoint.name}, {model.dtype}, {engine.device}, {torch.get_num_threads()} threads, ", end="")
    print(f"{args.new_tokens} new tokens, {args.repeats} turns; tokens/s are medians, first text in seconds")
    print(HEADING)
    for size in args.sizes:
        print(row(size, measure(engine, model, tokenizer, size, args)), flush=True)
    engine.close()


if __name__ == "__main__":
    main()
