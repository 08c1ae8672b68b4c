"""A walk over the regular files of a tar stream: plain headers here, all others by `tarfile`.

`tarfile` makes an object of some twenty attributes for every member; for half a million members
of 400 bytes that takes longer than all other work together. So a header that is plain (a regular
file, a short name, a size in octal digits, a valid checksum) is read here as a slice of the buffer,
and any other header is given to `tarfile`, which knows long names, pax records and every dialect.
"""

from __future__ import annotations

import functools
import struct
import tarfile
from collections.abc import Iterator
from typing import IO, NamedTuple, cast
from zlib import adler32

from notmnist.datasets.reading.streams import BinaryStream
from notmnist.errors import ArchiveError

__all__ = ["tar_members"]

_BLOCK = 512
_ZEROS = bytes(_BLOCK)
_READ = 1 << 20
_HEADER = struct.Struct("100s 24x 12s 12x 8s c 100x 6s 82x 155s 12x")
_KNOWN = 1 << 14  # sizes and checksums repeat: most fields of an archive have been read before
_MAX_HEADER_BYTES = 1 << 20  # of a long name or pax header; real ones take some hundred bytes


class _Buffer:
    """Bytes of a stream, taken in slices; enough of a file object for `tarfile` to read headers."""

    def __init__(self, stream: BinaryStream) -> None:
        self._stream = stream
        self._data = b""
        self._start = 0
        self._before = 0  # bytes of the stream before `_data`

    def take(self, count: int) -> bytes:
        """Return the next `count` bytes, fewer only at the stream's end."""
        end = self._start + count
        if end > len(self._data):
            self._fill(count)
            end = self._start + count
        taken = self._data[self._start : end]
        self._start = min(end, len(self._data))
        return taken

    def _fill(self, count: int) -> None:
        parts = [self._data[self._start :]]
        have = len(parts[0])
        while have < count:
            part = self._stream.read(max(_READ, count - have))
            if not part:
                break
            parts.append(part)
            have += len(part)
        self._before += self._start
        self._data, self._start = b"".join(parts), 0

    def put_back(self, data: bytes) -> None:
        """Give back bytes that were taken last."""
        self._data = data + self._data[self._start :]
        self._before += self._start - len(data)
        self._start = 0

    def pass_over(self, count: int) -> int:
        """Drop the next `count` bytes without keeping them; return how many there were."""
        dropped = 0
        while dropped < count:
            part = len(self.take(min(_READ, count - dropped)))
            if not part:
                break
            dropped += part
        return dropped

    def read(self, count: int) -> bytes:
        """Return the next bytes of a header, for `tarfile`."""
        if not 0 <= count <= _MAX_HEADER_BYTES:
            raise _damaged(f"the header at byte {self.tell()} claims {count} bytes")
        return self.take(count)

    def tell(self) -> int:
        """Return the number of bytes taken so far."""
        return self._before + self._start

    def seek(self, position: int) -> None:
        """Go forward, for `tarfile`."""
        self.pass_over(position - self.tell())


class _Member(NamedTuple):
    name: str
    size: int  # of the file
    stored: int  # bytes up to the next header
    refusal: str | None = None  # why the data are of no use
    is_folder: bool = False


def tar_members(stream: BinaryStream, max_bytes: int) -> Iterator[tuple[str, bytes | str]]:
    """Yield name and data of the files in an uncompressed tar stream, which is read to its end.

    Args:
        stream: A readable binary file; it is not seeked.
        max_bytes: The data of larger members is passed over.

    Yields:
        Pairs of the name (bytes that are not UTF-8 escaped as surrogates) and the data, or, as
        text, why there are none.

    Raises:
        ArchiveError: A header is damaged, or the stream ends before the archive's end mark.
    """
    buffer = _Buffer(stream)
    take = buffer.take
    headers = _Headers(buffer)
    ended = False  # behind an end mark, where only another archive may follow
    header = take(_BLOCK)
    while header:
        if header == _ZEROS:
            ended = True
            headers = _Headers(buffer)  # global headers hold up to an archive's end
            header = take(_BLOCK)
            continue
        start = buffer.tell() - len(header)
        try:
            if len(header) < _BLOCK:
                raise _damaged(f"it is cut off after {start + len(header)} bytes")
            member = headers.plain(header) or headers.special(header, start)
        except ArchiveError:
            if not ended:
                raise
            while take(_READ):  # to the end, where a tar.gz has its checksum
                pass
            yield f"byte {start}", "bytes behind the archive's end"
            return
        ended = False
        stored, refusal = member.stored, member.refusal
        if member.size > max_bytes:
            refusal = f"larger than {max_bytes:,} bytes"
        if refusal is None and not member.is_folder:
            data = take(stored + _BLOCK)  # and the next header at once
            if len(data) < stored:
                raise _damaged(f"it is cut off in the member at byte {start}")
            header = data[stored:]
            yield member.name, data[: member.size]
            continue
        if buffer.pass_over(stored) < stored:
            raise _damaged(f"it is cut off in the member at byte {start}")
        header = take(_BLOCK)
        if refusal is not None:
            yield member.name, refusal
    if not ended:
        raise _damaged(f"it is cut off after {buffer.tell()} bytes")


class _Headers:
    """Reads headers: plain ones itself, others with `tarfile`."""

    def __init__(self, buffer: _Buffer) -> None:
        self._buffer = buffer
        self._tar: tarfile.TarFile | None = None  # kept once it has read a global pax header

    def plain(self, header: bytes) -> _Member | None:
        """Return the member of a plain header, None if `tarfile` has to look."""
        if self._tar is not None:
            return None
        name, digits, checksum, kind, magic, prefix = _HEADER.unpack(header)
        if kind not in b"0\0" or adler32(header) & 0xFFFF != _low_adler(checksum):
            return None
        size = _octal(digits)
        name = name.partition(b"\0")[0]
        if size is None or name[-1:] == b"/":
            return None
        if prefix[0]:
            if magic != b"ustar\0":
                return None
            name = prefix.partition(b"\0")[0] + b"/" + name
        stored = size + _BLOCK - 1 & -_BLOCK
        return _Member(name.decode("utf-8", "surrogateescape"), size, stored)

    def special(self, header: bytes, start: int) -> _Member:
        """Return the member that any other header, and those that belong to it, announce."""
        self._buffer.put_back(header)
        try:
            tar = self._tar or tarfile.TarFile(
                fileobj=cast(IO[bytes], self._buffer), encoding="utf-8", errors="surrogateescape"
            )
            info = tar.next()
        except ArchiveError:
            raise
        except Exception as error:  # tarfile lets ValueError and others through
            raise _damaged(f"invalid tar header at byte {start} ({error})") from error
        stored = tar.offset - self._buffer.tell()
        if info is None or info.size < 0 or stored < 0:
            raise _damaged(f"invalid tar header at byte {start}")
        tar.members = []  # type: ignore[attr-defined]  # not in typeshed; it would keep them all
        self._tar = tar if tar.pax_headers else None
        return _Member(info.name, info.size, stored, _refusal(info), info.isdir())


def _refusal(info: tarfile.TarInfo) -> str | None:
    if info.issparse():
        return "a sparse file"
    if info.islnk() or info.issym():
        return "a link"
    if info.isdev():
        return "a pipe" if info.isfifo() else "a device"
    return None  # POSIX: unknown types are regular files


@functools.lru_cache(_KNOWN)
def _low_adler(field: bytes) -> int | None:
    """Return the low half of the Adler-32 of a header whose checksum field this is.

    The checksum is the sum of the header's bytes, its own field read as spaces; the low half of
    Adler-32 is 1 plus the sum of the bytes, modulo 65521, and takes no time in C.
    """
    number = _octal(field)
    return None if number is None else (number - 8 * ord(" ") + 1 + sum(field)) % 65521


@functools.lru_cache(_KNOWN)
def _octal(field: bytes) -> int | None:
    """Return the number in a header's field of octal digits, None if it is anything else."""
    digits = field.strip(b" \0") or b"0"
    return int(digits, 8) if not digits.translate(None, b"01234567") else None


def _damaged(problem: str) -> ArchiveError:
    message = f"The tar archive is cut off or damaged: {problem}. Copy or download it again."
    return ArchiveError(message)
