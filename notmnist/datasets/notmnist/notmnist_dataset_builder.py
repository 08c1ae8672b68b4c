"""notMNIST as a TFDS data set: `tfds.load("notmnist/open")` after `import notmnist`."""

from __future__ import annotations

import copy
import dataclasses
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow_datasets as tfds

from notmnist.datasets.editions.table import EDITIONS, Edition
from notmnist.datasets.fetching.home import offline
from notmnist.datasets.letters import CLASS_NAMES, IMAGE_SHAPE
from notmnist.datasets.notmnist import fonts  # TFDS imports this module, and fonts imports TFDS
from notmnist.datasets.preparation import prepare_source
from notmnist.datasets.reading.images import encode
from notmnist.datasets.reading.source import Source
from notmnist.datasets.splitting import SPLITS
from notmnist.datasets.store.arrays import Store

__all__ = ["Builder", "NotMNISTConfig"]


@dataclasses.dataclass(eq=False)
class NotMNISTConfig(tfds.core.BuilderConfig):  # type: ignore[misc]  # untyped base
    """A config of the builder: one edition of the table."""

    edition: Edition | None = None

    def source(self) -> Source:
        """Return the source of the examples."""
        assert self.edition is not None  # None only because the base class has fields with defaults
        return self.edition.source(not offline(), 1)


class Builder(tfds.core.GeneratorBasedBuilder):  # type: ignore[misc]  # untyped base
    """The TFDS builder of notMNIST.

    Examples are written in the order in which `notmnist.load` returns them unshuffled, so that a
    slice such as "train[:10%]" contains the same images in both.
    """

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {"1.0.0": "First release."}  # noqa: RUF012 - as TFDS wants it
    BUILDER_CONFIGS = [  # noqa: RUF012 - likewise
        NotMNISTConfig(
            name=edition.name,
            version=tfds.core.Version(edition.version),
            description=edition.summary,
            edition=edition,
        )
        for edition in EDITIONS.values()
    ]
    DEFAULT_BUILDER_CONFIG_NAME = "open"

    def _info(self) -> Any:
        config = self.builder_config
        own = isinstance(config, fonts.FontsConfig)
        if own:
            config.check_unchanged()
        shape = (config.size, config.size, 1) if own else (*IMAGE_SHAPE, 1)
        homepage = "http://yaroslavvb.blogspot.com/2011/09/notmnist-dataset.html"
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(
                        shape=shape, dtype=np.uint8, encoding_format="png"
                    ),
                    "label": tfds.features.ClassLabel(
                        names=list(config.letters if own else CLASS_NAMES)
                    ),
                    "font": tfds.features.Text(),
                }
            ),
            supervised_keys=("image", "label"),
            homepage=None if own else homepage,
            # the store's order is already shuffled, so keep it; Beam's workers have no common order
            disable_shuffling=not (own and config.beam),
        )

    def as_dataset(
        self,
        split: Any = None,
        *,
        shuffle_files: bool = False,
        read_config: Any = None,
        **more: Any,
    ) -> Any:
        """Construct a `tf.data.Dataset`, as any TFDS builder does.

        TFDS refuses `shuffle_files=True` for data sets that are stored in a fixed order, because
        that order would be lost. Here, this is what the caller asks for.
        """
        if shuffle_files:
            read_config = copy.copy(read_config) or tfds.ReadConfig()
            read_config.enable_ordering_guard = False
        return super().as_dataset(
            split, shuffle_files=shuffle_files, read_config=read_config, **more
        )

    def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
        config = self.builder_config
        if isinstance(config, fonts.FontsConfig):
            config.check_unchanged()
            if config.beam:
                return {split: fonts.pipeline(config, split) for split in SPLITS}
        store = prepare_source(config.source())
        return {
            split: self._generate_examples(store, split)
            for split, size in store.sizes().items()
            if size
        }

    def _generate_examples(self, store: Store, split: str) -> Iterator[tuple[int, dict[str, Any]]]:
        labels, font_ids = store.labels(split), store.font_ids(split)
        for row, image in enumerate(store.images(split)):
            font = store.font_names[font_ids[row]]
            file = io.BytesIO(encode(image))
            yield row, {"image": file, "label": int(labels[row]), "font": font}
