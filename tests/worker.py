"""One process of a run over loopback, for the tests of training on several machines.

    python -m tests.worker HOSTS INDEX FOLDER [--die-after EPOCH] [--seconds N]

Trains, writes FOLDER/history-INDEX.json and FOLDER/weights-INDEX.npz. With HOSTS "alone" it does so
in one process, without a cluster.
"""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "jax"

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("hosts")
    parser.add_argument("index", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--pause", type=float, default=0.0, help="seconds a step")
    parser.add_argument("--timeout", type=float, default=5.0)
    args = parser.parse_args()

    import keras

    from notmnist.distribution import join

    if args.hosts == "alone":
        keras.utils.set_random_seed(7)
        train(args, lambda batches: batches)
        return
    with join(args.hosts, args.index, seed=7, timeout=args.timeout, start_timeout=60) as cluster:
        model = train(args, cluster.share)
    copy = cluster.local(model)
    import notmnist

    test = notmnist.load("open", split="test", verbose=0)
    result = copy.evaluate(test, verbose=0, return_dict=True)
    (args.folder / f"test-{args.index}.json").write_text(json.dumps(result))


def train(args, share):
    import keras

    import notmnist
    from notmnist.distribution import Backup

    class Diary(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            with (args.folder / f"epochs-{args.index}.txt").open("a") as file:
                print(epoch, json.dumps(logs), file=file)

        def on_train_batch_end(self, batch, logs=None):
            time.sleep(args.pause)

    # 2,000 = 7 batches of 256 and one of 208
    train = share(notmnist.load("open", split="train[:2000]", batch_size=256, seed=3, verbose=0))
    valid = share(notmnist.load("open", split="valid[:512]", batch_size=256, verbose=0))
    model = notmnist.models.mlp(hidden=(64,), l2=0.001, dropout=0.3)
    model.fit(
        train,
        validation_data=valid,
        epochs=args.epochs,
        shuffle=False,
        verbose=0,
        callbacks=[Backup(args.folder / "backup", train), Diary()],
    )
    np.savez(args.folder / f"weights-{args.index}.npz", *model.get_weights())
    return model


if __name__ == "__main__":
    main()
    sys.stdout.flush()
