"""What was published about the tutorial's exercises, as one table.

Sources: "Deep Learning with TensorFlow in Python" (Data Science Central, 2017), which the page
calls the article, and public solutions of the same Udacity assignments. Test accuracy in per
cent, on 10,000 images of notMNIST small unless a note says otherwise.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["PUBLISHED", "Published"]


@dataclasses.dataclass(frozen=True)
class Published:
    """Published test accuracies of one setting.

    Attributes:
        article: What the article says; "figure" where it only shows a picture, "" for nothing.
        others: What other published runs of the exercise reached; "" for nothing.
    """

    article: str = ""
    others: str = ""


PUBLISHED: Mapping[str, Published] = MappingProxyType(
    {
        "sklearn": Published("figure", "84.4, 84.4, 85.1, 85.3, 85.4"),
        "gradient-descent": Published("", "82.2 to 83.2"),
        "logistic": Published("figure", "85.2 to 86.8"),
        "logistic-l2-0.005": Published("88.3", "88.1 to 88.5"),
        "logistic-l2-0.01": Published("lower than 88.3", ""),
        "logistic-l2-0.05": Published("lower than 88.3", ""),
        "relu": Published("figure", "89.1, 89.3, 89.4, 90.5"),
        "relu-modern": Published("", "about 94"),
        "relu-l2-0.005": Published("91.1", "91.4 to 93.0"),
        "five-batches": Published("train 100, test falls", ""),
        "five-batches-dropout": Published("test rises again", ""),
        "deep": Published("to be continued", "95.1 to 96.5"),
        "cnn": Published("", "96.5 to 97.3"),
    }
)
