"""Images in class folders, `[.../][train|valid|test/]<class>/<name>.png`, in archives and on disk.

Nothing is ever extracted, so a member's name never becomes a path on disk.
"""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from notmnist.datasets.reading.batches import ROLES, SPLIT_NAMES, Batch, Notes, Pixels
from notmnist.datasets.reading.folders import folder_files
from notmnist.datasets.reading.images import SUFFIXES, decode, decode_plain
from notmnist.datasets.reading.streams import naming, unpacked, unpacked_limit
from notmnist.datasets.reading.tar import tar_members
from notmnist.datasets.reading.zip import zip_members
from notmnist.errors import ArchiveError

__all__ = ["is_archive", "read_archive", "read_folder"]

Entries = Iterator[tuple[str, bytes | str]]
"""Path and data of each file, or text that says why its data cannot be used."""

_MAX_FILE_BYTES = 1 << 20  # a 28×28 PNG takes some 400; 1024×1024 letters fit
_MAX_NAME_BYTES = 4096
_MAX_CLASSES = 1 << 16
_BATCH = 4096  # files decoded at once
_ROLE_FOLDERS = {name: ROLES.index(split) for split, names in SPLIT_NAMES.items() for name in names}
_DRIVE = re.compile(r"[A-Za-z]:")


class _Image(NamedTuple):
    label: int
    role: int
    name: str
    data: bytes
    path: str


def is_archive(path: Path) -> bool:
    """Return whether `path` is a tar, tar.gz or zip file, judging by its first bytes."""
    return path.is_file() and _kind(path) is not None


def _kind(path: Path) -> str | None:
    with path.open("rb") as file:
        head = file.read(512)
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return "zip"
    is_tar = len(head) == 512 and head[257:262] == b"ustar"
    return "tar" if is_tar or head[:2] == b"\x1f\x8b" else None


def read_archive(path: Path, notes: Notes) -> Iterator[Batch]:
    """Yield the readable images of a tar, tar.gz or zip file, in its order.

    Hidden files (`.DS_Store`, `._*`) and files whose names do not end like images are ignored;
    other files that cannot be used are added to `notes.skipped`.

    Raises:
        ArchiveError: The file is not an archive, is cut off or damaged, or unpacks to more than
            64 MiB plus two hundred times its size.
    """
    kind = _kind(path)
    if kind is None:
        message = f"`path` must be a tar, tar.gz or zip file. Received: path={str(path)!r}."
        raise ArchiveError(message)
    with naming("archive", path):
        if kind == "zip":
            members = zip_members(path, _MAX_FILE_BYTES)
            yield from _batches(members, notes, unpacked_limit(path))
        else:
            with unpacked(path) as stream:
                yield from _batches(tar_members(stream, _MAX_FILE_BYTES), notes)


def read_folder(path: Path, notes: Notes) -> Iterator[Batch]:
    """Yield the readable images of a folder of class folders, in the order of their paths.

    Raises:
        ArchiveError: A file was removed after the folder was listed.
    """
    with naming("folder", path):
        yield from _batches(folder_files(path, _MAX_FILE_BYTES), notes)


def _batches(entries: Entries, notes: Notes, limit: int | None = None) -> Iterator[Batch]:
    images = _images(entries, notes, limit)
    while group := list(itertools.islice(images, _BATCH)):
        decoded = _decode(group, notes)
        if decoded is not None:
            yield decoded


def _images(entries: Entries, notes: Notes, limit: int | None) -> Iterator[_Image]:
    """Keep the entries that are image files in a class folder.

    Members of a zip may share their packed bytes, so the total that they unpack to is limited here.
    """
    place = _places(notes)
    for path, data in entries:
        if limit is not None:
            limit -= len(data)
            if limit < 0:
                raise ArchiveError(
                    "It unpacks to more bytes than an image archive of its size can contain."
                )
        folder, _, file = path.replace("\\", "/").rpartition("/")
        stem, dot, suffix = file.rpartition(".")
        suffix = suffix.lower()
        if not dot and isinstance(data, str):  # a linked folder, or not a file at all
            notes.skipped.add(data, path)
            continue
        if file[:1] == "." or suffix not in SUFFIXES or not dot:
            continue
        if len(path) > _MAX_NAME_BYTES:
            notes.skipped.add("a name longer than 4 KiB", path[:80] + "…")
            continue
        where = place(folder)
        if where is None:
            continue
        if isinstance(where, str):
            notes.skipped.add(where, path)
        elif isinstance(data, str):
            notes.skipped.add(data, path)
        else:
            label = notes.number(where[0])
            if label is None or label >= _MAX_CLASSES:
                raise ArchiveError(f"It has more than {_MAX_CLASSES:,} class folders.")
            name = stem if suffix == "png" else file
            yield _Image(label, where[1], name, data, path)


def _places(notes: Notes) -> Callable[[str], tuple[str, int] | str | None]:
    """Return a function from a folder to its class and role.

    It returns the reason, as text, for folders whose files must be skipped, and None for those
    whose files are ignored.
    """

    @functools.lru_cache(64)  # members of one folder follow one another
    def place(folder: str) -> tuple[str, int] | str | None:
        if folder[:1] == "/" or _DRIVE.match(folder) or ".." in folder.split("/"):
            return "a path that leaves the archive"
        parts = [part for part in folder.split("/") if part not in ("", ".")]
        if any(part[0] == "." or part == "__MACOSX" for part in parts):
            return None
        if not parts:
            return "not in a class folder" if notes.open_classes else None
        name = unicodedata.normalize("NFC", parts[-1])
        if not notes.open_classes and name not in notes.classes:
            return None
        above = parts[-2].lower() if len(parts) > 1 else ""
        return name, _ROLE_FOLDERS.get(above, ROLES.index("all"))

    return place


def _decode(group: list[_Image], notes: Notes) -> Batch | None:
    """Decode some files at once; record those that cannot be used."""
    files = [image.data for image in group]
    stack = decode_plain(files)
    if stack is not None and notes.refuse(stack.shape[1:], group[0].path) is None:
        return _batch(group, stack)
    kept, pixels = [], []
    for image, found in zip(group, decode(files), strict=True):
        reason = found if isinstance(found, str) else notes.refuse(found.shape, image.path)
        if isinstance(found, str) or reason is not None:
            notes.skipped.add(str(reason), image.path)
        else:
            kept.append(image)
            pixels.append(found)
    return _batch(kept, _join(pixels)) if kept else None


def _batch(images: list[_Image], pixels: Pixels) -> Batch:
    roles = np.array([image.role for image in images], np.uint8)
    return Batch(
        pixels,
        np.array([image.label for image in images], np.uint16),
        [image.name for image in images],
        roles=roles if roles.any() else None,
    )


def _join(images: list[Pixels]) -> Pixels:
    """Stack images of one size; if any is in colour, grey ones get three channels as well."""
    if any(image.ndim == 3 for image in images):
        images = [
            image if image.ndim == 3 else np.repeat(image[..., np.newaxis], 3, axis=2)
            for image in images
        ]
    return np.stack(images)
