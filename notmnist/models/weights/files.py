"""Files of weights: those in the package, and your own."""

from __future__ import annotations

import hashlib
import io
import os
from importlib import resources
from pathlib import Path
from typing import Any

from notmnist.errors import IntegrityError, MissingSourceError, invalid
from notmnist.models.weights.packing import pack, unpack
from notmnist.models.weights.table import SHA256

__all__ = ["give", "save"]

_KERAS = {
    ".keras": "Load it with keras.saving.load_model.",
    ".h5": "Build the model without weights and call its load_weights.",
}


def save(model: Any, path: str | os.PathLike[str]) -> None:
    """Save a model's weights to a file, with kernels in half precision.

    An existing file is replaced only when the new one is complete.

    Args:
        model: A built `keras.Model`.
        path: The file to write, which must end in .npz.

    Raises:
        ArgumentError: `path` does not end in .npz, or a weight is not finite in half precision.
        OSError: The file cannot be written.

    Example:
        >>> path = getfixture("tmp_path") / "mine.npz"
        >>> save(notmnist.models.logistic(), path)
        >>> model = notmnist.models.logistic(weights=path)
    """
    target = Path(path).expanduser()
    if target.suffix != ".npz":
        raise invalid("path", str(path), "end in .npz")
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(pack(model))
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError as error:  # it names the temporary file
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        part.unlink(missing_ok=True)


def give(
    model: Any, weights: str | os.PathLike[str] | None, name: str, *, include_top: bool = True
) -> None:
    """Load the weights that the user asked for into a model built by the factory `name`."""
    if weights is None:
        return
    if isinstance(weights, str) and weights == "open":
        unpack(model, _shipped(name), "open", include_top=include_top, any_classes=True)
        return
    if not isinstance(weights, str | os.PathLike):
        raise invalid("weights", weights, "be None, 'open', or the path of a file")
    path = Path(weights).expanduser()
    if path.suffix != ".npz":
        rule = "be None, 'open', or a .npz file written by `notmnist.models.weights.save`"
        raise invalid("weights", str(weights), rule, _KERAS.get(path.suffix, ""))
    if not path.is_file():
        message = f"`weights` must be a file that exists. Received: weights={str(weights)!r}."
        raise MissingSourceError(message)
    with path.open("rb") as file:
        unpack(model, file, str(weights), include_top=include_top)


def _shipped(name: str) -> io.BytesIO:
    data = resources.files(__package__).joinpath(f"{name}.npz").read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != SHA256[name]:
        message = (
            f"The weights {name}.npz in the package have SHA-256 {found}, not {SHA256[name]}. "
            "Install notmnist again."
        )
        raise IntegrityError(message)
    return io.BytesIO(data)
