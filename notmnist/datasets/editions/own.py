"""A user's own files, in any supported form, as a source."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np

from notmnist.datasets.reading.archives import is_archive, read_archive, read_folder
from notmnist.datasets.reading.arrays import read_arrays
from notmnist.datasets.reading.batches import SPLIT_NAMES, Role, number_classes
from notmnist.datasets.reading.folders import folder_fingerprint
from notmnist.datasets.reading.idx import IdxPair, find_pairs, read_idx, read_pair
from notmnist.datasets.reading.source import Part, Source
from notmnist.errors import ArchiveError, MissingSourceError, invalid

__all__ = ["expand_path", "source_of_path"]

_ARRAYS = (".npz", ".mat")
_PICKLES = (".pickle", ".pkl", ".p")
_ENDS: Mapping[Role, tuple[str, ...]] = {  # how the names of IDX pairs end
    **SPLIT_NAMES,
    "test": ("t10k", *SPLIT_NAMES["test"]),
}
_FORMS = (
    "an archive (tar, tar.gz or zip) or a folder of class folders with images in them, a folder of "
    "IDX files or an IDX file of images (<name>-images-idx3-ubyte), or a file of arrays (.npz or "
    ".mat)"
)


def expand_path(path: str | os.PathLike[str], argument: str) -> Path:
    """Expand `~` in a path and check that it exists; `argument` is its name in error messages.

    Raises:
        ArgumentError: It is empty, or names the home folder of a user who does not exist.
        MissingSourceError: `path` does not exist.
    """
    if not os.fspath(path):
        raise invalid(argument, path, f"be {_FORMS}")
    try:
        expanded = Path(path).expanduser().absolute()
        expanded.stat()
    except RuntimeError:
        raise invalid(argument, str(path), "begin with a home folder that exists") from None
    except (OSError, ValueError) as error:  # missing, too long, or with a null character
        raise MissingSourceError(
            f"`{argument}` must name something that exists. "
            f"Received: {argument}={str(path)[:200]!r}."
        ) from error
    return expanded


def source_of_path(path: str | os.PathLike[str]) -> Source:
    """Return the source for a path to a user's own files.

    Args:
        path: An archive or a folder of `[train|valid|test/]<class>/<image>` files, a folder of IDX
            files or one IDX file of images, or an `.npz` or `.mat` file.

    Raises:
        MissingSourceError: `path` does not exist.
        ArchiveError: It is none of these.
    """
    path = expand_path(path, "name")
    pairs = find_pairs(path)
    if pairs:
        return _of_pairs(path, pairs)
    if path.is_dir():
        part = Part("all", lambda notes: read_folder(path, notes))
        return _source(path, (part,), lambda: folder_fingerprint(path))
    suffix = path.suffix.lower()
    if suffix in _PICKLES:
        raise ArchiveError(_about_pickles(path))
    if suffix in _ARRAYS:
        part = Part("all", lambda notes: read_arrays(path, notes))
    elif is_archive(path) and "-ubyte" not in path.name:  # an IDX file without its pair
        part = Part("all", lambda notes: read_archive(path, notes))
    else:
        raise ArchiveError(f"`name` must be {_FORMS}. Received: name={str(path)!r}.")
    return _source(path, (part,), lambda: _fingerprint([path]))


def _source(
    path: Path,
    parts: tuple[Part, ...],
    fingerprint: Callable[[], str],
    class_names: tuple[str, ...] | None = None,
) -> Source:
    place = hashlib.blake2b(os.fsencode(path), digest_size=8).hexdigest()
    return Source(
        key=f"paths/{place}",
        name=path.name,
        version="",
        fingerprint=fingerprint(),
        parts=parts,
        class_names=class_names,
        image_shape=None,
        current=fingerprint,
    )


def _fingerprint(files: Iterable[Path]) -> str:
    """Return a digest of the files' names, sizes and modification times."""
    stats = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return hashlib.blake2b(repr(stats).encode(), digest_size=16).hexdigest()


def _of_pairs(folder: Path, pairs: list[IdxPair]) -> Source:
    """Return the source of a folder with one pair of IDX files, or with a pair for each split."""
    roles: dict[Role, IdxPair] = {"all": pairs[0]} if len(pairs) == 1 else {}
    for pair in pairs if len(pairs) > 1 else ():
        roles |= {role: pair for role, ends in _ENDS.items() if pair.name.lower().endswith(ends)}
    if len(roles) != len(pairs) or not ("all" in roles or {"train", "test"} <= roles.keys()):
        raise ArchiveError(
            "A folder of IDX files must contain one pair `<name>-images-idx3-ubyte[.gz]` and "
            "`<name>-labels-idx1-ubyte[.gz]`, or two whose names end in train and in t10k or test, "
            "and optionally a third whose name ends in valid. "
            f"Received: {str(folder)!r} with the pairs {[pair.name for pair in pairs]}."
        )
    labels = np.concatenate([read_idx(pair.labels).ravel() for pair in pairs])
    low, high = (int(labels.min()), int(labels.max())) if labels.size else (0, 0)
    first, names = number_classes(low, high)

    def part(role: Role) -> Part:
        return Part(role, lambda notes: read_pair(roles[role], notes, first))

    parts = tuple(part(role) for role in ("all", *_ENDS) if role in roles)
    files = [file for pair in pairs for file in (pair.images, pair.labels)]
    return _source(folder, parts, lambda: _fingerprint(files), names)


def _about_pickles(path: Path) -> str:
    target = path.with_suffix(".npz").name
    return (
        f"A pickle can run any program when it is read, so {str(path)!r} was not read. If you "
        f"trust it, convert it once:\n\n"
        f"    import pickle, numpy as np\n"
        f"    with open({path.name!r}, 'rb') as file:\n"
        f"        data = pickle.load(file, encoding='latin1')\n"
        f"    x = {{k: np.rint(255 * data[k + '_dataset'] + 127.5).astype('uint8')\n"
        f"         for k in ('train', 'valid', 'test')}}\n"
        f"    np.savez_compressed({target!r}, **{{'x_' + k: x[k] for k in x}},\n"
        f"                        **{{'y_' + k: data[k + '_labels'] for k in x}})\n"
    )
