"""Measure the accuracy at the end of each chapter of the playground, for docs/playground.md.

    python benchmarks/chapters.py

Presses each chapter's button in Chromium and waits for its 3,000 steps, which takes five minutes on
two cores.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # tests.chromium

from tests import chromium

PAGE = Path(__file__).parents[1] / "docs" / "_static" / "playground.html"

DONE = """playground.latest?.run === playground.run && playground.latest.step === 3000 &&
    playground.latest.evaluation.step === 3000"""

if __name__ == "__main__":
    with chromium.browser() as page:
        page.screen(1366)
        page.open(PAGE)
        while not page.run("document.body.classList.contains('ready')"):
            time.sleep(0.1)
        for number in range(page.run("document.querySelectorAll('#presets button').length")):
            button = f"document.querySelectorAll('#presets button')[{number}]"
            page.run(f"{button}.click()")
            time.sleep(1)
            while not page.run(DONE):
                time.sleep(0.5)
            shares = [
                page.run(f"100 * playground.latest.evaluation.{x}") for x in ("train", "test")
            ]
            print(page.run(f"{button}.textContent"), *(f"{share:.1f} %" for share in shares))
