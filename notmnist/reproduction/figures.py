"""The figures of the page's sections: code, sheets, graphs, films and charts of a report."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from notmnist.datasets import CLASS_NAMES
from notmnist.reproduction import listing
from notmnist.reproduction.charts import Line, line_chart
from notmnist.reproduction.embed import film, picture
from notmnist.reproduction.graph import draw_graph
from notmnist.reproduction.report import Report

__all__ = ["METRICS", "charts", "code", "films", "graph", "mistakes", "sheet"]

_STILLS = {
    "logistic": (0, 100, 500, 1_000, 2_000, 3_001),
    "mlp": (0, 500, 1_000, 1_500, 2_000, 3_001),
}
_PASSED = {"logistic": (), "mlp": (1, 10, 50, 100, 200, 2_500)}  # noise, all of it alike
_SHADES = {"logistic": 23, "mlp": 7}

METRICS = {
    "train": "Accuracy on training images",
    "valid": "Accuracy on validation images",
    "train_loss": "Loss on training images",
    "valid_loss": "Loss on validation images",
}
_VALID = ("valid", "valid_loss")


def code(report: Report, name: str) -> str:
    """Return a listing as a highlighted block."""
    source = listing.highlight(listing.code(name, report.edition))
    return f'<pre tabindex="0"><code>{source}</code></pre>'


def sheet(report: Report, name: str, alt: str, caption: str) -> str:
    """Return one of the sample sheets as a figure."""
    with Image.open(report.pictures / f"{name}.png") as image:
        return (
            f"<figure>{picture(image, alt, 'letters')}<figcaption>{caption}</figcaption></figure>"
        )


def mistakes(report: Report, pairs: Sequence[Sequence[int]]) -> str:
    """Return wrongly classified images, each with its true and its predicted letter."""
    if not pairs:
        return "<p>It made none.</p>"
    items = []
    with Image.open(report.pictures / "mistakes.png") as strip:
        for place, (true, predicted) in enumerate(pairs):
            tile = strip.crop((28 * place, 0, 28 * place + 28, 28))
            names = CLASS_NAMES[true], CLASS_NAMES[predicted]
            image = picture(tile, f"an image labelled {names[0]}, taken for {names[1]}")
            items.append(f"<li>{image}<b>{names[0]}</b> as {names[1]}</li>")
    return f'<ul class="thumbs">{"".join(items)}</ul>'


def graph(report: Report, name: str) -> str:
    """Return the computation graph of an experiment's model."""
    run, experiment = report.first(name), report.experiment(name)
    if run is None or experiment is None:
        return ""
    layers = ", ".join(layer["name"] for layer in run["layers"])
    return draw_graph(
        run["layers"], experiment.weight_decay, f"The computation graph: {layers}, then the loss."
    )


def films(report: Report, chosen: Sequence[tuple[str, str]], alt: str) -> str:
    """Return the films of experiments, pairs of name and heading, those that were run."""
    parts = []
    for name, title in chosen:
        experiment, folder = report.experiment(name), report.pictures / name
        if experiment is None or report.first(name) is None or not folder.is_dir():
            continue
        reel = film(
            folder,
            f"film-{name.replace('.', '-')}",
            f"{alt}, {title}",
            _STILLS[experiment.model],
            _PASSED[experiment.model],
            _SHADES[experiment.model],
        )
        parts.append(f"<div>{reel.sheet}<h4>{title}</h4>{reel.moving}{reel.stills}</div>")
    return f'<div class="reels">{"".join(parts)}</div>'


def charts(
    report: Report,
    chosen: Sequence[tuple[str, str, int, bool]],
    metrics: Sequence[str] = _VALID,
) -> str:
    """Return a chart of each metric with the curves of the chosen experiments."""
    lines: dict[str, list[Line]] = {metric: [] for metric in metrics}
    for name, label, colour, dashed in chosen:
        curves = [run["curve"] for run in report.runs(name)]
        if not curves:
            continue
        for metric, each in lines.items():
            runs = [curve[metric] for curve in curves]
            each.append(Line(label, curves[0]["steps"], runs, colour, dashed))
    drawn = []
    for metric in metrics:
        share = not metric.endswith("loss")
        alt = f"{METRICS[metric]} against steps: {_ends(lines[metric], share)}"
        drawn.append(
            line_chart(lines[metric], title=METRICS[metric], percent=share, log=not share, alt=alt)
        )
    return f'<div class="charts">{"".join(drawn)}</div>'


def _ends(lines: Sequence[Line], share: bool) -> str:
    def text(value: float) -> str:
        return f"{100 * value:.1f} %" if share else f"{value:.3g}"

    return "; ".join(
        f"{line.label} ends at {text(sum(run[-1] for run in line.runs) / len(line.runs))}"
        for line in lines
    )
