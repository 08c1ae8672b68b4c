"""From a source to a store: read, split, curate, write, and move into place as a whole."""

from __future__ import annotations

import hashlib
import logging
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from filelock import FileLock

from notmnist.datasets.fetching.home import home, usable
from notmnist.datasets.reading.source import Source
from notmnist.datasets.reading.table import Table, read_source
from notmnist.datasets.splitting import DROPPED, split_table, table_keys
from notmnist.datasets.store.arrays import FORMAT, Store, open_store
from notmnist.datasets.store.writing import write_store
from notmnist.errors import ArchiveError, NotMNISTError, StoreError, warn

__all__ = ["prepare_source", "store_folder"]

_LOGGER = logging.getLogger("notmnist")
_PATIENCE = 3600.0  # seconds that one process waits for another that prepares the same source


def store_folder(source: Source) -> Path:
    """Return the folder of the source's store, which depends on its files and on the format."""
    digest = hashlib.blake2b(source.fingerprint.encode(), digest_size=8).hexdigest()
    return home() / "store" / source.key / f"v{FORMAT}-{digest}"


def prepare_source(source: Source, *, verbose: int = 1) -> Store:
    """Return the store of `source`, writing it first if it is missing or damaged.

    Processes that prepare the same source wait for the first one.

    Raises:
        ArchiveError: The source cannot be read, or contains no readable image.
        DownloadError: The source had to be downloaded, and no mirror served it.
        StoreError: The store cannot be written, is damaged and cannot be prepared again, or another
            process has been preparing it for an hour.
    """
    folder = store_folder(source)
    with usable(folder):
        store, _ = _try_open(folder)
        if store is not None:
            return store
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.parent / "prepare.lock", timeout=_PATIENCE):
            store, damage = _try_open(folder)
            if store is None:
                _make(source, folder, verbose, damage)
                store = open_store(folder)
    if store is None:
        raise StoreError(f"The store {str(folder)!r} was removed as soon as it was written.")
    return store


def _try_open(folder: Path) -> tuple[Store | None, StoreError | None]:
    """Return the store in `folder`, or why it cannot be used."""
    try:
        return open_store(folder), None
    except StoreError as error:
        return None, error


def _make(source: Source, folder: Path, verbose: int, damage: StoreError | None) -> None:
    """Write the store beside its place and move it there; called under the lock."""
    if damage is not None:
        _LOGGER.warning("%s It is prepared again.", damage)
    for leftover in folder.parent.glob(".*.tmp"):  # of a process that was killed
        shutil.rmtree(leftover, ignore_errors=True)
    try:
        source.obtain()
    except NotMNISTError as error:
        if damage is None:
            raise
        raise StoreError(f"{damage} It cannot be prepared again: {error}") from error
    parent = folder.parent
    with tempfile.TemporaryDirectory(".tmp", ".", parent, ignore_cleanup_errors=True) as beside:
        made = Path(beside, folder.name)
        made.mkdir()
        _write(source, made, verbose)
        if folder.exists():
            shutil.rmtree(folder)
        made.rename(folder)
    for old in folder.parent.glob(f"v{FORMAT}-*"):  # of older files, kept open by users
        if old != folder:
            shutil.rmtree(old, ignore_errors=True)


def _write(source: Source, made: Path, verbose: int) -> None:
    raw = made / "images.raw"
    table = read_source(source, raw, verbose)
    if source.current is not None and source.current() != source.fingerprint:
        raise ArchiveError(f"{source.name!r} changed while it was read. Call again.")
    keys = table_keys(table)
    codes = split_table(source, table, keys)
    curation = _curate(table, raw, keys, codes) if source.curated else None
    if not (codes == 0).any():
        raise ArchiveError(
            f"The split 'train' of {source.name!r} would be empty: there are too few groups (fonts "
            "or families) to divide. Add some."
        )
    drawn = source.version or source.hashed  # by this project, or from fonts: light on dark
    flaws = [] if drawn else _flaws(source, table)
    write_store(made, source, table, raw, codes, keys, curation=curation, flaws=flaws)
    raw.unlink()


def _curate(
    table: Table, raw: Path, keys: npt.NDArray[np.uint64], codes: npt.NDArray[np.uint8]
) -> dict[str, Any]:
    """Drop the copies that the rule of `curation` drops; return its report."""
    from notmnist.datasets.curation.rule import curate  # late: it imports SciPy

    rows = np.flatnonzero(codes != DROPPED)
    images = np.memmap(raw, np.uint8, "r").reshape(-1, *table.image_shape)
    if len(rows) < len(images):
        images = images[rows]
    report = curate(images, table.labels[rows], codes[rows], keys=keys[rows])
    codes[np.delete(rows, report.kept)] = DROPPED
    return report.to_dict()


def _flaws(source: Source, table: Table) -> list[str]:
    """Warn about anything unusual in a user's own files, and return it."""
    if not (table.pixel_mean > 0.5 and table.corner_mean > 0.5):
        return []
    flaw = (
        f"The images of {source.name!r} seem to be dark letters on a light background (mean "
        f"{table.pixel_mean:.2f}, corners {table.corner_mean:.2f} on a scale of 0 to 1); "
        "notMNIST's are light on dark. They are read as they are. To invert them: 255 - images, or "
        "PIL.ImageOps.invert for files."
    )
    warn(flaw)
    return [flaw]
