"""The editions of notMNIST, as a table, and the source of each."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping

from notmnist.datasets.editions.embedded import embedded_source
from notmnist.datasets.editions.originals import published_source
from notmnist.datasets.letters import CLASS_NAMES, IMAGE_SHAPE
from notmnist.datasets.reading.source import Source

__all__ = ["EDITIONS", "Edition"]


@dataclasses.dataclass(frozen=True)
class Edition:
    """One edition of notMNIST.

    Attributes:
        name: Its name in `load`.
        version: The version of its examples; another version may contain other examples.
        summary: A one-sentence description.
        examples: The number of examples, as far as it is known before they are prepared.
        licence: The licence of the images.
        flaws: The known flaws of the data.
        make: Called with the version, `download` and `verbose`; returns the source.
    """

    name: str
    version: str
    summary: str
    examples: str
    licence: str
    flaws: tuple[str, ...]
    make: Callable[[str, bool, int], Source]

    def __str__(self) -> str:
        lines = [
            f"notMNIST {self.name} {self.version}",
            self.summary,
            f"Examples: {self.examples}",
            f"Classes: {' '.join(CLASS_NAMES)}",
            f"Images: uint8 {'×'.join(map(str, IMAGE_SHAPE))}",
            f"Licence: {self.licence}",
            *(f"Known flaw: {flaw}" for flaw in self.flaws),
        ]
        return "\n".join(lines)

    def source(self, download: bool = True, verbose: int = 1) -> Source:
        """Return the source of its examples."""
        return self.make(self.version, download, verbose)


_NO_LICENCE = (
    "The author states none; the fonts may have their own licences. This package ships none of "
    "these images."
)
_WRONG_LABELS = (
    "About 6.5 % of the labels of train and valid are wrong, but only about 0.5 % of those of "
    "test: accuracy on valid is 5 to 8 points below accuracy on test."
)
_COPIES = (
    "13.2 % of all files of the two archives together are byte-identical copies of another file; "
    "copies are in several splits and sometimes have different labels."
)

EDITIONS: Mapping[str, Edition] = {
    entry.name: entry
    for entry in (
        Edition(
            name="original",
            version="1.0.0",
            summary="The large archive, with 1,000 images of each letter held out as valid, and "
            "the small archive as test. Nothing is removed, so results are comparable with "
            "published ones.",
            examples="train 519,114, valid 10,000, test 18,724",
            licence=_NO_LICENCE,
            flaws=(_WRONG_LABELS, _COPIES),
            make=functools.partial(published_source, "original"),
        ),
        Edition(
            name="clean",
            version="1.0.0",
            summary="The edition original without copies: no image of valid or test has an exact "
            "or near copy in train, no split contains copies of its images, and copies that have "
            "different labels are not in train.",
            examples="those of original without the copies",
            licence=_NO_LICENCE,
            flaws=(
                _WRONG_LABELS,
                "Accuracies are not comparable with those on the original's test set, in which "
                "easy letters occur several times.",
            ),
            make=functools.partial(published_source, "clean"),
        ),
        Edition(
            name="small",
            version="1.0.0",
            summary="The small, hand-cleaned archive alone, split by font so that no font is in "
            "two splits.",
            examples="18,724 in all: about 80 % train, 10 % valid, 10 % test",
            licence=_NO_LICENCE,
            flaws=(
                "About 0.5 % of the labels are wrong.",
                "Copies of images are in several splits.",
            ),
            make=functools.partial(published_source, "small"),
        ),
        Edition(
            name="idx",
            version="1.0.0",
            summary="The 60,000 and 10,000 images in MNIST's own layout by David Flanagan, 5,000 "
            "of the former held out as valid.",
            examples="train 55,000, valid 5,000, test 10,000",
            licence=_NO_LICENCE,
            flaws=(
                "513 of the 10,000 test images are also among the 60,000.",
                "34 groups of copies have different labels.",
                "The fonts' names are not known.",
            ),
            make=functools.partial(published_source, "idx"),
        ),
        Edition(
            name="open",
            version="1.0.0",
            summary="Drawn from openly licensed fonts and included in the package; split so "
            "that no font family is in two splits, and without copies: no image of valid or "
            "test has an exact or near copy in train.",
            examples="train 29,268, valid 3,620, test 3,830",
            licence="Each face has its own licence, listed in notmnist/datasets/open/fonts.tsv.",
            flaws=("Drawn from a few thousand faces; the original from tens of thousands.",),
            make=lambda version, download, verbose: embedded_source(version),
        ),
    )
}
