"""The library's errors: one family, each member also a built-in kind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = [
    "ArchiveError",
    "ArgumentError",
    "DownloadError",
    "FallbackWarning",
    "IntegrityError",
    "MissingSourceError",
    "NotMNISTError",
    "StoreError",
    "invalid",
    "one_of",
]


class NotMNISTError(Exception):
    """Base class of every error that this library raises on purpose."""


class ArgumentError(NotMNISTError, ValueError):
    """An argument has a value that is not allowed; the message shows which are."""


class ArchiveError(NotMNISTError, ValueError):
    """A file cannot be read as an archive in the original layout or as IDX."""


class MissingSourceError(ArchiveError, FileNotFoundError):
    """A path that was to be read does not exist."""

    __str__ = Exception.__str__  # OSError's own would print the errno's place


class StoreError(NotMNISTError, OSError):
    """The store of prepared arrays cannot be written or read."""


class DownloadError(NotMNISTError, OSError):
    """No mirror served the file; the message lists every attempt and its reason."""


class IntegrityError(DownloadError):
    """Bytes arrived or lie on disk that are not the ones this edition is made of."""


class FallbackWarning(UserWarning):
    """`load()` without a name gave the `open` edition instead of `original`."""


def invalid(argument: str, value: object, rule: str, advice: str = "") -> ArgumentError:
    """Return the error for a wrong argument, in Keras's form.

    Args:
        argument: The argument's name as the caller wrote it.
        value: What was received; shown by its `repr`.
        rule: What is allowed, to follow the word "must".
        advice: What to do, a sentence; may be empty.

    Returns:
        An `ArgumentError` to raise.

    Example:
        >>> str(invalid("batch_size", -1, "be a positive integer"))
        '`batch_size` must be a positive integer. Received: batch_size=-1.'
    """
    message = f"`{argument}` must {rule}. Received: {argument}={value!r}."
    return ArgumentError(f"{message} {advice}".rstrip())


def one_of(names: Iterable[Any]) -> str:
    """Return "be one of 'a', 'b'" for use as the rule of `invalid`."""
    return "be one of " + ", ".join(repr(name) for name in names)
