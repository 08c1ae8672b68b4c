"""The editions of notMNIST, as a table, and the source of each."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

from notmnist.datasets.editions.embedded import embedded_source
from notmnist.datasets.editions.originals import (
    clean_source,
    idx_source,
    original_source,
    small_source,
)
from notmnist.datasets.reading.source import Source
from notmnist.errors import invalid, one_of

__all__ = ["EDITIONS", "Edition", "edition"]


@dataclasses.dataclass(frozen=True)
class Edition:
    """One published way to read notMNIST.

    Attributes:
        name: What `load` calls it.
        version: The version of its examples; another version may contain other ones.
        summary: What it is, in a sentence.
        licence: Under which terms the images stand.
        flaws: What is known to be wrong with it.
        make: Returns where its examples come from. Called with the version, whether it may
            download, and how much it may say.
    """

    name: str
    version: str
    summary: str
    licence: str
    flaws: tuple[str, ...]
    make: Callable[[str, bool, int], Source]

    def source(self, download: bool = True, verbose: int = 1) -> Source:
        """Return where its examples come from."""
        return self.make(self.version, download, verbose)


_NO_LICENCE = (
    "None stated anywhere by the author; the fonts may carry licences of their own. This package "
    "ships none of these images."
)
_COPIES = (
    "13.2 % of all files of the two archives together are byte-identical copies of another; copies "
    "stand on both sides of splits and sometimes under different letters."
)

EDITIONS: Mapping[str, Edition] = {
    entry.name: entry
    for entry in (
        Edition(
            name="original",
            version="1.0.0",
            summary="The large archive, 1,000 a letter held out of it as valid, and the small "
            "archive as test. Nothing removed: comparable with the literature.",
            licence=_NO_LICENCE,
            flaws=(
                "About 6.5 % of the labels of train and valid are wrong, of test about 0.5 %: "
                "accuracy on valid is 5 to 8 points below accuracy on test.",
                _COPIES,
            ),
            make=original_source,
        ),
        Edition(
            name="clean",
            version="1.0.0",
            summary="The edition original without copies: no image of valid or test has an exact "
            "or near copy in train, no split has copies of its own, and copies that carry "
            "different letters are not in train.",
            licence=_NO_LICENCE,
            flaws=(
                "About 6.5 % of the labels of train and valid are wrong, of test about 0.5 %: "
                "accuracy on valid is 5 to 8 points below accuracy on test.",
                "Accuracies are not comparable with those on the original's test set, in which "
                "easy letters stand several times.",
            ),
            make=clean_source,
        ),
        Edition(
            name="small",
            version="1.0.0",
            summary="The small, hand-cleaned archive alone, split by font so that no font stands "
            "in two splits.",
            licence=_NO_LICENCE,
            flaws=("About 0.5 % of the labels are wrong.", _COPIES),
            make=small_source,
        ),
        Edition(
            name="idx",
            version="1.0.0",
            summary="The 60,000 and 10,000 images in MNIST's own layout by David Flanagan, 5,000 "
            "of the former held out as valid.",
            licence=_NO_LICENCE,
            flaws=(
                "513 of the 10,000 test images also stand among the 60,000.",
                "34 groups of copies carry different letters.",
                "The fonts' names are not known.",
            ),
            make=idx_source,
        ),
        Edition(
            name="open",
            version="1.0.0",
            summary="Rendered from open-licensed fonts and shipped inside the package; split so "
            "that no font family stands in two splits, and without copies: no image of valid or "
            "test has an exact or near copy in train.",
            licence="Each face under its own licence, listed in notmnist/datasets/open/fonts.tsv.",
            flaws=("Drawn by a few thousand faces; the original by tens of thousands.",),
            make=lambda version, download, verbose: embedded_source(version),
        ),
    )
}


def edition(name: str) -> Edition:
    """Return the edition called `name`.

    Raises:
        ArgumentError: There is no edition of that name.
    """
    if name not in EDITIONS:
        advice = "A path to your own files is read too, if it exists."
        raise invalid("name", name, one_of(EDITIONS), advice)
    return EDITIONS[name]
