"""From a source to a store: read, divide, order, write, and move into place whole."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import io
import json
import logging
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from filelock import FileLock
from tqdm import tqdm

from notmnist.datasets.glyphs import GlyphBatch
from notmnist.datasets.home import home
from notmnist.datasets.integrity import Tally
from notmnist.datasets.letters import CLASS_NAMES, IMAGE_SHAPE, IMAGE_SIZE, SPLITS
from notmnist.datasets.source import Source
from notmnist.datasets.split import by_group, example_keys, hold_out, name_keys, shuffled
from notmnist.datasets.store import FORMAT, MANIFEST, Store, crc32, open_store
from notmnist.errors import ArchiveError, StoreError

__all__ = ["prepare_source", "store_folder"]

_LOGGER = logging.getLogger("notmnist")
_ROWS = 4096  # rows moved at once: 3 MB
_PIXELS = IMAGE_SIZE * IMAGE_SIZE
_DROPPED = 255  # a split's code for examples that go nowhere


def store_folder(source: Source) -> Path:
    """Return the folder of the source's store, which need not exist."""
    return home() / "store" / source.key


def prepare_source(source: Source, *, verbose: int = 1) -> Store:
    """Return the store of `source`, made first where there is none that can be used.

    Processes that prepare the same source wait for the one that came first, up to its end.

    Args:
        source: What to read.
        verbose: 1 for a progress bar, 0 for silence.

    Returns:
        The store.

    Raises:
        ArchiveError: The source cannot be read, or holds no readable image.
        DownloadError: The source is to be downloaded, and no mirror served it.
        IntegrityError: What was downloaded is not the published file.
        StoreError: The store cannot be written.
    """
    folder = store_folder(source)
    store = open_store(folder, source.fingerprint)
    if store is not None:
        return store
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.parent / f".{folder.name}.lock"):
            store = open_store(folder, source.fingerprint)
            return store if store is not None else _make(source, folder, verbose)
    except OSError as error:
        if isinstance(error, (ArchiveError, StoreError)) or error.errno is None:
            raise
        space = " Free some space there." if error.errno == errno.ENOSPC else ""
        message = (
            f"The store {str(folder)!r} cannot be written: {error}.{space} The environment "
            "variable NOTMNIST_HOME names another folder to keep it in."
        )
        raise StoreError(message) from error


def _make(source: Source, folder: Path, verbose: int) -> Store:
    """Write the store beside its place and move it there; called under the lock."""
    for litter in folder.parent.glob(f".{folder.name}.*.tmp"):  # of a process that was killed
        shutil.rmtree(litter, ignore_errors=True)
    source.obtain()
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".tmp", dir=folder.parent))
    try:
        table = _read(source, made / "images.raw", verbose)
        manifest = _write(source, table, made)
        (made / "images.raw").unlink()
        (made / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
        made.chmod(0o755)  # mkdtemp's 0700 would shut out the users of a shared home
        if folder.exists():
            folder.rename(made / "replaced")
        made.rename(folder)
        shutil.rmtree(folder / "replaced", ignore_errors=True)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return Store(folder, manifest)


@dataclasses.dataclass(frozen=True)
class _Table:
    """All that is known of the examples but their pixels, in the order they were read."""

    labels: npt.NDArray[np.uint8]
    parts: npt.NDArray[np.uint8]
    stems: npt.NDArray[np.int32]  # positions in stem_names; -1 where unknown
    stem_names: list[str]
    tally: Tally


def _read(source: Source, raw: Path, verbose: int) -> _Table:
    labels, parts, stems = bytearray(), bytearray(), [np.zeros(0, np.int32)]
    stem_ids: dict[str, int] = {}
    tally = Tally()
    with raw.open("wb") as file, _progress(source, verbose) as bar:
        for batch, part in _batches(source, tally):
            file.write(np.ascontiguousarray(batch.images).data)
            labels += batch.labels.tobytes()
            parts += bytes([part]) * len(batch)
            stems.append(_stem_ids(batch, stem_ids))
            bar.update(len(batch))
    if not labels:
        left_out = tally.skipped
        message = f"The source {source.name!r} must hold a readable image. Skipped: {left_out}."
        raise ArchiveError(message)
    if len(tally.skipped):
        _LOGGER.info("%s: skipped %s.", source.name, tally.skipped)
    return _Table(
        np.frombuffer(bytes(labels), np.uint8),
        np.frombuffer(bytes(parts), np.uint8),
        np.concatenate(stems),
        list(stem_ids),
        tally,
    )


def _batches(source: Source, tally: Tally) -> Iterator[tuple[GlyphBatch, int]]:
    """Yield every batch with its part's number; count it, and compare the part with its facts."""
    for number, part in enumerate(source.parts):
        of_part = Tally()
        for batch in part.read(of_part.skipped, False):
            of_part.add(batch)
            yield batch, number
        if part.facts is not None:
            difference = of_part.difference(part.facts)
            if difference is not None:  # its hash was right: log it, and take what was read
                _LOGGER.warning("%s, part %d: %s.", source.name, number + 1, difference)
        tally.merge(of_part)


@contextlib.contextmanager
def _progress(source: Source, verbose: int) -> Iterator[Any]:
    facts = [part.facts for part in source.parts]
    total = sum(fact.images for fact in facts if fact) if all(facts) else None
    with tqdm(unit=" images", total=total, desc=f"notmnist: preparing {source.name}", delay=1,
              disable=not verbose) as bar:  # fmt: skip
        yield bar


def _stem_ids(batch: GlyphBatch, stem_ids: dict[str, int]) -> npt.NDArray[np.int32]:
    if batch.names is None:
        return np.full(len(batch), -1, np.int32)
    ids = [stem_ids.setdefault(stem, len(stem_ids)) for stem in batch.names]
    return np.array(ids, np.int32)


def _write(source: Source, table: _Table, made: Path) -> dict[str, Any]:
    """Write the arrays of every split and return the manifest."""
    keys = _keys(table)
    codes = _splits(source, table, keys)
    _drop_doubles(table, keys, codes)
    if source.known_copies is not None:
        codes[source.known_copies()] = _DROPPED
    curation = _drop_copies(table, keys, codes, made / "images.raw") if source.curated else None
    fonts, font_ids = _fonts(source, table)
    (made / "fonts.json").write_text(json.dumps(fonts), "utf-8")
    splits: dict[str, Any] = {}
    crcs: dict[str, int] = {}
    for code, split in enumerate(SPLITS):
        rows = np.flatnonzero(codes == code)
        rows = rows[shuffled(keys[rows])]
        labels = table.labels[rows]
        name = f"{split}-images.npy"
        crcs[name] = _gather(made / "images.raw", rows, made / name)
        np.save(made / f"{split}-labels.npy", labels)
        np.save(made / f"{split}-fonts.npy", font_ids[rows])
        np.save(made / f"{split}-origin.npy", rows.astype(np.int64))
        counts = np.bincount(labels, minlength=len(CLASS_NAMES)).tolist()
        splits[split] = {"num_examples": len(rows), "class_counts": counts}
    mean, std = table.tally.mean_and_std()
    files = [file for file in sorted(made.iterdir()) if file.name != "images.raw"]
    return {
        "format": FORMAT,
        "name": source.name,
        "version": source.version,
        "fingerprint": source.fingerprint,
        "splits": splits,
        "pixel_mean": mean,
        "pixel_std": std,
        "pixel_sum": table.tally.total,
        "skipped": table.tally.skipped.to_dict(),
        "curation": curation,
        "files": {file.name: file.stat().st_size for file in files},
        "crc32": {file.name: crcs.get(file.name) or crc32(file) for file in files},
    }


def _keys(table: _Table) -> npt.NDArray[np.uint64]:
    """Return a key for every example: of its name and label, or of its place among its part."""
    unnamed = table.stems < 0
    groups = np.arange(len(table.labels), dtype=np.uint64)
    if not unnamed.all():
        names = name_keys(table.stem_names)
        groups = np.where(unnamed, groups, names[table.stems])
    keys = example_keys(table.labels, groups)
    return keys + table.parts.astype(np.uint64)  # the same font in two archives is no double


def _splits(source: Source, table: _Table, keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint8]:
    """Return every example's split: 0 train, 1 valid, 2 test."""
    codes = np.zeros(len(table.labels), np.uint8)
    roles = np.array([part.role for part in source.parts])[table.parts]
    codes[roles == "test"] = 2
    train = np.flatnonzero(roles == "train")
    if len(train):
        valid = round(len(train) / 12) if source.valid is None else source.valid
        codes[train[hold_out(table.labels[train], keys[train], valid)]] = 1
    whole = np.flatnonzero(roles == "all")
    if len(whole):
        groups, group_keys = _groups(source, table, whole)
        codes[whole] = by_group(table.labels[whole], groups, group_keys)
    return codes


def _groups(
    source: Source, table: _Table, rows: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint64]]:
    """Return the number of each row's group (family, font, or row itself) and a key a group."""
    stems = table.stems[rows]
    if (stems < 0).all():
        numbers = np.arange(len(rows))
        return numbers, example_keys(table.labels[rows], numbers.astype(np.uint64))
    names = [source.font_name(stem) for stem in table.stem_names]
    if source.families is not None:
        families = source.families()
        names = [families.get(name, name) for name in names]
    distinct: dict[str, int] = {}
    ids = np.array([distinct.setdefault(name, len(distinct)) for name in names])
    return ids[stems], name_keys(list(distinct))


def _drop_doubles(
    table: _Table, keys: npt.NDArray[np.uint64], codes: npt.NDArray[np.uint8]
) -> None:
    """Of several members with one name only the first stays."""
    _, first = np.unique(keys, return_index=True)
    if len(first) == len(keys):
        return
    doubles = np.ones(len(keys), bool)
    doubles[first] = False
    codes[doubles] = _DROPPED
    for row in np.flatnonzero(doubles).tolist():
        stem = table.stem_names[table.stems[row]]
        name = f"{CLASS_NAMES[table.labels[row]]}/{stem}.png"
        table.tally.skipped.add("a second member of the same name", name)


def _drop_copies(
    table: _Table, keys: npt.NDArray[np.uint64], codes: npt.NDArray[np.uint8], raw: Path
) -> dict[str, Any]:
    """Of copies only those stay that the rule of `curation` keeps; returns its report."""
    from notmnist.datasets.curation import curate  # SciPy: only where it is needed

    rows = np.flatnonzero(codes != _DROPPED)
    images = np.memmap(raw, np.uint8, "r").reshape(-1, *IMAGE_SHAPE)
    if len(rows) < len(images):
        images = images[rows]
    report = curate(images, table.labels[rows], codes[rows], keys=keys[rows])
    codes[np.delete(rows, report.kept)] = _DROPPED
    return report.to_dict()


def _fonts(source: Source, table: _Table) -> tuple[list[str], npt.NDArray[np.int32]]:
    fonts = [source.font_name(stem) for stem in table.stem_names]
    if (table.stems < 0).any():
        fonts.append("")
    return fonts, np.where(table.stems < 0, len(fonts) - 1, table.stems).astype(np.int32)


def _gather(raw: Path, rows: npt.NDArray[np.int64], target: Path) -> int:
    """Write the named rows of `raw` as an `.npy` file, and return the CRC-32 of that file.

    A few megabytes are in memory at a time: one thread picks them, another writes.
    """
    header = io.BytesIO()
    fields = {"descr": "|u1", "fortran_order": False, "shape": (len(rows), *IMAGE_SHAPE)}
    np.lib.format.write_array_header_1_0(header, fields)
    with target.open("wb") as file, ThreadPoolExecutor(1) as writer:

        def write(data: Any, before: int) -> int:
            file.write(data)
            return zlib.crc32(data, before)

        crc = write(header.getbuffer(), 0)
        written: Future[int] | None = None
        for images in _rows(raw, rows):
            crc = written.result() if written else crc
            written = writer.submit(write, images, crc)
        return written.result() if written else crc


def _rows(raw: Path, rows: npt.NDArray[np.int64]) -> Iterator[bytes]:
    """Yield the named rows of `raw`, some thousands at a time.

    They are read one by one: a memory map counts all of the pages around each row as ours.
    """
    with raw.open("rb", buffering=0) as file:

        def read(offset: int) -> bytes:
            if hasattr(os, "pread"):
                return os.pread(file.fileno(), _PIXELS, offset)
            file.seek(offset)
            return file.read(_PIXELS)

        for start in range(0, len(rows), _ROWS):
            offsets = rows[start : start + _ROWS] * _PIXELS
            yield b"".join([read(offset) for offset in offsets.tolist()])
