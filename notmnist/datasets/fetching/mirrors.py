"""Every file of the original data, with its mirrors and its checksum."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import os
import re
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from urllib.parse import urlsplit

from notmnist.errors import invalid

__all__ = ["ASSETS", "Asset", "RemoteFile", "own_mirrors", "trusted_hosts"]


@dataclasses.dataclass(frozen=True)
class RemoteFile:
    """One file, the same bytes on every mirror.

    `check` is a kind and hexadecimal digits. The kind is "sha256" if that was published, else "md5"
    or "git_blob": the SHA-1 of `blob <size>`, a zero byte and the bytes.
    """

    name: str  # on the mirrors and on disk
    mirrors: tuple[str, ...]  # URLs of folders, with a slash at the end, best first
    check: tuple[str, str]
    size: int | None = None  # in bytes; None if it was never published
    limit: int = 1 << 30  # bytes, if the size is not known

    @property
    def most(self) -> int:
        """The largest number of bytes that the file can have."""
        return self.limit if self.size is None else self.size

    def problem(self, path: Path) -> str | None:
        """Return what is wrong with the bytes in `path`, or None if they are this file."""
        size = path.stat().st_size
        if self.size is not None and size != self.size:
            return f"wrong size: {size:,} bytes, not {self.size:,}"
        kind, expected = self.check
        hasher = hashlib.new("sha1" if kind == "git_blob" else kind, usedforsecurity=False)
        if kind == "git_blob":
            hasher.update(b"blob %d\0" % size)
        with path.open("rb") as file:
            found = hashlib.file_digest(file, lambda: hasher).hexdigest()
        return None if found == expected else f"wrong {kind}: {found}, not {expected}"


@dataclasses.dataclass(frozen=True)
class Asset:
    """A file that an edition needs, in several forms with the same images, best first."""

    name: str
    files: tuple[RemoteFile, ...]

    def urls(self) -> list[tuple[RemoteFile, str]]:
        """Return every form with every URL that may serve it, your own mirrors first."""
        own = [(file, url + file.name) for file in self.files for url in own_mirrors()]
        return own + [(file, url + file.name) for file in self.files for url in file.mirrors]


_MIRRORS = {
    "author": (
        "https://commondatastorage.googleapis.com/books1000/",
        "http://yaroslavvb.com/upload/notMNIST/",
    ),
    "zenodo": ("https://zenodo.org/record/8274268/files/",),
    "idx": ("https://raw.githubusercontent.com/davidflanagan/notMNIST-to-MNIST/master/",),
}


def _read_table() -> Mapping[str, Asset]:
    files: dict[str, list[RemoteFile]] = {}
    text = resources.files(__package__).joinpath("files.tsv").read_text("ascii")
    for row in csv.DictReader(text.splitlines(), delimiter="\t"):
        file = RemoteFile(
            row["file"],
            _MIRRORS[row["mirrors"]],
            (row["check"], row["digest"]),
            size=int(row["size"]) if row["size"] else None,
            limit=int(row["limit"] or row["size"]),
        )
        files.setdefault(row["asset"], []).append(file)
    return {name: Asset(name, tuple(forms)) for name, forms in files.items()}


ASSETS = _read_table()


def own_mirrors() -> tuple[str, ...]:
    """Return the folders in `$NOTMNIST_MIRRORS`: URLs, separated by spaces.

    Raises:
        ArgumentError: One of them is not an http or https URL.

    Example:
        >>> os.environ["NOTMNIST_MIRRORS"] = "https://intra.example/notmnist"
        >>> own_mirrors()
        ('https://intra.example/notmnist/',)
        >>> del os.environ["NOTMNIST_MIRRORS"]
    """
    value = os.environ.get("NOTMNIST_MIRRORS", "")
    for url in value.split():
        if not _is_folder(url):
            shown = re.sub(r"//\S*@", "//", value)  # a password may contain a slash by mistake
            rule = "be http or https URLs of folders, separated by spaces"
            raise invalid("NOTMNIST_MIRRORS", shown, rule)
    return tuple(url.rstrip("/") + "/" for url in value.split())


def _is_folder(url: str) -> bool:
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port or an IPv6 address that cannot be read
        return False
    return named and parts.scheme in ("http", "https") and not parts.query + parts.fragment


def trusted_hosts() -> set[str | None]:
    """Return the hosts of the table and of your own mirrors."""
    published = [url for asset in ASSETS.values() for file in asset.files for url in file.mirrors]
    return {urlsplit(url).hostname for url in (*published, *own_mirrors())}
