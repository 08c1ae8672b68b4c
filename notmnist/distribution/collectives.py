"""What all processes of a run do together, on top of JAX; alone, nothing."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from notmnist.errors import ArgumentError

__all__ = ["barrier", "broadcast", "process_index", "require_same"]


def process_index() -> int:
    """Return the index of this process in the run; 0 where it is alone."""
    return int(_jax().process_index()) if _several() else 0


def broadcast(content: bytes) -> bytes:
    """Return the bytes of process 0, whatever the other processes pass."""
    if not _several():
        return content
    utils = _utils()
    length = int(utils.broadcast_one_to_all(np.uint32(len(content))))
    if length == 0:
        return b""
    padded = np.zeros(length, np.uint8)
    padded[: len(content)] = np.frombuffer(content, np.uint8)[:length]
    return bytes(utils.broadcast_one_to_all(padded))


def barrier(name: str) -> None:
    """Wait until all processes have come here."""
    if _several():
        _utils().sync_global_devices(name)


def require_same(values: Sequence[Any], argument: str) -> None:
    """Raise an error in every process unless all of them pass equal values.

    Args:
        values: Compared by their `repr`.
        argument: What the error calls them.

    Raises:
        ArgumentError: They differ.
    """
    if not _several():
        return
    here = zlib.crc32(repr(tuple(values)).encode())
    everywhere = _utils().process_allgather(np.uint32(here))
    if len(set(everywhere.ravel().tolist())) > 1:
        message = f"`{argument}` must be the same in every process. Received here: {values!r}."
        raise ArgumentError(message)


def _several() -> bool:
    """Whether there are other processes; JAX is not imported, or started, to find out."""
    distributed = getattr(sys.modules.get("jax"), "distributed", None)
    return distributed is not None and distributed.is_initialized() and _jax().process_count() > 1


def _jax() -> Any:
    return sys.modules["jax"]


def _utils() -> Any:
    from jax.experimental import multihost_utils

    return multihost_utils
