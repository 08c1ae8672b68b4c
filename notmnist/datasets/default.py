"""Which edition `load()` without a name gives: `original` if possible, else `open`."""

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
_SECONDS = 12.0  # to ask the mirrors; with the ends of threads it is decided within 15 s


def default_store(download: bool, verbose: int) -> Store:
    """Return the store of `original`, or of `open` with a warning that says why.

    It is decided within 15 s even if no host answers. Nothing is remembered for the next call.

    Raises:
        ArchiveError: A file of the original in the library's home cannot be read.
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
        f"notmnist.load() gives the edition 'open', not 'original', because {reason}. "
        "To get the original: python -m notmnist prepare original",
        FallbackWarning,
    )
    return prepare_source(EDITIONS["open"].source(download, verbose), verbose=verbose)


def _why_not(download: bool) -> str | None:
    """Return why files that are not in the folder of downloads cannot be downloaded, or None."""
    for asset in needed("original"):
        if not any((downloads() / file.name).is_file() for file in asset.files):
            if offline():
                return "it is not prepared here and NOTMNIST_OFFLINE is set"
            if not download:
                return "it is not prepared here and download=False"
            return None if is_served(asset, _SECONDS) else "no mirror answers"
    return None
