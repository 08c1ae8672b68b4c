"""Which rows of an edition are copies, which labels conflict, and what `clean` leaves out.

The rule, in which *copy* means an exact or near copy (see `copies`):

1. Rows of train that are copies of a row of valid or test are left out, and so are rows of valid
   that are copies of a row of test (`"leak"`).
2. Rows of train that are copies of each other but have different labels are all left out
   (`"conflict"`).
3. Of the remaining copies, every split keeps one (`"copy"`): groups of equal images are visited in
   the order of a hash of the image, and a group is kept unless it is a copy of one already kept. Of
   equal rows the first is kept, or the one with the smallest key if rows have keys.

So no image of valid or test has a copy in train, no split contains copies of its own rows, and
every image that rule 3 leaves out still has a copy in its split.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from notmnist.datasets.curation.copies import DISTANCE, Copies, find_copies
from notmnist.datasets.splitting import SPLITS
from notmnist.errors import ArgumentError, invalid, one_of

__all__ = ["REASONS", "Curation", "curate"]

REASONS = ("kept", "leak", "conflict", "copy")
_PAIRS = ("exact", "near", "conflict")
_MOST_LABELS = 62  # labels are bits of one int64

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Curation:
    """The copies found among the rows of an edition, and which rows `clean` keeps.

    Attributes:
        labels: int64 array of shape `(rows,)`.
        splits: int64 array of shape `(rows,)`, positions in `SPLITS`.
        reason: int64 array of shape `(rows,)`, positions in `REASONS`; 0 for the rows kept.
        copies: The exact and near copies that were found.
    """

    labels: Ints
    splits: Ints
    reason: Ints
    copies: Copies

    @property
    def kept(self) -> Ints:
        """The rows that `clean` keeps, int64, ascending."""
        return np.flatnonzero(self.reason == 0)

    def to_dict(self) -> dict[str, Any]:
        """Return counts and rates (0 to 1) as plain numbers, ready for JSON."""
        return {
            "distance": self.copies.distance,
            "splits": {name: self._split(place) for place, name in enumerate(SPLITS)},
            "overlaps": list(self._overlaps()),
            "groups": self._groups(),
        }

    def text(self) -> str:
        """Return the report as a table in plain text."""
        report = self.to_dict()
        lines = [
            f"near copies: at most {report['distance']:g} grey levels apart (root mean square)",
            "",
            ("{:8}" + "{:>10}" * 6).format("split", "rows", "copies", *REASONS[1:], "kept"),
        ]
        for name, one in report["splits"].items():
            cells = (one["rows"], one["exact_copies"], *one["removed"].values(), one["kept"])
            lines.append(f"{name:8}" + "".join(f"{cell:>10,}" for cell in cells))
        head = ("rows of", "also in", "exact", "or near", "% exact", "% or near")
        lines += ["", ("{:8}" + "{:>10}" * 5).format(*head)]
        for one in report["overlaps"]:
            lines.append(
                f"{one['rows_of']:8}{one['also_in']:>10}{one['exact']:>10,}{one['near']:>10,}"
                f"{100 * one['exact_rate']:>10.2f}{100 * one['near_rate']:>10.2f}"
            )
        groups = report["groups"]
        lines += [
            "",
            "{exact:,} groups of equal images ({rows:,} rows, the largest {largest:,}); "
            "{conflicting:,} have several labels".format(**groups),
            "{near_pairs:,} near pairs; {near_conflicting:,} have several labels".format(**groups),
        ]
        return "\n".join(lines)

    def pairs(self, kind: str) -> Ints:
        """Return pairs of rows that are copies, for inspection: int64, shape `(pairs, 2)`.

        Args:
            kind: `"exact"` for each group's first two rows, `"near"` for the first rows of two near
                groups, or `"conflict"` for two rows of either kind with different labels.

        Raises:
            ArgumentError: `kind` is none of these.
        """
        if kind not in _PAIRS:
            raise invalid("kind", kind, one_of(_PAIRS))
        near: Ints = self.copies.first[self.copies.pairs]
        if kind == "near":
            return near
        order = np.argsort(self.copies.group, kind="stable")
        group = self.copies.group[order]
        same = group[1:] == group[:-1]
        exact = np.column_stack([order[:-1], order[1:]])[same]
        if kind == "conflict":
            both = np.concatenate([exact, near])
            clash: Bools = self.labels[both[:, 0]] != self.labels[both[:, 1]]
            return both[clash]
        opens = np.flatnonzero(same & ~np.concatenate([[False], same[:-1]]))
        return np.column_stack([order[opens], order[opens + 1]])

    def _split(self, place: int) -> dict[str, Any]:
        inside = self.splits == place
        reasons = np.bincount(self.reason[inside], minlength=len(REASONS)).tolist()
        rows = int(inside.sum())
        return {
            "rows": rows,
            "exact_copies": rows - len(np.unique(self.copies.group[inside])),
            "removed": dict(zip(REASONS[1:], reasons[1:], strict=True)),
            "kept": reasons[0],
        }

    def _overlaps(self) -> Iterator[dict[str, Any]]:
        own = _gather(self.copies, 1 << self.splits)
        near = _spread(self.copies, own)
        for of, into in ((2, 0), (2, 1), (1, 0)):
            group = self.copies.group[self.splits == of]
            exact = int((own[group] >> into & 1).sum())
            either = int((near[group] >> into & 1).sum())
            rows = max(1, len(group))
            yield {
                "rows_of": SPLITS[of],
                "also_in": SPLITS[into],
                "exact": exact,
                "near": either,
                "exact_rate": exact / rows,
                "near_rate": either / rows,
            }

    def _groups(self) -> dict[str, int]:
        sizes = np.bincount(self.copies.group, minlength=1)
        labels = _gather(self.copies, 1 << self.labels)
        left, right = labels[self.copies.pairs].T
        return {
            "exact": int((sizes > 1).sum()),
            "rows": int(sizes[sizes > 1].sum()),
            "largest": int(sizes.max()),
            "conflicting": int(_several(labels).sum()),
            "near_pairs": len(self.copies.pairs),
            "near_conflicting": int(_several(left | right).sum()),
        }


def curate(
    images: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.integer[Any]],
    splits: npt.NDArray[np.integer[Any]],
    *,
    keys: npt.NDArray[np.uint64] | None = None,
    distance: float = DISTANCE,
    verbose: int = 0,
) -> Curation:
    """Find copies and conflicting labels, and decide what the edition `clean` keeps.

    Args:
        images: As for `find_copies`, the rows of all splits in any order.
        labels: Integer array of shape `(rows,)`, 0 to 61.
        splits: Integer array of shape `(rows,)`, positions in `SPLITS`.
        keys: uint64 array of shape `(rows,)`; of equal rows in a split, the one with the smallest
            key is kept. None keeps the first. With keys, the order of the rows does not matter.
        distance: As for `find_copies`.
        verbose: As for `find_copies`.

    Raises:
        ArgumentError: An array has the wrong shape, dtype or range, or `find_copies` raises it.
    """
    labels = _column("labels", labels, len(images), _MOST_LABELS)
    splits = _column("splits", splits, len(images), len(SPLITS))
    copies = find_copies(images, distance=distance, verbose=verbose)
    reason = np.zeros(len(images), np.int64)
    near = _spread(copies, _gather(copies, 1 << splits))[copies.group]
    reason[near >> (splits + 1) > 0] = REASONS.index("leak")
    train = splits == 0
    carried = _spread(copies, _gather(copies, np.where(train, 1 << labels, 0)))[copies.group]
    reason[(reason == 0) & train & _several(carried)] = REASONS.index("conflict")
    order = np.arange(len(images)) if keys is None else np.argsort(keys, kind="stable")
    for place in range(len(SPLITS)):
        rows = order[(splits[order] == place) & (reason[order] == 0)]
        reason[np.setdiff1d(rows, _without_copies(copies, rows))] = REASONS.index("copy")
    return Curation(labels, splits, reason, copies)


def _column(argument: str, values: Any, rows: int, most: int) -> Ints:
    """Check a column of small whole numbers and return it as int64."""
    column = np.asarray(values)
    if column.shape != (rows,) or column.dtype.kind not in "iu":
        raise ArgumentError(
            f"`{argument}` must be an integer array of shape ({rows},). "
            f"Received: {argument} of dtype {column.dtype} and shape {column.shape}."
        )
    if rows and not (column.min() >= 0 and column.max() < most):
        raise invalid(argument, [int(column.min()), int(column.max())], f"be from 0 to {most - 1}")
    return column.astype(np.int64)


def _gather(copies: Copies, bits: Ints) -> Ints:
    """Combine the bits of all rows of each group."""
    joined = np.zeros(len(copies.first), np.int64)
    np.bitwise_or.at(joined, copies.group, bits)
    return joined


def _spread(copies: Copies, bits: Ints) -> Ints:
    """Combine the bits of each group with those of its near groups."""
    joined = bits.copy()
    left, right = copies.pairs.T
    np.bitwise_or.at(joined, left, bits[right])
    np.bitwise_or.at(joined, right, bits[left])
    return joined


def _several(bits: Ints) -> Bools:
    """Return where more than one bit is set."""
    several: Bools = bits & (bits - 1) != 0
    return several


def _without_copies(copies: Copies, rows: Ints) -> Ints:
    """Return the rows that remain when only the first of their copies is kept."""
    groups, places = np.unique(copies.group[rows], return_index=True)
    stays = np.zeros(len(copies.first), bool)
    stays[groups] = True
    pairs = copies.pairs[stays[copies.pairs].all(1)]
    while len(pairs):
        # a group with no undecided near group before it is kept; its near groups after it go
        open_below = np.zeros(len(stays), bool)
        open_below[pairs[:, 1]] = True
        stays[pairs[~open_below[pairs[:, 0]], 1]] = False
        pairs = pairs[stays[pairs].all(1)]
    return rows[places[stays[groups]]]
