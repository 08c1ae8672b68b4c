"""scikit-learn's logistic regression, as an off-the-shelf baseline."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from notmnist.evaluation.examples import read_examples
from notmnist.evaluation.outputs import as_rows

__all__ = ["Baseline", "baseline"]


class Baseline(LogisticRegression):  # type: ignore[misc]  # scikit-learn ships no types
    """scikit-learn's `LogisticRegression` on images, scaled as the models scale them.

    It works like any scikit-learn estimator: `clone`, `cross_val_score` and `GridSearchCV` accept
    it, with images and labels. `fit` and `evaluate` also accept the batches that `notmnist.load`
    returns. Images are uint8, (n, height, width) or (n, height, width, channels), 0 to 255.
    """

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Any:  # noqa: N803 - its name
        """Fit on all of the data at once.

        Args:
            X: Images; or batches of images and labels, such as `notmnist.load` returns.
            y: With images, their labels, (n,), or one-hot rows, (n, classes).
            sample_weight: As for `LogisticRegression`.

        Returns:
            The baseline itself.

        Raises:
            ArgumentError: There are no labels, or the data repeats endlessly.
        """
        examples = read_examples("X", X if y is None else (X, y))
        super().fit(as_rows(examples.images), examples.labels, sample_weight)
        return self

    def decision_function(self, X: npt.NDArray[Any]) -> Any:  # noqa: N803 - its name
        """Return the logits of images, (n, classes); `predict` and its relatives call this."""
        return super().decision_function(as_rows(X))

    def evaluate(self, x: Any, y: Any = None) -> list[float]:
        """Return cross-entropy and accuracy, as Keras's `evaluate` does; data are as for `fit`."""
        examples = read_examples("x", x if y is None else (x, y))
        probabilities = self.predict_proba(examples.images)
        loss = float(log_loss(examples.labels, probabilities, labels=self.classes_))
        right = self.classes_[probabilities.argmax(axis=1)] == examples.labels
        return [loss, float(right.mean())]


def baseline(**kwargs: Any) -> Baseline:
    """Return scikit-learn's `LogisticRegression` with the preprocessing of the models.

    Args:
        **kwargs: As for `sklearn.linear_model.LogisticRegression`. The tutorial passes none, for
            its "default parameters".

    Returns:
        A `Baseline`.

    Raises:
        TypeError: `LogisticRegression` has no such argument.

    Example:
        >>> train, test = notmnist.load("open", split=["train[:500]", "test"], format="numpy")
        >>> model = notmnist.models.baseline(C=0.01).fit(train)
        >>> loss, accuracy = model.evaluate(test)
        >>> bool(accuracy > 0.6)
        True
    """
    return Baseline(**kwargs)
