"""Reads the files of a tar stream; only unusual headers go through `tarfile`.

`tarfile` takes longer for a member than all other work on a 28×28 image together. So it reads only
headers with long names, pax records, links and the like, not those of regular files.
"""

from __future__ import annotations

import functools
import io
import struct
import tarfile
from collections.abc import Iterator
from typing import IO, NamedTuple, cast
from zlib import adler32

from notmnist.errors import ArchiveError

__all__ = ["tar_members"]

_BLOCK = tarfile.BLOCKSIZE
_END = bytes(_BLOCK)
_READ = 1 << 20
_HEADER = struct.Struct("100s 24x 12s 12x 8s c 188x c 166x")
_BLANK = 8 * ord(" ")  # the sum of a checksum field of spaces
_MAX_HEADER_BYTES = 1 << 20  # of a long name or pax header; real ones take some hundred bytes


class _Member(NamedTuple):
    name: str
    size: int  # of the file
    header: int  # bytes of all its headers
    stored: int  # bytes from there to the next member
    refusal: str | None = None  # why the data cannot be used; empty for a folder


def tar_members(stream: io.BufferedIOBase, max_bytes: int) -> Iterator[tuple[str, bytes | str]]:
    """Yield name and data of the files in an uncompressed tar stream, which is read to its end.

    If a member cannot be used, for example because it has more than `max_bytes`, text that says why
    takes the place of its data. Bytes of a name that are not UTF-8 are escaped as surrogates.

    Raises:
        ArchiveError: A header is damaged, or the stream ends before the archive's end mark.
    """
    ended = False  # after an end mark, where only another archive may follow
    pax_headers: dict[str, str] = {}  # of all members up to the end mark
    position, header = 0, stream.read(_BLOCK)
    while header:
        if header == _END:
            ended, pax_headers = True, {}
            position, header = position + _BLOCK, stream.read(_BLOCK)
            continue
        try:
            member = None if pax_headers else _read_plain(header)
            member = member or _read_special(header, stream, pax_headers, position)
        except ArchiveError:
            if not ended:
                raise
            while stream.read(_READ):  # to the end, where a tar.gz has its checksum
                pass
            yield f"byte {position}", "bytes after the archive's end"
            return
        ended = False
        name, size, taken, stored, refusal = member
        if size > max_bytes:
            refusal = f"larger than {max_bytes:,} bytes"
        if refusal is None:
            data = stream.read(stored + _BLOCK)  # and the next header at once
            if len(data) < stored:
                raise _damaged(f"it is cut off in the member at byte {position}")
            header = data[stored:]
            yield name, data[:size]
        else:
            _pass_over(stream, stored, position)
            header = stream.read(_BLOCK)
            if refusal:
                yield name, refusal
        position += taken + stored
    if not ended:
        raise _damaged(f"it is cut off after {position} bytes")


def _pass_over(stream: io.BufferedIOBase, count: int, position: int) -> None:
    while count:
        part = stream.read(min(_READ, count))
        if not part:
            raise _damaged(f"it is cut off in the member at byte {position}")
        count -= len(part)


def _read_plain(header: bytes) -> _Member | None:
    """Read the header of a regular file with a short name; return None for any other header."""
    if len(header) < _BLOCK:
        return None
    name, digits, checksum, kind, prefix = _HEADER.unpack(header)
    size, claimed = _octal(digits), _octal(checksum)
    if kind not in b"0\0" or prefix != b"\0" or size is None or claimed is None:
        return None
    # The checksum is the sum of the header's bytes, with its own field read as spaces. The low half
    # of Adler-32, which is fast in C, is 1 plus the sum of the bytes, modulo 65,521.
    total = claimed - _BLANK + sum(checksum)
    name = name.partition(b"\0")[0]
    if (total + 1 - (adler32(header) & 0xFFFF)) % 65521 or name[-1:] == b"/":
        return None
    stored = size + _BLOCK - 1 & -_BLOCK
    return _Member(name.decode("utf-8", "surrogateescape"), size, _BLOCK, stored)


@functools.lru_cache(1 << 14)  # sizes and checksums repeat
def _octal(field: bytes) -> int | None:
    """Return the number in a field of octal digits, None if it is anything else."""
    digits = field.strip(b" \0")
    return int(digits, 8) if digits and not digits.strip(b"01234567") else None


def _read_special(
    header: bytes, stream: io.BufferedIOBase, pax_headers: dict[str, str], position: int
) -> _Member:
    """Read any other header, with those that belong to it, by `tarfile`."""
    if len(header) < _BLOCK:
        raise _damaged(f"it is cut off after {position + len(header)} bytes")
    headers = _Headers(header, stream)
    try:
        tar = tarfile.TarFile(
            fileobj=cast(IO[bytes], headers),
            pax_headers=pax_headers,
            encoding="utf-8",
            errors="surrogateescape",
        )
        info = tar.next()
    except ArchiveError:
        raise
    except Exception as error:  # tarfile lets ValueError and others through
        raise _damaged(f"invalid tar header at byte {position} ({error})") from error
    stored = tar.offset - headers.taken
    if info is None or info.size < 0 or stored < 0:
        raise _damaged(f"invalid tar header at byte {position}")
    return _Member(info.name, info.size, headers.taken, stored, _refusal(info))


class _Headers:
    """The stream from a header on, with just enough of a file's methods for `tarfile`."""

    def __init__(self, first: bytes, stream: io.BufferedIOBase) -> None:
        self.taken = 0
        self._first = first
        self._stream = stream

    def read(self, count: int) -> bytes:
        if not 0 <= count <= _MAX_HEADER_BYTES:
            raise _damaged(f"a header claims {count} bytes")
        data = self._stream.read(count) if self.taken else self._first
        self.taken += len(data)
        return data

    def tell(self) -> int:
        return self.taken


def _refusal(info: tarfile.TarInfo) -> str | None:
    if info.isdir():
        return ""
    if info.issparse():
        return "a sparse file"
    if info.islnk() or info.issym():
        return "a link"
    if info.isdev():
        return "a pipe" if info.isfifo() else "a device"
    return None  # POSIX: unknown types are regular files


def _damaged(problem: str) -> ArchiveError:
    message = f"The tar archive is cut off or damaged: {problem}. Copy or download it again."
    return ArchiveError(message)
