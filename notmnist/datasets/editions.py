"""The editions of notMNIST, as a table, and the source of each."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping

from notmnist.datasets.glyphs import GlyphBatch, Skipped
from notmnist.datasets.source import Part, Source
from notmnist.errors import invalid, one_of

__all__ = ["EDITIONS", "Edition", "edition"]


@dataclasses.dataclass(frozen=True)
class Edition:
    """One published way to read notMNIST.

    Attributes:
        name: What `load` calls it.
        version: The version of its examples; another version may hold other ones.
        summary: What it is, in a sentence.
        licence: Under which terms the images stand.
        flaws: What is known to be wrong with it.
        source: Returns where its examples come from. Called with whether it may download
            and how much it may say.
    """

    name: str
    version: str
    summary: str
    licence: str
    flaws: tuple[str, ...]
    source: Callable[[bool, int], Source]


def _open_source(download: bool, verbose: int) -> Source:
    from notmnist.datasets import open as embedded

    def read(skipped: Skipped, keep_png: bool) -> Iterator[GlyphBatch]:
        images, labels, fonts, _ = embedded.read()
        yield GlyphBatch(images, labels, fonts)

    def families() -> Mapping[str, str]:
        return {face["font"]: face["family"] for face in embedded.table()}

    return Source(
        key=f"open/{EDITIONS['open'].version}",
        name="open",
        version=EDITIONS["open"].version,
        fingerprint=embedded.IMAGES_SHA256 + embedded.TABLE_SHA256,
        parts=(Part("all", read),),
        font_name=str,
        families=families,
    )


EDITIONS: Mapping[str, Edition] = {
    entry.name: entry
    for entry in (
        Edition(
            name="open",
            version="1.0.0",
            summary="Rendered from open-licensed fonts and shipped inside the package; split so "
            "that no font family stands in two splits.",
            licence="Each face under its own licence, listed in notmnist/datasets/open/fonts.tsv.",
            flaws=("Drawn by fewer fonts than the original, by a few thousand.",),
            source=_open_source,
        ),
    )
}


def edition(name: str) -> Edition:
    """Return the edition called `name`.

    Raises:
        ArgumentError: There is none of that name.
    """
    if name not in EDITIONS:
        advice = "A path to an archive or a folder of IDX files is read too, where it exists."
        raise invalid("name", name, one_of(EDITIONS), advice)
    return EDITIONS[name]
