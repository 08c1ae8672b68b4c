"""Bounded reading of compressed files."""

from __future__ import annotations

from typing import Protocol

from notmnist.errors import ArchiveError

__all__ = ["BinaryStream", "Bounded", "unpacked_limit"]

_RATIO = 200  # half a million blank images in a tar.gz pack 118 : 1, a bomb 1,000 : 1
_FREE = 1 << 26  # bytes that any archive may have


class BinaryStream(Protocol):
    """Anything that gives bytes in order: a file, a `GzipFile`, an `LZMAFile`."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; none at the end."""
        ...


def unpacked_limit(packed: int) -> int:
    """Return how many bytes a file of `packed` bytes may unpack to."""
    return _FREE + _RATIO * packed


class Bounded:
    """A stream that refuses to give more than a number of bytes.

    Example:
        >>> import io
        >>> Bounded(io.BytesIO(b"letters"), 10).read(7)
        b'letters'
    """

    def __init__(self, stream: BinaryStream, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self._left = limit

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; none at the end.

        Raises:
            ArchiveError: They are more than the limit.
        """
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            message = (
                f"It unpacks to more than {self._limit:,} bytes, which no file of images of this "
                "size does."
            )
            raise ArchiveError(message)
        return data
