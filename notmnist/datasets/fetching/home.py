"""Where the library keeps what it downloads and prepares."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["home", "offline"]


def home() -> Path:
    """Return the library's folder, which need not exist yet.

    `$NOTMNIST_HOME` where it is set; else `datasets/notmnist` in Keras's own home, which is
    `$KERAS_HOME` or `~/.keras`.
    """
    own = os.environ.get("NOTMNIST_HOME")
    if own:
        return Path(own).expanduser()
    keras = os.environ.get("KERAS_HOME")
    base = Path(keras).expanduser() if keras else Path.home() / ".keras"
    return base / "datasets" / "notmnist"


def offline() -> bool:
    """Tell whether `$NOTMNIST_OFFLINE` forbids every connection (set, not empty, not "0")."""
    return os.environ.get("NOTMNIST_OFFLINE", "") not in ("", "0")
