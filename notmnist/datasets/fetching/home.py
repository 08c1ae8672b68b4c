"""Where the library keeps what it downloads and prepares."""

from __future__ import annotations

import os
from pathlib import Path

from notmnist.errors import invalid

__all__ = ["home", "offline"]


def home() -> Path:
    """Return the library's folder, which need not exist yet.

    `$NOTMNIST_HOME` if it is set; else `datasets/notmnist` in Keras's own home, which is
    `$KERAS_HOME` or `~/.keras`.

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
        path.exists()  # an OSError if it is too long, for instance
    except (OSError, RuntimeError) as error:
        advice = f"{str(error).rstrip('.')}. Set NOTMNIST_HOME to another folder."
        raise invalid(variable, value, "be the path of a folder", advice) from error
    return path


def offline() -> bool:
    """Return whether `$NOTMNIST_OFFLINE` forbids every connection (set, not empty, not "0")."""
    return os.environ.get("NOTMNIST_OFFLINE", "") not in ("", "0")
