"""The card of a reward model: what it was made of and how, for whoever finds the checkpoint later. Pure."""

from collections.abc import Mapping
from typing import Any

CARD = """\
---
library_name: transformers
pipeline_tag: text-classification
tags: [reward-model, trl, tandem]
---

# Reward model for {axis}

It reads a dialogue by its own chat template and gives the last response a reward: one number, at the dialogue's last
token, that means something beside the reward of another response to the same prompt. It was trained on the preferences
of people, of which the snapshot below holds each, and says no more than they did.

| | |
|---|---|
| base | `{source}`, sha256 `{sha256}` |
| trained | {trained} |
| pairs | {pairs} of {axis}, {others} from elsewhere; {left_out} longer than {max_length} tokens were left out |
| snapshots | {snapshots} |
| loss | {loss} |
| optimiser | AdamW, {epochs:g} epochs, {steps} steps of {step_pairs} pairs |
| learning rate | {learning_rate:g}, falling to a tenth as a cosine |
| seed | {seed} |
| took | {seconds:.0f} s on {device} |

```python
from transformers import AutoModelForSequenceClassification, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(".")
model = AutoModelForSequenceClassification.from_pretrained(".")
dialogue = [{{"role": "user", "content": "…"}}, {{"role": "assistant", "content": "…"}}]
tokens = tokenizer.apply_chat_template(dialogue, return_tensors="pt", return_dict=False)
reward = model.score(model.{prefix}(tokens).last_hidden_state[0, -1]).item()
```
"""


def card(facts: Mapping[str, Any]) -> str:
    rank, weight = facts["lora_rank"], facts["safety_weight"]
    trained = f"LoRA adapters of rank {rank}, merged" if rank else "all weights"
    term = f", and {weight:g} times the cross-entropy of the safety labels" if weight else ""
    return CARD.format(**{**facts, "trained": trained, "loss": f"{facts['loss']}, margin {facts['margin']}{term}"})
