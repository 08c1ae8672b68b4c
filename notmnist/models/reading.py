"""Reads the letters in your own picture files with the shipped weights."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from notmnist.datasets.fonts.rendering import stretch
from notmnist.datasets.letters import CLASS_NAMES
from notmnist.errors import ArgumentError, MissingSourceError, invalid, one_of
from notmnist.evaluation.outputs import probabilities
from notmnist.models.recipes.settings import FACTORIES
from notmnist.notebook import data_uri, file_bytes, html_table

__all__ = ["Reading", "as_glyph", "read"]

_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")  # Pillow needs no other program for these
_MOST_PIXELS = 50_000_000  # about 0.5 GB while it is read
_INK = 38  # grey level, 15 % of full ink; noise from compression or the background is below it
_SIXTEEN_BITS = ("I", "I;16", "I;16B", "I;16L")

# With `cnn`, 8 % of open's test letters are below this, with 93 % of the mistakes, and so are 71 %
# of digits, 82 % of the letters K to Z and 78 % of words, all from the same fonts (2026-11-27,
# `python benchmarks/doubt.py FONTS`).
_SURE = 0.95

Glyph = npt.NDArray[np.uint8]
Picture = str | os.PathLike[str] | Image.Image


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Reading:
    """What a model reads in a picture.

    Attributes:
        image: The image that the model was given: uint8, (28, 28), ink 255 on 0.
        probabilities: The probability of each letter, 0 to 1, the most probable first.
        doubt: A sentence that says why the reading may be wrong; "" if nothing indicates it.
    """

    image: Glyph
    probabilities: Mapping[str, float]
    doubt: str = ""

    @property
    def letter(self) -> str:
        """The most probable letter."""
        return next(iter(self.probabilities))

    def __repr__(self) -> str:
        return f"<Reading: {self.letter} {self.probabilities[self.letter]:.1%}>"

    def _repr_html_(self) -> str:
        picture = data_uri(file_bytes(Image.fromarray(self.image).resize((112, 112), 0)))
        likely = list(self.probabilities.items())[:3]
        rows = [(letter, f"{share:.1%}") for letter, share in likely]
        table = html_table("Reading", ("letter", "probability"), rows, [self.doubt])
        return f'<img src="{picture}" alt="what the model saw">{table}'


def read(*pictures: Picture, model: Any = "cnn", dark_on_light: bool = False) -> list[Reading]:
    """Read the letter, A to J, in each picture.

    A picture is converted to grey, cropped to its ink and stretched to 28×28, like the data set's
    images. Transparent parts count as background.

    Args:
        *pictures: Paths of PNG, JPEG, WebP, GIF, BMP or TIFF files, or Pillow images, of one letter
            and at most 50 million pixels each. They are rotated as their EXIF data say.
        model: "cnn", "mlp" or "logistic" for the shipped weights, or a Keras model of your own
            that takes uint8 images, (batch, 28, 28, 1).
        dark_on_light: Whether the ink is darker than the background, as on paper. This is never
            guessed.

    Returns:
        A `Reading` for each picture. Every picture is read as one of the letters; `doubt` says if
        the model is less than 95 % sure, or if ink and background seem to be swapped.

    Raises:
        ArgumentError: A picture cannot be opened, is too large or is blank; or `model` does not
            have the ten letters as classes.
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
    shown, others = zip(*(_views(picture, dark_on_light) for picture in pictures), strict=True)
    images = np.stack([*shown, *(other for other in others if other is not None)])
    network = FACTORIES[model](weights="open") if isinstance(model, str) else model
    predicted = probabilities("model", network, images[..., None], len(CLASS_NAMES))
    if predicted.shape[1] != len(CLASS_NAMES):
        message = (
            f"`model` must have the {len(CLASS_NAMES)} letters as classes. Received: a model with "
            f"{predicted.shape[1]} classes."
        )
        raise ArgumentError(message)
    readings, of_others = [], iter(predicted[len(shown) :])
    for image, row, other in zip(shown, predicted[: len(shown)], others, strict=True):
        letters = {CLASS_NAMES[k]: float(row[k]) for k in np.argsort(-row, kind="stable")}
        doubt = _doubt(row, None if other is None else next(of_others), dark_on_light)
        readings.append(Reading(image, letters, doubt))
    return readings


def as_glyph(picture: Picture, *, dark_on_light: bool = False) -> Glyph:
    """Return a picture as the models get it: uint8, (28, 28), ink 255 on 0."""
    return _views(picture, dark_on_light)[0]


def _doubt(row: npt.NDArray[Any], other: npt.NDArray[Any] | None, dark_on_light: bool) -> str:
    """Return why probabilities may be wrong; `other` has those with ink and background swapped."""
    if other is not None and other.max() > row.max() and other.argmax() != row.argmax():
        way = "light on dark, without" if dark_on_light else "dark on light, with"
        letter = CLASS_NAMES[other.argmax()]
        return f"It may be {way} --dark-on-light (dark_on_light): {letter} {other.max():.0%}."
    return "" if row.max() >= _SURE else "Not sure: it may not be a letter from A to J."


def _views(picture: Picture, dark_on_light: bool) -> tuple[Glyph, Glyph | None]:
    """Return the glyph of a picture, and that of its background if most of its edge is ink."""
    ink = _ink(picture, dark_on_light)
    glyph = _cropped(ink)
    if glyph is None:
        name = picture if isinstance(picture, Image.Image) else str(picture)
        way = "dark on light" if dark_on_light else "light on dark"
        advice = (
            "The picture is blank. `dark_on_light` (--dark-on-light) says whether the ink is dark."
        )
        raise invalid("picture", name, f"show a letter {way}", advice)
    levels = np.asarray(ink)
    edge = np.concatenate([levels[[0, -1]].ravel(), levels[:, [0, -1]].ravel()])
    return glyph, _cropped(ImageOps.invert(ink)) if edge.mean() > 127 else None


def _cropped(ink: Image.Image) -> Glyph | None:
    """Return a picture's ink, stretched to the box, or None if it is blank."""
    box = ink.point([0] * (_INK + 1) + [255] * (255 - _INK)).getbbox()
    return None if box is None or np.ptp(np.asarray(ink)) <= _INK else stretch(ink.crop(box))


def _ink(picture: Picture, dark_on_light: bool) -> Image.Image:
    """Return a picture in grey, with light ink."""
    if not isinstance(picture, str | os.PathLike | Image.Image):
        raise invalid("picture", picture, "be the path of a picture file, or a Pillow image")
    opened: contextlib.AbstractContextManager[Image.Image]
    try:
        if isinstance(picture, Image.Image):
            opened = contextlib.nullcontext(picture)
        else:
            opened = Image.open(Path(picture).expanduser(), formats=_FORMATS)
        with opened as image:
            if image.width * image.height > _MOST_PIXELS:
                raise ValueError(f"it has {image.width:,} × {image.height:,} pixels")
            grey = _grey(ImageOps.exif_transpose(image), background=255 if dark_on_light else 0)
    except FileNotFoundError as error:
        message = f"`picture` must be a file that exists. Received: picture={str(picture)!r}."
        raise MissingSourceError(message) from error
    except Exception as error:  # Pillow raises all kinds of errors for damaged files
        name = picture if isinstance(picture, Image.Image) else str(picture)
        rule = f"be a picture that Pillow reads ({', '.join(_FORMATS)}) of at most 50 Mpixels"
        raise invalid("picture", name, rule, f"The reason: {error}.") from error
    return ImageOps.invert(grey) if dark_on_light else grey


def _grey(picture: Image.Image, background: int) -> Image.Image:
    """Return the picture in grey, with the background behind transparent parts."""
    if picture.mode in _SIXTEEN_BITS:
        levels = np.clip(np.asarray(picture), 0, 65535)
        return Image.fromarray(((levels.astype(np.uint32) + 128) // 257).astype(np.uint8))
    if not picture.has_transparency_data:
        return picture.convert("L")
    light, opacity = picture.convert("RGBA").convert("LA").split()
    behind = Image.new("L", picture.size, background)
    behind.paste(light, mask=opacity)
    return behind
