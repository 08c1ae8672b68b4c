"""How good a classifier is: accuracy with its interval, each class, calibration, mistakes."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from notmnist.errors import ArgumentError
from notmnist.evaluation.calibration import Calibration, calibrate
from notmnist.evaluation.examples import Examples, read_examples
from notmnist.evaluation.outputs import probabilities
from notmnist.notebook import html_table

__all__ = ["Evaluation", "Mistake", "evaluate", "mistake_lines", "predict"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Mistake:
    """One wrong prediction.

    Attributes:
        row: The position of the example in reading order.
        label: The class of its label.
        predicted: The class that was predicted.
        confidence: The probability of `predicted`, 0 to 1.
        font: The name of its font; "" if unknown.
    """

    row: int
    label: str
    predicted: str
    confidence: float
    font: str


@dataclass(frozen=True, eq=False, repr=False)
class Evaluation:
    """A classifier's predictions for labelled images, and the figures computed from them.

    Attributes:
        images: Array of shape `(rows, height, width)` or `(rows, height, width, channels)`.
        labels: int64 array of shape `(rows,)`.
        probabilities: float64 array of shape `(rows, classes)`, 0 to 1.
        class_names: The name of each class.
        fonts: The font of each row, or None if unknown.
    """

    images: npt.NDArray[Any]
    labels: Ints
    probabilities: Floats
    class_names: tuple[str, ...]
    fonts: Sequence[str] | None = None

    @functools.cached_property
    def predicted(self) -> Ints:
        """The most probable class of each row, int64, `(rows,)`."""
        return np.asarray(self.probabilities.argmax(1), np.int64)

    @functools.cached_property
    def right(self) -> npt.NDArray[np.bool_]:
        """Whether each prediction is the label, bool, `(rows,)`."""
        return np.equal(self.predicted, self.labels)

    @property
    def accuracy(self) -> float:
        """The share of right predictions, 0 to 1."""
        return float(self.right.mean())

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % confidence interval of the accuracy."""
        from scipy import stats

        test = stats.binomtest(int(self.right.sum()), len(self.right))
        low, high = test.proportion_ci(0.95, method="wilson")
        return float(low), float(high)

    @functools.cached_property
    def confusion(self) -> Ints:
        """Counts, int64, `(classes, classes)`: rows are labels, columns predictions."""
        from sklearn import metrics

        classes = np.arange(len(self.class_names))
        matrix: Ints = metrics.confusion_matrix(self.labels, self.predicted, labels=classes)
        return matrix

    @functools.cached_property
    def per_class(self) -> dict[str, Floats]:
        """Precision, recall, F1 and support of each class, float64, `(classes,)`.

        Precision is NaN for a class that was never predicted, recall for one that has no
        example, F1 for one that has neither.
        """
        from sklearn import metrics

        values = metrics.precision_recall_fscore_support(
            self.labels,
            self.predicted,
            labels=np.arange(len(self.class_names)),
            zero_division=np.nan,
        )
        return dict(zip(("precision", "recall", "f1", "support"), values, strict=True))

    @functools.cached_property
    def calibration(self) -> Calibration:
        """Accuracy against confidence in 15 bins; its `error` is the expected calibration error."""
        return calibrate(self.probabilities.max(1), self.right)

    @property
    def log_loss(self) -> float:
        """The mean of minus the logarithm of the label's probability, in nats."""
        label = self.probabilities[np.arange(len(self.labels)), self.labels]
        return float(-np.log(np.maximum(label, np.finfo(np.float64).tiny)).mean())

    def mistakes(self, count: int | None = 50) -> list[Mistake]:
        """Return the wrong predictions, the most confident first.

        Args:
            count: Largest number of mistakes; None for all.
        """
        wrong = np.flatnonzero(~self.right)
        confidence = self.probabilities.max(1)
        wrong = wrong[np.argsort(-confidence[wrong], kind="stable")][:count]
        return [
            Mistake(
                row,
                self.class_names[self.labels[row]],
                self.class_names[self.predicted[row]],
                float(confidence[row]),
                "" if self.fonts is None else self.fonts[row],
            )
            for row in wrong.tolist()
        ]

    def to_dict(self, mistakes: int = 50) -> dict[str, Any]:
        """Return all figures as plain numbers, ready for JSON; None for undefined ones.

        Args:
            mistakes: How many of the most confident mistakes to list.
        """
        columns = {name: column.tolist() for name, column in self.per_class.items()}
        return {
            "examples": len(self.labels),
            "accuracy": self.accuracy,
            "interval": list(self.interval),
            "macro_f1": float(np.nanmean(self.per_class["f1"])),
            "log_loss": self.log_loss,
            "calibration_error": self.calibration.error,
            "classes": {
                name: {
                    key: column[place] if column[place] == column[place] else None
                    for key, column in columns.items()
                }
                for place, name in enumerate(self.class_names)
            },
            "confusion": self.confusion.tolist(),
            "calibration": self.calibration.to_dict(),
            "mistakes": [vars(mistake) for mistake in self.mistakes(mistakes)],
        }

    def text(self, mistakes: int = 10) -> str:
        """Return the figures as tables in plain text.

        Args:
            mistakes: How many of the most confident mistakes to list.
        """
        low, high = self.interval
        lines = [
            f"{len(self.labels):,} examples",
            f"accuracy          {self.accuracy:8.2%}  (95 %: {low:.2%} to {high:.2%})",
            f"calibration error {self.calibration.error:8.2%}",
            f"log loss          {self.log_loss:8.4f}",
            "",
            f"{'class':12}{'precision':>10}{'recall':>10}{'F1':>10}{'examples':>10}",
        ]
        for place, name in enumerate(self.class_names):
            cells = [self.per_class[key][place] for key in ("precision", "recall", "f1")]
            numbers = "".join("{:>10}".format("–" if c != c else f"{c:.2%}") for c in cells)
            lines.append(f"{name:12}{numbers}{self.per_class['support'][place]:>10,}")
        worst = self.mistakes(mistakes)
        if worst:
            lines += ["", *mistake_lines(worst)]
        return "\n".join(line.rstrip() for line in lines)

    def __repr__(self) -> str:
        return f"<Evaluation: accuracy {self.accuracy:.2%} of {len(self.labels):,} examples>"

    def _repr_html_(self) -> str:
        low, high = self.interval
        columns = [self.per_class[key] for key in ("precision", "recall", "f1", "support")]
        rows = [
            (name, *("–" if c != c else f"{c:.1%}" for c in cells), f"{count:,}")
            for name, *cells, count in zip(self.class_names, *columns, strict=True)
        ]
        notes = [
            f"Accuracy {self.accuracy:.2%} (95 %: {low:.2%} to {high:.2%}) of "
            f"{len(self.labels):,} examples",
            f"Calibration error {self.calibration.error:.2%}, log loss {self.log_loss:.4f}",
        ]
        header = ("class", "precision", "recall", "F1", "examples")
        return html_table("Evaluation", header, rows, notes)


def mistake_lines(mistakes: Sequence[Mistake]) -> list[str]:
    """Return mistakes as the lines of a table in plain text, with its head."""
    return [
        f"{'row':>8}  {'label':8}{'taken for':12}{'confidence':>10}  font",
        *(
            f"{one.row:>8}  {one.label:8}{one.predicted:12}{one.confidence:>10.2%}  {one.font}"
            for one in mistakes
        ),
    ]


def evaluate(model: Any, data: Any, *, batch_size: int = 512) -> Evaluation:
    """Evaluate a classifier on labelled images.

    Args:
        model: A Keras model whose output is a softmax or logits, `notmnist.models.baseline()`, or
            a scikit-learn classifier with `predict_proba`, fitted on rows of
            `(pixel - 127.5) / 255`. Models that rescale pixels by themselves, as this library's do,
            need pixels of 0 to 255: floats from 0 to 1 give a warning.
        data: What `notmnist.load` returns: batches of images, uint8, `(batch, 28, 28, 1)`, and
            labels, whole numbers or one-hot; or a pair of such arrays. The report names fonts if
            the data is not shuffled.
        batch_size: Number of images per prediction batch.

    Returns:
        The evaluation: `print(evaluation.text())`, `evaluation.to_dict()`, and
        `notmnist.plots.evaluation(evaluation)` for a picture.

    Raises:
        ArgumentError: There are no examples, or examples of one class only, or the model's outputs
            do not fit them or are not finite.

    Example:
        >>> class Bright:  # predicts B if there is more ink than background
        ...     def predict_proba(self, images):
        ...         ink = images.mean((1, 2)) / 255
        ...         return np.stack([1 - ink, ink], axis=1)
        >>> images = np.zeros((4, 28, 28), np.uint8)
        >>> images[2:] = 255
        >>> evaluate(Bright(), (images, np.array([0, 0, 1, 0]))).accuracy
        0.75
    """
    examples = read_examples("data", data)
    classes = np.unique(examples.labels)
    if len(classes) < 2:
        message = (
            "`data` must contain examples of two or more classes. Received: only examples of "
            f"class {classes[0]}. Use more examples, or shuffle them before you slice."
        )
        raise ArgumentError(message)
    return predict("model", model, examples, batch_size)


def predict(argument: str, model: Any, examples: Examples, batch_size: int) -> Evaluation:
    """Return the evaluation of a classifier on examples that are already read."""
    names = examples.class_names
    given = probabilities(argument, model, examples.images, len(names), batch_size)
    columns = given.shape[1]
    if examples.labels.max() >= columns:
        message = (
            f"`{argument}` must know every label. Received: outputs for {columns} classes and the "
            f"label {examples.labels.max()}."
        )
        raise ArgumentError(message)
    names = (*names[:columns], *(str(place) for place in range(len(names), columns)))
    return Evaluation(examples.images, examples.labels, given, names, examples.fonts)
