"""Real models that are small enough to be made in a test: random weights, a letter a token, a chat template."""

import json
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

END = "<|end|>"
TEMPLATE = "{% for message in messages %}{{ message.role }}: {{ message.content }}<|end|>{% endfor %}assistant:"
LETTERS = sorted(pre_tokenizers.ByteLevel.alphabet())
PAIR = ("a", "b")  # joined by the only merge
SHAPE = {
    "vocab_size": 258,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
}


def tokenizer() -> PreTrainedTokenizerFast:
    vocabulary = {token: number for number, token in enumerate([*LETTERS, "".join(PAIR)])}
    inner = Tokenizer(models.BPE(vocab=vocabulary, merges=[PAIR]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    made = PreTrainedTokenizerFast(tokenizer_object=inner, eos_token=END, pad_token=END)
    made.chat_template = TEMPLATE
    return made


def llama(folder: Path, seed: int = 0, **shape: Any) -> Path:
    """A checkpoint as `save_pretrained` writes it; `seed` and `shape` tell one from another."""
    torch.manual_seed(seed)
    said = {**SHAPE, "bos_token_id": None, "eos_token_id": 257, "pad_token_id": 257, **shape}
    LlamaForCausalLM(LlamaConfig(**said)).to(torch.bfloat16).save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return folder


def adapter(base: Path, folder: Path, **settings: Any) -> Path:
    """A LoRA adapter whose random weights change what `base` says."""
    torch.manual_seed(1)
    config = LoraConfig(r=4, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM", init_lora_weights=False)
    get_peft_model(LlamaForCausalLM.from_pretrained(base), config).save_pretrained(folder)
    change_json(folder / "adapter_config.json", **settings)
    return folder


def change_json(file: Path, **changes: Any) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def change_weights(file: Path, *, drop: str = "", **add: torch.Tensor) -> None:
    """`drop` is a part of the names of the weights that go."""
    weights = {name: weight for name, weight in load_file(file).items() if not drop or drop not in name}
    save_file({**weights, **add}, file, metadata={"format": "pt"})


def gguf_file(path: Path, architecture: str = "llama", template: str | None = TEMPLATE) -> Path:
    """The same shape as `llama`, in llama.cpp's format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    random, writer = np.random.default_rng(0), gguf.GGUFWriter(str(path), architecture)
    hidden, inner, layers, heads, groups = 32, 64, 2, 4, 2
    writer.add_context_length(256)
    writer.add_embedding_length(hidden)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(heads)
    writer.add_head_count_kv(groups)
    writer.add_rope_dimension_count(hidden // heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(LETTERS) + 2)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([*LETTERS, "".join(PAIR), END])
    writer.add_token_types([gguf.TokenType.NORMAL] * (len(LETTERS) + 1) + [gguf.TokenType.CONTROL])
    writer.add_token_merges([" ".join(PAIR)])
    for name in ("bos", "eos", "pad"):
        getattr(writer, f"add_{name}_token_id")(len(LETTERS) + 1)
    if template:
        writer.add_chat_template(template)
    shapes = {"token_embd": (258, hidden), "output": (258, hidden), "output_norm": (hidden,)}
    block = {"attn_norm": (hidden,), "ffn_norm": (hidden,), "attn_q": (hidden, hidden), "attn_k": (16, hidden)}
    block |= {"attn_v": (16, hidden), "attn_output": (hidden, hidden), "ffn_gate": (inner, hidden)}
    block |= {"ffn_up": (inner, hidden), "ffn_down": (hidden, inner)}
    shapes |= {f"blk.{layer}.{name}": shape for layer in range(layers) for name, shape in block.items()}
    for name, shape in shapes.items():
        writer.add_tensor(f"{name}.weight", random.normal(0, 0.02, shape).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
