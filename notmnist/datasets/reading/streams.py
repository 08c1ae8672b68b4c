"""Compressed files as streams of limited length."""

from __future__ import annotations

import contextlib
import gzip
import io
import lzma
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from notmnist.errors import ArchiveError

__all__ = ["naming", "unpacked", "unpacked_limit"]

_RATIO = 200  # a tar.gz of half a million blank images is compressed 118 : 1, a bomb 1,000 : 1
_FREE = 1 << 26  # bytes that any file may unpack to
_BUFFER = 1 << 20


def unpacked_limit(path: Path) -> int:
    """Return how many bytes the file at `path` may unpack to."""
    return _FREE + _RATIO * path.stat().st_size


@contextlib.contextmanager
def unpacked(path: Path) -> Iterator[io.BufferedReader]:
    """Open a plain, gzip or xz file, recognised by its first bytes, as a stream of unpacked bytes.

    Reading raises an `ArchiveError` if they are more than `unpacked_limit` allows.
    """
    with path.open("rb") as file:
        head = file.read(6)
        file.seek(0)
        stream: io.BufferedIOBase = file
        if head[:2] == b"\x1f\x8b":
            stream = gzip.GzipFile(fileobj=file)
        elif head == b"\xfd7zXZ\x00":
            stream = lzma.LZMAFile(file)  # noqa: SIM115 - it owns nothing; `file` is closed above
        yield io.BufferedReader(_Bounded(stream, unpacked_limit(path)), _BUFFER)


@contextlib.contextmanager
def naming(what: str, path: Path) -> Iterator[None]:
    """Turn the errors of reading a damaged file into an `ArchiveError` that names the file."""
    try:
        yield
    except ArchiveError as error:
        raise ArchiveError(f"Cannot read the {what} {str(path)!r}. {error}") from error
    except (EOFError, gzip.BadGzipFile, lzma.LZMAError, zlib.error) as error:
        message = (
            f"The {what} {str(path)!r} is cut off or damaged: {error}. Copy or download it again."
        )
        raise ArchiveError(message) from error


class _Bounded(io.RawIOBase):
    """A stream that raises an error after a given number of bytes."""

    def __init__(self, stream: io.BufferedIOBase, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self._left = limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            message = (
                f"It unpacks to more than {self._limit:,} bytes, more than any image file of its "
                "size."
            )
            raise ArchiveError(message)
        buffer[: len(data)] = data
        return len(data)
