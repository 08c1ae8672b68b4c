"""The members of a zip file, as the standard library's `zipfile` reads and checks them."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from notmnist.errors import ArchiveError

__all__ = ["zip_members"]

_ENCRYPTED = 1  # a bit of a member's flags
_LONGEST_END = 22 + 0xFFFF + 76  # bytes: the directory's end, a comment, zip64's records
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def zip_members(path: Path, max_bytes: int) -> Iterator[tuple[str, bytes | str]]:
    """Yield name and data of the files in a zip, in the order of its directory.

    If a member cannot be used, for example because it has more than `max_bytes`, text that says why
    takes the place of its data.

    Raises:
        ArchiveError: The file is cut off or damaged, or a member is not what the directory says.
    """
    with path.open("rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                members = archive.infolist()
                _check_count(file, len(members))
                for member in members:
                    if not member.is_dir():
                        refusal = _refusal(member, max_bytes)
                        yield member.filename, refusal or archive.read(member)
        except Exception as error:  # zipfile lets struct.error, OSError and others through
            message = f"The zip archive is cut off or damaged: {error}. Copy or download it again."
            raise ArchiveError(message) from error


def _check_count(file: BinaryIO, found: int) -> None:
    """Compare the number of members with the directory's end record: damage may hide some."""
    start = max(0, file.seek(0, io.SEEK_END) - _LONGEST_END)
    file.seek(start)
    tail = file.read()
    (count,) = struct.unpack_from("<H", tail, tail.rindex(b"PK\5\6") + 10)
    end64 = tail.rfind(b"PK\6\6")
    if count == 0xFFFF and end64 >= 0:
        (count,) = struct.unpack_from("<Q", tail, end64 + 32)
    if (found - count) % 0x10000:  # old programs write the lower half of larger numbers
        raise zipfile.BadZipFile(f"its directory lists {found} of {count} members")


def _refusal(member: zipfile.ZipInfo, max_bytes: int) -> str | None:
    if member.flag_bits & _ENCRYPTED:
        return "encrypted"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "a link"
    if member.compress_type not in _METHODS:
        return "neither stored nor deflated"
    if max(member.file_size, member.compress_size) > max_bytes:
        return f"larger than {max_bytes:,} bytes"
    return None
