"""Copies among images: exact ones by their bytes, near ones within a stated distance.

Two images are *exact* copies when all their pixels are equal, and *near* copies when their
distance is at most `DISTANCE`. The distance of two images is the root of the mean squared
difference of their pixels, in grey levels (0 to 255).

The search finds the same pairs as comparing every image with every other. It is fast because
projecting onto a few orthogonal directions never increases a distance: a pair that is too far apart
there needs no full comparison.
"""

from __future__ import annotations

import hashlib
import itertools
import numbers
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree
from tqdm import tqdm

from notmnist.errors import ArgumentError, invalid

__all__ = ["DISTANCE", "Copies", "find_copies"]

# Measured on 6,000 real images: pairs up to here look the same, and the first pair of
# different letters (two faint glyphs in one frame) is 9.8 apart. See docs/curation.md.
DISTANCE = 8.0

_DIRECTIONS = 32  # coordinates of a projected image, plus the length of the rest
_TREE = 8  # coordinates that the k-d trees compare: more leave fewer candidates but take longer
_BLOCK = 2048  # images in one block of the search, at most
_THREADS = 2
_BATCH = 8192  # images converted to floats at once
_MAX_PAIRS = 50_000_000  # 800 MB; a hundred times what is expected of the real data set

Images = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Copies:
    """The copies among the rows of one array of images.

    A *group* is a set of rows with equal images. Groups are numbered in the order of a hash of
    their images, so that the numbering does not depend on the order of the rows.

    Attributes:
        group: int64 array of shape `(rows,)`, the group of each row.
        first: int64 array of shape `(groups,)`, the lowest row of each group.
        pairs: int64 array of shape `(pairs, 2)`, the groups that are near copies of each other,
            the smaller number first, sorted.
        distance: Largest distance between near copies, in grey levels.
    """

    group: Rows
    first: Rows
    pairs: Rows
    distance: float


def find_copies(images: Images, *, distance: float = DISTANCE, verbose: int = 0) -> Copies:
    """Find all exact and near copies among images.

    Args:
        images: uint8 array of shape `(rows, ...)`, 0 to 255; may be memory-mapped.
        distance: Largest distance between near copies, in grey levels; 0 finds exact copies only.
        verbose: 0 for silence, 1 for a progress bar.

    Raises:
        ArgumentError: `images` is empty or not a uint8 array of images, or `distance` is negative,
            not finite, or so large that more than 50 million pairs are that close.
    """
    if images.dtype != np.uint8 or images.ndim < 2 or not images.size:
        raise ArgumentError(
            "`images` must be a uint8 array of shape (rows, height, width), not empty. "
            f"Received: images of dtype {images.dtype} and shape {images.shape}."
        )
    if not isinstance(distance, numbers.Real) or not 0 <= distance < np.inf:
        raise invalid("distance", distance, "be a number of grey levels, at least 0")
    flat = images.reshape(len(images), -1)
    hashes = b"".join(hashlib.blake2b(row.tobytes(), digest_size=16).digest() for row in flat)
    keys = np.frombuffer(hashes, "S16")
    _, first, group = np.unique(keys, return_index=True, return_inverse=True)
    if distance == 0 or len(first) < 2:
        pairs = np.empty((0, 2), np.int64)
    else:
        pairs = _near(flat, first, distance, verbose)
    return Copies(group, first, pairs, float(distance))


def _near(flat: Images, first: Rows, distance: float, verbose: int) -> Rows:
    """Return the pairs of groups whose images are at most `distance` apart, sorted."""
    points = _project(flat, first)
    order = cKDTree(points).indices  # neighbours in a k-d tree are close to each other
    starts = np.append(np.arange(0, len(points), _BLOCK), len(points))
    search = _Search(flat, first[order], points[order], starts, distance)
    count = len(starts) - 1
    with ThreadPoolExecutor(_THREADS) as threads:
        blocks = threads.map(search.block, range(count))
        found = list(tqdm(blocks, "copies", count, unit="block", disable=not verbose))
    pairs = np.sort(order[np.concatenate(found)], axis=1)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def _project(flat: Images, first: Rows) -> Floats:
    """Return coordinates in which no two images are further apart than in pixels.

    They are the projections onto the principal directions of a sample, and then the length of what
    is left: by the triangle inequality, two lengths differ by at most the distance between the
    remainders.
    """
    sample = flat[first[:: max(1, len(first) // _BATCH)]].astype(np.float64)
    centre = sample.mean(0)
    spread = sample - centre
    directions = np.linalg.eigh(spread.T @ spread)[1][:, ::-1][:, :_DIRECTIONS].astype(np.float32)
    centre = centre.astype(np.float32)
    points = np.empty((len(first), directions.shape[1] + 1), np.float32)
    for at in range(0, len(first), _BATCH):
        part = flat[first[at : at + _BATCH]].astype(np.float32) - centre
        along = part @ directions
        points[at : at + _BATCH, :-1] = along
        points[at : at + _BATCH, -1] = np.linalg.norm(part - along @ directions.T, axis=1)
    return points


class _Search:
    """Pairs of near copies, block by block.

    SciPy's k-d trees compare blocks with nearby bounding boxes in the first few coordinates. The
    pairs that they find are compared in all coordinates, and those still close pixel by pixel.
    """

    def __init__(
        self, flat: Images, rows: Rows, points: Floats, starts: Rows, distance: float
    ) -> None:
        self.flat, self.rows, self.points, self.starts = flat, rows, points, starts
        self.distance = distance
        self.limit = distance**2 * flat.shape[1]  # largest sum of squared differences
        # float32 rounds coordinates by parts in ten million; the margin ensures no pair is missed
        self.radius = self.limit**0.5 * 1.0001 + 1e-5 * float(np.abs(points).max()) + 0.1
        self.low = np.minimum.reduceat(points, starts[:-1])
        self.high = np.maximum.reduceat(points, starts[:-1])
        self.trees = [
            cKDTree(points[start:stop, :_TREE], balanced_tree=False)
            for start, stop in itertools.pairwise(starts)
        ]
        self.count = 0

    def block(self, block: int) -> Rows:
        """Return the pairs between a block and itself or the blocks after it, shape `(n, 2)`."""
        low, high = self.low[block:], self.high[block:]
        gap = np.maximum(np.maximum(low - high[0], low[0] - high), 0)
        found = [np.empty((0, 2), np.int64)]
        for other in block + np.flatnonzero((gap**2).sum(1) <= self.radius**2):
            close = self.trees[block].sparse_distance_matrix(
                self.trees[other], self.radius, output_type="ndarray"
            )
            here, there = close["i"] + self.starts[block], close["j"] + self.starts[other]
            pairs = np.column_stack([here, there])
            if block == other:
                pairs = pairs[pairs[:, 0] < pairs[:, 1]]
            for at in range(0, len(pairs), _BATCH):
                found.append(self._near(pairs[at : at + _BATCH]))
                self.count += len(found[-1])
                if self.count > _MAX_PAIRS:
                    rule = f"give at most {_MAX_PAIRS:,} pairs of near copies"
                    raise invalid("distance", self.distance, rule, "Give a smaller distance.")
        return np.concatenate(found)

    def _near(self, pairs: Rows) -> Rows:
        """Return the pairs that are near copies."""
        left, right = self.points[pairs.T]
        pairs = pairs[((left - right) ** 2).sum(1) <= self.radius**2]
        images = self.flat[self.rows[pairs.T]].astype(np.int32)
        difference = images[0] - images[1]
        near: Rows = pairs[np.einsum("ij,ij->i", difference, difference) <= self.limit]
        return near
