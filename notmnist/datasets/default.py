"""Which edition `load()` without a name gives: `original` where it can be had, else `open`."""

from __future__ import annotations

import os
import sys
import warnings

from notmnist.datasets.editions.originals import downloads, needed
from notmnist.datasets.editions.table import EDITIONS
from notmnist.datasets.fetching.home import home, offline
from notmnist.datasets.preparation import prepare_source, store_folder
from notmnist.datasets.store.arrays import Store, open_store
from notmnist.errors import DownloadError, FallbackWarning

__all__ = ["default_store", "forget"]

_FAILED: dict[tuple[object, ...], str] = {}


def default_store(download: bool, verbose: int) -> Store:
    """Return the store of `original`, or of `open` with a warning that says why.

    Decided within 15 s where every host swallows packets, at once where there is no network, and
    without asking again where this process has asked before.

    Args:
        download: Whether a connection may be opened.
        verbose: As for `load`.

    Returns:
        A store.

    Raises:
        ArchiveError: A file of the original in the library's home cannot be read.
        StoreError: The prepared arrays cannot be written.
    """
    source = EDITIONS["original"].source(download, verbose)
    store = open_store(store_folder(source))
    if store is not None:
        return store
    key = (home(), download, offline(), os.environ.get("NOTMNIST_MIRRORS"))
    reason = _FAILED.get(key) or _why_not(download)
    if reason is None:
        try:
            return prepare_source(source, verbose=verbose)
        except DownloadError as error:
            reason = str(error)
    _FAILED[key] = reason
    _warn(reason)
    return prepare_source(EDITIONS["open"].source(download, verbose), verbose=verbose)


def forget() -> None:
    """Forget that `original` could not be had, so that the next call tries again."""
    _FAILED.clear()


def _why_not(download: bool) -> str | None:
    """Return why what is not in the folder of downloads cannot be had, or None."""
    missing = [
        asset
        for asset in needed("original")
        if not any((downloads() / file.name).is_file() for file in asset.files)
    ]
    if not missing:
        return None
    if not download:
        return "download=False"
    return "NOTMNIST_OFFLINE is set" if offline() else None


def _warn(reason: str) -> None:
    message = (
        "notmnist.load() without a name gives the edition 'open', not 'original', which is not "
        "prepared here and cannot be downloaded. notmnist.load('original') tries again and says "
        f"more; notmnist.load('open') does not warn. The reason: {reason}"
    )
    warnings.warn(message, FallbackWarning, stacklevel=_frames_of_ours())


def _frames_of_ours() -> int:
    """Return the `stacklevel` that makes a warning point to the caller of the library."""
    level = 1
    frame = sys._getframe(1)
    while frame.f_back is not None:
        if not frame.f_globals.get("__name__", "").startswith("notmnist."):
            break
        frame, level = frame.f_back, level + 1
    return level
