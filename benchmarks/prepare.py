"""Prepare: time preparing an archive, against what a user would write instead.

python benchmarks/prepare.py [--quick]
"""

from __future__ import annotations

import gzip
import io
import os
import statistics
import zlib
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import peers
import standin
from measure import Row, apart, at_least, at_most, in_turns, options, ratios, spread

QUESTION = "Prepare"

# Seconds, and the megabytes that the process uses beyond a bare interpreter.
OURS = """
import os, sys, tempfile, threading, time
import psutil
def resident():
    total = 0
    for process in [me, *me.children(recursive=True)]:
        try:
            total += process.memory_info().rss
        except psutil.Error:
            pass
    return total
def watch():
    global peak
    while not done.wait(0.02):
        peak = max(peak, resident())
me = psutil.Process()
peak = bare = me.memory_info().rss
path = sys.argv[1]
with tempfile.TemporaryDirectory(dir=sys.argv[2]) as home:
    os.environ["NOTMNIST_HOME"] = home
    import notmnist.datasets
    done = threading.Event()
    if sys.argv[3] == "memory":
        threading.Thread(target=watch, daemon=True).start()
    begun = time.perf_counter()
    notmnist.datasets.prepare(path, verbose=0)
    seconds = time.perf_counter() - begun
    done.set()
print([seconds, (peak - bare) / 2**20])
"""


def ours(path: Path, scratch: Path, what: str = "time") -> list[float]:
    return apart(OURS, path, scratch, what)


ARTICLE = "the article's way: extract, read, float32, pickle"
TFDS = "TFDS made of arrays"
KERAS = "`image_dataset_from_directory` on the extracted tree, read once"
BARS = {ARTICLE: 15.0, TFDS: 8.0}


def against_peers(names: tuple[str, ...], path: Path, count: int, given: Namespace) -> list[Row]:
    scratch = given.scratch
    tree = peers.extract(path, scratch / "tree") if KERAS in names else scratch
    works = {
        ARTICLE: lambda: peers.article(path, scratch / "article"),
        TFDS: lambda: peers.tfds_of_arrays(path, scratch / "tfds"),
        KERAS: lambda: peers.keras_directory(tree),
    }
    seconds: list[float] = []
    times = in_turns(
        {"ours": lambda: seconds.append(ours(path, scratch)[0])}
        | {name: works[name] for name in names},
        given.turns,
    )
    rows = []
    for name in names:
        values = ratios(times[name], seconds)
        bar = BARS.get(name)
        rows.append(
            Row(QUESTION, f"{name}, {count:,} members, against ours", spread(values, unit=" ×"),
                f"≥ {bar:.0f} ×" if bar else "", at_least(values, bar) if bar else None)
        )  # fmt: skip
    return rows


def parts(path: Path, count: int, turns: int) -> list[Row]:
    """Time each part alone on one core, and the least that it could take."""
    import numpy as np
    from PIL import Image

    from notmnist.datasets.reading.images import decode
    from notmnist.datasets.reading.tar import tar_members

    packed = path.read_bytes()
    tar = gzip.decompress(packed)
    files = [data for _, data in tar_members(io.BytesIO(tar), 1 << 20)]
    stacks = [files[start : start + 4096] for start in range(0, count, 4096)]
    images = np.concatenate([decode(stack) for stack in stacks])
    order = np.random.default_rng(0).permutation(count)
    target = path.with_suffix(".raw")

    def drain(stream: io.BufferedIOBase) -> None:
        while stream.read(1 << 20):
            pass

    def write(data: Callable[[int], bytes]) -> None:
        with target.open("wb") as file:
            for start in range(0, count, 4096):
                file.write(data(start))

    def unpacked() -> None:
        inflater = zlib.decompressobj(31)
        for start in range(0, len(packed), 1 << 18):
            inflater.decompress(packed[start : start + (1 << 18)])

    named = {
        "gunzip": (
            lambda: drain(gzip.GzipFile(fileobj=io.BytesIO(packed))), unpacked, "zlib alone"
        ),
        "tar": (
            lambda: [None for _ in tar_members(io.BytesIO(tar), 1 << 20)],
            lambda: [zlib.adler32(tar[at : at + 512]) for at in range(0, 512 * count, 512)],
            "the headers' sums alone",
        ),
        "PNG": (
            lambda: [decode(stack) for stack in stacks],
            lambda: [np.asarray(Image.open(io.BytesIO(file))) for file in files],
            "Pillow, file by file",
        ),
        "pick rows and write": (
            lambda: write(lambda start: images[order[start : start + 4096]].tobytes()),
            lambda: write(lambda start: images[start : start + 4096].data),
            "`write` alone",
        ),
    }  # fmt: skip
    rows, total = [], 0.0
    for name, (own, least, what) in named.items():
        taken = in_turns({"own": own, "least": least}, turns)
        micro = [second / count * 1e6 for second in taken["own"]]
        limit = [second / count * 1e6 for second in taken["least"]]
        total += statistics.median(micro)
        rows.append(
            Row(QUESTION, f"{name}, one core, µs per image", spread(micro, "{:.2f}"),
                limit=f"{what}: {spread(limit, '{:.2f}')}")
        )  # fmt: skip
    target.unlink()
    rows.append(
        Row(QUESTION, "these parts together, µs per image; images/s on one core",
            f"{total:.1f}; {1e6 / total:,.0f}")
    )  # fmt: skip
    return rows


def main() -> None:
    with options(__doc__ or "") as (given, rows):
        few, sizes = (5_000, (100_000,)) if given.quick else (20_000, (100_000, 529_119))
        compared = {few: (ARTICLE, TFDS, KERAS)}
        if not given.quick:
            compared = {few: (TFDS, KERAS), sizes[0]: (ARTICLE,)}
        for count, names in compared.items():
            rows += against_peers(names, standin.archive(given.work, count), count, given)
        for count in sizes:
            path = standin.archive(given.work, count)
            runs = [ours(path, given.scratch)[0] for _ in range(given.turns)]
            memory = [ours(path, given.scratch, "memory")[1]]
            rates = [count / seconds for seconds in runs]
            rows.append(
                Row(QUESTION, f"{count:,} members, images/s",
                    spread(rates, "{:,.0f}"), "≥ 50,000", at_least(rates, 50_000))
            )  # fmt: skip
            rows.append(
                Row(QUESTION, f"{count:,} members, memory over a bare interpreter",
                    spread(memory, "{:.0f}", " MB"), "≤ 120 MB", at_most(memory, 120))
            )  # fmt: skip
        count = 20_000
        rows += parts(standin.archive(given.work, count), count, given.turns)


if __name__ == "__main__":
    main()
