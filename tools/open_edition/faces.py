"""Finds near-copies among faces, and faces that have symbols instead of letters.

Symbol fonts have glyphs for A to J too. A classifier trained on other families tells them apart: it
reads most letters of a face with letters, but only about one in ten of a face with symbols. Because
some letters are in frames or light on dark, it also reads the inside of each image, and each image
with light and dark swapped.
"""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from notmnist.datasets.fonts.rendering import stretch

LEAST_READ = 5
"""A face with fewer than this many of its ten letters read is a face of symbols
(docs/open-edition.md)."""

NEAREST = 14.0
"""Two faces whose root mean square difference, in grey levels, is smaller are near-copies."""

_ALIKE = 40.0
"""Faces whose difference, as for `NEAREST`, is smaller may be one design under two names."""

_FOLDS = 3
_ROUNDS = 2
_WINDOWS = ((0.0, 0.0, 1.0, 1.0), (0.15, 0.15, 0.85, 0.85), (0.25, 0.3, 0.75, 0.8))
"""The parts of the box to read: all of it, the inside of a frame, the middle of a plate."""


def distinct(images: NDArray[np.uint8], nearest: float = NEAREST) -> NDArray[np.intp]:
    """Return the indices of the faces that are not near-copies of an earlier one, ascending.

    Args:
        images: uint8 of shape (faces, letters, size, size).
        nearest: Smallest root mean square difference from every face kept, in grey levels over
            all pixels of all letters.
    """
    count = len(images)
    flat = images.reshape(count, -1).astype(np.float32) / 255.0
    squares = np.einsum("np,np->n", flat, flat)
    limit = np.float32((nearest / 255.0) ** 2 * flat.shape[1])
    alive = np.ones(count, bool)
    for start in range(0, count, 512):  # a block against all later ones: 512 × n distances
        block = slice(start, start + 512)
        products = flat[block] @ flat[start:].T
        apart = squares[block, None] + squares[start:] - 2 * products >= limit
        for row in range(len(apart)):
            if alive[start + row]:
                alive[start + row + 1 :] &= apart[row, row + 1 :]
    return np.flatnonzero(alive)


def letters_read(images: NDArray[np.uint8], families: Sequence[str]) -> NDArray[np.intp]:
    """Count the letters of each face that a classifier trained on other families reads.

    Similar faces are in the same fold, whatever their families are called. The second round does
    not train on faces with fewer than half of their letters read, so that symbol fonts do not
    confirm each other.

    Args:
        images: uint8 of shape (faces, letters, size, size).
        families: The family of each face. A classifier never reads a family it was trained on.

    Returns:
        Integers of shape (faces,): the highest count over all views (all of the box or only its
        middle, light on dark or dark on light).
    """
    folds = np.array([zlib.crc32(kin.encode()) % _FOLDS for kin in _kin(images, families)])
    seen = _views(images)
    read = np.full(len(images), images.shape[1])
    for _ in range(_ROUNDS):
        teachers = read * 10 >= LEAST_READ * images.shape[1]
        read = np.zeros(len(images), np.intp)
        for fold in range(_FOLDS):
            here = folds == fold
            classifier = _train(images[teachers & ~here])
            for view in seen:
                read[here] = np.maximum(read[here], _read(classifier, view[here]))
    return read


def _views(images: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Return the faces and their middles, stretched to the box, each also with inverted greys."""
    size = images.shape[-1]
    result = []
    for window in _WINDOWS:
        left, top, right, bottom = (round(edge * size) for edge in window)
        inside = images[..., top:bottom, left:right]
        for picture in (inside, 255 - inside):
            flat = picture.reshape(-1, *picture.shape[2:])
            drawn = np.stack([_cropped(one, size) for one in flat])
            result.append(drawn.reshape(images.shape))
    return result


def _kin(images: NDArray[np.uint8], families: Sequence[str]) -> list[str]:
    """Return the first family among the faces that look like each face, or its own if many do."""
    from scipy.sparse.csgraph import connected_components

    small = images[..., ::2, ::2].reshape(len(images), -1).astype(np.float32) / 255.0
    squares = np.einsum("np,np->n", small, small)
    near = squares[:, None] + squares - 2 * small @ small.T
    _, group = connected_components(near < (_ALIKE / 255.0) ** 2 * small.shape[1], directed=False)
    sizes = np.bincount(group)
    first = dict(zip(group[::-1], families[::-1], strict=True))
    crowd = max(30, len(images) // 50)
    return [
        family if sizes[number] > crowd else first[number]
        for number, family in zip(group, families, strict=True)
    ]


def _cropped(image: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    ink = Image.fromarray(image)
    box = ink.point([0] * 64 + [255] * 192).getbbox()
    return stretch(ink.crop(box) if box else ink, size)


def _train(images: NDArray[np.uint8]) -> object:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    count, letters = images.shape[:2]
    classifier = MLPClassifier((200,), alpha=1e-3, batch_size=256, max_iter=8, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # eight passes are enough
        classifier.fit(_pixels(images), np.tile(np.arange(letters), count))
    return classifier


def _read(classifier: Any, images: NDArray[np.uint8]) -> NDArray[np.intp]:
    count, letters = images.shape[:2]
    found = classifier.predict(_pixels(images)).reshape(count, letters)
    right: NDArray[np.intp] = (found == np.arange(letters)).sum(axis=1)
    return right


def _pixels(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    return images.reshape(images.shape[0] * images.shape[1], -1).astype(np.float32) / 255.0
