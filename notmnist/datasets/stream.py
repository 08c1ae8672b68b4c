"""What the readers need of an open file."""

from __future__ import annotations

from typing import Protocol

__all__ = ["BinaryStream"]


class BinaryStream(Protocol):
    """Anything that gives bytes in order: a file, a `GzipFile`, an `LZMAFile`."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; none at the end."""
        ...
