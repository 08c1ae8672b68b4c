"""Reads the files of a folder on disk in the order of their paths."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from notmnist.errors import ArchiveError

__all__ = ["folder_files", "folder_fingerprint"]

_DEEPEST = 8  # levels of subfolders; class folders are in the first two or three


def folder_files(folder: Path, max_bytes: int) -> Iterator[tuple[str, bytes | str]]:
    """Yield the path within the folder, and the data, of every file of at most `max_bytes`.

    Subfolders are read too, except hidden ones, and links are not followed. If a file cannot be
    used, text that says why takes the place of its data.

    Raises:
        ArchiveError: A file was removed after the folder was listed.
    """
    for path, entry in _walk(folder, ""):
        if entry.is_symlink():
            yield path, "a link"
            continue
        try:
            size = entry.stat(follow_symlinks=False).st_size
            if not entry.is_file(follow_symlinks=False):
                yield path, "not a regular file"
            elif size > max_bytes:
                yield path, f"larger than {max_bytes:,} bytes"
            else:
                yield path, Path(entry.path).read_bytes()
        except FileNotFoundError as error:
            message = f"{path!r} was removed while the folder was read. Call again."
            raise ArchiveError(message) from error
        except PermissionError:
            yield path, "not readable: permission denied"


def folder_fingerprint(folder: Path) -> str:
    """Return a digest of the path, size and modification time of every file."""
    hasher = hashlib.blake2b(digest_size=16)
    for path, entry in _walk(folder, ""):
        try:
            stats = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue  # removed meanwhile: ignore it
        record = f"{path}\0{stats.st_size}\0{stats.st_mtime_ns}\n"
        hasher.update(record.encode("utf-8", "surrogateescape"))
    return hasher.hexdigest()


def _walk(
    folder: str | Path, prefix: str, depth: int = 0
) -> Iterator[tuple[str, os.DirEntry[str]]]:
    with os.scandir(folder) as entries:
        listed = sorted(entries, key=lambda entry: entry.name)
    for entry in listed:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            if depth < _DEEPEST:
                yield from _walk(entry.path, f"{prefix}{entry.name}/", depth + 1)
        else:
            yield prefix + entry.name, entry
