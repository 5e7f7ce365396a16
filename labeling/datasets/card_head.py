"""The YAML above a data set's card: how hubs find it and `datasets` loads it. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any

from labeling.datasets.configs.columns import Columns, Type
from labeling.datasets.configs.shapes import SHAPES
from labeling.datasets.escaping import scalar

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
TAGS = ("human-feedback", "preference", "rlhf", "dpo", "trl", "reward-modeling")


def head(
    name: str, languages: Iterable[str], licence: str, comparisons: int, files: Sequence[Any], margin: bool
) -> str:
    """`files` are entries of files.py. Where there are several formats, the first of each config is loaded."""
    size = next((label for limit, label in SIZES if comparisons < limit), "1M<n<10M")
    configs = dict.fromkeys(entry.config for entry in files)
    lines = ["---", *_list("language", languages), f"license: {licence}", f"pretty_name: {scalar(name)}"]
    lines += [*_list("size_categories", [size]), *_list("task_categories", ["text-ranking"]), *_list("tags", TAGS)]
    if configs:
        lines += ["configs:", *(line for config in configs for line in _files(config, files))]
        lines += ["dataset_info:", *(line for config in configs for line in _features(config, margin))]
    return "\n".join([*lines, "---", ""])


def _list(name: str, values: Iterable[str]) -> list[str]:
    items = [f"- {scalar(value)}" for value in values]
    return [f"{name}:", *items] if items else []


def _files(config: str, files: Sequence[Any]) -> list[str]:
    own = [entry for entry in files if entry.config == config]
    loaded = [entry for entry in own if entry.format == own[0].format]
    lines = [f"- config_name: {config}", "  data_files:"]
    for split in dict.fromkeys(sorted((entry.split for entry in loaded), reverse=True)):
        paths = [f"    - {scalar(entry.file.path)}" for entry in loaded if entry.split == split]
        lines += [f"  - split: {split}", "    path:", *paths]
    return lines


def _features(config: str, margin: bool) -> list[str]:
    return [f"- config_name: {config}", "  features:", *_columns(SHAPES[config].columns(margin), "  ")]


def _columns(columns: Columns, indent: str) -> list[str]:
    return [line for name, kind in columns.items() for line in [f"{indent}- name: {name}", *_type(kind, f"{indent}  ")]]


def _type(kind: Type, indent: str) -> list[str]:
    """As `datasets` writes its features."""
    if isinstance(kind, dict):
        return [f"{indent}struct:", *_columns(kind, indent)]
    if isinstance(kind, list):
        inner = kind[0]
        return [f"{indent}list:", *_columns(inner, indent)] if isinstance(inner, dict) else [f"{indent}list: {inner}"]
    return [f"{indent}dtype: {kind}"]
