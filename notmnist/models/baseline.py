"""scikit-learn's logistic regression: what an off-the-shelf classifier makes of the data."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from notmnist.errors import ArgumentError

__all__ = ["Baseline", "baseline"]


def baseline(**kwargs: Any) -> Baseline:
    """Return scikit-learn's `LogisticRegression` behind the preprocessing of the models.

    Args:
        **kwargs: As for `sklearn.linear_model.LogisticRegression`; none is the tutorial's
            "default parameters".

    Returns:
        A `Baseline`, to be fitted on what `load` gives.

    Raises:
        TypeError: An argument that `LogisticRegression` does not know.

    Example:
        >>> train, test = notmnist.load("open", split=["train[:500]", "test"], format="numpy")
        >>> model = notmnist.models.baseline(C=0.01).fit(train)
        >>> loss, accuracy = model.evaluate(test)
        >>> bool(accuracy > 0.6)
        True
    """
    from sklearn.linear_model import LogisticRegression

    return Baseline(LogisticRegression(**kwargs))


class Baseline:
    """A scikit-learn classifier that fits and evaluates on batches of images.

    Args:
        classifier: Has `fit`, `predict_proba` and `classes_` on rows of pixels.

    Attributes:
        classifier: The same.
    """

    def __init__(self, classifier: Any) -> None:
        self.classifier = classifier

    def fit(self, x: Any, y: Any = None) -> Baseline:
        """Fit on all of the data at once.

        Args:
            x: What `notmnist.load` gives, or images, uint8, (n, 28, 28[, 1]), 0 to 255.
            y: Where `x` are images, their labels, (n,), or one-hot rows, (n, classes).

        Returns:
            The baseline itself.

        Raises:
            ArgumentError: Images without labels, or data without end.
        """
        images, labels = _arrays(x, y)
        self.classifier.fit(_pixels(images), labels)
        return self

    def predict_proba(self, images: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the probability of each class: float64, (n, classes), for uint8 images."""
        probabilities: npt.NDArray[np.float64] = self.classifier.predict_proba(
            _pixels(np.asarray(images))
        )
        return probabilities

    def predict(self, images: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """Return the label of the most probable class: int64, (n,), for uint8 images."""
        labels: npt.NDArray[np.int64] = self.classifier.classes_[
            self.predict_proba(images).argmax(axis=1)
        ]
        return labels.astype(np.int64)

    def evaluate(self, x: Any, y: Any = None, return_dict: bool = False) -> Any:
        """Return cross-entropy and accuracy, as `keras.Model.evaluate` does.

        Args:
            x: As for `fit`.
            y: As for `fit`.
            return_dict: Whether to return a dict of them.

        Returns:
            `[loss, accuracy]`, or `{"loss": loss, "accuracy": accuracy}`.

        Raises:
            ArgumentError: As for `fit`.
        """
        from sklearn.metrics import log_loss

        images, labels = _arrays(x, y)
        probabilities = self.predict_proba(images)
        classes = self.classifier.classes_
        loss = float(log_loss(labels, probabilities, labels=classes))
        accuracy = float((classes[probabilities.argmax(axis=1)] == labels).mean())
        return {"loss": loss, "accuracy": accuracy} if return_dict else [loss, accuracy]


def _pixels(images: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Return rows of pixels on the models' scale, (x - 127.5) / 255."""
    rows = images.reshape(len(images), -1).astype(np.float32)
    return (rows - np.float32(127.5)) / np.float32(255)


def _arrays(x: Any, y: Any) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return images and integer labels of batches, or of the arrays that are there already."""
    if y is None:
        if isinstance(x, np.ndarray):
            raise ArgumentError("`y` must be the labels where `x` are images. Received: y=None.")
        try:
            len(x)
        except TypeError:
            message = f"`x` must be batches with an end. Received: {x!r}. Load without repeat."
            raise ArgumentError(message) from None
        batches = [(np.asarray(images), np.asarray(labels)) for images, labels in x]
        x = np.concatenate([images for images, _ in batches])
        y = np.concatenate([labels for _, labels in batches])
    labels = np.asarray(y)
    return np.asarray(x), labels.argmax(axis=1) if labels.ndim == 2 else labels
