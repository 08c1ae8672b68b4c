"""A config of the builder for your own fonts: any letters, any size, one process or many.

A design's split comes from a hash of its name, so processes agree on it without communicating:
`beam=True` draws the same examples in an Apache Beam pipeline.
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

from notmnist.datasets.editions.own import expand_path
from notmnist.datasets.fonts.folder import Problem, design, find, read
from notmnist.datasets.fonts.source import fingerprint_fonts, fonts_source
from notmnist.datasets.letters import CLASS_NAMES, IMAGE_SHAPE
from notmnist.datasets.reading.source import Source
from notmnist.datasets.splitting import SPLITS, by_hash
from notmnist.errors import invalid

__all__ = ["FontsConfig", "pipeline"]

_LOGGER = logging.getLogger("notmnist")
_FILES = 256  # fonts per element of the Beam pipeline; starting a process takes as long as ten


@dataclasses.dataclass(eq=False)
class FontsConfig(tfds.core.BuilderConfig):  # type: ignore[misc]  # untyped base
    """Letters drawn from a folder of fonts, as a data set.

    The prepared data depends on the letters, the size and the font files, not only on the name:
    other fonts or letters under the same name are drawn again. So the config's name in TFDS is the
    name that you give, followed by a digest of them.

    Attributes:
        name: Up to 100 characters: letters, digits, `.`, `_` and `-`; must not begin with `.` or
            `-`.
        fonts: Folder of ttf, otf, ttc, woff, woff2 or pfb files, searched with its subfolders.
        letters: The letters to draw, at least two, without repetition; they are the classes.
        size: Height and width of the images in pixels, 4 to 1024.
        beam: Whether TFDS draws with Apache Beam (`pip install notmnist[beam]`); each split
            then needs at least one design.

    Raises:
        ArgumentError: `name`, `fonts`, `letters` or `size` is not as described above.
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
        if not (isinstance(self.name, str) and re.fullmatch(r"\w[\w.-]{0,99}", self.name)):
            rule = "be up to 100 letters, digits, '.', '_' and '-', and not begin with '.' or '-'"
            raise invalid("name", self.name, rule)
        if not self.fonts:
            raise invalid("fonts", self.fonts, "be a folder of fonts")
        if not (isinstance(self.letters, str) and len(set(self.letters)) == len(self.letters) > 1):
            rule = "be a string of two or more letters without repetition"
            raise invalid("letters", self.letters, rule)
        if not self.letters.isprintable() or " " in self.letters:
            raise invalid("letters", self.letters, "be visible characters")
        if not (isinstance(self.size, int) and 4 <= self.size <= 1024):
            raise invalid("size", self.size, "be a whole number of pixels from 4 to 1024")
        folder = expand_path(self.fonts, "fonts")
        self.fonts = str(folder)
        digest = fingerprint_fonts(folder, self.letters, self.size)
        self.given_name = self.name.removesuffix(f"-{digest}")
        self.name = f"{self.given_name}-{digest}"
        self.version: Any = self.version or tfds.core.Version("1.0.0")
        summary = f"{len(self.letters)} letters of your own fonts."
        self.description: Any = self.description or summary

    def source(self) -> Source:
        """Return the source of the examples: the fonts as they are now."""
        return fonts_source(self.given_name, Path(self.fonts), self.letters, self.size)

    def check_unchanged(self) -> None:
        """Raise an `ArgumentError` if the fonts changed: TFDS knows them by this config's name."""
        if not self.name.endswith(fingerprint_fonts(Path(self.fonts), self.letters, self.size)):
            rule = "contain the same files as when the FontsConfig was created"
            raise invalid("fonts", self.fonts, rule, "Create the FontsConfig again.")


def pipeline(config: FontsConfig, split: str) -> Any:
    """Return the Beam transform that draws a split's examples, in pairs of key and example.

    All workers must be able to read the folder of fonts at the same path.
    """
    beam = tfds.core.lazy_imports.apache_beam
    paths = find(config.fonts)
    groups = [paths[start : start + _FILES] for start in range(0, len(paths), _FILES)]
    draw = functools.partial(_draw_examples, config=config, split=split)
    return beam.Create(groups) | beam.Reshuffle() | beam.FlatMap(draw)


def _draw_examples(
    paths: Sequence[Path], config: FontsConfig, split: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    code = SPLITS.index(split)
    for face in read(list(paths), config.letters, config.size):
        if isinstance(face, Problem):
            _LOGGER.info("Skipped %s: it %s.", face.path, face.reason)
        elif by_hash([design(face.family)])[0] == code:
            place = face.path.relative_to(config.fonts).with_name(face.name).as_posix()
            for letter, image in zip(face.letters, face.images, strict=True):
                label = config.letters.index(letter)
                example = {"image": image[..., None], "label": label, "font": face.name}
                yield f"{place}/{label}", example
