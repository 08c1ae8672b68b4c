"""Every file of the original data: where it is served, and the checks that prove it whole."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from notmnist.errors import invalid

__all__ = ["ASSETS", "Asset", "RemoteFile", "own_mirrors"]

_MIB = 1 << 20


@dataclasses.dataclass(frozen=True)
class RemoteFile:
    """One file, the same bytes on every mirror.

    Attributes:
        name: Its name, on the mirrors and on disk.
        mirrors: The folders that serve it, as URLs that end in a slash, best first.
        sha256: Its SHA-256, or None where it was never published.
        md5: Its MD5, used where that is all there is.
        git_blob: Its git object id, SHA-1 over `blob <size>`, a zero byte and the bytes; used
            where that is all there is.
        size: Its length in bytes, or None where it was never published.
        limit: Where the length is not known: more bytes than these are refused.
    """

    name: str
    mirrors: tuple[str, ...]
    sha256: str | None = None
    md5: str | None = None
    git_blob: str | None = None
    size: int | None = None
    limit: int = 1024 * _MIB

    @property
    def check(self) -> tuple[str, str]:
        """The check to hold the file to: its kind, and the hexadecimal digits."""
        for kind in ("sha256", "md5", "git_blob"):
            digest = getattr(self, kind)
            if digest is not None:
                return kind, digest
        raise invalid("check", None, "be given as `sha256`, `md5` or `git_blob`", "")

    @property
    def most(self) -> int:
        """The largest number of bytes the file can have."""
        return self.limit if self.size is None else self.size

    def problem(self, path: Path) -> str | None:
        """Return what is wrong with the bytes in `path`, or None where they are this file.

        Raises:
            OSError: `path` cannot be read.
        """
        size = path.stat().st_size
        if self.size is not None and size != self.size:
            return f"wrong size: {size:,} bytes, not {self.size:,}"
        kind, expected = self.check
        found = _digest(path, kind, size)
        return None if found == expected else f"wrong {kind}: {found}, not {expected}"

    def urls(self) -> Iterator[str]:
        """Yield where to ask for it: one's own mirrors first, then the published ones."""
        for mirror in (*own_mirrors(), *self.mirrors):
            yield mirror + self.name


def _digest(path: Path, kind: str, size: int) -> str:
    if kind == "sha256":
        hasher = hashlib.sha256()
    elif kind == "md5":
        hasher = hashlib.md5(usedforsecurity=False)
    else:
        hasher = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    with path.open("rb") as file:
        while part := file.read(_MIB):
            hasher.update(part)
    return hasher.hexdigest()


def own_mirrors() -> tuple[str, ...]:
    """Return the folders in `$NOTMNIST_MIRRORS`: URLs, separated by spaces.

    Raises:
        ArgumentError: One is no http or https URL.

    Example:
        >>> os.environ["NOTMNIST_MIRRORS"] = "https://intra.example/notmnist"
        >>> own_mirrors()
        ('https://intra.example/notmnist/',)
        >>> del os.environ["NOTMNIST_MIRRORS"]
    """
    value = os.environ.get("NOTMNIST_MIRRORS", "")
    for url in value.split():
        if not url.lower().startswith(("http://", "https://")):
            rule = "hold http or https URLs, separated by spaces"
            raise invalid("NOTMNIST_MIRRORS", value, rule, f"{url!r} is none.")
    return tuple(url.rstrip("/") + "/" for url in value.split())


@dataclasses.dataclass(frozen=True)
class Asset:
    """What an edition needs, in one or more forms that hold the same images.

    Attributes:
        name: What it is called in messages.
        files: The forms, best first. Any one of them will do.
    """

    name: str
    files: tuple[RemoteFile, ...]


_ARCHIVES = (
    "https://commondatastorage.googleapis.com/books1000/",
    "http://yaroslavvb.com/upload/notMNIST/",
)
_ZENODO = ("https://zenodo.org/record/8274268/files/",)
_IDX = ("https://raw.githubusercontent.com/davidflanagan/notMNIST-to-MNIST/master/",)

ASSETS: Mapping[str, Asset] = {
    asset.name: asset
    for asset in (
        Asset(
            "large",
            (
                RemoteFile(
                    "notMNIST_large.tar.gz",
                    _ARCHIVES,
                    sha256="1e8261b75484b520dc76027f5c22af50fe608e3bb16277caec086eb928f9b61c",
                    size=247_336_696,
                ),
                RemoteFile("notMNIST_large.zip", _ZENODO, md5="c3f9e0862df000a897766593044e366a"),
            ),
        ),
        Asset(
            "small",
            (
                RemoteFile(
                    "notMNIST_small.tar.gz",
                    _ARCHIVES,
                    sha256="76b2ef7ccc56452964780569db37b279c9cbe1bf442c3b38be784752683b3cec",
                    size=8_458_043,
                ),
                RemoteFile(
                    "notMNIST_small.zip",
                    _ZENODO,
                    md5="3de91fb69221d9c2d5c57387101ebc6c",
                    limit=64 * _MIB,
                ),
            ),
        ),
        Asset(
            "train-images",
            (
                RemoteFile(
                    "train-images-idx3-ubyte.gz",
                    _IDX,
                    git_blob="6cf3076b36bafa7da1563b28bbe863fd78a008a8",
                    limit=64 * _MIB,
                ),
            ),
        ),
        Asset(
            "train-labels",
            (
                RemoteFile(
                    "train-labels-idx1-ubyte.gz",
                    _IDX,
                    sha256="0db4c4ec5d019838a57f8c9dd764ada7dc3c73e6ccc93032c538c5845f332545",
                    size=29_455,
                ),
            ),
        ),
        Asset(
            "t10k-images",
            (
                RemoteFile(
                    "t10k-images-idx3-ubyte.gz",
                    _IDX,
                    sha256="70ae9e06201f2827e5b0a3781a3169d735dd2efc69996b9eeaee7f10ed4044d7",
                    size=3_172_375,
                ),
            ),
        ),
        Asset(
            "t10k-labels",
            (
                RemoteFile(
                    "t10k-labels-idx1-ubyte.gz",
                    _IDX,
                    sha256="1fa03836e01c862542f8eb83463bb951bebec6fcb3efa28dad748c6b38a9021b",
                    size=5_118,
                ),
            ),
        ),
    )
}
