"""TRL's RewardTrainer with the losses of `reward_loss`, batches of `reward_batches`, and an errand that may end it."""

import json
import math
import os
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Sampler
from transformers import PrinterCallback, Trainer, TrainerCallback
from transformers.trainer_utils import PREFIX_CHECKPOINT_DIR
from trl import RewardTrainer

from models_runtime.engine import EngineError
from models_runtime.errands import Errand
from models_runtime.pair_layouts import Pair
from models_runtime.reward_batches import ByLength, Preferences
from models_runtime.reward_loss import preference_loss, safety_loss
from models_runtime.reward_models import rewards

SAVE_SECONDS = float(os.environ.get("SAVE_SECONDS") or 300)
SAVING_SHARE = 0.05  # of the time, at most, that goes into checkpoints
NOTE = "tandem.json"
DIVERGED = (
    "The training came apart: its loss is no number any more. Ask for it with a smaller learning rate; Llama 2's is "
    "1e-5, and a small model stands 1e-4."
)


class PreferenceTrainer(RewardTrainer):
    """`train_dataset` has the columns chosen_ids, rejected_ids, margin, share, chosen_safe, rejected_safe."""

    def __init__(self, *, loss: str, safety_weight: float, layout: str, **options: Any) -> None:
        collator = Preferences(layout, options["processing_class"].pad_token_id)
        super().__init__(data_collator=collator, **options)
        self.remove_callback(PrinterCallback)
        self._loss, self._safety_weight = loss, safety_weight

    def compute_loss(
        self, model: Any, inputs: dict[str, Tensor], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        with self.accelerator.autocast():
            found = rewards(model, inputs)
        chosen, rejected = found.chunk(2)
        loss = preference_loss(self._loss, chosen - rejected, inputs["margin"], inputs["share"])
        if self._safety_weight:
            loss = loss + self._safety_weight * safety_loss(found, inputs["safe"])
        with torch.no_grad():
            right = (chosen > rejected).float().mean().item()
        self._metrics["train" if model.training else "eval"]["accuracy"].append(right)
        return (loss, {"rewards": found}) if return_outputs else loss

    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler[int]:
        data: Any = self.train_dataset if train_dataset is None else train_dataset
        pairs = (Pair.of(row["chosen_ids"], row["rejected_ids"]) for row in data)
        return ByLength(list(map(len, pairs)), self.args.train_batch_size, self.args.seed)

    def _send_telemetry(self) -> None:
        """Nobody is told what is trained here."""

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        """Without a card: that is written of the model which is kept."""
        Trainer._save_checkpoint(self, model, trial)


class Watch(TrainerCallback):
    """Between two steps: tells how far it is, looks whether it is still wanted, and has it kept now and then."""

    def __init__(self, errand: Errand, before: float) -> None:
        """`before` is how many seconds it took earlier to come to where this attempt begins."""
        self._errand, self._before = errand, before
        self._saving = self._saved = time.monotonic()
        self._began = self._saved - errand.aside_seconds
        self._pause = SAVE_SECONDS

    @property
    def seconds(self) -> float:
        return round(self._before + time.monotonic() - self._began - self._errand.aside_seconds, 1)

    def on_substep_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """A step may take minutes."""
        self._errand.step_aside()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._errand.come(state.global_step, state.max_steps)
        over = state.global_step >= state.max_steps
        if not over and (self._errand.stopping or time.monotonic() > self._saved + self._pause):
            self._saving = time.monotonic()
            control.should_save = True
        if self._errand.stopping:
            control.should_training_stop = True
        else:
            self._errand.look()

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """The note is written last: a checkpoint without one was cut off."""
        self._saved = time.monotonic()
        self._pause = max(SAVE_SECONDS, (self._saved - self._saving) / SAVING_SHARE)
        folder = Path(args.output_dir) / f"{PREFIX_CHECKPOINT_DIR}-{state.global_step}"
        (folder / NOTE).write_text(json.dumps({"seconds": self.seconds}))

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
        if logs and "loss" in logs:
            if not math.isfinite(logs["loss"]):
                raise EngineError(DIVERGED, permanent=True)
            said = {"loss": float(logs["loss"]), "accuracy": float(logs["accuracy"]), "seconds": self.seconds}
            self._errand.come(state.global_step, state.max_steps, {"step": state.global_step, **said})


def last_checkpoint(folder: Path) -> tuple[Path, float] | None:
    """The newest that is whole, with the seconds it took to come there."""
    notes = sorted(
        folder.glob(f"{PREFIX_CHECKPOINT_DIR}-*/{NOTE}"), key=lambda note: int(note.parent.name.split("-")[-1])
    )
    if not notes:
        return None
    return notes[-1].parent, float(json.loads(notes[-1].read_text())["seconds"])
