import subprocess
import sys

import keras
import numpy as np
import pytest

import notmnist
from notmnist.distribution import Backup
from notmnist.distribution.batches import SharedBatches
from notmnist.errors import ArgumentError, ClusterError
from tests.pages import ROOT


def batches(split="train[:1000]", batch_size=64, **options):
    options = {"seed": 5, "format": "keras", "verbose": 0, **options}
    return notmnist.load("open", split=split, batch_size=batch_size, **options)


def shares(count, **options):
    return [SharedBatches(batches(**options), index, count, count) for index in range(count)]


@pytest.mark.parametrize("count", [2, 4])
def test_shares_put_together_are_the_batches_of_one_process(count):
    whole, parts = batches(), shares(count)
    for _ in range(2):  # passes
        assert len(parts[0]) == len(whole)
        for step in range(len(whole)):
            images, labels = whole[step]
            got = [part[step] for part in parts]
            assert len({len(labels) for _, labels in got}) == 1
            assert np.concatenate([labels for _, labels in got]).tolist() == labels.tolist()
            assert np.array_equal(np.concatenate([images for images, _ in got]), images)
        for each in (whole, *parts):
            each.on_epoch_end()


def test_no_example_is_read_twice_in_a_pass_and_few_are_left_out():
    parts = shares(4, split="train[:1003]")  # 15 batches of 64 and one of 43
    rows = batches(split="train[:1003]")
    seen = [
        row
        for part in parts
        for step in range(len(part))
        for row in part._whole.rows(step)[
            slice(part._index * len(part[step][1]), (part._index + 1) * len(part[step][1]))
        ]
    ]
    assert len(seen) == len(set(seen)) == 1000
    assert set(seen) <= set(range(rows.plan.selection.runs[0][2]))


def test_a_last_batch_with_less_rows_than_devices_is_left_out():
    whole = batches(split="train[:129]")
    assert len(whole) == 3
    assert len(SharedBatches(whole, 0, 2, 2)) == SharedBatches(whole, 0, 2, 2).num_batches == 2


def test_a_batch_that_the_devices_cannot_share_is_refused():
    with pytest.raises(ArgumentError, match=r"a multiple of the 3 devices .*batch_size=64"):
        SharedBatches(batches(), 0, 3, 3)
    with pytest.raises(ArgumentError, match="`drop_remainder` must be True"):
        SharedBatches(batches(repeat=True), 0, 2, 2)


def test_batches_without_end_are_shared_too():
    whole = batches(repeat=True, drop_remainder=True)
    part = SharedBatches(batches(repeat=True, drop_remainder=True), 1, 2, 2)
    assert part.num_batches is None
    assert part[20][1].tolist() == whole[20][1][32:].tolist()


class Crash(keras.callbacks.Callback):
    """Ends `fit` as an interrupt would."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            raise KeyboardInterrupt


def trained(folder, crash=None):
    keras.utils.set_random_seed(1)
    train = batches(split="train[:512]")
    model = notmnist.models.mlp(hidden=(16,), dropout=0.5)
    callbacks = [Crash(crash), Backup(folder, train)]
    history = model.fit(train, epochs=3, shuffle=False, verbose=0, callbacks=callbacks)
    return model.get_weights(), history


def test_training_goes_on_from_its_backup_as_if_nothing_had_happened(tmp_path):
    whole, _ = trained(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path / "crashed", crash=2)
    assert [path.name for path in (tmp_path / "crashed").iterdir()] == ["checkpoint.zip"]
    resumed, history = trained(tmp_path / "crashed")
    assert history.epoch == [2]
    for one, other in zip(whole, resumed, strict=True):
        np.testing.assert_array_equal(one, other)
    assert not list((tmp_path / "crashed").iterdir())


def test_a_file_that_is_no_checkpoint_is_an_error_that_names_it(tmp_path):
    (tmp_path / "checkpoint.zip").write_bytes(b"PK")
    with pytest.raises(ClusterError, match=r"checkpoint\.zip' is no checkpoint"):
        trained(tmp_path)


def test_a_backup_of_data_that_it_cannot_turn_is_refused(tmp_path):
    with pytest.raises(ArgumentError, match=r"`data` must be what load\(format=\"keras\"\)"):
        Backup(tmp_path, [1, 2])


MIRRORED = """
import keras, tensorflow as tf, notmnist
from notmnist.distribution import Backup
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
assert strategy.num_replicas_in_sync == 2
keras.utils.set_random_seed(0)
train = notmnist.load("open", split="train[:2048]", seed=0, verbose=0)
valid = notmnist.load("open", split="valid[:512]", verbose=0)
with strategy.scope():
    model = notmnist.models.mlp(hidden=(32,), l2=0.0001, dropout=0.2)
pictures = notmnist.callbacks.WeightImages("weights.gif", every=8, units=16)
history = model.fit(train, validation_data=valid, epochs=3, verbose=0, callbacks=[
    pictures, Backup("backup")])
assert history.history["val_accuracy"][-1] > 0.6, history.history
assert len(model.trainable_variables[0].value.values) == 2  # a copy on each device
"""


def test_a_mirrored_strategy_of_tensorflow_trains_the_models_with_the_callbacks(tmp_path):
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", MIRRORED],
        capture_output=True, text=True, cwd=tmp_path, env=_environment(),
    )  # fmt: skip
    assert result.returncode == 0, result.stderr[-3000:]
    assert (tmp_path / "weights.gif").stat().st_size > 1000


def _environment():
    import os

    return {**os.environ, "KERAS_BACKEND": "tensorflow", "PYTHONPATH": str(ROOT)}
