"""The library's errors: one base class, and each error is also a built-in one."""

from __future__ import annotations

import difflib
import sys
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

__all__ = [
    "ArchiveError",
    "ArgumentError",
    "DownloadError",
    "FallbackWarning",
    "IntegrityError",
    "MissingExtraError",
    "MissingSourceError",
    "NotMNISTError",
    "StoreError",
    "did_you_mean",
    "invalid",
    "missing_extra",
    "one_of",
    "warn",
]


class NotMNISTError(Exception):
    """Base class of every error that this library raises on purpose."""


class ArgumentError(NotMNISTError, ValueError):
    """An argument has an invalid value; the message says which values are valid."""


class ArchiveError(NotMNISTError, ValueError):
    """A file cannot be read as images: an archive, a folder, IDX, arrays or a font."""


class MissingSourceError(ArchiveError, FileNotFoundError):
    """The path to read does not exist."""


class StoreError(NotMNISTError, OSError):
    """The store of prepared arrays, or an export, cannot be written or read."""


class DownloadError(NotMNISTError, OSError):
    """No mirror served the file; the message lists every attempt and its reason.

    Attributes:
        attempts: Pairs of what was tried (a URL, or the path of a file on disk) and why it failed,
            in order. Empty if nothing was tried.
    """

    def __init__(self, message: str, attempts: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.attempts = list(attempts)


class IntegrityError(DownloadError):
    """A file, downloaded or on disk, does not match its published size or checksum."""


class MissingExtraError(NotMNISTError, ImportError):
    """An optional package, which an extra of this library installs, is missing."""


class FallbackWarning(UserWarning):
    """`load()` without a name returned the `open` edition instead of `original`."""


def invalid(argument: str, value: object, rule: str, advice: str = "") -> ArgumentError:
    """Return the error for a wrong argument, in Keras's form; `rule` follows the word "must".

    Example:
        >>> str(invalid("batch_size", -1, "be a positive integer"))
        '`batch_size` must be a positive integer. Received: batch_size=-1.'
    """
    message = f"`{argument}` must {rule}. Received: {argument}={value!r}."
    return ArgumentError(f"{message} {advice}".rstrip())


def did_you_mean(name: object, names: Iterable[str]) -> str:
    """Return "Did you mean 'open'?" for a name close to one of `names`, otherwise "".

    Example:
        >>> did_you_mean("opne", ["open", "small"])
        "Did you mean 'open'?"
    """
    near = difflib.get_close_matches(str(name).lower(), names, 1)
    return f"Did you mean {near[0]!r}?" if near else ""


def missing_extra(what: str, package: str, extra: str) -> MissingExtraError:
    """Return the error for a feature that needs a package of an extra."""
    return MissingExtraError(
        f"{what} needs {package}, which is not installed. "
        f'Install it with: pip install "notmnist[{extra}]"'
    )


def one_of(names: Iterable[Any]) -> str:
    """Return "be one of 'a', 'b'" for use as the rule of `invalid`."""
    return "be one of " + ", ".join(repr(name) for name in names)


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn, pointing to the line outside this library that called it."""
    level = 2
    frame = sys._getframe(1)
    while frame.f_back is not None:
        if not frame.f_globals.get("__name__", "").startswith("notmnist."):
            break
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)
