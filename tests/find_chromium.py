"""Print the path of a Chromium for the browser tests, installing one where none is."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

# The first is Debian's Chromium without windows, which takes half the processor time of one that has them.
SHELL = "chromium-headless-shell"
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main() -> None:
    print(installed() or installed_by_apt() or installed_by_playwright())


def installed() -> str | None:
    if given := os.environ.get("CHROMIUM"):
        return given
    return next((path for path in map(shutil.which, NAMES) if path), None)


def installed_by_apt() -> str | None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    print("Installing Chromium with apt-get", file=sys.stderr)
    done = apt_get("update") and any(apt_get("install", "-y", package) for package in (SHELL, "chromium"))
    return installed() if done else None


def apt_get(command: str, *arguments: str) -> bool:
    return subprocess.run(("apt-get", command, "-qq", *arguments), stdout=sys.stderr).returncode == 0


def installed_by_playwright() -> str:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    if not Path(path).exists():
        print("Installing Chromium with playwright", file=sys.stderr)
        subprocess.run((sys.executable, "-m", "playwright", "install", "chromium"), check=True, stdout=sys.stderr)
    return path


if __name__ == "__main__":
    main()
