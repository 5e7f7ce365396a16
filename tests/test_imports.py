"""Who may import whom: the rules that keep each part readable on its own."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SLICES = [
    *("cohorts", "projects", "exams", "dialogues", "comparisons", "quality"),
    *("datasets", "rewards", "audit", "api", "home"),
]
RULES = [  # pure: no I/O, no Django
    "labeling/projects/gates.py",
    "labeling/projects/mojibake.py",
    "labeling/projects/self_naming.py",
    "labeling/projects/differences.py",
    "labeling/projects/pair_policy.py",
    "labeling/projects/pasted.py",
    "labeling/projects/invitees.py",
    "labeling/projects/typed.py",
    "labeling/projects/sources.py",
    "labeling/exams/scoring.py",
    "labeling/dialogues/pacing.py",
    "labeling/dialogues/intervals.py",
    "labeling/comparisons/going_on.py",
    "labeling/quality/agreement.py",
    "labeling/quality/shares.py",
    "labeling/quality/evidence.py",
    "labeling/quality/wrong_gold.py",
    "labeling/quality/annotator_model.py",
    "labeling/quality/model_evidence.py",
    "labeling/quality/calibration.py",
    "labeling/datasets/exclusions.py",
    "labeling/datasets/filters.py",
    "labeling/datasets/imports/wrong.py",
    "labeling/datasets/imports/cells.py",
    "labeling/datasets/imports/mapping.py",
    "labeling/datasets/licences.py",
    "labeling/datasets/margins.py",
    "labeling/datasets/near_duplicates.py",
    "labeling/datasets/row.py",
    "labeling/datasets/splits.py",
    "labeling/datasets/wanted.py",
    "labeling/datasets/aggregation.py",
    "labeling/datasets/arrow.py",
    "labeling/datasets/card_head.py",
    "labeling/datasets/escaping.py",
    "labeling/datasets/pictures.py",
    "labeling/datasets/ranges.py",
    "labeling/datasets/tally.py",
    "labeling/datasets/configs/shapes.py",
    "labeling/datasets/configs/columns.py",
    "labeling/datasets/configs/judgements.py",
    "labeling/datasets/configs/soft.py",
    "labeling/datasets/configs/trainers.py",
    "labeling/rewards/wanted.py",
    "labeling/rewards/report/accuracy.py",
    "labeling/rewards/report/calibration.py",
    "labeling/rewards/report/combination.py",
    "labeling/rewards/report/comparing.py",
    "labeling/rewards/report/held.py",
    "labeling/rewards/report/lengths.py",
    "labeling/rewards/report/llama2.py",
    "labeling/rewards/report/margins.py",
    "labeling/rewards/report/resampling.py",
    "labeling/rewards/report/unsafe.py",
    "labeling/rewards/report/whole.py",
    "labeling/rewards/report/winning.py",
    "labeling/rewards/head.py",
]
MODEL_LIBRARIES = {"torch", "transformers", "trl", "accelerate", "peft", "gguf"}
FILES = sorted(
    str(file.relative_to(ROOT))
    for folder in ("labeling", "models_runtime")
    for file in (ROOT / folder).rglob("*.py")
    if "migrations" not in file.parts
)


@cache
def imports(path: str) -> list[tuple[str, str]]:
    """(module, name) of every import of a file, relative ones made absolute, and names given as text."""
    tree = ast.parse((ROOT / path).read_text())
    package = path.removesuffix(".py").split("/")[:-1]
    found: list[tuple[str, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            found += [(module, alias.name) for alias in node.names]
        elif isinstance(node, ast.Call):
            found += named_models(node)
    return found


def named_models(call: ast.Call) -> list[tuple[str, str]]:
    """`get_model("app.Model")` and `ForeignKey("app.Model")` are imports as well."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if name not in {"get_model", "ForeignKey", "OneToOneField", "ManyToManyField", "import_module"} or not call.args:
        return []
    first = call.args[0]
    text = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""
    app = text.split(".")[0]
    return [(f"labeling.{app}", "models")] if app in SLICES else []


def slice_of(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "labeling" and parts[1] in SLICES else None


def targets(path: str) -> list[tuple[str, str]]:
    """Each import with `from labeling import dialogues` spelled out as the slice it is."""
    return [(f"{module}.{name}" if module == "labeling" else module, name) for module, name in imports(path)]


@pytest.mark.parametrize("path", FILES)
def test_it_imports_only_what_it_may(path):
    own = slice_of(path.replace("/", "."))
    for module, name in targets(path):
        other = slice_of(module)
        if own and other and other != own and not path.endswith("urls.py"):
            assert SLICES.index(other) < SLICES.index(own), f"{path}: {own} stands left of {other}"
            assert "views" not in (*module.split("."), name), f"{path} imports the views of {other}"
            assert not name.startswith("_"), f"{path} imports {name}, which is private to {other}"
        top = module.split(".")[0]
        if path.startswith("models_runtime/"):
            assert top not in {"django", "labeling"}, f"{path} imports {module}"
        else:
            assert top not in {"models_runtime", *MODEL_LIBRARIES}, f"{path} imports {module}"


@pytest.mark.parametrize("path", [path for path in FILES if path.startswith("labeling/")])
def test_models_import_neither_rules_nor_views(path):
    """Signals they may send, and what is pure they may ask."""
    own = slice_of(path.replace("/", "."))
    if "/models" not in path or own is None:
        return
    for module, name in targets(path):
        if slice_of(module) == own:
            inside = module.split(".")[2:] or [name]
            pure = f"{module.replace('.', '/')}.py" in RULES
            assert pure or inside[0] in {"models", "signals"}, f"{path} imports {module}"


@pytest.mark.parametrize("path", RULES)
def test_rules_know_no_django(path):
    for module, _ in targets(path):
        assert module.split(".")[0] not in {"django", "redis", "celery", "os", "pathlib", "requests"}, module
        assert module in {name.removesuffix(".py").replace("/", ".") for name in RULES} or "labeling" not in module


def test_the_web_process_never_loads_torch_no_process_scipy_before_it_computes_and_no_worker_a_page():
    import subprocess
    import sys

    code = "import sys, labeling.celery as web, labeling.receipts as read; web.app.loader.import_default_modules(); "
    code += "read.app.loader.import_default_modules(); assert 'labeling.urls' not in sys.modules; "
    code += "import labeling.urls, labeling.asgi; sys.exit(bool({'torch', 'scipy'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
