"""The edition that `load()` without a name returns: `original` if possible, otherwise `open`."""

from __future__ import annotations

import logging

from notmnist.datasets.editions.originals import downloads, needed
from notmnist.datasets.editions.table import EDITIONS
from notmnist.datasets.fetching.download import is_served
from notmnist.datasets.fetching.home import offline
from notmnist.datasets.preparation import prepare_source, store_folder
from notmnist.datasets.store.arrays import Store
from notmnist.errors import DownloadError, FallbackWarning, warn

__all__ = ["default_store"]

_LOGGER = logging.getLogger("notmnist")
_SECONDS = 12.0  # to try the mirrors; with the time that threads take to end, at most 15 s


def default_store(download: bool, verbose: int) -> Store:
    """Return the store of `original`, or of `open` with a warning that says why.

    The decision takes at most 15 s, even if no host answers. It is not cached.

    Raises:
        ArchiveError: A downloaded file of the original cannot be read.
        StoreError: The prepared arrays cannot be written.
    """
    source = EDITIONS["original"].source(download, verbose)
    reason = None if store_folder(source).exists() else _why_not(download)
    if reason is None:
        try:
            return prepare_source(source, verbose=verbose)
        except DownloadError as error:
            _LOGGER.info("%s", error)
            reason = "it could not be downloaded"
    warn(
        f"notmnist.load() returns the edition 'open', not 'original', because {reason}. "
        "To get the original: python -m notmnist prepare original",
        FallbackWarning,
    )
    return prepare_source(EDITIONS["open"].source(download, verbose), verbose=verbose)


def _why_not(download: bool) -> str | None:
    """Return why missing files of the original cannot be downloaded, or None if they can."""
    for asset in needed("original"):
        if not any((downloads() / file.name).is_file() for file in asset.files):
            if offline():
                return "it is not prepared here and NOTMNIST_OFFLINE is set"
            if not download:
                return "it is not prepared here and download=False"
            return None if is_served(asset, _SECONDS) else "no mirror answers"
    return None
