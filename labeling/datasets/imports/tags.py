"""The language that a row says its prompt is in."""

from collections.abc import Mapping
from typing import Any

from labeling.datasets.imports.mapping import Mapped
from labeling.datasets.imports.wrong import Refused, Wrong
from labeling.projects.languages import canonical, is_tag


def language(values: Mapping[str, Any], mapped: Mapped) -> str:
    """As the standard writes it; empty where nobody says it. Raises Refused."""
    tag = mapped.word(values, "language")
    if tag and not is_tag(tag):
        raise Refused(Wrong.LANGUAGE, mapped.columns.get("language", ""), tag)
    return canonical(tag) if tag else ""
