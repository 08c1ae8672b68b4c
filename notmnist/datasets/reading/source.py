"""The source of examples, in one form for editions, a user's files and fonts."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from notmnist.datasets.letters import CLASS_NAMES, IMAGE_SHAPE
from notmnist.datasets.reading.batches import Batch, Notes, Role, font_name

__all__ = ["Part", "Source"]


@dataclasses.dataclass(frozen=True)
class Part:
    """One file, folder, or pair of files, of a source.

    Attributes:
        role: "all" to be split into train, valid and test; "train", from which valid is held out
            if no part is "valid"; "valid"; or "test". The roles of a batch take precedence.
        read: Called with `Notes`; yields batches.
        images: The published number of images, if any; a different number is logged.
    """

    role: Role
    read: Callable[[Notes], Iterator[Batch]]
    images: int | None = None


@dataclasses.dataclass(frozen=True)
class Source:
    """Where the examples of a store come from, and how they are split.

    Attributes:
        key: The folder of the store, in the library's home.
        name: The value of `info.name`.
        version: The version of the edition's examples; "" for a user's own files.
        fingerprint: Changes when the files do; a store with another one is prepared again.
        parts: The parts to read, in order.
        class_names: The classes; None if they are found in the files.
        image_shape: Height and width of the images; None if they are found in the files.
        valid: How many examples of the "train" parts become valid; None for a twelfth.
        hashed: Whether a hash of the family's name decides the split of each example of role
            "all"; otherwise the splits are balanced by class.
        font_name: Turns a name from a reader into a font's name.
        known_copies: Returns the positions of the copies to leave out, among the readable images
            in reading order; they were found in advance by the rule of `curation`.
        curated: Whether copies and conflicting labels are removed, by the rule of `curation`.
        obtain: Gets the files, from the network if necessary; called before they are read.
        current: Computes the fingerprint again, if the files can change while they are read.
    """

    key: str
    name: str
    version: str
    fingerprint: str
    parts: tuple[Part, ...]
    class_names: tuple[str, ...] | None = CLASS_NAMES
    image_shape: tuple[int, int] | None = IMAGE_SHAPE
    valid: int | None = None
    hashed: bool = False
    font_name: Callable[[str], str] = font_name
    known_copies: Callable[[], npt.NDArray[np.int64]] | None = None
    curated: bool = False
    obtain: Callable[[], object] = lambda: None
    current: Callable[[], str] | None = None
