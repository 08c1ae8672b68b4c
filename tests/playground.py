"""The playground's page in real Chromium: fixtures, and functions that drive it."""

from __future__ import annotations

import base64
import re
import time
import zlib

import numpy as np
import pytest

from notmnist.playground import build_page
from notmnist.playground.packing import TRAIN
from tests import chromium

LETTERS = re.compile(r'(<script id="letters"[^>]*>)([^<]*)')
READY = """document.body.classList.contains("ready") &&
    playground.latest?.run === playground.run"""
ENCODE = """(array) => {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    let text = "";
    for (let i = 0; i < bytes.length; i += 32768)
        text += String.fromCharCode(...bytes.subarray(i, i + 32768));
    return btoa(text);
}"""


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NOTMNIST_HOME", str(tmp_path_factory.mktemp("playground-home")))
        yield build_page()


@pytest.fixture(scope="module")
def browser(text, tmp_path_factory):
    if chromium.find() is None:
        pytest.skip("no chromium on this machine")
    path = tmp_path_factory.mktemp("playground") / "playground.html"
    path.write_text(text, "utf-8")
    with chromium.browser() as page:
        page.screen(1366)
        page.open(path)
        yield page


@pytest.fixture(scope="module")
def letters(text):
    """The letters in the page, unpacked in Python."""
    greys = 17 * np.frombuffer(unpacked(text), np.uint8).reshape(-1, 784)
    train, test = np.split(greys, [10 * TRAIN])
    return {"train": train, "test": test, "labels": np.repeat(np.arange(10), TRAIN)}


def unpacked(text):
    return zlib.decompress(base64.b64decode(LETTERS.search(text)[2]))


@pytest.fixture
def page(browser):
    """The page as it opens, at rest, in light colours on a wide screen."""
    browser.screen(1366)
    wait(browser, READY)
    load(browser, "")
    return browser


def wait(page, condition, seconds=60):
    end = time.monotonic() + seconds
    while not page.run(condition):
        assert time.monotonic() < end, condition
        time.sleep(0.02)


def load(page, settings):
    """Follow a link with settings."""
    page.run(f"playground.pause(); playground.begin(fromHash('#{settings}'))")
    wait(page, READY + " && playground.latest.step === 0")


def step(page, steps):
    before = page.run("playground.latest.step")
    page.run(f"playground.step({steps})")
    wait(page, f"playground.latest.step === {before + steps}")


def arrays(page, kind, expression):
    """Return the list of arrays that an expression, or its promise, evaluates to."""
    found = page.run(f"Promise.resolve({expression}).then((all) => all.map({ENCODE}))")
    return [np.frombuffer(base64.b64decode(text), kind) for text in found]


def weights(page):
    """Return the worker's weights as in Keras: kernels of shape (inputs, outputs), and biases."""
    flat = arrays(
        page,
        np.float32,
        """playground.snapshot().then(({ layers }) =>
        layers.flatMap(({ kernel, bias }) => [kernel, bias]))""",
    )
    return [part if i % 2 else part.reshape(len(flat[i + 1]), -1).T for i, part in enumerate(flat)]


def batches(page, letters, steps=1):
    """Return the worker's next inputs, float64 of shape (letters, 784), and labels."""
    (order,) = arrays(page, np.uint32, "playground.snapshot().then(({ order }) => [order])")
    rows = order[: 128 * steps]
    return (letters["train"][rows].astype(float) - 127.5) / 255, letters["labels"][rows]
