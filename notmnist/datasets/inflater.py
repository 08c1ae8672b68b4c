"""The part of PNG decoding that takes longest, chunk walk and inflate, for a helper process.

This file is both a module and a script, `python inflater.py HEADER SIZE`, and imports nothing but
the standard library's smallest parts: a helper starts in a hundredth of a second, where one that
imports NumPy takes ten times as long.

A message to a helper is a count, the lengths of so many files, and the files; the answer is the
inflated files one after another, after a byte for each that says whether it is among them.
"""

from __future__ import annotations

import struct
import sys
import zlib
from array import array
from collections.abc import Callable, Sequence
from contextlib import suppress

TYPE_CHECKING = False  # `typing` takes as long to import as all the rest
if TYPE_CHECKING:
    from typing import IO

__all__ = ["IEND", "inflate", "main", "request", "serve"]

_SAFE = 4096  # bytes; deflate grows data 1,032 times at the most: to 4 MB
_MATCH = 258  # zlib leaves its fast loop where less room than the longest match is left
_number = struct.Struct(">I").pack
IEND = b"\0\0\0\0IEND\xaeB`\x82"


def inflate(png: bytes, header: bytes, size: int) -> bytes | None:
    """Return the inflated image data of a plain PNG file.

    Args:
        png: The file.
        header: The bytes that every plain file starts with.
        size: The number of bytes that its data inflate to.

    Returns:
        Rows of a filter byte and the filtered pixels; None where the file is not plain or damaged.
    """
    if not png.startswith(header):
        return None
    data = _image_data(png, len(header))
    if data is None:
        return None
    try:
        if len(data) <= _SAFE:
            raw = zlib.decompress(data, bufsize=size + _MATCH)
        else:  # bounded: a bomb stops here
            raw = zlib.decompressobj().decompress(data, size + 1)
    except zlib.error:
        return None
    return raw if len(raw) == size else None


def _image_data(png: bytes, position: int) -> bytes | None:
    """Return the joined IDAT chunks from `position`, None where a chunk is not in order."""
    if png[position + 4 : position + 8] == b"IDAT" and png[-12:] == IEND:  # nearly all: one chunk
        body = png[position + 4 : -16]
        ends = png[position : position + 4], png[-16:-12]
        if ends == (_number(len(body) - 4), _number(zlib.crc32(body))):
            return body[4:]
    data = b""
    while True:
        length = int.from_bytes(png[position : position + 4], "big")
        end = position + 8 + length
        body = png[position + 4 : end]
        if len(body) != length + 4 or png[end : end + 4] != zlib.crc32(body).to_bytes(4, "big"):
            return None
        kind = body[:4]
        if kind == b"IDAT":
            data = data + body[4:] if data else body[4:]
            if png[end + 4 :] == IEND:
                return data
        elif kind == b"IEND":
            return data
        elif kind[:1].isupper():  # a critical chunk that a plain file does not have
            return None
        position = end + 4


def request(pngs: Sequence[bytes]) -> bytes:
    """Return the message that asks a helper to inflate some files."""
    lengths = array("I", [len(pngs), *map(len, pngs)])
    return b"".join([lengths.tobytes(), *pngs])


def serve(
    stdin: IO[bytes], stdout: IO[bytes], inflate_one: Callable[[bytes], bytes | None]
) -> None:
    """Answer messages until the input ends."""
    width = array("I").itemsize
    while head := stdin.read(width):
        count = int.from_bytes(head, sys.byteorder)
        lengths = array("I", stdin.read(width * count))
        data, end = stdin.read(sum(lengths)), 0
        raws = []
        for length in lengths:
            start, end = end, end + length
            raws.append(inflate_one(data[start:end]))
        stdout.write(bytes([raw is not None for raw in raws]))
        stdout.write(b"".join([raw for raw in raws if raw is not None]))
        stdout.flush()


def main(arguments: list[str]) -> None:
    """Serve the process's own standard streams."""
    header, size = bytes.fromhex(arguments[0]), int(arguments[1])
    with suppress(BrokenPipeError, KeyboardInterrupt):
        serve(sys.stdin.buffer, sys.stdout.buffer, lambda png: inflate(png, header, size))


if __name__ == "__main__":
    main(sys.argv[1:])
