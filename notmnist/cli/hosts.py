"""The arguments for training on several machines, and for going on after a crash."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["Company", "add_arguments", "joined"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument_group("several machines, and crashes").add_argument
    add("--hosts", metavar="A:PORT,B:PORT",
        help="train with other processes, on JAX: an address each, the same text in all of them; "
        "or set KERAS_DISTRIBUTION_JOB_ADDRESSES")  # fmt: skip
    add("--host-index", type=int, metavar="I",
        help="which of them this is, from 0; none: as Slurm, MPI, Kubernetes or Keras's own "
        "environment variable says")  # fmt: skip
    add("--host-timeout", type=float, default=60.0, metavar="SECONDS",
        help="silence after which another process counts as lost (%(default)g)")  # fmt: skip
    add("--backup", type=Path, metavar="DIR",
        help="keep the state after every epoch, and go on from it if there is one")  # fmt: skip


class Company:
    """This process alone, or together with the others of its run.

    Args:
        cluster: The others; None where there are none.
        folder: Where the backup lies; None for none.
    """

    def __init__(self, cluster: Any, folder: Path | None) -> None:
        self._cluster = cluster
        self._folder = folder
        self._backup: Any = None

    @property
    def is_first(self) -> bool:
        """Whether this process is the one that prints, draws and saves."""
        return self._cluster is None or self._cluster.is_first

    def callbacks(self, *pictures: Any) -> list[Any]:
        """Return what this process calls in `fit`; to be called before `share`."""
        chosen = list(pictures) if self.is_first else []
        if self._folder is not None:
            from notmnist.distribution import Backup

            self._backup = Backup(self._folder)
            chosen.append(self._backup)
        return chosen

    def share(self, batches: Any) -> Any:
        """Return this process's share of batches; those for training first."""
        shared = batches if self._cluster is None else self._cluster.share(batches)
        if self._backup is not None and self._backup.data is None and hasattr(shared, "turn_to"):
            self._backup.data = shared
        return shared

    def local(self, model: Any) -> Any:
        """Return the model, or where several processes hold it a copy for this one alone."""
        return model if self._cluster is None else self._cluster.local(model)


@contextlib.contextmanager
def joined(args: argparse.Namespace) -> Iterator[Company]:
    """Meet the other processes that the arguments or the environment name, if any."""
    from notmnist.distribution.addresses import HOSTS_VARIABLE

    if args.hosts is None and HOSTS_VARIABLE not in os.environ:
        yield Company(None, args.backup)
        return
    os.environ.setdefault("KERAS_BACKEND", "jax")
    from notmnist.distribution import join

    with join(args.hosts, args.host_index, seed=args.seed, timeout=args.host_timeout) as cluster:
        yield Company(cluster, args.backup)
