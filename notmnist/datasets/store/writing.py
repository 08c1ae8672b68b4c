"""Writing a store: the rows of every split, gathered from the pixels as they were read."""

from __future__ import annotations

import io
import json
import os
import zlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from notmnist.datasets.reading.source import Source
from notmnist.datasets.reading.table import Table
from notmnist.datasets.splitting import SPLITS, shuffled
from notmnist.datasets.store.arrays import FONTS, FORMAT, MANIFEST, crc32, seal

__all__ = ["write_store"]

_BYTES = 3 << 20  # of pixels moved at once


def write_store(
    folder: Path,
    source: Source,
    table: Table,
    raw: Path,
    codes: npt.NDArray[np.uint8],
    keys: npt.NDArray[np.uint64],
    **more: Any,
) -> None:
    """Write the files of a store; every one is on the disk when this returns.

    Args:
        folder: Where to write, an empty folder.
        source: Where the examples are from.
        table: The examples.
        raw: Their pixels, image after image.
        codes: The split of each example, as `split_table` returns it.
        keys: The key of each example, which decides the order within a split.
        more: What else the manifest is to say.
    """
    fonts, font_ids = _fonts(source, table)
    (folder / FONTS).write_text(json.dumps(fonts), "utf-8")
    label_type = np.uint8 if len(table.class_names) <= 256 else np.uint16
    height, width, channels = table.image_shape
    shape = (height, width) if channels == 1 else table.image_shape
    splits: dict[str, Any] = {}
    arrays: dict[str, Any] = {}
    crcs = {FONTS: crc32(folder / FONTS)}
    for code, split in enumerate(SPLITS):
        rows = np.flatnonzero(codes == code)
        rows = rows[shuffled(keys[rows])]
        labels = table.labels[rows].astype(label_type)
        name = f"{split}-images.npy"
        crcs[name] = _gather(raw, rows, shape, folder / name)
        arrays[name] = _layout(np.dtype(np.uint8), (len(rows), *shape))
        columns = {"labels": labels, "fonts": font_ids[rows], "origin": rows.astype(np.int64)}
        for column, values in columns.items():
            name = f"{split}-{column}.npy"
            np.save(folder / name, values)
            crcs[name] = crc32(folder / name)
            arrays[name] = _layout(values.dtype, values.shape)
        counts = np.bincount(labels, minlength=len(table.class_names)).tolist()
        splits[split] = {"num_examples": len(rows), "class_counts": counts}
    manifest = {
        "format": FORMAT,
        "name": source.name,
        "version": source.version,
        "fingerprint": source.fingerprint,
        "class_names": list(table.class_names),
        "image_shape": list(table.image_shape),
        "splits": splits,
        "arrays": arrays,
        "pixel_mean": table.pixel_mean,
        "pixel_std": table.pixel_std,
        "skipped": table.skipped.to_dict(),
        "crc32": crcs,
        **more,
    }
    (folder / MANIFEST).write_text(seal(manifest), "utf-8")
    for name in (*crcs, MANIFEST, "."):
        _sync(folder / name)


def _layout(dtype: np.dtype[Any], shape: tuple[int, ...]) -> dict[str, Any]:
    return {"dtype": dtype.str, "shape": list(shape)}


def _fonts(source: Source, table: Table) -> tuple[list[str], npt.NDArray[np.int32]]:
    fonts = [source.font_name(name) for name in table.distinct_names]
    if (table.names < 0).any():
        fonts.append("")
    return fonts, np.where(table.names < 0, len(fonts) - 1, table.names).astype(np.int32)


def _gather(raw: Path, rows: npt.NDArray[np.int64], shape: tuple[int, ...], target: Path) -> int:
    """Write the named rows of `raw` as an `.npy` file, and return the CRC-32 of that file.

    A few megabytes are in memory at a time: one thread picks them, another writes.
    """
    header = io.BytesIO()
    fields = {"descr": "|u1", "fortran_order": False, "shape": (len(rows), *shape)}
    np.lib.format.write_array_header_1_0(header, fields)
    with target.open("wb") as file, ThreadPoolExecutor(1) as writer:

        def write(data: Any, before: int) -> int:
            file.write(data)
            return zlib.crc32(data, before)

        crc = write(header.getbuffer(), 0)
        written: Future[int] | None = None
        for images in _rows(raw, rows, int(np.prod(shape))):
            crc = written.result() if written else crc
            written = writer.submit(write, images, crc)
        return written.result() if written else crc


def _rows(raw: Path, rows: npt.NDArray[np.int64], size: int) -> Iterator[bytes]:
    """Yield the named rows of `raw`, each of `size` bytes, some thousands at a time.

    They are read one by one: a memory map counts all of the pages around each row as ours.
    """
    several = max(1, _BYTES // size)
    with raw.open("rb", buffering=0) as file:

        def read(offset: int) -> bytes:
            if hasattr(os, "pread"):
                return os.pread(file.fileno(), size, offset)
            file.seek(offset)
            return file.read(size)

        for start in range(0, len(rows), several):
            offsets = rows[start : start + several] * size
            yield b"".join([read(offset) for offset in offsets.tolist()])


def _sync(path: Path) -> None:
    """Make sure that a file, or the list of a folder's files, is on the disk."""
    try:
        number = os.open(path, os.O_RDONLY)
    except OSError:  # Windows opens no folders
        return
    try:
        os.fsync(number)
    finally:
        os.close(number)
