"""Read the letter in a picture file of one's own with the shipped weights."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from notmnist.datasets.fonts.rendering import stretch
from notmnist.datasets.letters import CLASS_NAMES
from notmnist.errors import ArgumentError, MissingSourceError, invalid, one_of
from notmnist.evaluation.outputs import probabilities
from notmnist.models.factories import FACTORIES

__all__ = ["Reading", "as_glyph", "read"]

_INK = 38  # grey levels, 15 % of full ink: below lie the ground's noise and compression's traces
_SIXTEEN_BITS = ("I", "I;16", "I;16B", "I;16L")

Picture = str | os.PathLike[str] | Image.Image


@dataclasses.dataclass(frozen=True, eq=False)
class Reading:
    """What a model takes a picture for.

    Attributes:
        image: What the model was shown: uint8, (28, 28), ink 255 on 0.
        probabilities: The probability of each letter, 0 to 1, the most probable first.
    """

    image: npt.NDArray[np.uint8]
    probabilities: Mapping[str, float]

    @property
    def letter(self) -> str:
        """The most probable letter."""
        return next(iter(self.probabilities))


def read(*pictures: Picture, model: Any = "cnn", dark_on_light: bool = False) -> list[Reading]:
    """Read the letter, A to J, in each of some pictures.

    A picture is made grey, cropped to its ink and stretched to 28×28, whatever its proportions, as
    the data set's images are. The ink must be light on a dark ground, or `dark_on_light` true: that
    is never guessed. What is transparent counts as ground.

    Args:
        *pictures: Paths of picture files, or Pillow images, of one letter each.
        model: "cnn", "mlp" or "logistic" for the shipped weights, or a Keras model of one's own
            that takes uint8 images, (batch, 28, 28, 1).
        dark_on_light: Whether the ink is dark and the ground light, as on paper.

    Returns:
        A `Reading` for each picture. Every picture is taken for one of the letters, even one that
        shows another sign.

    Raises:
        ArgumentError: A picture cannot be opened, or is blank; or `model` is none.
        MissingSourceError: A path does not exist.

    Example:
        >>> from PIL import Image, ImageDraw
        >>> picture = Image.new("L", (60, 80), "white")
        >>> ImageDraw.Draw(picture).rectangle((25, 10, 34, 70), "black")  # a stem
        >>> (reading,) = read(picture, model="logistic", dark_on_light=True)
        >>> reading.image.shape, len(reading.probabilities)
        ((28, 28), 10)
    """
    if not pictures:
        return []
    if isinstance(model, str) and model not in FACTORIES:
        raise invalid("model", model, f"{one_of(FACTORIES)}, or a Keras model")
    images = np.stack([as_glyph(picture, dark_on_light=dark_on_light) for picture in pictures])
    network = FACTORIES[model](weights="open") if isinstance(model, str) else model
    said = probabilities("model", network, images[..., None], len(CLASS_NAMES))
    if said.shape[1] != len(CLASS_NAMES):
        message = (
            f"`model` must know the {len(CLASS_NAMES)} letters. Received: a model of "
            f"{said.shape[1]} classes."
        )
        raise ArgumentError(message)
    return [
        Reading(image, {CLASS_NAMES[k]: float(row[k]) for k in np.argsort(-row, kind="stable")})
        for image, row in zip(images, said, strict=True)
    ]


def as_glyph(picture: Picture, *, dark_on_light: bool = False) -> npt.NDArray[np.uint8]:
    """Make of a picture what the models are shown.

    Args:
        picture: As for `read`.
        dark_on_light: As for `read`.

    Returns:
        uint8 of shape (28, 28), ink 255 on 0.

    Raises:
        ArgumentError: The picture cannot be opened, or is blank.
        MissingSourceError: The path does not exist.
    """
    name = picture if isinstance(picture, Image.Image) else str(picture)
    opened = picture if isinstance(picture, Image.Image) else _open(picture)
    grey = _grey(opened, ground=255 if dark_on_light else 0)
    if dark_on_light:
        grey = ImageOps.invert(grey)
    levels = np.asarray(grey)
    contrast = int(levels.max()) - int(levels.min())
    box = grey.point([0] * (_INK + 1) + [255] * (255 - _INK)).getbbox()
    if box is None or contrast <= _INK:
        way = "light on dark" if not dark_on_light else "dark on light"
        advice = "`dark_on_light` (--dark-on-light) says which way round a picture is."
        raise invalid("picture", name, f"show a letter {way}; this one is blank", advice)
    return stretch(grey.crop(box))


def _open(path: str | os.PathLike[str]) -> Image.Image:
    """Open and decode a picture file."""
    if not isinstance(path, str | os.PathLike):
        raise invalid("picture", path, "be the path of a picture file, or a Pillow image")
    if not Path(path).is_file():
        message = f"`picture` must be a file that exists. Received: picture={str(path)!r}."
        raise MissingSourceError(message)
    try:
        with Image.open(path) as picture:
            picture.load()
            return ImageOps.exif_transpose(picture)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        reason = "its format is none of Pillow's"
        if not isinstance(error, UnidentifiedImageError):
            reason = f"{error}"
        rule = "be a picture file that Pillow opens"
        raise invalid("picture", str(path), rule, f"Pillow says: {reason}.") from error


def _grey(picture: Image.Image, ground: int) -> Image.Image:
    """Return the picture in grey, on the ground where it is transparent."""
    if picture.mode in _SIXTEEN_BITS:
        levels = np.asarray(picture, np.float64)
        return Image.fromarray(np.clip(levels / 257, 0, 255).round().astype(np.uint8))
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        behind = Image.new("RGBA", picture.size, (ground, ground, ground, 255))
        picture = Image.alpha_composite(behind, picture)
    return picture.convert("L")
