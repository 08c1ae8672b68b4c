"""A config of the builder for one's own fonts: any letters, any size, one process or many.

Examples are drawn file by file and a family's split is a hash of its name, so that any number of
processes writes the same data set: `beam=True` runs it as an Apache Beam pipeline.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import logging
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from notmnist.datasets import fonts
from notmnist.datasets.render import LETTERS
from notmnist.errors import invalid

__all__ = ["FontsConfig", "batches", "examples", "features", "pipeline", "prepared", "split_of"]

_LOGGER = logging.getLogger("notmnist")

_FILES = 256  # drawn by one element of the Beam pipeline; starting a process costs as much as ten


@dataclasses.dataclass(eq=False)
class FontsConfig(tfds.core.BuilderConfig):  # type: ignore[misc]  # untyped base
    """Letters drawn from a folder of fonts, as a data set.

    Attributes:
        name: What TFDS calls it; the folder of the prepared data set.
        fonts: Folder of ttf, otf, ttc, woff, woff2 or pfb files, searched with its subfolders.
        letters: The letters to draw, at least two, each once; they are the classes.
        size: Height and width of the images in pixels, 4 to 1024.
        beam: Whether to draw with Apache Beam (`pip install notmnist[beam]`).

    Raises:
        ArgumentError: `letters` or `size` is not as above.
        MissingSourceError: There is no folder `fonts`.

    Example:
        >>> import matplotlib
        >>> folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
        >>> config = FontsConfig(name="greek", fonts=folder, letters="αβγδ", size=32)
        >>> builder = tfds.builder("notmnist", config=config)
        >>> builder.info.features["label"].num_classes
        4
    """

    fonts: str | os.PathLike[str] = ""
    letters: str = LETTERS
    size: int = 28
    beam: bool = False

    def __post_init__(self) -> None:
        if len(self.letters) < 2 or len(set(self.letters)) < len(self.letters):
            raise invalid("letters", self.letters, "be two letters or more, each of them once")
        if not 4 <= self.size <= 1024:
            raise invalid("size", self.size, "be a number of pixels from 4 to 1024")
        self.fonts = str(Path(self.fonts).expanduser().absolute())
        fonts.find(self.fonts)
        defaults = {
            "version": tfds.core.Version("1.0.0"),
            "description": f"{len(self.letters)} letters of one's own fonts.",
        }
        for name, default in defaults.items():
            setattr(self, name, getattr(self, name) or default)


def prepared(config: FontsConfig) -> Any:
    """Return the TFDS builder of a config, prepared below TFDS's own folder where it was not."""
    builder = tfds.builder("notmnist", config=config)
    builder.download_and_prepare()
    return builder


def batches(
    config: FontsConfig,
    split: Any,
    *,
    batch_size: int | None,
    shuffle: bool | None,
    seed: int | None,
    repeat: bool,
    drop_remainder: bool,
    label_mode: str | None,
) -> tuple[Any, Any]:
    """Return batches of one's own fonts as `notmnist.load` gives them, and the builder's info.

    Args:
        config: Which fonts, letters and size.
        split: As TFDS takes it, one or a structure of them.
        batch_size: As for `load`, and so the others; `shuffle=None` shuffles "train".
        shuffle: See there.
        seed: See there.
        repeat: See there.
        drop_remainder: See there.
        label_mode: See there.

    Returns:
        A `tf.data.Dataset`, or the structure of them, of pairs of images, uint8, (batch, size,
        size, 1), and labels, int32 or one-hot float32; and a `tfds.core.DatasetInfo`.

    Raises:
        ArgumentError: `label_mode` is not allowed.
    """
    import tensorflow as tf

    if label_mode not in ("int", "categorical", None):
        raise invalid("label_mode", label_mode, "be 'int', 'categorical' or None")
    builder = prepared(config)
    classes = len(config.letters)

    def labelled(image: Any, label: Any) -> Any:
        if label_mode is None:
            return image
        if label_mode == "categorical":
            return image, tf.one_hot(label, classes)
        return image, tf.cast(label, tf.int32)

    def one(spec: Any) -> Any:
        data = builder.as_dataset(split=spec, as_supervised=True)
        if str(spec).startswith("train") if shuffle is None else shuffle:
            data = data.shuffle(10_000, seed=seed)
        data = data.repeat() if repeat else data
        data = data if batch_size is None else data.batch(batch_size, drop_remainder=drop_remainder)
        return data.map(labelled).prefetch(tf.data.AUTOTUNE)

    if split is None:
        return {name: one(name) for name in builder.info.splits}, builder.info
    if isinstance(split, (list, tuple)):
        return type(split)(one(spec) for spec in split), builder.info
    return one(split), builder.info


def features(config: FontsConfig) -> Any:
    """Return the features of a config's examples: `image`, `label` and `font`."""
    shape = (config.size, config.size, 1)
    return tfds.features.FeaturesDict(
        {
            "image": tfds.features.Image(shape=shape, dtype=np.uint8, encoding_format="png"),
            "label": tfds.features.ClassLabel(names=list(config.letters)),
            "font": tfds.features.Text(),
        }
    )


def split_of(family: str) -> str:
    """Return a design's split: about 80, 10 and 10 of a hundred go to train, valid and test.

    Example:
        >>> split_of("Lato") == split_of("Lato Light")
        True
    """
    design = fonts.design(family).encode()
    place = int.from_bytes(hashlib.blake2b(design, digest_size=8).digest(), "big") / 2**64
    return "train" if place < 0.8 else "valid" if place < 0.9 else "test"


def examples(config: FontsConfig, split: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Draw the examples of a split, one file after the other.

    Args:
        config: Which fonts, letters and size.
        split: "train", "valid" or "test".

    Yields:
        A key, the same for everyone, and an example.
    """
    return _drawn(fonts.find(config.fonts), config, split)


def pipeline(config: FontsConfig, split: str) -> Any:
    """Return the Beam transform that draws the examples of a split.

    Args:
        config: Which fonts, letters and size. All workers must see the folder under its path.
        split: "train", "valid" or "test".

    Returns:
        A transform from nothing to the pairs that `examples` yields.
    """
    beam = tfds.core.lazy_imports.apache_beam
    paths = fonts.find(config.fonts)
    groups = [paths[start : start + _FILES] for start in range(0, len(paths), _FILES)]
    drawn = functools.partial(_drawn, config=config, split=split)
    return beam.Create(groups) | beam.Reshuffle() | beam.FlatMap(drawn)


def _drawn(
    paths: Sequence[Path], config: FontsConfig, split: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    skipped = 0
    for face in fonts.read(list(paths), config.letters, config.size):
        if isinstance(face, fonts.Problem):
            skipped += 1
            _LOGGER.info("Skipped %s: %s", face.path, face.reason)
        elif split_of(face.family) == split:
            place = face.path.relative_to(config.fonts).with_name(face.name).as_posix()
            for letter, image in zip(face.letters, face.images, strict=True):
                label = config.letters.index(letter)
                yield (
                    f"{place}/{label}",
                    {
                        "image": image[..., None],
                        "label": label,
                        "font": face.name,
                    },
                )
    if skipped:
        _LOGGER.warning("Skipped %d of %d font files or faces.", skipped, len(paths))
