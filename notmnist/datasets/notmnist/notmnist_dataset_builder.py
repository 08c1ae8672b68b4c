"""notMNIST as a TFDS data set: `tfds.load("notmnist/open")` after `import notmnist`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from notmnist.datasets.editions import EDITIONS, Edition
from notmnist.datasets.home import offline
from notmnist.datasets.letters import CLASS_NAMES, IMAGE_SIZE, SPLITS
from notmnist.datasets.notmnist import own_fonts
from notmnist.datasets.notmnist.images import stored_images
from notmnist.datasets.preparation import prepare_source

__all__ = ["Builder", "NotMNISTConfig"]


@dataclasses.dataclass(eq=False)
class NotMNISTConfig(tfds.core.BuilderConfig):  # type: ignore[misc]  # untyped base
    """A config of the builder: one edition.

    Attributes:
        edition: The entry of the table of editions.
    """

    edition: Edition | None = None


def _config(edition: Edition) -> NotMNISTConfig:
    return NotMNISTConfig(
        name=edition.name,
        version=tfds.core.Version(edition.version),
        description=edition.summary,
        edition=edition,
    )


class Builder(tfds.core.GeneratorBasedBuilder):  # type: ignore[misc]  # untyped base
    """The TFDS builder of notMNIST.

    Examples are written in the order in which `notmnist.load` gives them unshuffled, so that a
    slice such as "train[:10%]" holds the same images in both.
    """

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First release."}  # noqa: RUF012 - as TFDS has it
    BUILDER_CONFIGS = [_config(edition) for edition in EDITIONS.values()]  # noqa: RUF012 - so too
    DEFAULT_BUILDER_CONFIG_NAME = "open"

    def _info(self) -> Any:
        if isinstance(self.builder_config, own_fonts.FontsConfig):
            return self.dataset_info_from_configs(
                features=own_fonts.features(self.builder_config), supervised_keys=("image", "label")
            )
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(
                        shape=(IMAGE_SIZE, IMAGE_SIZE, 1), dtype=np.uint8, encoding_format="png"
                    ),
                    "label": tfds.features.ClassLabel(names=list(CLASS_NAMES)),
                    "font": tfds.features.Text(),
                }
            ),
            supervised_keys=("image", "label"),
            homepage="http://yaroslavvb.blogspot.com/2011/09/notmnist-dataset.html",
            disable_shuffling=True,  # the store's order is shuffled already, and kept
        )

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        config = self.builder_config
        if isinstance(config, own_fonts.FontsConfig):
            draw = own_fonts.pipeline if config.beam else own_fonts.examples
            return {split: draw(config, split) for split in SPLITS}
        source = self.builder_config.edition.source(not offline(), 1)
        store = prepare_source(source)
        store.verify()  # what TFDS writes stays; a bit that turned must not go into it
        return {
            split: self._generate_examples(source, store, split)
            for split, size in store.sizes().items()
            if size
        }

    def _generate_examples(
        self, source: Any, store: Any, split: str
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        labels, fonts = store.labels(split), store.font_ids(split)
        for row, image in enumerate(stored_images(source, store, split)):
            font = store.font_names[fonts[row]]
            yield row, {"image": image, "label": int(labels[row]), "font": font}
