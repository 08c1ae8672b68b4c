"""Measure what it takes to draw images with Beam, and estimate it for 10^5 to 10^9 images.

    python benchmarks/beam_scale.py measure FONTS IMAGES   build IMAGES images, save the figures
    python benchmarks/beam_scale.py plan                   print the tables of docs/scaling.md

`measure` links the fonts in FONTS as often as necessary, builds `FontsConfig(beam=True)` with two
processes on this machine, and writes processor seconds, bytes and memory to
results/beam_scale.json.
`plan` fits a line through the two smallest builds, checks it against the larger ones, and estimates
the cost of more images.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import math
import os
import resource
import tempfile
import threading
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

RESULTS = Path(__file__).parent / "results" / "beam_scale.json"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CORE_HOUR = 0.05  # dollars; an assumption, roughly what a rented core costs without discounts
SHARD = 256 * 2**20  # bytes


def measure(fonts: Path, images: int) -> None:
    """Build a data set of about this many images."""
    import tensorflow_datasets as tfds
    from apache_beam.options.pipeline_options import PipelineOptions

    import notmnist
    from notmnist.datasets import FontsConfig

    assert notmnist
    with tempfile.TemporaryDirectory() as folder:
        many = _linked(fonts, Path(folder, "fonts"), images)
        config = FontsConfig(name="many", fonts=many, letters=LETTERS, beam=True)
        builder = tfds.builder("notmnist", config=config, data_dir=Path(folder, "tfds"))
        options = ["--runner=FnApiRunner", "--direct_running_mode=multi_processing",
                   "--direct_num_workers=2"]  # fmt: skip
        peak = _Peak()
        began, used = time.perf_counter(), _processor()
        builder.download_and_prepare(
            download_config=tfds.download.DownloadConfig(beam_options=PipelineOptions(options))
        )
        found = {
            "images": sum(split.num_examples for split in builder.info.splits.values()),
            "processor_seconds": round(_processor() - used, 1),
            "wall_seconds": round(time.perf_counter() - began, 1),
            "bytes": builder.info.dataset_size,
            "shards": {name: len(split.filenames) for name, split in builder.info.splits.items()},
            "peak_memory": peak.stop(),
            "date": time.strftime("%Y-%m-%d"),
            "apache_beam": importlib.metadata.version("apache-beam"),
        }
    kept = json.loads(RESULTS.read_text()) if RESULTS.is_file() else []
    RESULTS.write_text(json.dumps([*kept, found], indent=1) + "\n")
    print(found)


def _linked(fonts: Path, folder: Path, images: int) -> Path:
    """Link font files into a folder, repeatedly, until they draw this many images."""
    from notmnist.datasets.fonts.folder import find

    files = find(fonts)
    for number in range(math.ceil(images / len(LETTERS))):
        path = files[number % len(files)]
        target = folder / str(number // len(files)) / f"{number % len(files)}{path.suffix}"
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(path, target)
    return folder


def _processor() -> float:
    """Return the processor seconds of this process and of those that it waited for."""
    uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(use.ru_utime + use.ru_stime for use in uses)


class _Peak:
    """The most memory that this process and its children used together."""

    def __init__(self) -> None:
        self._most = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        import psutil

        while not self._over.wait(1):
            total = 0
            for process in (me := psutil.Process(), *me.children(recursive=True)):
                try:
                    total += process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            self._most = max(self._most, total)

    def stop(self) -> int:
        self._over.set()
        self._thread.join()
        return self._most


def plan() -> None:
    """Print what was measured, how well a line predicts it, and the estimates beyond."""
    found = sorted(json.loads(RESULTS.read_text()), key=lambda each: each["images"])
    start, rate = _line([(each["images"], each["processor_seconds"]) for each in found[:2]])
    base, size = _line([(each["images"], each["bytes"]) for each in found[:2]])
    print("| images | CPU time, s | predicted | written | predicted | memory | shards |")
    print("|--:|--:|--:|--:|--:|--:|--:|")
    for each in found:
        images = each["images"]
        _row(
            f"{images:,}",
            f"{each['processor_seconds']:,.0f}",
            f"{start + rate * images:,.0f}",
            f"{each['bytes'] / 2**20:,.1f} MiB",
            f"{(base + size * images) / 2**20:,.1f} MiB",
            f"{each['peak_memory'] / 2**30:.1f} GiB",
            str(sum(each["shards"].values())),
        )
    if len(found) > 2:  # the longest build is the most exact
        rate = (found[-1]["processor_seconds"] - start) / found[-1]["images"]
    print("\n| images | core hours | on 2 cores | on 64 | on 1,024 | dollars | written | shards |")
    print("|--:|--:|--:|--:|--:|--:|--:|--:|")
    for power in (5, 6, 7, 9):
        hours = (start + rate * 10**power) / 3600
        written = base + size * 10**power
        _row(
            f"10^{power}",
            f"{hours:,.2g}" if hours < 10 else f"{hours:,.0f}",
            *(_time(hours / cores) for cores in (2, 64, 1024)),
            f"{hours * CORE_HOUR:,.2f}",
            f"{written / 2**30:,.2f} GiB",
            f"{math.ceil(written / SHARD):,}",
        )


def _line(points: list[tuple[float, float]]) -> tuple[float, float]:
    """Return the intercept and the slope of a line through two points."""
    (x, y), (further, higher) = points
    steep = (higher - y) / (further - x)
    return y - steep * x, steep


def _row(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |")


def _time(hours: float) -> str:
    return f"{hours:,.1f} h" if hours >= 1 else f"{max(1, round(60 * hours))} min"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("measure", "plan"))
    parser.add_argument("fonts", type=Path, nargs="?")
    parser.add_argument("images", type=int, nargs="?")
    args = parser.parse_args()
    if args.what == "measure":
        measure(args.fonts, args.images)
    else:
        plan()
