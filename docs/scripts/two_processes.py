"""Train one model in several processes on JAX, and resume after one of them has died.

python two_processes.py 127.0.0.1:4000 2 0    # first process's address, number of processes, index
python two_processes.py 127.0.0.1:4000 2 1
"""

import os
import shutil
import sys
from pathlib import Path

os.environ["KERAS_BACKEND"] = "jax"

import jax
import keras
import tensorflow_datasets as tfds

import notmnist

address, count, index = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
jax.distributed.initialize(address, count, index, heartbeat_timeout_seconds=30)
keras.utils.set_random_seed(0)  # the same initial weights in every process
keras.distribution.set_distribution(keras.distribution.DataParallel(auto_shard_dataset=False))

train, valid = (
    notmnist.load(
        "open",
        split=tfds.split_for_jax_process(split, drop_remainder=True),  # this process's share
        batch_size=128,  # in each process: a step uses `count` times as many images
        drop_remainder=True,
    )
    for split in ("train", "valid")
)

# Every process has its own backup, because all of them must save together. All resume from the
# backup of the first one, because the others may have died an epoch earlier or later.
backup = Path("backup", str(index))
if index and Path("backup/0").exists():
    shutil.copytree("backup/0", backup, dirs_exist_ok=True)
resume = keras.callbacks.BackupAndRestore(str(backup), double_checkpoint=True)

model = notmnist.models.mlp(l2=0.0001, dropout=0.4)
model.fit(
    train, validation_data=valid, epochs=5, callbacks=[resume], verbose=2 if index == 0 else 0
)
model.save(f"model-{index}.keras")
