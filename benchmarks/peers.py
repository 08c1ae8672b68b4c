"""What a user would write instead of this library, for comparison in the benchmarks."""

import pickle
import shutil
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image

LETTERS = "ABCDEFGHIJ"


def extract(path: Path, folder: Path) -> Path:
    """Extract an archive to disk; return the folder of the letters."""
    shutil.rmtree(folder, ignore_errors=True)
    with tarfile.open(path) as archive:
        archive.extractall(folder, filter="data")
    return next(folder.iterdir())


def article(path: Path, folder: Path) -> None:
    """Do it as in the tutorial: extract, read files as float32, write one pickle per letter."""
    for letter in sorted(extract(path, folder).iterdir()):
        files = list(letter.iterdir())
        images = np.ndarray((len(files), 28, 28), np.float32)
        for row, file in enumerate(files):
            images[row] = (np.asarray(Image.open(file)).astype(float) - 127.5) / 255
        with (folder / f"{letter.name}.pickle").open("wb") as target:
            pickle.dump(images, target, pickle.HIGHEST_PROTOCOL)


def tfds_of_arrays(path: Path, folder: Path) -> None:
    """Write a data set in TFDS's own format from decoded arrays."""
    import tensorflow_datasets as tfds

    def examples():
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isfile():
                    image = np.asarray(Image.open(archive.extractfile(member)))
                    label = member.name.split("/")[-2]
                    yield member.name, {"image": image[..., None], "label": label}

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    features = tfds.features.FeaturesDict(
        {"image": tfds.features.Image(shape=(28, 28, 1)),
         "label": tfds.features.ClassLabel(names=list(LETTERS))}
    )  # fmt: skip
    tfds.dataset_builders.store_as_tfds_dataset(
        name="standin", version="1.0.0", data_dir=folder, features=features,
        split_datasets={"train": examples()}, disable_shuffling=False,
    )  # fmt: skip


def tfds_folder(work: Path, path: Path) -> Path:
    """Return a folder with an archive as such a data set, creating it if it is missing."""
    folder = work / f"tfds-{path.name}"
    if not (folder / "standin").exists():
        tfds_of_arrays(path, folder)
    return folder


def keras_directory(folder: Path) -> int:
    """Read an extracted tree once; return the number of images."""
    import keras

    batches = keras.utils.image_dataset_from_directory(
        folder, batch_size=128, color_mode="grayscale", image_size=(28, 28), verbose=False
    )
    return sum(len(labels) for _, labels in batches.as_numpy_iterator())


def tfds_pairs(folder: Path):
    """Load that data set with `tfds.load`, as pairs of one image and its label."""
    import tensorflow_datasets as tfds

    data = tfds.load("standin", split="train", data_dir=folder)
    return data.map(lambda example: (example["image"], example["label"]))


def for_training(pairs, batch_size: int = 128):
    """Prepare pairs for training as TFDS's guide recommends: cache, shuffle, batch, prefetch."""
    import tensorflow as tf

    data = pairs.cache().shuffle(pairs.cardinality()).batch(batch_size)
    return data.prefetch(tf.data.AUTOTUNE)
