"""Where a sweep keeps its trials: a journal that processes share, or a database."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

from notmnist.errors import missing_extra

__all__ = ["open_storage", "optuna"]

_HEARTBEAT = 60  # seconds between the signs of life of a trial in a database


def optuna() -> Any:
    """Import Optuna.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        import optuna
    except ImportError as error:
        raise missing_extra("notmnist.tuning", "optuna", "tune") from error
    return optuna


def open_storage(storage: str | os.PathLike[str] | None) -> Any:
    """Open a sweep's trials.

    Args:
        storage: A file, for Optuna's journal, which is locked for each write and works on NFS; a
            URL such as "postgresql://…" or "sqlite:///…", for a database; None for memory.

    Returns:
        What `optuna.create_study` takes as its storage.

    Raises:
        MissingExtraError: Optuna is not installed.
    """
    storages = optuna().storages
    if storage is None:
        return storages.InMemoryStorage()
    if "://" in str(storage):
        from sqlalchemy.pool import NullPool

        # A trial takes longer than a database keeps an idle connection: each use has its own.
        pool = {"poolclass": NullPool}
        with warnings.catch_warnings():  # signs of life are "experimental" since Optuna 2.9
            warnings.simplefilter("ignore", optuna().exceptions.ExperimentalWarning)
            return storages.RDBStorage(str(storage), pool, heartbeat_interval=_HEARTBEAT)
    from optuna.storages.journal import JournalFileBackend

    path = Path(storage).expanduser()
    path.parent.mkdir(parents=True, exist_ok=True)
    return storages.JournalStorage(JournalFileBackend(str(path)))
