"""From a table of mirrors to a verified file on disk, whatever the network does."""

from __future__ import annotations

import collections
import contextlib
import errno
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock
from tqdm import tqdm

from notmnist.datasets.fetching.home import offline
from notmnist.datasets.fetching.mirrors import Asset, RemoteFile, own_mirrors
from notmnist.datasets.fetching.transfer import Timeouts, TransferError, transfer
from notmnist.errors import DownloadError, IntegrityError, StoreError

__all__ = ["candidates", "fetch"]

Attempts = list[tuple[str, str]]
"""Pairs of a URL, or the path of a file on disk, and what was wrong with it."""

_LOGGER = logging.getLogger("notmnist")
_WAITS = (1.0, 5.0)
_STRIKES = 3  # wrong bytes that a mirror may have had a part in before it is given up


def candidates(asset: Asset) -> list[tuple[RemoteFile, str]]:
    """Return every form of the asset with every URL, one's own mirrors first."""
    pairs = [(file, url) for file in asset.files for url in file.urls()]
    return sorted(pairs, key=lambda pair: not pair[1].startswith(own_mirrors() or ("\0",)))


def fetch(
    asset: Asset,
    folder: Path,
    *,
    download: bool = True,
    progress: bool = True,
    timeouts: Timeouts | None = None,
    waits: Sequence[float] = _WAITS,
    sleep: Callable[[float], object] = time.sleep,
) -> Path:
    """Return a verified file of `asset` in `folder`, downloaded where it is not there.

    A file takes its name only once its length and check are right. Until then it is
    `.<name>.part`, which the next call goes on with, in this process or another; processes that
    want the same asset wait for the one that came first.

    Args:
        asset: What to get; any of its forms will do.
        folder: Where to look and to put it; made where it is missing.
        download: Whether a connection may be opened. `NOTMNIST_OFFLINE=1` forbids it as well.
        progress: Whether to show a bar.
        timeouts: How long one try waits; None for 5 s to connect, 30 s to read.
        waits: Pauses, in seconds, before mirrors that failed for the moment are asked again. A
            round that brought bytes uses none of them up.
        sleep: Called with each pause.

    Returns:
        The file's path, below `folder`.

    Raises:
        DownloadError: No mirror served it, or none may be asked; lists every try.
        IntegrityError: The same, and what arrived or lies in `folder` is not the file.
        StoreError: `folder` cannot be written.
    """
    present, wrong = _present(asset, folder)
    if present is not None:
        return present
    if not download or offline():
        why = "NOTMNIST_OFFLINE is set" if offline() else "download=False"
        raise _failure(asset, folder, wrong, bool(wrong), f"No mirror was asked: {why}.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f".{asset.name}.lock"):
            present, wrong = _present(asset, folder)
            if present is not None:
                return present
            with _bar(asset, progress) as bar:
                tries = _Tries(asset, folder, bar, timeouts or Timeouts(), wrong)
                return tries.run(waits, sleep)
    except OSError as error:
        if isinstance(error, DownloadError):
            raise
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            _sweep(asset, folder)  # gives back what was taken of the full disk
        message = (
            f"The download folder {str(folder)!r} cannot be written: {error}. Free some space "
            "there, or name another place in the environment variable NOTMNIST_HOME."
        )
        raise StoreError(message) from error


class _Tries:
    """The tries of one `fetch`, under its lock."""

    def __init__(
        self, asset: Asset, folder: Path, bar: Any, timeouts: Timeouts, wrong: Attempts
    ) -> None:
        self.asset = asset
        self.folder = folder
        self.bar = bar
        self.timeouts = timeouts
        self.log = list(wrong)
        self.damaged = bool(wrong)
        self.strikes: collections.Counter[str] = collections.Counter()
        self.most = 0  # bytes of a partial file ever seen, since bytes last proved wrong

    def run(self, waits: Sequence[float], sleep: Callable[[float], object]) -> Path:
        """Ask one mirror after the other, in rounds, until a file is whole."""
        left = candidates(self.asset)
        pauses = iter(waits)
        while True:
            most = self.most
            again = []
            for file, url in left:
                outcome = self._try(file, url)
                if isinstance(outcome, Path):
                    return outcome
                if not outcome:
                    again.append((file, url))
            left = again
            pause = min(waits, default=0.0) if self.most > most else next(pauses, None)
            if not left or pause is None:
                raise _failure(self.asset, self.folder, self.log, self.damaged)
            sleep(pause)

    def _try(self, file: RemoteFile, url: str) -> Path | bool:
        """Return the file where it is whole, else whether the mirror is given up."""
        partial = _partial(self.folder, file)
        if partial.exists() and file.problem(partial) is None:
            return self._take(file, partial)
        self.bar.total = file.size
        self.bar.set_description(f"notmnist: downloading {file.name}")
        _LOGGER.info("Downloading %s to %s.", url, self.folder)
        for _ in range(2):
            resumed = partial.exists() and partial.stat().st_size > 0
            try:
                if not resumed or partial.stat().st_size < file.most:
                    transfer(url, file, partial, self.timeouts, self._at)
            except TransferError as error:
                self.log.append((url, error.reason))
                return error.final
            problem = file.problem(partial)
            if problem is None:
                return self._take(file, partial)
            partial.unlink()
            self.log.append((url, problem + ", after a resumption" * resumed))
            self.damaged, self.most = True, 0
            self.strikes[url] += 1
            if not resumed:  # else an earlier mirror or process may be to blame: from zero
                return True
        return self.strikes[url] >= _STRIKES

    def _at(self, position: int) -> None:
        self.most = max(self.most, position)
        self.bar.update(position - self.bar.n)

    def _take(self, file: RemoteFile, partial: Path) -> Path:
        path = partial.replace(self.folder / file.name)
        _sweep(self.asset, self.folder)
        return path


def _partial(folder: Path, file: RemoteFile) -> Path:
    return folder / f".{file.name}.part"


def _sweep(asset: Asset, folder: Path) -> None:
    for file in asset.files:
        with contextlib.suppress(OSError):
            _partial(folder, file).unlink(missing_ok=True)


def _present(asset: Asset, folder: Path) -> tuple[Path | None, Attempts]:
    """Return the whole file that is there, if any, and what is wrong with others."""
    wrong: Attempts = []
    for file in asset.files:
        path = folder / file.name
        if path.is_file():
            problem = file.problem(path)
            if problem is None:
                return path, []
            wrong.append((str(path), problem))
    return None, wrong


@contextlib.contextmanager
def _bar(asset: Asset, progress: bool) -> Iterator[Any]:
    # No delay: the bar says what is downloaded, and how much it is, before it comes.
    with tqdm(unit="B", unit_scale=True, disable=not progress, total=asset.files[0].size,
              desc=f"notmnist: downloading {asset.files[0].name}") as bar:  # fmt: skip
        yield bar


def _failure(
    asset: Asset, folder: Path, attempts: Attempts, damaged: bool, why: str = ""
) -> DownloadError:
    """Return the error that lists every attempt and explains how to install the file manually."""
    names = " or ".join(file.name for file in asset.files)
    lines = [f"Could not download {names}. {why}".rstrip()]
    for (place, reason), count in collections.Counter(attempts).items():
        lines.append(f"  {place}: {reason}" + (f" ({count} times)" if count > 1 else ""))
    lines.append(f"To install it manually, put one of these files into {str(folder)!r}:")
    for file in asset.files:
        kind, digest = file.check
        size = "" if file.size is None else f"{file.size:,} bytes, "
        lines.append(f"  {file.name} ({size}{kind} {digest})")
    return (IntegrityError if damaged else DownloadError)("\n".join(lines), attempts)
