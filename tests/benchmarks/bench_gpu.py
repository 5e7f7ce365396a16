"""How fast our engine is on a GPU: beside plain `generate`, and beside what the memory's bandwidth allows.

    python -m tests.benchmarks.bench_gpu

The default model, and one shaped as Llama of about 1.5 B parameters with random weights, both in bfloat16: speed does
not depend on what the weights say. For one token of each request all weights are read once, and of each request all
keys and values before it; what the memory needs for that, and nothing else, is the floor. Its bandwidth is measured
here, by copying. Where there is no GPU a small shape is written by the CPU: that tries the program out, and its figures
say nothing about a GPU.
"""

import argparse
import platform
import statistics
import time
from datetime import UTC, datetime
from typing import Any

import torch
import transformers
from transformers import LlamaConfig, LlamaForCausalLM

from models_runtime.batcher import GPU_SLOTS, SLOTS, device
from models_runtime.checkpoints import install_default
from models_runtime.memory import release_memory
from models_runtime.model_folders import folders
from models_runtime.transformers_engine import TransformersEngine
from tests.benchmarks.bench_generation import HEADING, load, measure, prompts, requests, row

COPIES = 20
ON_GPU = {"sizes": [1, 8, 64, 256], "hidden": 2048, "layers": 23, "new_tokens": 128, "copied": 2**30}
ON_CPU = {"sizes": [1, 8], "hidden": 256, "layers": 2, "new_tokens": 16, "copied": 2**27}


def llama(tokenizer: Any, hidden: int, layers: int) -> Any:
    """The proportions of Llama 3's small models: heads of 64, four queries to a key, an embedding used twice."""
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=hidden,
        intermediate_size=4 * hidden,
        num_hidden_layers=layers,
        num_attention_heads=hidden // 64,
        num_key_value_heads=hidden // 256,
        max_position_embeddings=4096,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=tokenizer.pad_token_id,
        attn_implementation="sdpa",
    )
    torch.manual_seed(0)
    with device():
        return LlamaForCausalLM(config).to(torch.bfloat16).eval()


def bandwidth(size: int) -> float:
    """Bytes a second that the device's memory reads and writes, the best of some copies of `size` bytes."""
    source = torch.zeros(size, dtype=torch.uint8, device=device())
    target = torch.empty_like(source)
    best = 0.0
    for _ in range(COPIES):
        wait_for_device()
        began = time.perf_counter()
        target.copy_(source)
        wait_for_device()
        best = max(best, 2 * size / (time.perf_counter() - began))
    return best


def wait_for_device() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def ceiling(model: Any, tokenizer: Any, size: int, new_tokens: int, speed: float) -> float:
    """Tokens a second of `size` requests at once, if a step took no longer than the memory takes to read for it."""
    batch = requests(size, new_tokens, turn=size * 100 + 1)
    context = prompts(tokenizer, batch)["attention_mask"].sum().item() + size * new_tokens / 2
    weights = sum(weight.numel() * weight.element_size() for weight in model.parameters())
    return size * speed / (weights + context * bytes_of_a_token(model.config, model.dtype))


def bytes_of_a_token(config: Any, dtype: torch.dtype) -> int:
    """Its keys and values in all layers."""
    of_a_head = config.hidden_size // config.num_attention_heads
    return 2 * config.num_hidden_layers * config.num_key_value_heads * of_a_head * dtype.itemsize


def table(name: str, model: Any, tokenizer: Any, speed: float, args: argparse.Namespace) -> None:
    billions = sum(weight.numel() for weight in model.parameters()) / 1e9
    print(f"\n{name}, {billions:.2f} B parameters, {model.dtype}")
    print(f"{HEADING} {'ceiling':>10} {'share':>8}")
    engine = TransformersEngine(model, tokenizer)
    for size in args.sizes:
        measured = measure(engine, model, tokenizer, size, args)
        most = ceiling(model, tokenizer, size, args.new_tokens, speed)
        share = statistics.median(measured.ours) / most
        print(f"{row(size, measured)} {most:>10.0f} {share:>8.2f}", flush=True)
    engine.close()


def main() -> None:
    gpu = torch.cuda.is_available()
    usual = ON_GPU if gpu else ON_CPU
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=usual["sizes"], help="requests at once")
    parser.add_argument("--hidden", type=int, default=usual["hidden"], help="of the random model; a multiple of 256")
    parser.add_argument("--layers", type=int, default=usual["layers"], help="of the random model")
    parser.add_argument("--new-tokens", type=int, default=usual["new_tokens"])
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()

    name = torch.cuda.get_device_name() if gpu else f"no GPU, {platform.machine()}"
    speed = bandwidth(usual["copied"])
    print(f"{datetime.now(UTC):%Y-%m-%d}, {name}, torch {torch.__version__}, transformers {transformers.__version__}")
    slots = GPU_SLOTS if gpu else SLOTS
    print(f"memory {speed / 1e9:.0f} GB/s as copied; {slots} requests in the engine's batch at most, others wait")
    print(f"{args.new_tokens} new tokens, {args.repeats} turns; tokens/s are medians, first text in seconds")
    model, tokenizer = load(install_default(folders()[0]))
    table("SmolLM2-135M-Instruct", model, tokenizer, speed, args)
    del model
    release_memory()
    table("Llama, random", llama(tokenizer, args.hidden, args.layers), tokenizer, speed, args)


if __name__ == "__main__":
    main()
