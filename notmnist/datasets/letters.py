"""What every notMNIST image has in common: ten letters, 28×28 grey pixels."""

from __future__ import annotations

__all__ = ["CLASS_NAMES", "IMAGE_SHAPE", "IMAGE_SIZE", "SPLITS"]

CLASS_NAMES: tuple[str, ...] = tuple("ABCDEFGHIJ")
IMAGE_SIZE = 28
IMAGE_SHAPE = (IMAGE_SIZE, IMAGE_SIZE)
SPLITS = ("train", "valid", "test")
