"""Which example belongs to which split, and in which order: pure functions of the data.

Nothing here draws random numbers. What looks random comes from hashes of names, so that every
machine, mirror and version of NumPy gives the same examples, whatever order an archive
stores them in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["by_group", "example_keys", "hold_out", "mix", "name_keys", "shuffled"]

Keys = npt.NDArray[np.uint64]
_SHARES = (0.8, 0.1, 0.1)


def name_keys(names: Sequence[str]) -> Keys:
    """Return a 64-bit hash for every name, the same everywhere and forever.

    Example:
        >>> name_keys(["Lato.ttf"]).tolist()
        [8776413638003858232]
    """
    digests = [hashlib.blake2b(name.encode("utf-8", "surrogateescape"), digest_size=8).digest()
               for name in names]  # fmt: skip
    return np.frombuffer(b"".join(digests), "<u8").astype(np.uint64)


def example_keys(labels: npt.NDArray[np.uint8], groups: Keys) -> Keys:
    """Return a 64-bit key for every example out of its label and its font's (or own) key."""
    return mix(groups + mix(labels.astype(np.uint64) + np.uint64(1)))


def mix(keys: Keys) -> Keys:
    """Scatter keys over all 64 bits.

    The finaliser of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
    generators", 2014): a bijection, so distinct keys stay distinct.
    """
    keys = keys + np.uint64(0x9E3779B97F4A7C15)
    keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return keys ^ (keys >> np.uint64(31))


def shuffled(keys: Keys) -> npt.NDArray[np.int64]:
    """Return the positions of the examples in the order in which a split stores them."""
    return np.argsort(mix(keys), kind="stable")


def hold_out(labels: npt.NDArray[np.uint8], keys: Keys, count: int) -> npt.NDArray[np.bool_]:
    """Mark `count` examples, every class in proportion, the ones with the smallest keys.

    Args:
        labels: uint8 array of shape (n,).
        keys: uint64 array of shape (n,).
        count: How many to mark, 0 to n.

    Returns:
        A bool array of shape (n,) with `count` true entries.
    """
    sizes = np.bincount(labels, minlength=1)
    shares = sizes * count / max(len(labels), 1)
    quotas = np.floor(shares).astype(int)
    largest = np.argsort(quotas - shares, kind="stable")
    quotas[largest[: count - quotas.sum()]] += 1
    marked = np.zeros(len(labels), bool)
    for label, quota in enumerate(quotas.tolist()):
        members = np.flatnonzero(labels == label)
        marked[members[np.argsort(keys[members], kind="stable")[:quota]]] = True
    return marked


def by_group(
    labels: npt.NDArray[np.uint8], groups: npt.NDArray[np.int64], group_keys: Keys
) -> npt.NDArray[np.uint8]:
    """Divide examples about 80 / 10 / 10 so that no group straddles two splits.

    Groups (fonts, families, or single examples where fonts are unknown) that have the same
    letters stand together, ordered by key; each goes to the split that is furthest below its
    share. So every letter is divided in about the same proportions.

    Args:
        labels: uint8 array of shape (n,).
        groups: int array of shape (n,), the number of each example's group.
        group_keys: uint64 array with a key for every group.

    Returns:
        A uint8 array of shape (n,): 0 train, 1 valid, 2 test.
    """
    sizes = np.bincount(groups, minlength=len(group_keys))
    letters = np.zeros(len(group_keys), np.int64)
    np.bitwise_or.at(letters, groups, np.int64(1) << labels.astype(np.int64))
    assigned = np.zeros(len(group_keys), np.uint8)
    have, total = [0.0, 0.0, 0.0], 0.0
    for group in np.lexsort((group_keys, letters)).tolist():
        size = float(sizes[group])
        total += size
        lacks = [share * total - had for share, had in zip(_SHARES, have, strict=True)]
        split = lacks.index(max(lacks))
        have[split] += size
        assigned[group] = split
    return assigned[groups]
