"""Time the search for copies at the size of the original archives.

    python benchmarks/copies.py [--source IDX_OR_NPY] [--rows 547838]

The images are generated: each is a source image with a random affine map and a random stroke width.
Then 13 % of them are replaced by copies of others, and 3 % by copies with noise of a few grey
levels, so that there is something to find. The source is any idx3 file or `.npy` of uint8 images.
"""

from __future__ import annotations

import argparse
import gzip
import platform
import resource
import time
from pathlib import Path

import numpy as np
from scipy import ndimage

from notmnist.datasets.curation.copies import find_copies


def read(source: Path) -> np.ndarray:
    """Return the images of an idx3 file, gzipped or not, or of a `.npy` file."""
    if source.suffix == ".npy":
        return np.load(source)
    data = source.read_bytes()
    data = gzip.decompress(data) if source.suffix == ".gz" else data
    return np.frombuffer(data, np.uint8, offset=16).reshape(-1, 28, 28)


def grow(images: np.ndarray, rows: int, seed: int = 0) -> np.ndarray:
    """Return `rows` uint8 images of shape (28, 28), made from a few by distortion and copying."""
    rng = np.random.default_rng(seed)
    out = np.empty((rows, 28, 28), np.uint8)
    for row in range(rows):
        image = images[rng.integers(len(images))]
        turn = np.eye(2) + rng.normal(0, 0.08, (2, 2))
        shift = np.array([13.5, 13.5]) @ (np.eye(2) - turn).T + rng.normal(0, 0.5, 2)
        image = ndimage.affine_transform(image, turn, shift, order=1)
        out[row] = np.clip(image * rng.uniform(0.9, 1.5), 0, 255)
    fate = rng.random(rows)
    exact, noisy = np.flatnonzero(fate < 0.13), np.flatnonzero(fate > 0.97)
    out[exact] = out[rng.integers(rows, size=len(exact))]
    noise = rng.integers(-4, 5, (len(noisy), 28, 28))
    out[noisy] = np.clip(out[rng.integers(rows, size=len(noisy))] + noise, 0, 255)
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=547_838)
    parser.add_argument("--cache", type=Path, help="keep the generated images here as .npy")
    parser.add_argument("--distance", type=float, default=8.0)
    arguments = parser.parse_args()
    if arguments.cache and arguments.cache.exists():
        images = np.load(arguments.cache, mmap_mode="r")
    else:
        images = grow(read(arguments.source), arguments.rows)
        if arguments.cache:
            np.save(arguments.cache, images)
    start = time.perf_counter()
    copies = find_copies(images, distance=arguments.distance, verbose=1)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{len(images):,} images, {len(copies.first):,} different, {len(copies.pairs):,} near pairs"
    )
    print(f"{seconds:.1f} s, peak {peak:.2f} GB, {platform.machine()}, NumPy {np.__version__}")


if __name__ == "__main__":
    main()
