"""Print the path of a Chromium for the browser tests, installing one where none is."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


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
    for arguments in (("update", "-qq"), ("install", "-y", "-qq", "chromium")):
        if subprocess.run(("apt-get", *arguments), stdout=sys.stderr).returncode:
            return None
    return installed()


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
