"""A walk over the members of a zip file, in little memory however many there are.

The standard library's reader first makes an object for every member: for half a million members
that takes 390 MB and, more than the reading itself, time. Here the central directory is walked
as a stream. Stored and deflated members and zip64 are understood.

Source of the format: PKWARE's APPNOTE.TXT, sections 4.3 (layout) and 4.5.3 (zip64).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from notmnist.errors import ArchiveError

__all__ = ["zip_members"]

_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_SATURATED = 0xFFFFFFFF  # "see the zip64 extra field"
_STORED, _DEFLATED = 0, 8
_LINK = 0o120000


class _Entry(NamedTuple):
    name: str
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    mode: int
    offset: int


def zip_members(path: Path, max_bytes: int) -> Iterator[tuple[str, bytes | str]]:
    """Yield name and data of the files in a zip, in the order of its central directory.

    Args:
        path: The zip file.
        max_bytes: Larger members are not unpacked.

    Yields:
        Pairs of the name and the data, or, as text, why there are none.

    Raises:
        ArchiveError: The file is cut off or damaged, or a member is not what its header says.
    """
    with path.open("rb") as directory, path.open("rb") as file:
        for entry in _entries(directory):
            if entry.name.endswith("/"):
                continue
            yield entry.name, _refusal(entry, max_bytes) or _data(file, entry)


def _refusal(entry: _Entry, max_bytes: int) -> str | None:
    if entry.flags & 1:
        return "encrypted"
    if entry.mode & 0o170000 == _LINK:
        return "a link"
    if entry.method not in (_STORED, _DEFLATED):
        return "neither stored nor deflated"
    if max(entry.size, entry.packed) > max_bytes:
        return "larger than 1 MiB"
    return None


def _data(file: BinaryIO, entry: _Entry) -> bytes:
    file.seek(entry.offset)
    header = _LOCAL.unpack(_read(file, _LOCAL.size))
    if header[0] != b"PK\3\4":
        raise _damaged(f"no member stands at byte {entry.offset}")
    file.seek(header[-2] + header[-1], 1)  # its name and extra field again
    data = _read(file, entry.packed)
    if entry.method == _DEFLATED:
        inflater = zlib.decompressobj(-15)
        data = inflater.decompress(data, entry.size + 1)
    if len(data) != entry.size or zlib.crc32(data) != entry.crc:
        raise _damaged(f"the bytes of {entry.name!r} do not fit its checksum")
    return data


def _entries(file: BinaryIO) -> Iterator[_Entry]:
    """Walk the central directory."""
    start, end, shift = _directory(file)
    file.seek(start)
    position = start
    while position < end:
        fields = _ENTRY.unpack(_read(file, _ENTRY.size))
        if fields[0] != b"PK\1\2":
            raise _damaged(f"no entry of the directory stands at byte {position}")
        flags, method, crc, packed, size = fields[3], fields[4], *fields[7:10]
        lengths = fields[10:13]
        variable = _read(file, sum(lengths))
        position += _ENTRY.size + len(variable)
        name = variable[: lengths[0]]
        extra = variable[lengths[0] : lengths[0] + lengths[1]]
        size, packed, offset = _zip64(extra, size, packed, fields[16])
        text = name.decode("utf-8", "surrogateescape") if flags & 0x800 else name.decode("cp437")
        yield _Entry(text, flags, method, crc, packed, size, fields[15] >> 16, offset + shift)


def _directory(file: BinaryIO) -> tuple[int, int, int]:
    """Return where the directory begins and ends, and by how much offsets are to be shifted."""
    length = file.seek(0, 2)
    tail_start = max(0, length - _END.size - 0xFFFF)
    file.seek(tail_start)
    tail = file.read()
    place = tail.rfind(b"PK\5\6")
    if place < 0 or len(tail) < place + _END.size:
        raise _damaged("its end is missing")
    _, _, _, _, _, size, offset, _ = _END.unpack_from(tail, place)
    end = tail_start + place
    if _SATURATED in (size, offset) or end >= _LOCATOR64.size:
        file.seek(max(end - _LOCATOR64.size, 0))
        locator = file.read(_LOCATOR64.size)
        if locator[:4] == b"PK\6\7":
            end -= _LOCATOR64.size + _END64.size
            file.seek(max(end, 0))
            *_, size, offset = _END64.unpack(_read(file, _END64.size))
    start = end - size
    if start < 0 or start < offset:
        raise _damaged("its directory is missing")
    return start, end, start - offset  # shifted where something was put before the archive


def _zip64(extra: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    """Replace the numbers that did not fit 32 bits by those of the extra field."""
    values = [size, packed, offset]
    while len(extra) >= 4 and _SATURATED in values:
        kind, length = struct.unpack_from("<2H", extra)
        data, extra = extra[4 : 4 + length], extra[4 + length :]
        if kind != 1:
            continue
        for index, value in enumerate(values):
            if value == _SATURATED and len(data) >= 8:
                values[index] = int.from_bytes(data[:8], "little")
                data = data[8:]
        break
    return values[0], values[1], values[2]


def _read(file: BinaryIO, count: int) -> bytes:
    data = file.read(count)
    if len(data) < count:
        raise _damaged("it ends too early")
    return data


def _damaged(problem: str) -> ArchiveError:
    return ArchiveError(
        f"The zip archive is cut off or damaged: {problem}. Copy or download it again."
    )
