"""Where the library keeps what it downloads and prepares."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from filelock import Timeout

from notmnist.errors import NotMNISTError, StoreError, invalid

__all__ = ["home", "offline", "usable"]


def home() -> Path:
    """Return the library's folder, which may not exist yet.

    It is `$NOTMNIST_HOME` if set, otherwise `datasets/notmnist` in `$KERAS_HOME` or `~/.keras`.

    Raises:
        ArgumentError: The variable is not a path that this system can use.
    """
    if os.environ.get("NOTMNIST_HOME"):
        return _folder("NOTMNIST_HOME", os.environ["NOTMNIST_HOME"])
    keras = _folder("KERAS_HOME", os.environ.get("KERAS_HOME") or "~/.keras")
    return keras / "datasets" / "notmnist"


def _folder(variable: str, value: str) -> Path:
    try:
        path = Path(value).expanduser()
        path.exists()  # raises an OSError if it is too long, for example
    except (OSError, RuntimeError) as error:
        advice = f"{str(error).rstrip('.')}. Set NOTMNIST_HOME to another folder."
        raise invalid(variable, value, "be the path of a folder", advice) from error
    return path


def offline() -> bool:
    """Return whether `$NOTMNIST_OFFLINE` forbids every connection (set, not empty, not "0")."""
    return os.environ.get("NOTMNIST_OFFLINE", "") not in ("", "0")


@contextlib.contextmanager
def usable(folder: Path) -> Iterator[None]:
    """Turn errors of the file system or of a lock into a `StoreError` about `folder`."""
    try:
        yield
    except Timeout as error:
        message = (
            f"Another process still holds the lock {str(error.lock_file)!r}. If there is no such "
            "process, delete that file and call again."
        )
        raise StoreError(message) from error
    except OSError as error:
        if isinstance(error, NotMNISTError) or error.errno is None:
            raise
        message = (
            f"Cannot use the folder {str(folder)!r}: {error}. Free some space there, or set the "
            "environment variable NOTMNIST_HOME to another folder."
        )
        raise StoreError(message) from error
