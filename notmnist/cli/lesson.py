"""Fit a network without L2 and dropout, with them, and with too much L2; draw its weights."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

__all__ = ["run"]

_IMAGES, _EPOCHS = 1000, 60
_SETTINGS: dict[str, dict[str, Any]] = {
    "without": {"l2": 0.0, "dropout": 0.0},
    "with L2 and dropout": {"l2": 0.003, "dropout": 0.5},
    "with too much L2": {"l2": 0.05, "dropout": 0.5},
}
_LESSON = """
The first two have memorised all {images:,} images, so their accuracy on train says nothing
about new letters. On those, L2, which keeps weights small, and dropout, which keeps units from
relying on each other, make a difference of {gain:+.1f} points. With too much L2, a network cannot
even learn the images it is shown. As in the tutorial, the weights start at random, with a standard
deviation of 1: in weights.gif, L2 removes this noise; in weights-without.gif, it stays.
"""


def run(args: argparse.Namespace) -> int:
    """Fit three times, and explain the results."""
    del args
    import keras

    import notmnist
    from notmnist.models import mlp

    split = f"train[:{_IMAGES}]"
    test, known = notmnist.load("open", split=["test", split], batch_size=500, shuffle=False)
    print(f"An mlp of 1,024 units learns {_IMAGES:,} images of the edition open.\n")
    print(f"{'':21}{'l2':>6}{'dropout':>9}{'on train':>10}{'on test':>10}", flush=True)
    on_test = []
    for name, setting in _SETTINGS.items():
        keras.utils.set_random_seed(0)
        start = keras.initializers.TruncatedNormal(stddev=1.0)
        model = mlp(**setting, kernel_initializer=start)
        callbacks = []
        if name != "with too much L2":
            path = "weights.gif" if setting["l2"] else "weights-without.gif"
            callbacks.append(notmnist.callbacks.WeightImages(path))
        train = notmnist.load("open", split=split, seed=0)
        model.fit(train, epochs=_EPOCHS, callbacks=callbacks, shuffle=False, verbose=0)
        shares = [model.evaluate(batches, verbose=0)[1] for batches in (known, test)]
        on_test.append(shares[1])
        row = f"{name:21}{setting['l2']:>6g}{setting['dropout']:>9g}"
        print(f"{row}{shares[0]:>10.1%}{shares[1]:>10.1%}", flush=True)
    print(_LESSON.format(images=_IMAGES, gain=100 * (on_test[1] - on_test[0])))
    examples = notmnist.datasets.info("open").splits["test"]
    print(f"Test accuracy: {on_test[1]:.1%} of {examples:,} images")
    print(f"Weight pictures: {Path('weights.gif').absolute()}")
    return 0
