"""Show how long tf.data's autotuner delays the end of a pass, in milliseconds.

python benchmarks/autotune.py
"""

import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf


def ending(autotune, milliseconds):
    """Take batches for some time; return how many milliseconds the iterator takes to end."""
    options = tf.data.Options()
    options.autotune.enabled = autotune
    data = tf.data.Dataset.range(10**7).map(lambda x: x + 1).batch(128).prefetch(tf.data.AUTOTUNE)
    batches = iter(data.with_options(options))
    until = time.perf_counter() + milliseconds / 1000
    while time.perf_counter() < until:
        next(batches)
    begun = time.perf_counter()
    del batches
    return round(1000 * (time.perf_counter() - begun))


for autotune in (True, False):
    for milliseconds in (300, 700, 1300):
        ends = [ending(autotune, milliseconds) for _ in range(5)]
        print(f"autotune={autotune}, after {milliseconds} ms: the end takes {ends} ms")
