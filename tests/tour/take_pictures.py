"""A picture of every stop of the tour, in light and in dark, for docs/screenshots: `make screenshots`.

Each shows the same texts every time, and the same time wherever one is shown. What a worker measures may differ.
"""

import io
import shutil
from pathlib import Path
from random import Random

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from labeling.comparisons import pairs
from labeling.dialogues import generation
from labeling.stack import REPOSITORY
from tests.browser.conftest import chromium as chromium
from tests.processes import Installation
from tests.tour.visits import tour
from tests.tour.world import build

FOLDER = REPOSITORY / "docs" / "screenshots"
WIDE, NARROW = {"width": 1280, "height": 860}, {"width": 360, "height": 740}
COLOURS = 64  # of one picture; the pages have far fewer, the rest smooths their letters
SAME_TIME = """() => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text; (text = texts.nextNode()); ) {
        text.data = text.data.replace(/\\d{1,2} [A-Z][a-z]{2} \\d{4}, \\d\\d:\\d\\d/g, "12 Mar 2026, 10:24");
    }
}"""


def take(page: Page, name: str) -> None:
    page.evaluate("document.fonts.ready")
    page.evaluate(SAME_TIME)
    raw = page.screenshot(animations="disabled", caret="hide")
    few = Image.open(io.BytesIO(raw)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(FOLDER / f"{name}.png", optimize=True)


def test_every_stop_has_its_pictures(
    chromium: Browser, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generation, "_random", Random(1))
    monkeypatch.setattr(pairs, "_random", Random(1))
    shutil.rmtree(FOLDER, ignore_errors=True)
    Path(FOLDER).mkdir(parents=True)
    for stop, page in tour(chromium, installation, build(), viewport=WIDE):
        take(page, stop.name)
        page.emulate_media(color_scheme="dark")
        take(page, f"{stop.name}-dark")
        page.emulate_media(color_scheme="light")
        if stop.narrow:
            page.set_viewport_size(NARROW)
            take(page, f"{stop.name}-narrow")
            page.set_viewport_size(WIDE)
