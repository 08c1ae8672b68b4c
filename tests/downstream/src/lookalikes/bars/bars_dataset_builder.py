"""This project's own data set: light bars on dark, in images of notMNIST's shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

__all__ = ["Builder"]


class Builder(tfds.core.GeneratorBasedBuilder):  # type: ignore[misc]  # TFDS ships no types
    """The TFDS builder of `bars`: all vertical and horizontal bars of 2 to 8 pixels."""

    VERSION = tfds.core.Version("1.0.0")

    def _info(self) -> Any:
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(28, 28, 1)),
                    "label": tfds.features.ClassLabel(names=["upright", "level"]),
                }
            ),
            supervised_keys=("image", "label"),
        )

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        return {"test": self._generate_examples()}

    def _generate_examples(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for width in range(2, 9):
            for start in range(28 - width):
                image = np.zeros((28, 28, 1), np.uint8)
                image[:, start : start + width] = 255
                yield f"{width}-{start}-u", {"image": image, "label": "upright"}
                yield f"{width}-{start}-l", {"image": image.swapaxes(0, 1), "label": "level"}
