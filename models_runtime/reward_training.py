"""Trains a reward model: from a request to a checkpoint in the store.

A request says `base` (a model spec), `own` and `others` (sources of rows), and `wanted`, as labeling.rewards.wanted
keeps it. What a killed worker had kept of the run is gone on with where the same machine takes it up again.
"""

import logging
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import LoraConfig
from trl import RewardConfig

from models_runtime import checkpoints
from models_runtime.artifacts import artifacts
from models_runtime.batcher import device
from models_runtime.chat_prompt import ChatPrompt
from models_runtime.checkpoint_loading import Loaded
from models_runtime.engine import EngineError, ModelSpec
from models_runtime.errands import Errand
from models_runtime.made_once import on_disk
from models_runtime.memory import is_out_of_memory, release_memory
from models_runtime.model_folders import own_folder
from models_runtime.pair_layouts import Pair
from models_runtime.reward_card import card
from models_runtime.reward_fitting import Fit, fits, too_large
from models_runtime.reward_models import computes_in_half, from_chat_model, layout_for, tokens
from models_runtime.reward_rows import Row, Source, mixed, require_enough, rows
from models_runtime.reward_trainer import PreferenceTrainer, Watch, last_checkpoint

log = logging.getLogger(__name__)

LEAST = 20  # pairs
STEPS = 20  # of the optimiser in an epoch, at least, where steps of `batch_pairs` would be fewer
POINTS = 100  # of the curve
FORGOTTEN = 14 * 24 * 3600  # seconds after which what is left of a run that nobody took up again is deleted


@dataclass(frozen=True)
class Wanted:
    """As labeling.rewards.wanted has it."""

    margin: str
    loss: str
    safety_weight: float
    mix: float
    epochs: float
    learning_rate: float
    batch_pairs: int
    max_length: int
    lora_rank: int | None
    seed: int

    @classmethod
    def from_message(cls, said: Mapping[str, Any]) -> "Wanted":
        return cls(**{name: said[name] for name in cls.__dataclass_fields__})


@dataclass(frozen=True)
class Data:
    """What is trained on, and how many pairs of it are `own`, as token ids; how many were too long."""

    pairs: Dataset
    own: int
    left_out: int

    @property
    def longest(self) -> int:
        return max(len(Pair.of(row["chosen_ids"], row["rejected_ids"])) for row in self.pairs)


def train(errand: Errand, message: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields of `receipts.trained`. Raises EngineError, Unwanted, WorkerStopped."""
    wanted = Wanted.from_message(message["wanted"])
    folder = own_folder() / "training" / errand.ticket.run
    with on_disk(folder, "what is learned"):
        folder.mkdir(parents=True, exist_ok=True)
        _forget_others(folder)
        source = _base(ModelSpec.from_message(message["base"]))
        own, others = _rows(message, folder)
        training = Training(errand, wanted, source, message, folder)
        found = training.run(mixed(own, others, wanted.mix, wanted.seed), len(own))
        shutil.rmtree(folder)
    return found


def _base(spec: ModelSpec) -> checkpoints.Weights:
    if spec.engine != "transformers":
        raise EngineError(
            "A reward model begins as a chat model whose weights this worker has; this one is answered elsewhere. Take "
            "a model version that is a folder, a file or a repository as the base.",
            permanent=True,
        )
    return checkpoints.find(spec.source, spec.sha256)


def _rows(message: Mapping[str, Any], folder: Path) -> tuple[list[Row], list[Row]]:
    store = artifacts()
    own = rows(store, Source.from_message(message["own"]), folder)
    return own, [row for said in message["others"] for row in rows(store, Source.from_message(said), folder)]


class Training:
    def __init__(
        self,
        errand: Errand,
        wanted: Wanted,
        base: checkpoints.Weights,
        message: Mapping[str, Any],
        folder: Path,
    ) -> None:
        self._errand, self._wanted, self._base, self._message, self._folder = errand, wanted, base, message, folder
        self._device = device()

    def run(self, chosen: Sequence[Row], own: int) -> Mapping[str, Any]:
        """With as much at once as the device takes; less where that was too much."""
        loaded = [self._load()]  # a list, so that nobody here holds what was too much
        data = self._encoded(loaded[0], chosen, own)
        for fit in fits(loaded[0].model, data.longest, self._trained(loaded[0]), self._device):
            try:
                return self._fitted(loaded.pop() if loaded else self._load(), data, fit)
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                log.warning("%s is too much for %s: %s", fit, self._device, error)
            release_memory()
        raise too_large(data.longest)

    def _load(self) -> Loaded:
        return from_chat_model(self._base, self._device, self._wanted.seed)

    def _trained(self, loaded: Loaded) -> int:
        """Roughly, for adapters: they are as wide as their rank in place of a layer's width."""
        weights = sum(parameter.numel() for parameter in loaded.model.parameters())
        rank = self._wanted.lora_rank
        return weights * 2 * rank // loaded.model.config.get_text_config().hidden_size if rank else weights

    def _encoded(self, loaded: Loaded, chosen: Sequence[Row], own: int) -> Data:
        chat = ChatPrompt(loaded.tokenizer)
        limit = getattr(loaded.model.config.get_text_config(), "max_position_embeddings", None)
        longest = min(self._wanted.max_length, limit or self._wanted.max_length)
        found, kept_own = [], 0
        for number, row in enumerate(chosen):
            self._errand.look()
            ids = [tokens(chat, row.context, said) for said in (row.chosen, row.rejected)]
            if max(map(len, ids)) > longest:
                continue
            kept_own += number < own
            said = {name: getattr(row, name) for name in ("margin", "share", "chosen_safe", "rejected_safe")}
            found.append({"chosen_ids": ids[0], "rejected_ids": ids[1], **said})
        require_enough(kept_own, LEAST, len(chosen) - len(found))
        return Data(Dataset.from_list(found), kept_own, len(chosen) - len(found))

    def _fitted(self, loaded: Loaded, data: Data, fit: Fit) -> Mapping[str, Any]:
        kept = last_checkpoint(self._folder)
        watch = Watch(self._errand, kept[1] if kept else 0.0)
        layout = layout_for(loaded.model, _some(data), loaded.tokenizer.pad_token_id)
        step_pairs = max(1, min(self._wanted.batch_pairs, len(data.pairs) // STEPS))
        trainer = PreferenceTrainer(
            loss=self._wanted.loss,
            safety_weight=self._wanted.safety_weight,
            layout=layout,
            model=loaded.model,
            args=self._arguments(step_pairs, len(data.pairs), fit),
            processing_class=loaded.tokenizer,
            train_dataset=data.pairs,
            peft_config=self._adapters(),
            callbacks=[watch],
        )
        trainer.train(resume_from_checkpoint=str(kept[0]) if kept else None)
        self._errand.look()
        log.info("Trained on %d pairs, %s, %s, in %.1f s", len(data.pairs), layout, fit, watch.seconds)
        facts = {"step_pairs": step_pairs, "steps": trainer.state.global_step, "seconds": watch.seconds}
        return self._keep(trainer, loaded, data, facts)

    def _arguments(self, step_pairs: int, pairs: int, fit: Fit) -> RewardConfig:
        wanted, at_once = self._wanted, min(fit.pairs, step_pairs)
        gathered = -(-step_pairs // at_once)
        steps = max(1, round(wanted.epochs * pairs / (at_once * gathered)))
        return RewardConfig(
            output_dir=str(self._folder),
            seed=wanted.seed,
            max_length=None,  # what is too long was left out, and counted
            num_train_epochs=wanted.epochs,
            learning_rate=wanted.learning_rate,
            lr_scheduler_type="cosine_with_min_lr",
            lr_scheduler_kwargs={"min_lr_rate": 0.1},
            warmup_steps=min(max(5, round(0.03 * steps)), steps // 4),
            per_device_train_batch_size=at_once,
            gradient_accumulation_steps=gathered,
            gradient_checkpointing=fit.checkpointing,
            bf16=computes_in_half(self._device),
            use_cpu=self._device.type == "cpu",
            logging_steps=max(1, steps // POINTS),
            logging_nan_inf_filter=False,  # Watch ends it then
            save_strategy="no",  # Watch says when
            save_total_limit=2,
            report_to=[],
            disable_tqdm=True,
            dataloader_pin_memory=self._device.type == "cuda",
            remove_unused_columns=False,
        )

    def _adapters(self) -> LoraConfig | None:
        rank = self._wanted.lora_rank
        if rank is None:
            return None
        return LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type="SEQ_CLS")

    def _keep(self, trainer: Any, loaded: Loaded, data: Data, facts: Mapping[str, Any]) -> Mapping[str, Any]:
        """Into the store, with its card; adapters are merged, so that it needs nothing beside it."""
        model = trainer.accelerator.unwrap_model(trainer.model, keep_fp32_wrapper=False)
        if self._wanted.lora_rank is not None:
            model = model.merge_and_unload()
        if self._device.type == "cuda":
            model = model.to(torch.bfloat16)
        folder = self._folder / "model"
        shutil.rmtree(folder, ignore_errors=True)
        model.save_pretrained(folder)
        loaded.tokenizer.save_pretrained(folder)
        (folder / "README.md").write_text(card({**self._facts(data), **facts, "prefix": model.base_model_prefix}))
        about = {"kind": "reward model", "axis": self._message["own"]["axis"], "base": self._base.sha256}
        artifact = artifacts().add_folder(folder, about)
        return {"artifact": artifact, "seconds": facts["seconds"], "pairs": len(data.pairs), "left_out": data.left_out}

    def _facts(self, data: Data) -> Mapping[str, Any]:
        sources = [self._message["own"], *self._message["others"]]
        spec = self._message["base"]
        return {
            **asdict(self._wanted),
            "axis": self._message["own"]["axis"],
            "source": spec["source"],
            "sha256": self._base.sha256,
            "pairs": data.own,
            "others": len(data.pairs) - data.own,
            "left_out": data.left_out,
            "snapshots": ", ".join(sorted({f"`{source['manifest']}`" for source in sources})),
            "device": torch.cuda.get_device_name() if self._device.type == "cuda" else "CPU",
        }


def _some(data: Data) -> list[Pair]:
    return [
        Pair.of(row["chosen_ids"], row["rejected_ids"]) for row in data.pairs.select(range(min(16, len(data.pairs))))
    ]


def _forget_others(folder: Path) -> None:
    """What runs left that failed or were cancelled, and that nobody has taken up again for two weeks."""
    for other in folder.parent.iterdir():
        if other != folder and other.stat().st_mtime < time.time() - FORGOTTEN:
            shutil.rmtree(other, ignore_errors=True)
