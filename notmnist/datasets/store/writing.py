"""Writes a store: the rows of every split, gathered from the pixels in reading order."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from notmnist.datasets.reading.source import Source
from notmnist.datasets.reading.table import Table
from notmnist.datasets.splitting import SPLITS, shuffled
from notmnist.datasets.store.arrays import FONTS, MANIFEST, crc32, seal

__all__ = ["write_store"]

_BYTES = 3 << 20  # of pixels moved at once
_PREAD = hasattr(os, "pread")  # not on Windows; one call instead of two


def write_store(
    folder: Path,
    source: Source,
    table: Table,
    raw: Path,
    codes: npt.NDArray[np.uint8],
    keys: npt.NDArray[np.uint64],
    **more: Any,
) -> None:
    """Write the files of a store; all are flushed to disk when this returns.

    Args:
        folder: A folder, empty except for `raw`.
        source: The source of the examples.
        table: The examples.
        raw: Their pixels, image after image.
        codes: The split of each example.
        keys: The key of each example, which decides the order within a split.
        more: More entries of the manifest.
    """
    fonts = [source.font_name(name) for name in table.distinct_names]
    unnamed = table.names < 0
    if unnamed.any():
        fonts.append("")
    font_ids = np.where(unnamed, len(fonts) - 1, table.names).astype(np.int32)
    (folder / FONTS).write_text(json.dumps(fonts), "utf-8")
    label_type = np.uint8 if len(table.class_names) <= 256 else np.uint16
    height, width, channels = table.image_shape
    shape = (height, width) if channels == 1 else table.image_shape
    splits: dict[str, Any] = {}
    for code, split in enumerate(SPLITS):
        rows = np.flatnonzero(codes == code)
        rows = rows[shuffled(keys[rows])]
        labels = table.labels[rows].astype(label_type)
        _write_images(folder / f"{split}-images.npy", raw, rows, shape)
        np.save(folder / f"{split}-labels.npy", labels)
        np.save(folder / f"{split}-fonts.npy", font_ids[rows])
        np.save(folder / f"{split}-origin.npy", rows.astype(np.int64))
        counts = np.bincount(labels, minlength=len(table.class_names)).tolist()
        splits[split] = {"num_examples": len(rows), "class_counts": counts}
    crcs = {path.name: crc32(path) for path in folder.iterdir() if path != raw}
    manifest = {
        "name": source.name,
        "version": source.version,
        "fingerprint": source.fingerprint,
        "class_names": list(table.class_names),
        "image_shape": list(table.image_shape),
        "splits": splits,
        "pixel_mean": table.pixel_mean,
        "pixel_std": table.pixel_std,
        "skipped": table.skipped.to_dict(),
        "crc32": crcs,
        **more,
    }
    (folder / MANIFEST).write_text(seal(manifest), "utf-8")
    for name in (*crcs, MANIFEST, "."):
        _sync(folder / name)


def _write_images(
    path: Path, raw: Path, rows: npt.NDArray[np.int64], shape: tuple[int, ...]
) -> None:
    """Write the named rows of `raw` as an array, a few megabytes at a time.

    They are read one by one, because a memory map would keep all pages around each row in memory.
    """
    size = int(np.prod(shape))
    several = max(1, _BYTES // size)
    with path.open("wb") as target, raw.open("rb", buffering=0) as source:
        fields = {"descr": "|u1", "fortran_order": False, "shape": (len(rows), *shape)}
        np.lib.format.write_array_header_1_0(target, fields)

        def read(offset: int) -> bytes:
            if _PREAD:
                return os.pread(source.fileno(), size, offset)
            source.seek(offset)
            return source.read(size)

        for start in range(0, len(rows), several):
            offsets = rows[start : start + several] * size
            target.write(b"".join([read(offset) for offset in offsets.tolist()]))


def _sync(path: Path) -> None:
    """Flush a file, or a folder's list of files, to disk."""
    try:
        number = os.open(path, os.O_RDONLY)
    except OSError:  # Windows opens no folders
        return
    try:
        os.fsync(number)
    finally:
        os.close(number)
