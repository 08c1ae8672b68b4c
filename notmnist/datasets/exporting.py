"""Exports an edition, or your own data, in forms that other programs can read."""

from __future__ import annotations

import base64
import contextlib
import errno
import gzip
import os
import struct
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm.auto import tqdm

from notmnist.datasets.loading import prepare
from notmnist.datasets.reading.images import encode
from notmnist.datasets.splitting import SPLITS
from notmnist.datasets.store.arrays import Store
from notmnist.errors import StoreError, invalid, one_of

if TYPE_CHECKING:
    from notmnist.datasets.notmnist.fonts import FontsConfig

__all__ = ["FORMS", "export"]

FORMS = ("png", "idx", "npz")

_IDX_NAMES = {"train": "train", "valid": "valid", "test": "t10k"}  # MNIST's names, and valid
_MOST_IDX_CLASSES = 256  # a label is a byte
_LEVEL = 6  # of deflate; 9 takes several times as long for 1 %
_NO_FOLDER = frozenset("/\\\0")  # characters that no folder's name may contain


def export(
    name: str | os.PathLike[str] | FontsConfig | None,
    path: str | os.PathLike[str],
    form: str | None = None,
    *,
    download: bool = True,
    verbose: int = 1,
) -> Path:
    """Write an edition, your own files or fonts in a form that other programs can read.

    The export is written completely or not at all, has the same bytes each time, and can be loaded:
    `load(path)` returns the same examples in the same splits.

    Args:
        name: As for `load`.
        path: Where to write: a new or empty folder, or for "npz" a new file that ends in `.npz`.
        form: "png" for a folder `{train,valid,test}/<class>/<base64 of the font's name>.png`, with
            numbers as names if the fonts are unknown. "idx" for a folder of MNIST's four files,
            `train-images-idx3-ubyte.gz` and so on, and a third pair `valid-…`, for grey images of
            at most 256 classes. "npz" for one file with the arrays `x_train`, `y_train`, `x_valid`,
            `y_valid`, `x_test`, `y_test`, as `load_data` returns them, and `class_names`. None for
            "npz" if `path` ends in `.npz`, and for "png" if it has no suffix.
        download: As for `load`.
        verbose: As for `load`.

    Returns:
        The absolute path of what was written.

    Raises:
        ArgumentError: `form` is unknown or cannot store this data; or `path` is not empty, is in a
            folder that does not exist, or has the wrong suffix.
        StoreError: `path` cannot be written.
        NotMNISTError: As for `load`.

    Example:
        >>> import tempfile
        >>> folder = tempfile.mkdtemp()
        >>> path = notmnist.datasets.export("open", f"{folder}/open.npz", verbose=0)
        >>> with np.load(path) as arrays:
        ...     arrays["x_test"].shape[1:], str(arrays["class_names"][0])
        ((28, 28), 'A')
    """
    target = Path(path).expanduser().resolve()
    form = _form(form, target)
    _check_target(target, form)
    store = prepare(name, download=download, verbose=verbose)
    _check_data(store, form)
    total, what = sum(store.sizes().values()), f"notmnist: exporting {store.manifest['name']}"
    with (
        tqdm(unit=" images", total=total, desc=what, delay=1, disable=not verbose) as bar,
        _in_place(target) as made,
    ):
        _WRITERS[form](store, made, bar)
    return target


def _form(form: str | None, target: Path) -> str:
    is_npz = target.suffix.lower() == ".npz"
    if form is None and (is_npz or not target.suffix):
        return "npz" if is_npz else "png"
    if form is None:
        rule = "end in .npz, or have no suffix for a folder of PNG files, unless `form` is given"
        raise invalid("path", str(target), rule)
    if form not in FORMS:
        raise invalid("form", form, one_of(FORMS))
    if form == "npz" and not is_npz:
        raise invalid("path", str(target), "end in .npz for form='npz'")
    return form


def _check_target(target: Path, form: str) -> None:
    if not target.parent.is_dir():
        raise invalid("path", str(target), "be in a folder that exists", "Create it first.")
    if not target.exists():
        return
    if form == "npz":
        rule, usable = "not exist yet", target.is_file() and not target.stat().st_size
    else:
        rule, usable = "be a new or empty folder", target.is_dir() and not any(target.iterdir())
    if not usable:
        raise invalid("path", str(target), rule, "Choose another, or remove what is there.")


def _check_data(store: Store, form: str) -> None:
    names = store.class_names
    if form == "idx" and (store.image_shape[2] > 1 or len(names) > _MOST_IDX_CLASSES):
        kind = "colour images" if store.image_shape[2] > 1 else f"{len(names)} classes"
        raise invalid("form", form, f"be 'png' or 'npz' for {kind}, which IDX files cannot store")
    unfit = [name for name in names if name[:1] in ("", ".") or _NO_FOLDER & set(name)]
    if form == "png" and unfit:
        rule = f"be 'npz' or 'idx' for class names that cannot name folders, such as {unfit[0]!r}"
        raise invalid("form", form, rule)


@contextlib.contextmanager
def _in_place(target: Path) -> Iterator[Path]:
    """Yield a path beside the target to write to; move it there, or remove it after an error."""
    name, folder = f".{target.name}.", target.parent
    try:
        with tempfile.TemporaryDirectory(
            ".tmp", name, folder, ignore_cleanup_errors=True
        ) as beside:
            made = Path(beside, target.name)
            yield made
            if target.is_dir():
                target.rmdir()  # fails if something has come into it since
            made.replace(target)
    except OSError as error:
        space = " Free some space there." if error.errno == errno.ENOSPC else ""
        raise StoreError(f"Cannot write {str(target)!r}: {error}.{space}") from error


def _write_png(store: Store, folder: Path, bar: Any) -> None:
    for split in SPLITS:
        places = [folder / split / name for name in store.class_names]
        for place in places:
            place.mkdir(parents=True)
        labels = store.labels(split).tolist()
        stems = _stems(store, split, labels)
        for image, label, stem in zip(store.images(split), labels, stems, strict=True):
            (places[label] / f"{stem}.png").write_bytes(encode(image))
            bar.update()


def _stems(store: Store, split: str, labels: list[int]) -> Iterator[str]:
    """Yield the file names of a split; those of one class differ even if case is ignored."""
    taken: dict[tuple[int, str], int] = {}
    digits = len(str(len(labels)))
    for row, (label, font) in enumerate(zip(labels, store.font_ids(split).tolist(), strict=True)):
        stem = _encode_font(store.font_names[font]) or f"{row + 1:0{digits}}"
        key = label, stem.casefold()
        taken[key] = taken.get(key, 0) + 1
        yield stem if taken[key] == 1 else f"{stem}.{taken[key]}"


def _encode_font(font: str) -> str:
    """Return what `font_name` decodes: base64 with backslash escapes."""
    text = font.replace("\\", "\\x5c").encode("utf-8", "backslashreplace")
    return base64.urlsafe_b64encode(text).decode("ascii")


def _write_idx(store: Store, folder: Path, bar: Any) -> None:
    folder.mkdir()
    for split, name in _IDX_NAMES.items():
        images, labels = store.images(split), store.labels(split)
        for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
            header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
            with (
                (folder / f"{name}-{kind}-ubyte.gz").open("wb") as raw,
                gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as file,  # always the same bytes
            ):
                file.write(header)
                file.writelines(row.tobytes() for row in array)
        bar.update(len(images))


def _write_npz(store: Store, path: Path, bar: Any) -> None:
    arrays: dict[str, Any] = {"class_names": np.array(store.class_names)}
    for split in SPLITS:
        arrays |= {f"x_{split}": store.images(split), f"y_{split}": store.labels(split)}
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)
    bar.update(sum(store.sizes().values()))


_WRITERS: Mapping[str, Callable[[Store, Path, Any], None]] = {
    "png": _write_png,
    "idx": _write_idx,
    "npz": _write_npz,
}
