"""`load`, `load_data` and the other functions that take an edition's name or a path."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from notmnist.datasets.default import default_store
from notmnist.datasets.editions.description import DatasetInfo, info_of
from notmnist.datasets.editions.own import source_of_path
from notmnist.datasets.editions.table import EDITIONS
from notmnist.datasets.feeds import FORMATS, FeedPlan, feed
from notmnist.datasets.fetching.home import offline
from notmnist.datasets.preparation import prepare_source
from notmnist.datasets.reading.source import Source
from notmnist.datasets.splitting import SPLITS
from notmnist.datasets.store.arrays import Store
from notmnist.datasets.store.selection import select
from notmnist.errors import MissingSourceError, did_you_mean, invalid, one_of

if TYPE_CHECKING:
    from notmnist.datasets.curation.rule import Curation
    from notmnist.datasets.notmnist.fonts import FontsConfig

__all__ = ["curate", "info", "load", "load_data", "prepare"]

Arrays = tuple[npt.NDArray[np.uint8], npt.NDArray[np.unsignedinteger[Any]]]


def load(
    name: str | os.PathLike[str] | FontsConfig | None = None,
    *,
    split: Any = "train",
    batch_size: int | None = 128,
    shuffle: bool | None = None,
    seed: int | None = None,
    repeat: bool = False,
    drop_remainder: bool = False,
    label_mode: str | None = "int",
    format: str | None = None,
    with_info: bool = False,
    download: bool = True,
    verbose: int = 1,
) -> Any:
    """Load notMNIST as batches, ready for a Keras model's `fit`.

    The first call prepares the edition: it writes arrays to `$NOTMNIST_HOME`, or to Keras's home
    folder if that is not set. Later calls open them at once.

    Args:
        name: An edition ("original", "clean", "small", "idx", "open"), or a path to your own files:
            an archive (tar, tar.gz, zip) or a folder of `[train|valid|test/]<class>/<image>` files,
            a folder of IDX files or one IDX file of images, or an `.npz` or `.mat` file of arrays.
            Or a `FontsConfig`: letters drawn from your own fonts. None for `original` if it is
            prepared or can be downloaded, otherwise `open` with a `FallbackWarning`.
        split: "train", "valid", "test", a slice ("train[:10%]"), a sum ("train+valid"), "all", or a
            `tfds.core.ReadInstruction`. A list or tuple of these returns a data set for each; None
            returns a dict of all splits that have examples.
        batch_size: Number of examples per batch; None for single examples.
        shuffle: Whether to shuffle the data uniformly, in a new order for every pass. None shuffles
            only data that comes from "train" alone.
        seed: Seed of the shuffling, which gives the same orders in every format; None for a new
            seed in each call.
        repeat: Whether to repeat the data endlessly (`fit` then needs `steps_per_epoch`).
        drop_remainder: Whether to drop the last batch if it is smaller than the others.
        label_mode: "int" for labels from 0, "categorical" for one-hot rows, None for no labels.
        format: "tf", "keras", "grain" (`pip install notmnist[grain]`) or "numpy"; None for the
            fastest one on the backend: "tf" on TensorFlow, "keras" on JAX and PyTorch.
        with_info: Whether to also return a `DatasetInfo`.
        download: Whether to download an edition that is not on disk yet. `NOTMNIST_OFFLINE=1`
            forbids all downloads.
        verbose: 1 for progress bars, 0 for silence.

    Returns:
        The batches: a `tf.data.Dataset` ("tf"), a `keras.utils.PyDataset` ("keras"), a
        `grain.MapDataset` ("grain"), or an iterable of NumPy arrays ("numpy"). Each batch is a pair
        of images, uint8, (batch, height, width, channels), 0 (background) to 255 (ink), and labels,
        int32, (batch,), or float32, (batch, classes), if categorical. They have the attributes
        `class_names`, `fonts` (in stored order) and `shuffled`. With `with_info`, a pair of the
        batches and the `DatasetInfo`.

    Raises:
        ArgumentError: An argument has an invalid value.
        MissingSourceError: `name` is a path that does not exist.
        ArchiveError: A file or folder cannot be read as images of classes.
        DownloadError: No mirror served the edition.
        StoreError: The prepared arrays cannot be written or read.
        MissingExtraError: `format` is "grain", and Grain is not installed.

    Note:
        In a Grain data set, `ds[i]` is a batch of pass `i // len(ds)`, and each iterator returns
        the next pass. `fit` accepts it from Keras 3.11 on. Up to Keras 3.15, `fit` warns after each
        pass that the data ran out, unless you use `repeat=True` and `steps_per_epoch`.

        `fit` shuffles nothing in a `tf.data.Dataset` or a Grain data set, and Keras warns about it,
        but these data sets shuffle themselves. `load` therefore adds an "ignore" filter for exactly
        this warning to Python's `warnings`.

    Example:
        >>> train, info = notmnist.load("open", batch_size=64, format="numpy", with_info=True)
        >>> images, labels = next(iter(train))
        >>> images.shape, str(images.dtype), labels.shape
        ((64, 28, 28, 1), 'uint8', (64,))
    """
    if format is not None and format not in FORMATS:
        raise invalid("format", format, f"be None or {one_of(FORMATS).removeprefix('be ')}")
    if shuffle not in (None, False, True):
        raise invalid("shuffle", shuffle, "be True, False or None")
    store = prepare(name, download=download, verbose=verbose)

    def one(spec: Any) -> Any:
        selection = select(store, spec)
        train_only = all(name == "train" for name, _, _ in selection.runs)
        plan = FeedPlan(
            selection=selection,
            batch_size=batch_size,
            shuffle=train_only if shuffle is None else bool(shuffle),
            seed=seed,
            repeat=repeat,
            drop_remainder=drop_remainder,
            label_mode=label_mode,
        )
        return feed(plan, format)

    batches: Any
    if split is None:
        batches = {each: one(each) for each, size in store.sizes().items() if size}
    elif isinstance(split, (list, tuple)):
        batches = type(split)(one(spec) for spec in split)
    else:
        batches = one(split)
    return (batches, info_of(store)) if with_info else batches


def load_data(
    name: str | os.PathLike[str] | FontsConfig | None = None,
    *,
    download: bool = True,
    verbose: int = 1,
) -> tuple[Arrays, Arrays]:
    """Load the train and test splits as arrays, as `keras.datasets.mnist.load_data` does.

    The valid split is in neither; `load` returns it. The images are memory-mapped, copy-on-write:
    they use no memory until they are read, and writing to them does not change the files.

    Args:
        name: As for `load`.
        download: As for `load`.
        verbose: As for `load`.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: images, uint8, (n, height, width), or (n, height,
        width, 3) in colour, 0 to 255, and labels from 0, (n,), uint8 (uint16 for more than 256
        classes).

    Raises:
        NotMNISTError: As for `load`.

    Example:
        >>> (x_train, y_train), (x_test, y_test) = notmnist.load_data("open")
        >>> x_train.shape[1:], str(x_train.dtype), int(y_test.max())
        ((28, 28), 'uint8', 9)
    """
    store = prepare(name, download=download, verbose=verbose)
    train, test = (select(store, split) for split in ("train", "test"))
    return (train.images(), train.labels()), (test.images(), test.labels())


def prepare(
    name: str | os.PathLike[str] | FontsConfig | None = None,
    *,
    download: bool = True,
    verbose: int = 1,
) -> Store:
    """Prepare an edition, your own files or fonts without loading them.

    Args:
        name: As for `load`.
        download: As for `load`.
        verbose: As for `load`.

    Returns:
        The `Store` with the prepared arrays.

    Raises:
        NotMNISTError: As for `load`.

    Example:
        >>> store = notmnist.datasets.prepare("open", verbose=0)
        >>> list(store.sizes())
        ['train', 'valid', 'test']
    """
    if name is None:
        return default_store(download, verbose)
    return prepare_source(_source(name, download and not offline(), verbose), verbose=verbose)


def _source(name: Any, download: bool, verbose: int) -> Source:
    """Return the source of an edition, a path or a `FontsConfig`."""
    if hasattr(name, "letters"):  # a FontsConfig; importing that class would import TFDS
        source: Source = name.source()
        return source
    if not isinstance(name, (str, os.PathLike)):
        raise invalid("name", name, "be the name of an edition, a path or a FontsConfig")
    if isinstance(name, str) and name in EDITIONS:
        return EDITIONS[name].source(download, verbose)
    try:
        return source_of_path(name)
    except MissingSourceError:
        if isinstance(name, os.PathLike) or any(mark in name for mark in ("/", os.sep, ".", "~")):
            raise
        advice = "It can also be a path to your own files, if that exists."
        near = did_you_mean(name, EDITIONS)
        raise invalid("name", name, one_of(EDITIONS), f"{near} {advice}".lstrip()) from None


def info(
    name: str | os.PathLike[str] | FontsConfig | None = None,
    *,
    download: bool = True,
    verbose: int = 1,
) -> DatasetInfo:
    """Return information about an edition, preparing it first if necessary.

    Args:
        name: As for `load`.
        download: As for `load`.
        verbose: As for `load`.

    Returns:
        A `DatasetInfo`.

    Raises:
        NotMNISTError: As for `load`.

    Example:
        >>> facts = notmnist.datasets.info("open", verbose=0)
        >>> facts.name, facts.class_names[0], facts.image_shape
        ('open', 'A', (28, 28, 1))
    """
    return info_of(prepare(name, download=download, verbose=verbose))


def curate(
    name: str | os.PathLike[str] | FontsConfig | None = None,
    *,
    distance: float | None = None,
    download: bool = True,
    verbose: int = 1,
) -> tuple[Curation, npt.NDArray[np.uint8]]:
    """Find the copies and near copies within and between the splits.

    Args:
        name: As for `load`.
        distance: Largest distance between near copies, in grey levels (root mean square over the
            pixels); None for 8.
        download: As for `load`.
        verbose: As for `load`.

    Returns:
        A pair of the report and the images, uint8, (rows, height, width[, 3]). The rows of both are
        those of train, then valid, then test.

    Raises:
        ArgumentError: `distance` is not a number of at least 0, or there are more than 62 classes.
        NotMNISTError: As for `load`.

    Example:
        >>> report, images = notmnist.datasets.curate("open", verbose=0)  # doctest: +SKIP
        >>> report.to_dict()["overlaps"][0]["exact"]  # doctest: +SKIP
        0
    """
    from notmnist.datasets.curation import copies, rule  # late: they import SciPy

    store = prepare(name, download=download, verbose=verbose)
    images = np.concatenate([store.images(split) for split in SPLITS])
    labels = np.concatenate([store.labels(split) for split in SPLITS])
    splits = np.repeat(np.arange(len(SPLITS)), list(store.sizes().values()))
    limit = copies.DISTANCE if distance is None else distance
    return rule.curate(images, labels, splits, distance=limit, verbose=verbose), images
