"""What is tried for the settings of each model, unless the caller says otherwise."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType

from notmnist.errors import invalid

__all__ = ["RANGES", "Range"]


@dataclasses.dataclass(frozen=True)
class Range:
    """The numbers from which a setting is drawn.

    Attributes:
        low: The least.
        high: The largest, itself included.
        log: Whether orders of magnitude are equally likely, not values.
        integer: Whether only whole numbers are drawn.

    Raises:
        ArgumentError: `low` is not less than `high`, or not above 0 where `log` asks for it.

    Example:
        >>> Range(1e-5, 0.1, log=True)
        Range(low=1e-05, high=0.1, log=True, integer=False)
    """

    low: float
    high: float
    log: bool = False
    integer: bool = False

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise invalid("low", self.low, f"be less than the {self.high!r} of `high`")
        if self.log and self.low <= 0:
            raise invalid("low", self.low, "be more than 0 where `log` is true")


RANGES: Mapping[str, Mapping[str, Range]] = MappingProxyType(
    {
        "logistic": MappingProxyType({"l2": Range(1e-6, 0.1, log=True)}),
        "mlp": MappingProxyType(
            {
                "l2": Range(1e-6, 0.1, log=True),
                "dropout": Range(0.0, 0.7),
                "width": Range(128, 2048, log=True, integer=True),
            }
        ),
        "cnn": MappingProxyType(
            {
                "l2": Range(1e-7, 0.01, log=True),
                "dropout": Range(0.0, 0.6),
                "width": Range(128, 1024, log=True, integer=True),
            }
        ),
    }
)
"""By the recipe's model. `width` is the units of the first hidden layer, which the later ones of an
`mlp` keep their proportion to, or the `units` of a `cnn`."""
