"""Downloads a file from the first of its mirrors that works, and verifies it."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import errno
import logging
import time
from pathlib import Path
from typing import Any

from filelock import FileLock
from tqdm import tqdm

from notmnist.datasets.fetching.home import offline, usable
from notmnist.datasets.fetching.mirrors import Asset, RemoteFile
from notmnist.datasets.fetching.transfer import (
    CHUNK,
    Settings,
    TransferError,
    chunks,
    without_password,
)
from notmnist.errors import DownloadError, IntegrityError

__all__ = ["fetch", "is_served"]

_LOGGER = logging.getLogger("notmnist")
_DEFAULTS = Settings()


def fetch(
    asset: Asset,
    folder: Path,
    *,
    download: bool = True,
    progress: bool = True,
    settings: Settings = _DEFAULTS,
) -> Path:
    """Return a verified file of `asset` in `folder`, downloaded if it is not there.

    A file gets its name only after its length and checksum have been verified. Until then it is
    `.<name>.part`, which the next call resumes, in this process or another. Processes that want
    the same asset wait for the first one.

    Args:
        asset: What to get; any of its forms will do.
        folder: Where to look for it and save it; created if it is missing.
        download: Whether connections are allowed. `NOTMNIST_OFFLINE=1` forbids them as well.
        progress: Whether to show a progress bar.
        settings: How long to wait for a mirror and for another process, and how often to try.

    Raises:
        ArgumentError: `$NOTMNIST_MIRRORS` contains something other than http and https URLs.
        DownloadError: No mirror served it, or downloads are forbidden; lists every attempt.
        IntegrityError: The same, and a file that was downloaded or is in `folder` is wrong.
        StoreError: `folder` cannot be read or written, or another process blocks it.
    """
    job = _Download(asset, folder, settings)
    with usable(folder):
        present = job.present()
        if present is not None:
            return present
        if not download or offline():
            why = "NOTMNIST_OFFLINE is set" if offline() else "download=False"
            raise job.failure(f" No mirror was tried: {why}.")
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f".{asset.name}.lock", timeout=settings.lock):
            return job.present() or job.run(progress)


def is_served(asset: Asset, seconds: float) -> bool:
    """Return whether a mirror sends the start of `asset` within `seconds`; log why not."""
    deadline = time.monotonic() + seconds
    urls = asset.urls()
    for number, (file, url) in enumerate(urls):
        share = max(deadline - time.monotonic(), 0.1) / (len(urls) - number)
        settings = Settings(connect=share / 2, read=share / 2)
        try:
            with contextlib.closing(chunks(url, file, 0, settings)) as parts:
                next(parts)
                return True
        except TransferError as error:
            _LOGGER.info("%s: %s", without_password(url), error)
    return False


@dataclasses.dataclass
class _Download:
    """The attempts to get one asset."""

    asset: Asset
    folder: Path
    settings: Settings
    attempts: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    damaged: bool = False
    most: int = 0  # bytes of a partial file so far, so that no byte counts as progress twice
    bar: Any = None

    def present(self) -> Path | None:
        """Return the complete file in the folder, if any; record what is wrong with others."""
        self.attempts.clear()
        for file in self.asset.files:
            path = self.folder / file.name
            if path.is_file():
                problem = file.problem(path)
                if problem is None:
                    return path
                self.attempts.append((str(path), problem))
        self.damaged = bool(self.attempts)
        return None

    def run(self, progress: bool) -> Path:
        """Try one mirror after the other, in rounds, until a file is complete."""
        left, pauses = self.asset.urls(), iter(self.settings.waits)
        with tqdm(unit="B", unit_scale=True, disable=not progress) as self.bar:
            while True:
                most, again = self.most, []
                for file, url in left:
                    outcome = self._ask(file, url)
                    if isinstance(outcome, Path):
                        self.sweep()
                        return outcome
                    if not outcome:
                        again.append((file, url))
                left = again
                if self.most >= most + CHUNK:
                    pauses = iter(self.settings.waits)
                pause = next(pauses, None)
                if not left or pause is None:
                    raise self.failure()
                time.sleep(pause)

    def _ask(self, file: RemoteFile, url: str) -> Path | bool:
        """Return the file if it is complete, otherwise whether to give up on the mirror."""
        partial, shown = self._partial(file), without_password(url)
        self.bar.total = file.size
        self.bar.set_description(f"notmnist: downloading {file.name}")
        _LOGGER.info("Downloading %s to %s.", shown, self.folder)
        for _ in range(2):
            start = partial.stat().st_size if partial.exists() else 0
            try:
                if start < file.most:
                    self._append(file, url, partial, start)
            except TransferError as error:
                self.attempts.append((shown, str(error)))
                return error.final
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT):
                    self.sweep()  # frees the space it took on the full disk
                raise
            problem = file.problem(partial)
            if problem is None:
                return partial.replace(self.folder / file.name)
            partial.unlink()
            self.damaged = True
            self.attempts.append((shown, problem + ", after resuming" * (start > 0)))
            if start == 0:
                break  # otherwise the earlier bytes may be wrong: try once more from zero
        return True

    def _append(self, file: RemoteFile, url: str, partial: Path, start: int) -> None:
        with (
            partial.open("ab") as out,
            contextlib.closing(chunks(url, file, start, self.settings)) as parts,
        ):
            for position, data in parts:
                if position < out.tell():  # the server started from the beginning
                    out.truncate(position)
                out.write(data)
                self.most = max(self.most, position + len(data))
                self.bar.update(position + len(data) - self.bar.n)

    def _partial(self, file: RemoteFile) -> Path:
        return self.folder / f".{file.name}.part"

    def sweep(self) -> None:
        """Remove all partial files."""
        for file in self.asset.files:
            with contextlib.suppress(OSError):
                self._partial(file).unlink(missing_ok=True)

    def failure(self, why: str = "") -> DownloadError:
        """Return the error that lists every attempt and explains how to install the file."""
        names = " or ".join(file.name for file in self.asset.files)
        lines = [f"Could not download {names}.{why}"]
        for (place, reason), count in collections.Counter(self.attempts).items():
            lines.append(f"  {place}: {reason}" + (f" ({count} times)" if count > 1 else ""))
        lines.append(f"To install it manually, put one of these files into {str(self.folder)!r}:")
        for file in self.asset.files:
            kind, digest = file.check
            size = "" if file.size is None else f"{file.size:,} bytes, "
            lines.append(f"  {file.name} ({size}{kind} {digest})")
        kind_of_error = IntegrityError if self.damaged else DownloadError
        return kind_of_error("\n".join(lines), self.attempts)
