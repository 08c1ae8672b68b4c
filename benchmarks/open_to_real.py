"""Trains models on the open edition alone and tests them on real images.

    python benchmarks/open_to_real.py REAL --model cnn --epochs 10 --seed 0 --out cnn.json

REAL is a folder with `sample-images-idx3-ubyte.gz` and `sample-labels-idx1-ubyte.gz`, real
notMNIST images, which are only ever tested on. `--faces 500` trains on some of the faces, for the
learning curve; `--strength 0` trains without augmentation.
"""

import argparse
import gzip
import json
import os
import platform
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf

from notmnist.datasets.open import read
from notmnist.models import logistic, mlp
from notmnist.models.augmentation import augmentation
from notmnist.models.cnn import cnn

MODELS = {
    "cnn": lambda **kwargs: cnn(dropout=0.3, **kwargs),
    "mlp": lambda **kwargs: mlp(hidden=(1024,), dropout=0.3, **kwargs),
    "logistic": lambda **kwargs: logistic(**kwargs),
}
BATCH = 128


def real(folder):
    """Return the real images, uint8 (n, 28, 28, 1), and their labels."""
    images = gzip.decompress((folder / "sample-images-idx3-ubyte.gz").read_bytes())
    labels = gzip.decompress((folder / "sample-labels-idx1-ubyte.gz").read_bytes())
    x = np.frombuffer(images, np.uint8, offset=16).reshape(-1, 28, 28, 1)
    return x, np.frombuffer(labels, np.uint8, offset=8)


def faces(count, seed):
    """Return the images and one-hot labels of all faces, or of so many drawn by chance."""
    edition = read()
    total = len(edition.images) // 10
    chosen = np.random.default_rng(seed).permutation(total)[: count or total]
    x = edition.images.reshape(total, 10, 28, 28, 1)[chosen].reshape(-1, 28, 28, 1)
    return x, np.tile(np.eye(10, dtype=np.float32), (len(chosen), 1)), len(chosen)


def batches(x, y, strength, seed):
    data = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(len(x), seed=seed).repeat()
    data = data.batch(BATCH, drop_remainder=True)
    if strength:
        layers = augmentation(strength, seed=seed)

        def drawn(images, labels):
            anew = layers(tf.cast(images, tf.float32), training=True)
            return tf.cast(tf.clip_by_value(tf.round(anew), 0, 255), tf.uint8), labels

        data = data.map(drawn, num_parallel_calls=2)
    return data.prefetch(8)


def train(model, epochs, steps, rate, data):
    schedule = keras.optimizers.schedules.CosineDecay(
        rate / 10, steps * epochs, alpha=0.002, warmup_target=rate, warmup_steps=200
    )
    model.compile(
        keras.optimizers.AdamW(schedule, weight_decay=0.02, use_ema=True, ema_momentum=0.998),
        keras.losses.CategoricalCrossentropy(label_smoothing=0.05),
        metrics=["accuracy"],
    )
    return model.fit(data, epochs=epochs, steps_per_epoch=steps, verbose=2).history


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("real", type=Path)
    parser.add_argument("--model", choices=MODELS, default="cnn")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--rate", type=float, default=0.002)
    parser.add_argument("--strength", type=float, default=0.6)
    parser.add_argument("--faces", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("open_to_real.json"))
    parser.add_argument("--weights", type=Path, help="where to save the weights (.weights.h5)")
    options = parser.parse_args()
    keras.utils.set_random_seed(options.seed)
    x, y, count = faces(options.faces, options.seed)
    model = MODELS[options.model](label_mode="categorical", compile=False)
    steps = len(x) // BATCH
    start = time.perf_counter()
    data = batches(x, y, options.strength, options.seed)
    history = train(model, options.epochs, steps, options.rate, data)
    seconds = time.perf_counter() - start
    images, labels = real(options.real)
    guesses = model.predict(images, batch_size=500, verbose=0).argmax(axis=1)
    result = {
        **{key: str(value) for key, value in vars(options).items() if key != "real"},
        "faces": count,
        "parameters": model.count_params(),
        "train_accuracy": history["accuracy"][-1],
        "real_accuracy": float((guesses == labels).mean()),
        "real_by_letter": [float((guesses == labels)[labels == k].mean()) for k in range(10)],
        "seconds": round(seconds),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "versions": {"tensorflow": tf.__version__, "keras": keras.__version__},
        "date": time.strftime("%Y-%m-%d"),
    }
    options.out.write_text(json.dumps(result, indent=1) + "\n")
    if options.weights:
        model.save_weights(options.weights)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
