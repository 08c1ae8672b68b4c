"""Archives in the original layout: `<anything>/<A..J>/<encoded font name>.png` in tar or zip.

Members are read as a stream; nothing is ever extracted, so a member's name never becomes a
path on disk.
"""

from __future__ import annotations

import contextlib
import functools
import gzip
import itertools
import os
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from notmnist.datasets.glyphs import GlyphBatch, Skipped
from notmnist.datasets.letters import CLASS_NAMES
from notmnist.datasets.png import decode_batch
from notmnist.datasets.stream import Bounded, unpacked_limit
from notmnist.datasets.tar import tar_members
from notmnist.datasets.zip import zip_members
from notmnist.errors import ArchiveError, MissingSourceError

__all__ = ["Member", "is_archive", "members", "read_archive"]

_MAX_MEMBER_BYTES = 1 << 20  # a 28×28 PNG takes some 400; a megabyte of ancillary chunks is odd
_BATCH = 4096
_LABELS = {letter: label for label, letter in enumerate(CLASS_NAMES)}


Member = tuple[int, str, bytes]
"""Label, stem and PNG bytes of an image file; the stem is the encoded name of the font."""


def is_archive(path: Path) -> bool:
    """Tell by its first bytes whether `path` is a tar, tar.gz or zip file."""
    return path.is_file() and _kind(path) is not None


def _kind(path: Path) -> str | None:
    with path.open("rb") as file:
        head = file.read(512)
    if head[:2] == b"\x1f\x8b":
        return "tar.gz"
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return "zip"
    return "tar" if len(head) == 512 and head[257:262] == b"ustar" else None


def read_archive(
    path: str | os.PathLike[str],
    *,
    skipped: Skipped | None = None,
    keep_png: bool = False,
    batch: int = _BATCH,
    workers: int | None = None,
) -> Iterator[GlyphBatch]:
    """Yield the readable images of an archive in the original layout, decoded.

    Args:
        path: A tar, tar.gz or zip file.
        skipped: Takes the members that cannot be used, with the reason.
        keep_png: Whether the batches also carry the members' bytes.
        batch: The number of members decoded at once.
        workers: The number of processes that help this one; None for two where the archive is
            large and there is more than one core, else 0.

    Yields:
        `GlyphBatch` objects in the archive's order.

    Raises:
        MissingSourceError: Nothing is at `path`.
        ArchiveError: The file is no archive, is cut off or damaged, or has no image in a
            folder named A to J.
    """
    path = Path(path)
    skipped = Skipped() if skipped is None else skipped
    workers = _workers(path) if workers is None else workers
    groups = _groups(members(path, skipped=skipped), batch)
    found = False
    for group, decoded in _decoded(groups, workers):
        found = True
        yield _batch(group, decoded, skipped, keep_png)
    if not found:
        message = (
            "An archive must hold folders named A to J with PNG files in them. "
            f"Received: {str(path)!r}, which holds none."
        )
        raise ArchiveError(message)


def _workers(path: Path) -> int:
    """Return how many helper processes pay: none below 1 MB, none on one core, two at most.

    With two, what this process does itself takes longer than what they do.
    """
    large = path.is_file() and path.stat().st_size >= 1 << 20
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(cores or 1, 2) if large and (cores or 1) > 1 else 0


def _groups(stream: Iterator[Member], size: int) -> Iterator[list[Member]]:
    while group := list(itertools.islice(stream, size)):
        yield group


def _decoded(
    groups: Iterator[list[Member]], workers: int
) -> Iterator[tuple[list[Member], tuple[npt.NDArray[np.uint8], dict[int, str]]]]:
    pairs = ((group, [png for _, _, png in group]) for group in groups)
    pool = None
    if workers:
        from notmnist.datasets.decoder import DecoderPool

        with contextlib.suppress(OSError):  # no processes to be had: it goes without
            pool = DecoderPool(workers)
    if pool is None:
        yield from ((group, decode_batch(pngs)) for group, pngs in pairs)
        return
    with pool:
        yield from pool.map(pairs)


def _batch(
    group: list[Member],
    decoded: tuple[npt.NDArray[np.uint8], dict[int, str]],
    skipped: Skipped,
    keep_png: bool,
) -> GlyphBatch:
    images, reasons = decoded
    for position, reason in sorted(reasons.items()):
        label, stem, _ = group[position]
        skipped.add(reason, f"{CLASS_NAMES[label]}/{stem}.png")
    if reasons:
        keep = np.ones(len(group), bool)
        keep[list(reasons)] = False
        images = images[keep]
        group = [member for member, kept in zip(group, keep.tolist(), strict=True) if kept]
    labels, stems, pngs = zip(*group, strict=True) if group else ((), (), ())
    return GlyphBatch(images, np.array(labels, np.uint8), stems, pngs if keep_png else None)


def members(path: Path, *, skipped: Skipped) -> Iterator[Member]:
    """Yield the PNG files in the letter folders of an archive, undecoded.

    Args:
        path: A tar, tar.gz or zip file.
        skipped: Takes the members that are left out, with the reason.

    Yields:
        `Member` triples in the archive's order. Hidden files (`.DS_Store`, `._*`) and files
        outside the letter folders are passed over in silence.

    Raises:
        MissingSourceError: Nothing is at `path`.
        ArchiveError: The file is no archive, is cut off or damaged, or unpacks to more than
            64 MiB and two hundred times its size.
    """
    if not path.exists():
        message = f"`path` must name a file that exists. Received: path={str(path)!r}."
        raise MissingSourceError(message)
    kind = _kind(path)
    if kind is None:
        message = f"`path` must be a tar, tar.gz or zip file. Received: path={str(path)!r}."
        raise ArchiveError(message)
    limit = unpacked_limit(path.stat().st_size)
    try:
        if kind == "zip":
            yield from _sorted_out(zip_members(path, _MAX_MEMBER_BYTES), skipped, limit)
        else:
            with path.open("rb") as file:
                stream = gzip.GzipFile(fileobj=file) if kind == "tar.gz" else file
                entries = tar_members(Bounded(stream, limit), _MAX_MEMBER_BYTES)
                yield from _sorted_out(entries, skipped, limit)
    except ArchiveError as error:
        raise ArchiveError(f"The archive {str(path)!r} cannot be read. {error}") from error
    except (EOFError, OSError, zlib.error) as error:
        if isinstance(error, OSError) and error.errno:
            raise  # the disk's own errors speak for themselves
        message = (
            f"The archive {str(path)!r} is cut off or damaged: {error}. Copy or download it again."
        )
        raise ArchiveError(message) from error


def _sorted_out(
    entries: Iterator[tuple[str, bytes | str]], skipped: Skipped, limit: int
) -> Iterator[Member]:
    """Keep the entries that are PNG files in a letter folder; text in place of data says why not.

    Members of a zip may share their packed bytes, so what they unpack to is bounded here.
    """
    for name, data in entries:
        limit -= len(data)
        if limit < 0:
            raise ArchiveError("It unpacks to more bytes than any archive of images this size.")
        folder, _, file = name.rpartition("/")
        label, leaves = _placed(folder)
        if label is None or file[:1] == "." or file[-4:].lower() != ".png":
            continue
        if isinstance(data, str):
            skipped.add(data, name)
        elif leaves:
            skipped.add("a path that leaves the archive", name)
        else:
            yield label, file[:-4], data


@functools.lru_cache(64)  # members of one folder follow one another
def _placed(folder: str) -> tuple[int | None, bool]:
    """Return the label of a letter folder, else None, and whether its path leaves the archive."""
    parts = folder.split("/")
    return _LABELS.get(parts[-1]), folder[:1] == "/" or ".." in parts
