"""Progress bars, a quiet start of TensorFlow, and checks, for all commands."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from notmnist.errors import invalid

__all__ = ["bars", "check_picture", "import_keras"]

_PICTURES = (".png", ".webp", ".jpg", ".jpeg", ".gif")


def bars() -> int:
    """Return the `verbose` of a command: 1, with progress bars, if standard error is a terminal."""
    return int(sys.stderr.isatty())


def check_picture(path: Path | None, option: str) -> None:
    """Check the place for a picture before the work that leads to it.

    Raises:
        ArgumentError: The suffix is not one of a picture, or the folder does not exist.
    """
    if path is not None and path.suffix.lower() not in _PICTURES:
        raise invalid(option, str(path), f"end in {', '.join(_PICTURES)}")
    if path is not None and not path.parent.is_dir():
        raise invalid(option, str(path), "be in a folder that exists")


def import_keras() -> None:
    """Import Keras and look for devices; show TensorFlow's log only if that fails."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with _held_stderr():
        import keras

        keras.distribution.list_devices()


@contextlib.contextmanager
def _held_stderr() -> Iterator[None]:
    """Hold back the process's standard error; show it only if there is an exception.

    TensorFlow's libraries write to the file descriptor, which `contextlib.redirect_stderr` misses.
    """
    sys.stderr.flush()
    usual = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(usual, held.read())
            raise
        finally:
            os.dup2(usual, 2)
            os.close(usual)
