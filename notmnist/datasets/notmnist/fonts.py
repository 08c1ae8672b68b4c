"""A config of the builder for your own fonts: any letters, any size, one process or many.

A design's split is a hash of its name, so that any number of processes agrees on it without
talking: `beam=True` draws in an Apache Beam pipeline and gives the same examples.
"""

from __future__ import annotations

import dataclasses
import functools
import logging
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import tensorflow_datasets as tfds

from notmnist.datasets.fonts.folder import Problem, design, find, read
from notmnist.datasets.fonts.source import fingerprint_fonts, fonts_source
from notmnist.datasets.letters import CLASS_NAMES, IMAGE_SHAPE
from notmnist.datasets.reading.source import Source
from notmnist.datasets.splitting import SPLITS, by_hash
from notmnist.errors import invalid

__all__ = ["FontsConfig", "pipeline"]

_LOGGER = logging.getLogger("notmnist")
_FILES = 256  # drawn by one element of the Beam pipeline; starting a process costs as much as ten


@dataclasses.dataclass(eq=False)
class FontsConfig(tfds.core.BuilderConfig):  # type: ignore[misc]  # untyped base
    """Letters drawn from a folder of fonts, as a data set.

    The prepared data belong to the letters, the size and the font files, not to the name alone:
    other fonts or letters under the same name are drawn anew. So TFDS's name of the config is the
    name that you give and a digest of these.

    Attributes:
        name: What to call it: letters, digits, `.`, `_` and `-`.
        fonts: Folder of ttf, otf, ttc, woff, woff2 or pfb files, searched with its subfolders.
        letters: The letters to draw, at least two, each once; they are the classes.
        size: Height and width of the images in pixels, 4 to 1024.
        beam: Whether TFDS draws with Apache Beam (`pip install notmnist[beam]`).

    Raises:
        ArgumentError: `name`, `letters` or `size` is not as above.
        MissingSourceError: There is no folder `fonts`.

    Example:
        >>> import matplotlib
        >>> folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
        >>> config = FontsConfig(name="greek", fonts=folder, letters="αβγδ", size=32)
        >>> builder = tfds.builder("notmnist", config=config)
        >>> builder.info.features["label"].num_classes
        4
    """

    name: str = ""
    fonts: str | os.PathLike[str] = ""
    letters: str = "".join(CLASS_NAMES)
    size: int = IMAGE_SHAPE[0]
    beam: bool = False

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\w[\w.-]{0,99}", self.name):
            raise invalid("name", self.name, "be letters, digits, '.', '_' and '-'")
        if len(self.letters) < 2 or len(set(self.letters)) < len(self.letters):
            raise invalid("letters", self.letters, "be two letters or more, each of them once")
        if not 4 <= self.size <= 1024:
            raise invalid("size", self.size, "be a number of pixels from 4 to 1024")
        folder = Path(self.fonts).expanduser().absolute()
        self.fonts = str(folder)
        digest = fingerprint_fonts(folder, self.letters, self.size)
        self.given_name = self.name.removesuffix(f"-{digest}")
        self.name = f"{self.given_name}-{digest}"
        defaults = {
            "version": tfds.core.Version("1.0.0"),
            "description": f"{len(self.letters)} letters of your own fonts.",
        }
        for attribute, default in defaults.items():
            setattr(self, attribute, getattr(self, attribute) or default)

    def source(self) -> Source:
        """Return where the examples come from."""
        return fonts_source(self.given_name, Path(self.fonts), self.letters, self.size)


def pipeline(config: FontsConfig, split: str) -> Any:
    """Return the Beam transform that draws the examples of a split.

    Args:
        config: Which fonts, letters and size. All workers must see the folder under its path.
        split: "train", "valid" or "test".

    Returns:
        A transform from nothing to pairs of a key and an example.
    """
    beam = tfds.core.lazy_imports.apache_beam
    paths = find(config.fonts)
    groups = [paths[start : start + _FILES] for start in range(0, len(paths), _FILES)]
    drawn = functools.partial(_drawn, config=config, split=split)
    return beam.Create(groups) | beam.Reshuffle() | beam.FlatMap(drawn)


def _drawn(
    paths: Sequence[Path], config: FontsConfig, split: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    code = SPLITS.index(split)
    for face in read(list(paths), config.letters, config.size):
        if isinstance(face, Problem):
            _LOGGER.info("Skipped %s: %s", face.path, face.reason)
        elif by_hash([design(face.family)])[0] == code:
            place = face.path.relative_to(config.fonts).with_name(face.name).as_posix()
            for letter, image in zip(face.letters, face.images, strict=True):
                label = config.letters.index(letter)
                example = {"image": image[..., None], "label": label, "font": face.name}
                yield f"{place}/{label}", example
