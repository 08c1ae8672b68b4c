"""Make the pictures of the pages from the edition `open`.

    python docs/make_pictures.py [letters] [units] [overfit] [mistakes] [greek] [copies] [confusion]
                                  [favicon] [playground]

The last picture needs Chromium. Every picture is smaller than 600 kB.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

sys.path.insert(0, str(Path(__file__).parents[1]))  # tests.chromium

import keras
import matplotlib
import numpy as np
from made import note

import notmnist
from notmnist.callbacks import MistakeImages, WeightImages
from notmnist.datasets.curation.rule import curate
from notmnist.datasets.editions.table import EDITIONS
from notmnist.datasets.preparation import prepare_source
from tests import chromium

COMMAND = "make pictures"
PLAYGROUND = Path(__file__).parent / "_static" / "playground.html"
MOMENTS = [10, 20, 40, 60, 80, 100, 120, 150, 200, 300, 500, 1000]


def model(name: str, **options: Any) -> Any:
    """Return a model as in the tutorial: weights of deviation 1, SGD with learning rate 0.5."""
    return getattr(notmnist.models, name)(
        kernel_initializer=keras.initializers.TruncatedNormal(stddev=1.0),
        optimizer=keras.optimizers.SGD(0.5),
        **options,
    )


def fit(network: Any, *callbacks: Any, steps: int = 3000, split: str = "train") -> None:
    keras.utils.set_random_seed(0)
    data = notmnist.load("open", split=split, repeat=True, seed=0, verbose=0)
    network.fit(data, steps_per_epoch=steps, verbose=2, callbacks=list(callbacks))


def keep_last(film: Any, name: str) -> None:
    film.frames = film.frames[-1:]
    film.save(note(f"{name}.png", COMMAND))


def letters() -> None:
    """Logistic regression with the tutorial's λ = 0.05, which shows the letters best."""
    keras.utils.set_random_seed(0)
    path = note("letters.gif", COMMAND)
    film = WeightImages(path, every=MOMENTS, names="ABCDEFGHIJ", size=84, duration=500)
    fit(model("logistic", l2=0.025), film)


def units() -> None:
    """225 of 1,024 hidden units with L2: a small animation, and the last frame in large."""
    keras.utils.set_random_seed(0)
    moments = [1500, 2000]
    moving = WeightImages(None, every=moments, units=225, size=28, duration=700)
    large = WeightImages(None, every=[3000], units=225, size=56)
    fit(model("mlp", l2=0.0025), moving, large)
    moving.save(note("units.png", COMMAND))
    keep_last(large, "units-large")


def overfit() -> None:
    """1,024 hidden units trained on five batches only, without and with dropout."""
    for name, dropout in (("overfit", 0.0), ("overfit-dropout", 0.4)):
        keras.utils.set_random_seed(0)
        network = model("mlp", dropout=dropout)
        pictures = WeightImages(None, every=[1000], units=40, columns=10, size=56)
        fit(network, pictures, steps=1000, split="train[:640]")
        keep_last(pictures, name)
        test = notmnist.load("open", split="test", verbose=0)
        print(name, network.evaluate(test, verbose=0, return_dict=True))


def mistakes() -> None:
    """The mistakes of a trained network with one hidden layer."""
    keras.utils.set_random_seed(0)
    valid = notmnist.load("open", split="valid", verbose=0)
    pictures = MistakeImages(None, valid)
    fit(notmnist.models.mlp(), pictures, steps=1000)
    keep_last(pictures, "mistakes")


def greek() -> None:
    """Ten Greek letters in matplotlib's DejaVu fonts."""
    with tempfile.TemporaryDirectory() as folder:
        for path in Path(matplotlib.get_data_path(), "fonts", "ttf").glob("DejaVu*.ttf"):
            if "Display" not in path.name:
                shutil.copy(path, folder)
        fonts = notmnist.datasets.FontsConfig("greek", fonts=folder, letters="αβγδεζηθλμ", size=56)
        data = notmnist.load(fonts, split="all", batch_size=1000, format="numpy", verbose=0)
    images, labels = next(iter(data))
    sheet = notmnist.plots.class_sheet(images, labels, list(fonts.letters), columns=8)
    sheet.save(note("greek.png", COMMAND))


def copies() -> None:
    """Copies among the letters of `open` before they are removed."""
    source = dataclasses.replace(EDITIONS["open"].source(), key="open/whole", known_copies=None)
    store = prepare_source(source, verbose=0)
    images, labels = (
        np.concatenate([column(split) for split in store.sizes()])
        for column in (store.images, store.labels)
    )
    splits = np.repeat(np.arange(3), list(store.sizes().values()))
    found = curate(images, labels, splits)
    notmnist.plots.copies_sheet(found, images, store.class_names).save(note("copies.png", COMMAND))


def confusion() -> None:
    """The confusion matrix of the trained network on the test letters."""
    test = notmnist.load("open", split="test", verbose=0)
    report = notmnist.evaluation.evaluate(notmnist.models.cnn(weights="open"), test)
    axes = notmnist.plots.confusion_matrix(report)
    axes.figure.savefig(note("confusion.png", COMMAND), dpi=96, bbox_inches="tight")


def favicon() -> None:
    """The weights of logistic regression for the letter A."""
    trained = notmnist.models.logistic(weights="open")
    tile = notmnist.plots.weights(trained, units=[0], size=56).convert("RGB").crop((8, 8, 64, 64))
    tile.resize((64, 64), 0).save(note("favicon.png", COMMAND))


def playground() -> None:
    """The playground in Chromium, after logistic regression without a penalty and with one."""
    with chromium.browser() as page:
        page.screen(1100, 830)
        page.open(PLAYGROUND)
        for link in ("#l2=0", "#l2=0.005"):
            page.run(f"location.hash = {link!r}")
            wait(page, "playground.latest?.run === playground.run && playground.latest.step === 0")
            for step in range(50, 1550, 50):  # so that the curves have points
                page.run("playground.step(50)")
                wait(page, f"playground.latest.step === {step}")
        time.sleep(2)  # until it is drawn
        page.picture(note("playground.png", COMMAND))


def wait(page: chromium.Page, condition: str) -> None:
    while not page.run(condition):
        time.sleep(0.1)


MAKERS: dict[str, Callable[[], None]] = {
    make.__name__: make
    for make in (letters, units, overfit, mistakes, greek, copies, confusion, favicon, playground)
}

if __name__ == "__main__":
    for chosen in sys.argv[1:] or MAKERS:
        MAKERS[chosen]()
