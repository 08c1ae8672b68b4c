"""The split and order of every example: pure functions of the data.

All randomness comes from hashes of names, so every machine, mirror and version of NumPy gives the
same splits, whatever order an archive stores the examples in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from notmnist.datasets.reading.batches import ROLES
from notmnist.datasets.reading.source import Source
from notmnist.datasets.reading.table import Table

__all__ = [
    "DROPPED",
    "SPLITS",
    "by_group",
    "by_hash",
    "example_keys",
    "hold_out",
    "mix",
    "name_keys",
    "shuffled",
    "split_table",
    "table_keys",
]

SPLITS = ("train", "valid", "test")
DROPPED = 255  # instead of a split's number, for examples that are left out
_SHARES = (0.8, 0.1, 0.1)  # of the splits, for examples that are not split yet

Keys = npt.NDArray[np.uint64]
Codes = npt.NDArray[np.uint8]
_WORD = 63  # classes whose presence fits into one int64


def name_keys(names: Sequence[str]) -> Keys:
    """Return a 64-bit hash for every name, the same on every machine and in every version."""
    coded = (name.encode("utf-8", "surrogateescape") for name in names)
    digests = b"".join(hashlib.blake2b(name, digest_size=8).digest() for name in coded)
    return np.frombuffer(digests, "<u8").astype(np.uint64)


def example_keys(labels: npt.NDArray[np.integer[Any]], groups: Keys) -> Keys:
    """Return a key for every example, made from its label and its font's (or its own) key."""
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
    """Return the positions of the examples in the order that a split stores them in."""
    return np.argsort(mix(keys), kind="stable")


def hold_out(labels: npt.NDArray[np.integer[Any]], keys: Keys, count: int) -> npt.NDArray[np.bool_]:
    """Mark the `count` examples with the smallest keys, every class in proportion."""
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
    labels: npt.NDArray[np.integer[Any]], groups: npt.NDArray[np.int64], group_keys: Keys
) -> Codes:
    """Split examples about 80 / 10 / 10 so that every group stays in one split.

    Groups (fonts, families, or single examples if fonts are unknown) are ordered by their letters,
    then by key; each goes to the split that is furthest below its share. So every letter is split
    in about the same proportions.

    Args:
        labels: Integer array of shape (n,).
        groups: The number of each example's group.
        group_keys: A key for every group.
    """
    sizes = np.bincount(groups, minlength=len(group_keys))
    words = np.zeros((int(labels.max(initial=0)) // _WORD + 1, len(group_keys)), np.int64)
    bits = np.int64(1) << (labels % _WORD).astype(np.int64)
    np.bitwise_or.at(words, (labels // _WORD, groups), bits)
    assigned = np.zeros(len(group_keys), np.uint8)
    have, total = [0.0, 0.0, 0.0], 0.0
    for group in np.lexsort((group_keys, *words)).tolist():
        size = float(sizes[group])
        total += size
        lacks = [share * total - had for share, had in zip(_SHARES, have, strict=True)]
        split = lacks.index(max(lacks))
        have[split] += size
        assigned[group] = split
    return assigned[groups]


def by_hash(names: Sequence[str]) -> Codes:
    """Return the split of each name, about 80 / 10 / 10, which depends on the name alone.

    Example:
        >>> by_hash(["lato", "roboto", "garamond"]).tolist()
        [0, 2, 0]
    """
    places = name_keys(names).byteswap() / 2**64
    return np.searchsorted(np.cumsum(_SHARES[:-1]), places, side="right").astype(np.uint8)


def table_keys(table: Table) -> Keys:
    """Return a key for every example, from its label and its name (or its position)."""
    unnamed = table.names < 0
    groups = np.arange(len(table.labels), dtype=np.uint64)
    if not unnamed.all():
        names = name_keys(table.distinct_names)
        groups = np.where(unnamed, groups, names[table.names])
    return example_keys(table.labels, groups) + table.places.astype(np.uint64)


def split_table(source: Source, table: Table, keys: Keys) -> Codes:
    """Return the split of every example: a position in `SPLITS`, or `DROPPED` for duplicates."""
    codes = np.zeros(len(table.labels), np.uint8)
    for code, split in enumerate(SPLITS):
        codes[table.roles == ROLES.index(split)] = code
    train = np.flatnonzero(codes == 0)
    whole = np.flatnonzero(table.roles == ROLES.index("all"))
    if len(whole):
        codes[whole] = _divide(source, table, whole)
    elif not (codes == 1).any():
        valid = round(len(train) / 12) if source.valid is None else source.valid
        codes[train[hold_out(table.labels[train], keys[train], valid)]] = 1
    _, first = np.unique(keys, return_index=True)
    duplicates = np.ones(len(keys), bool)
    duplicates[first] = False
    codes[duplicates] = DROPPED
    for row in np.flatnonzero(duplicates).tolist():
        name = f"{table.class_names[table.labels[row]]}/{table.distinct_names[table.names[row]]}"
        table.skipped.add("a second file of the same name", name)
    if source.known_copies is not None:
        codes[source.known_copies()] = DROPPED
    return codes


def _divide(source: Source, table: Table, rows: npt.NDArray[np.int64]) -> Codes:
    """Return the splits of examples that are not split yet."""
    names = table.names[rows]
    if (names < 0).all():
        numbers = np.arange(len(rows))
        group_keys = example_keys(table.labels[rows], numbers.astype(np.uint64))
        return by_group(table.labels[rows], numbers, group_keys)
    families = table.families or [source.font_name(name) for name in table.distinct_names]
    if source.hashed:
        return by_hash(families)[names]
    distinct: dict[str, int] = {}
    ids = np.array([distinct.setdefault(family, len(distinct)) for family in families])
    return by_group(table.labels[rows], ids[names], name_keys(list(distinct)))
