"""IDX files, MNIST's own layout: `<name>-images-idx3-ubyte[.gz]` beside its labels.

Source of the format: "The MNIST database of handwritten digits", Y. LeCun, C. Cortes and
C. Burges: two zero bytes, a type (8: unsigned byte), the number of dimensions, each dimension
as a big-endian 32-bit number, then the data.
"""

from __future__ import annotations

import contextlib
import io
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from notmnist.datasets.reading.batches import Batch, Notes
from notmnist.datasets.reading.streams import naming, unpacked
from notmnist.errors import ArchiveError, MissingSourceError

__all__ = ["IdxPair", "find_pairs", "read_idx", "read_pair"]

_IMAGES = re.compile(r"(?P<name>.*)-images[-.]idx3-ubyte(?:\.gz|\.xz)?$")
_BATCH = 8192
_PART = 1 << 22  # bytes read at once


class IdxPair(NamedTuple):
    """An images file and its labels; `name` is the part of the file name before `-images`."""

    name: str
    images: Path
    labels: Path


def find_pairs(path: Path) -> list[IdxPair]:
    """Return the IDX pairs in a folder, sorted by name, or the pair of one images file.

    Raises:
        ArchiveError: An images file has no labels beside it, or two files of labels; or a name has
            two images files.
    """
    pairs: dict[str, IdxPair] = {}
    for images in sorted(path.iterdir()) if path.is_dir() else [path]:
        match = _IMAGES.match(images.name)
        if not match or not images.is_file():
            continue
        name = match["name"]
        if name in pairs:
            message = (
                "A folder of IDX files must contain one images file for each name. "
                f"Received: {pairs[name].images.name!r} and {images.name!r} in {str(path)!r}."
            )
            raise ArchiveError(message)
        pairs[name] = IdxPair(name, images, _labels_of(images, name))
    return list(pairs.values())


def _labels_of(images: Path, name: str) -> Path:
    names = [f"{name}-labels{dot}idx1-ubyte{end}" for dot in "-." for end in ("", ".gz", ".xz")]
    found = [path for path in map(images.with_name, names) if path.is_file()]
    if len(found) == 1:
        return found[0]
    message = (
        f"An IDX images file must have one file of labels beside it, such as {names[0]!r} or "
        f"{names[1]!r}. Received: {str(images)!r} with {[path.name for path in found] or 'none'}."
    )
    raise ArchiveError(message)


def read_pair(pair: IdxPair, notes: Notes, first: int = 0) -> Iterator[Batch]:
    """Yield the images of a pair with their labels.

    Args:
        pair: The files.
        notes: The classes, and the size that the images must have, if known.
        first: The label of the first class in the file.

    Raises:
        MissingSourceError: One of the files is not there.
        ArchiveError: A file is not an IDX file of the right shape, its length and header
            disagree, the two have different numbers of examples, or a label is out of range.
    """
    labels = read_idx(pair.labels)
    with _opened(pair.images) as (stream, shape):
        _check_shapes(pair, shape, labels.shape, notes.shape)
        notes.refuse(shape[1:], pair.images.name)
        most = first + len(notes.classes) - 1
        if labels.size and not first <= labels.min() <= labels.max() <= most:
            message = (
                f"The labels in {str(pair.labels)!r} must be {first} to {most}. "
                f"Received: {labels.min()} to {labels.max()}."
            )
            raise ArchiveError(message)
        for start in range(0, len(labels), _BATCH):
            part = labels[start : start + _BATCH]
            with naming("IDX file", pair.images):
                pixels = _take(stream, len(part) * math.prod(shape[1:]), shape)
            yield Batch(np.frombuffer(pixels, np.uint8).reshape(-1, *shape[1:]), part - first)
        with naming("IDX file", pair.images):
            _check_end(stream, shape)


def _check_shapes(
    pair: IdxPair, shape: tuple[int, ...], counted: tuple[int, ...], size: tuple[int, int] | None
) -> None:
    if len(shape) != 3 or not all(shape[1:]) or shape[1:] != (size or shape[1:]):
        wanted = "n×height×width" if size is None else f"n×{size[0]}×{size[1]}"
        message = f"{str(pair.images)!r} must contain {wanted} bytes. Received: shape {shape}."
        raise ArchiveError(message)
    if counted != shape[:1]:
        message = (
            f"{str(pair.labels)!r} must contain one label for each image. "
            f"Received: shape {counted} for {shape[0]} images."
        )
        raise ArchiveError(message)


def read_idx(path: Path) -> npt.NDArray[np.uint8]:
    """Return the array in an IDX file of unsigned bytes, plain or compressed (gzip, xz).

    Raises:
        MissingSourceError: The file is not there.
        ArchiveError: It is not an IDX file of bytes, or its length and header disagree.
    """
    with _opened(path) as (stream, shape), naming("IDX file", path):
        data = _take(stream, math.prod(shape), shape)
        _check_end(stream, shape)
    return np.frombuffer(data, np.uint8).reshape(shape)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tuple[io.BufferedReader, tuple[int, ...]]]:
    """Open an IDX file and read its header; yield the stream after it, and the shape."""
    if not path.is_file():
        message = f"`path` must name an IDX file that exists. Received: path={str(path)!r}."
        raise MissingSourceError(message)
    with unpacked(path) as stream:
        with naming("IDX file", path):
            shape = _shape(stream)
        yield stream, shape


def _shape(stream: io.BufferedReader) -> tuple[int, ...]:
    head = stream.read(4)
    if len(head) < 4 or head[:3] != b"\0\0\x08" or not 1 <= head[3] <= 3:
        message = (
            "An IDX file of bytes must begin with 00 00 08 and its number of dimensions, 1 to 3. "
            f"Received: {head.hex(' ')!r}."
        )
        raise ArchiveError(message)
    sizes = stream.read(4 * head[3])
    shape = tuple(int.from_bytes(sizes[i : i + 4], "big") for i in range(0, len(sizes), 4))
    if len(sizes) != 4 * head[3]:
        raise _disagrees(shape, "a truncated header")
    return shape


def _take(stream: io.BufferedReader, count: int, shape: tuple[int, ...]) -> bytearray:
    data = bytearray()
    while len(data) < count:  # in parts: a header that claims terabytes allocates nothing
        part = stream.read(min(_PART, count - len(data)))
        if not part:
            raise _disagrees(shape, f"{len(data)} bytes instead of {count}")
        data += part
    return data


def _check_end(stream: io.BufferedReader, shape: tuple[int, ...]) -> None:
    if stream.read(1):
        raise _disagrees(shape, f"more than {math.prod(shape)} bytes")


def _disagrees(shape: tuple[int, ...], found: str) -> ArchiveError:
    return ArchiveError(
        "The length of an IDX file must agree with its header. "
        f"Received: shape {shape} and {found}. Copy or download it again."
    )
