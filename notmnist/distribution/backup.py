"""Keeps the state of a training after every epoch, to go on from there after a crash."""

from __future__ import annotations

import io
import json
import os
import shutil
import tempfile
import weakref
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

from notmnist.distribution.collectives import broadcast, process_index
from notmnist.errors import ClusterError, invalid

__all__ = ["Backup"]

_CHECKPOINT = "checkpoint.zip"
_SEEDS = "seeds.json"


class Backup(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
    """`keras.callbacks.BackupAndRestore` for one process or many, whole or not at all.

    After every epoch process 0 packs what Keras keeps (weights, state of the optimiser and of
    dropout, number of the epoch) into `folder`/checkpoint.zip, which replaces the last one at
    once: a process that is killed while it writes leaves the last checkpoint as it was. When
    `fit` begins, process 0 reads the checkpoint, if there is one, and sends it to the others; so
    the folder need not be shared between machines, and all begin with the same epoch.

    With `data`, epoch number n always has the n-th order of the examples, so that training that
    was interrupted gives what it would have given without. When `fit` ends, the checkpoint goes.

    Args:
        folder: Where process 0 keeps the checkpoint; for no other files. Made if need be.
        data: What `fit` trains on: `load` with `format="keras"`, or what `Cluster.share` gives.

    Raises:
        ArgumentError: `data` is something else.

    Example:
        >>> backup = Backup(getfixture("tmp_path"))
        >>> train = notmnist.load("open", split="train[:500]", verbose=0)
        >>> _ = notmnist.models.logistic().fit(train, epochs=2, verbose=0, callbacks=[backup])
    """

    def __init__(self, folder: str | os.PathLike[str], data: Any = None) -> None:
        if data is not None and not hasattr(data, "turn_to"):
            rule = 'be what load(format="keras") or Cluster.share gives'
            raise invalid("data", data, rule)
        super().__init__()
        self.folder = Path(folder)
        self.data = data

    def on_train_begin(self, logs: Any = None) -> None:
        """Load the checkpoint of process 0, if it has one."""
        self._work = Path(tempfile.mkdtemp(prefix="notmnist-backup-"))
        weakref.finalize(self, shutil.rmtree, self._work, ignore_errors=True)
        kept = self.folder / _CHECKPOINT
        mine = kept.read_bytes() if process_index() == 0 and kept.is_file() else b""
        if content := broadcast(mine):
            try:
                with zipfile.ZipFile(io.BytesIO(content)) as file:
                    file.extractall(self._work)
            except zipfile.BadZipFile as error:
                message = f"{str(kept)!r} is no checkpoint: {error}. Delete it to begin anew."
                raise ClusterError(message) from error
        self._keras = keras.callbacks.BackupAndRestore(str(self._work))
        self._keras.set_model(self.model)
        self._keras.on_train_begin(logs)
        seeds = self._work / _SEEDS
        if seeds.is_file():
            for state, value in zip(self._states(), json.loads(seeds.read_text()), strict=True):
                state.assign(np.asarray(value, state.dtype))

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Turn the data to the epoch's order."""
        if self.data is not None:
            self.data.turn_to(epoch)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Keep the state; all processes take part, and process 0 keeps it for good."""
        self._keras.on_epoch_end(epoch, logs)
        states = [np.asarray(state).tolist() for state in self._states()]
        (self._work / _SEEDS).write_text(json.dumps(states))
        if process_index():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / f"{_CHECKPOINT}.part"
        with zipfile.ZipFile(part, "w") as file:
            for path in sorted(self._work.iterdir()):
                file.write(path, path.name)
        part.replace(self.folder / _CHECKPOINT)

    def on_train_end(self, logs: Any = None) -> None:
        """Delete the checkpoint: there is nothing to go on with."""
        shutil.rmtree(self._work, ignore_errors=True)
        if process_index() == 0:
            (self.folder / _CHECKPOINT).unlink(missing_ok=True)

    def _states(self) -> list[Any]:
        """Return the states of the random numbers of dropout, which Keras does not save."""
        variables = self.model.non_trainable_variables
        return [each for each in variables if each.name == "seed_generator_state"]
