"""A table of the page's chapters and what each one shows. Their text is in `page.html`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

__all__ = ["CHAPTERS", "METRICS", "Chapter"]

METRICS = {
    "valid": "Accuracy on validation images",
    "valid_loss": "Loss on validation images",
    "train": "Accuracy on training images",
    "train_loss": "Loss on training images",
}
"""The metrics of a curve, with their titles."""


@dataclasses.dataclass(frozen=True)
class Chapter:
    """A section of the page.

    Attributes:
        anchor: The id of the section, which is also the name of its listing.
        title: The heading.
        graph: The experiment whose model is drawn.
        lines: The experiments in the charts and in the table, with their labels.
        metrics: The metrics that the charts show.
        also: More experiments for the table.
        films: The experiments whose weights are shown.
        sheets: The sheets of images from the data set.
        questions: Questions for the reader, or for a class.
    """

    anchor: str
    title: str
    graph: str = ""
    lines: Mapping[str, str] = dataclasses.field(default_factory=dict)
    metrics: tuple[str, ...] = ("valid", "valid_loss")
    also: tuple[str, ...] = ()
    films: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


CHAPTERS: tuple[Chapter, ...] = (
    Chapter("summary", "What the article claims, and what holds"),
    Chapter(
        "look",
        "Download and look",
        sheets=("letters",),
        questions=(
            "In some fonts an I is a plain bar. How many letters would a person read correctly?",
        ),
    ),
    Chapter(
        "arrays",
        "Arrays and class balance",
        questions=("A model predicts A for every image. What is its accuracy here?",),
    ),
    Chapter(
        "split",
        "Merge, shuffle, validate, look again",
        sheets=("train", "valid", "test"),
        questions=(
            "What happens to the test accuracy if test images are copies of training images?",
        ),
    ),
    Chapter(
        "sklearn",
        "An off-the-shelf classifier",
        also=("sklearn",),
        sheets=("mistakes",),
        questions=("Which two letters are confused most often, and why?",),
    ),
    Chapter(
        "logistic",
        "Logistic regression by gradient descent",
        graph="logistic",
        lines={
            "gradient-descent": "gradient descent",
            "logistic": "SGD",
            "logistic-modern": "SGD, Glorot",
        },
        questions=(
            "Ten equal probabilities have a loss of ln 10 = 2.3. Why is the first loss far higher?",
        ),
    ),
    Chapter(
        "relu",
        "A hidden layer of 1,024 units",
        graph="relu",
        lines={"logistic": "logistic", "relu": "1,024 ReLU", "relu-modern": "1,024 ReLU, He"},
        questions=(
            "The network has 100 times as many weights. Does it learn its images by heart?",
        ),
    ),
    Chapter(
        "l2-logistic",
        "L2 for logistic regression",
        graph="logistic-l2-0.005",
        lines={
            "logistic": "λ = 0",
            "logistic-l2-0.001": "λ = 0.001",
            "logistic-l2-0.005": "λ = 0.005",
            "logistic-l2-0.01": "λ = 0.01",
            "logistic-l2-0.05": "λ = 0.05",
        },
        also=("logistic-modern", "logistic-modern-l2-0.005"),
        films=("logistic", "logistic-l2-0.005", "logistic-l2-0.01", "logistic-l2-0.05"),
        questions=(
            "The accuracy on training images falls with λ. When is that worth it?",
            "Where is the tile of the letter A red, where is it blue, and why?",
        ),
    ),
    Chapter(
        "l2-relu",
        "L2 for the network",
        graph="relu-l2-0.005",
        lines={"relu": "λ = 0", "relu-l2-0.005": "λ = 0.005", "relu-l2-0.01": "λ = 0.01"},
        also=("relu-modern", "relu-modern-l2-0.005"),
        films=("relu-l2-0.005", "relu-l2-0.01"),
        questions=("What does a hidden unit look for, if it is not a letter?",),
    ),
    Chapter(
        "five-batches",
        "Five batches only",
        lines={"relu": "all batches", "five-batches": "five batches"},
        metrics=tuple(METRICS),
        films=("five-batches",),
        questions=(
            "The network knows all of its images by heart. How can it still be wrong about others?",
        ),
    ),
    Chapter(
        "dropout",
        "Dropout",
        graph="five-batches-dropout",
        lines={"five-batches": "five batches", "five-batches-dropout": "with dropout 0.4"},
        metrics=tuple(METRICS),
        also=("relu",),
        films=("five-batches-dropout",),
        questions=("Dropout makes training harder. Why can it make the test accuracy higher?",),
    ),
    Chapter(
        "beyond",
        "Where the article stopped",
        graph="cnn",
        lines={
            "relu-l2-0.005": "1,024 ReLU + L2",
            "deep": "three hidden layers",
            "cnn": "convolutional",
        },
        also=("relu-modern",),
        questions=(
            "What does a convolutional network know about images before it sees the first one?",
        ),
    ),
    Chapter("compared", "All results beside the published ones"),
    Chapter("differences", "What differs, and why"),
    Chapter("about", "About this run"),
)
