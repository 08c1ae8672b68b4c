"""What each section of the page is filled with."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from math import isnan

from notmnist.reproduction.claims import check_all, signed
from notmnist.reproduction.figures import METRICS, charts, code, films, graph, mistakes, sheet
from notmnist.reproduction.report import Report
from notmnist.reproduction.tables import (
    claims_list,
    comparison,
    confusion_table,
    counts_table,
    results_table,
)

__all__ = ["CHAPTERS", "Chapter"]

Values = Mapping[str, str]


def _summary(report: Report) -> Values:
    sizes = report.data["sizes"]
    scope = (
        f"Data: the edition <code>{html.escape(report.edition)}</code>, "
        f"{sizes['train']:,} training, {sizes['valid']:,} validation and {sizes['test']:,} test "
        f"images. Every experiment ran with {report.seeds_text()}."
    )
    if report.quick:
        scope += " This is a quick run: some experiments are left out, and the last ones are short."
    error = 100 * (0.1 * 0.9 / sizes["test"]) ** 0.5
    rule = (
        "Differences are taken seed by seed. With several seeds a claim holds if the mean "
        "difference is above 0 beyond doubt (one-sided 95 % interval, Student’s t); with one seed "
        f"if it is above 0. Around 90 %, {sizes['test']:,} test images leave a standard error of "
        f"{error:.1f} points in each single accuracy."
    )
    return {
        "scope": scope,
        "claims": claims_list(check_all(report.results, report.plan, report.seeds)),
        "rule": rule,
    }


def _look(report: Report) -> Values:
    stored = report.data["stored"]
    return {
        "code": code(report, "look"),
        "letters": sheet(
            report, "letters", "A sheet of letters: a row each for A to J, in sixteen fonts",
            "Sixteen random training images of each letter, from A to J.",
        ),
        "facts": f"In all, {sum(stored.values()):,} images: {stored['train']:,} to train on, "
        f"{stored['valid']:,} to validate, {stored['test']:,} to test.",
    }  # fmt: skip


def _arrays(report: Report) -> Values:
    data = report.data
    skipped = ", ".join(f"{count} × {reason}" for reason, count in data["skipped"].items())
    train = data["counts"]["train"]
    spread = 100 * (max(train) / (min(train) or 1) - 1)
    return {
        "code": code(report, "arrays"),
        "sampled": f"{min(20_000, data['sizes']['train']):,}",
        "mean": f"{data['mean']:.3f}".replace("-", "−"),
        "deviation": f"{data['deviation']:.3f}",
        "counts": counts_table(report),
        "skipped": f"The most frequent letter has {spread:.1f} % more training images than the "
        "rarest. " + (f"Left out, because nothing can read them: {html.escape(skipped)}."
                      if skipped else "Every image could be read."),
    }  # fmt: skip


def _split(report: Report) -> Values:
    names = {"train": "Training", "valid": "Validation", "test": "Test"}
    sheets = {
        split: sheet(
            report, split, f"{name} images in mixed order, each above its letter",
            f"{name} images, each with its label.",
        )
        for split, name in names.items()
    }  # fmt: skip
    splitting = (
        "Here they are divided by font family, so that no family stands in two splits."
        if report.edition == "open"
        else "How each edition is split stands in the documentation of the data."
    )
    return {"code": code(report, "split"), "splitting": splitting, **sheets}


def _sklearn(report: Report) -> Values:
    run = report.first("sklearn")
    values = {"code": code(report, "sklearn"), "table": results_table(report, ["sklearn"])}
    if run is None:
        return {**values, "examples": "5,000", "converged": "", "confusion": "", "mistakes": ""}
    verdict = "had converged" if run["converged"] else "had not converged, as its warning says"
    return {
        **values,
        "examples": f"{run['examples']:,}",
        "converged": f"After {run['iterations']} iterations its solver {verdict}; the model fits "
        "its own training images far better than new ones.",
        "confusion": confusion_table(run["confusion"]),
        "mistakes": mistakes(report, run["mistakes"]),
    }


def _logistic(report: Report) -> Values:
    run = report.first("gradient-descent")
    return {
        "graph": graph(report, "logistic"),
        "gd_examples": f"{run['examples']:,}" if run else "10,000",
        "gd_code": code(report, "gradient_descent"),
        "code": code(report, "logistic"),
        "charts": charts(report, [
            ("gradient-descent", "gradient descent", 3, False),
            ("logistic", "SGD", 1, False),
            ("logistic-modern", "SGD, Glorot", 1, True),
        ]),
        "table": results_table(report, ["gradient-descent", "logistic", "logistic-modern"]),
    }  # fmt: skip


def _relu(report: Report) -> Values:
    gain = 100 * (report.mean("relu-modern") - report.mean("relu"))
    return {
        "graph": graph(report, "relu"),
        "code": code(report, "relu"),
        "charts": charts(report, [
            ("logistic", "logistic", 5, False),
            ("relu", "1,024 ReLU", 2, False),
            ("relu-modern", "1,024 ReLU, He", 2, True),
        ]),
        "table": results_table(report, ["logistic", "relu", "relu-modern"]),
        "initialisation": "Dashed: the same network with He initialisation. Nothing else differs"
        + ("." if isnan(gain) else f", and the test accuracy changes by {signed(gain)} points."),
    }  # fmt: skip


def _l2_logistic(report: Report) -> Values:
    lambdas = ("0.001", "0.005", "0.01", "0.05")
    names = [f"logistic-l2-{each}" for each in lambdas]
    return {
        "graph": graph(report, "logistic-l2-0.005"),
        "code": code(report, "l2_logistic"),
        "charts": charts(report, [
            ("logistic", "λ = 0", 5, False),
            *((f"logistic-l2-{each}", f"λ = {each}", colour, False)
              for colour, each in ((1, "0.005"), (3, "0.01"), (2, "0.05"))),
        ]),
        "table": results_table(
            report, ["logistic", *names, "logistic-modern", "logistic-modern-l2-0.005"]
        ),
        "films": films(
            report,
            [("logistic", "λ = 0"), *((f"logistic-l2-{e}", f"λ = {e}") for e in lambdas[1:])],
            "The weights of the ten outputs",
        ),
    }  # fmt: skip


def _l2_relu(report: Report) -> Values:
    with_l2 = 100 * (report.mean("relu-l2-0.005") - report.mean("relu"))
    text = (
        "" if isnan(with_l2) else
        f"L2 changes the test accuracy of the article’s network by {signed(with_l2)} points."
    )  # fmt: skip
    modern = 100 * (report.mean("relu-modern-l2-0.005") - report.mean("relu-modern"))
    if not isnan(modern):
        text += (
            f" After He initialisation the same penalty changes the test accuracy by "
            f"{signed(modern)} points: most of what L2 did for the article was to clear away the "
            "weights that it had started from."
        )
    return {
        "graph": graph(report, "relu-l2-0.005"),
        "code": code(report, "l2_relu"),
        "charts": charts(report, [
            ("relu", "λ = 0", 5, False),
            ("relu-l2-0.005", "λ = 0.005", 1, False),
            ("relu-l2-0.01", "λ = 0.01", 3, False),
        ]),
        "table": results_table(report, [
            "relu", "relu-l2-0.005", "relu-l2-0.01", "relu-modern", "relu-modern-l2-0.005",
        ]),
        "initialisation": text,
        "films": films(
            report,
            [("relu-l2-0.005", "λ = 0.005"), ("relu-l2-0.01", "λ = 0.01")],
            "The weights of 225 hidden units",
        ),
    }  # fmt: skip


def _five(report: Report) -> Values:
    run = report.first("five-batches")
    return {
        "examples": f"{run['examples']:,}" if run else "640",
        "code": code(report, "five_batches"),
        "charts": charts(report, [
            ("relu", "all batches", 5, False), ("five-batches", "five batches", 2, False),
        ], tuple(METRICS)),
        "table": results_table(report, ["relu", "five-batches"]),
        "films": films(
            report, [("five-batches", "five batches")], "The weights of 225 hidden units"
        ),
    }  # fmt: skip


def _dropout(report: Report) -> Values:
    return {
        "graph": graph(report, "five-batches-dropout"),
        "code": code(report, "dropout"),
        "charts": charts(report, [
            ("five-batches", "five batches", 2, False),
            ("five-batches-dropout", "with dropout 0.4", 1, False),
        ], tuple(METRICS)),
        "table": results_table(report, ["relu", "five-batches", "five-batches-dropout"]),
        "films": films(
            report,
            [("five-batches-dropout", "five batches, dropout 0.4")],
            "The weights of 225 hidden units",
        ),
    }  # fmt: skip


def _beyond(report: Report) -> Values:
    return {
        "code": code(report, "deeper"),
        "cnn_code": code(report, "cnn"),
        "graph": graph(report, "cnn"),
        "charts": charts(report, [
            ("relu-l2-0.005", "1,024 ReLU + L2", 5, False),
            ("deep", "three hidden layers", 3, False),
            ("cnn", "convolutional", 4, False),
        ]),
        "table": results_table(report, ["relu-l2-0.005", "relu-modern", "deep", "cnn"]),
    }  # fmt: skip


def _compared(report: Report) -> Values:
    spread = f" ± is the standard deviation over {report.seeds} seeds." if report.seeds > 1 else ""
    return {"table": comparison(report), "spread": spread}


def _differences(report: Report) -> Values:
    sizes = report.data["sizes"]
    data = ""
    if report.edition != "original":
        data = (
            f"<dt>Data</dt><dd>The article trains on 200,000 images of notMNIST large and tests "
            f"on 10,000 of small. This run has {sizes['train']:,} training and {sizes['test']:,} "
            f"test images of <code>{html.escape(report.edition)}</code>. So 3,001 steps are "
            f"{3_001 * 128 / sizes['train']:.0f} passes over the data instead of 1.9, models fit "
            "their training images more closely, and accuracies are to be compared with each "
            "other rather than with the article’s.</dd>"
        )
    gap = 100 * (report.mean("relu-l2-0.005") - report.mean("relu-l2-0.005", "valid"))
    labels = "" if isnan(gap) else (
        f"Here the gap is {signed(gap)} points for the network with L2."
    )  # fmt: skip
    return {"data": data, "labels": labels, "seeds": report.seeds_text()}


def _about(report: Report) -> Values:
    machine = report.results.machine
    versions = ", ".join(f"{name} {version}" for name, version in machine.items())
    seconds = sum(run["seconds"] for run in report.results.runs.values())
    licence = (
        "The images of the edition <code>open</code> were rendered from fonts whose licences are "
        "listed with the package."
        if report.edition == "open"
        else "The author of notMNIST states no licence for its images: think before you publish "
        "this page."
    )
    return {
        "machine": html.escape(
            f"Run with {versions}. Training took {seconds / 60:.0f} minutes in all."
        ),
        "licence": licence,
    }


class Chapter:
    """A section of the page.

    Attributes:
        file: Its template's name, without the suffix.
        title: Its heading.
        fill: Returns the values of the template's placeholders.
    """

    def __init__(self, file: str, title: str, fill: Callable[[Report], Values]) -> None:
        self.file = file
        self.title = title
        self.fill = fill

    @property
    def anchor(self) -> str:
        """The section's id."""
        return self.file.partition("-")[2]


CHAPTERS: tuple[Chapter, ...] = (
    Chapter("01-summary", "What was claimed, and what held", _summary),
    Chapter("02-look", "Download and look", _look),
    Chapter("03-arrays", "Arrays and class balance", _arrays),
    Chapter("04-split", "Merge, shuffle, validate, look again", _split),
    Chapter("05-sklearn", "A classifier off the shelf", _sklearn),
    Chapter("06-logistic", "Logistic regression by gradient descent", _logistic),
    Chapter("07-relu", "A hidden layer of 1,024", _relu),
    Chapter("08-l2-logistic", "L2 for logistic regression", _l2_logistic),
    Chapter("09-l2-relu", "L2 for the network", _l2_relu),
    Chapter("10-five-batches", "Five batches only", _five),
    Chapter("11-dropout", "Dropout", _dropout),
    Chapter("12-beyond", "Where the article stopped", _beyond),
    Chapter("13-compared", "All numbers beside the published ones", _compared),
    Chapter("14-differences", "What differs, and why", _differences),
    Chapter("15-about", "About this run", _about),
)
