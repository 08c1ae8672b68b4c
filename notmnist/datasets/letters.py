"""The classes and image shape of notMNIST: ten letters, 28×28 grey pixels."""

from __future__ import annotations

__all__ = ["CLASS_NAMES", "IMAGE_SHAPE"]

CLASS_NAMES: tuple[str, ...] = tuple("ABCDEFGHIJ")
IMAGE_SHAPE = (28, 28)
