"""Whether one classifier is better than another on the same images: McNemar's exact test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from notmnist.evaluation.examples import read_examples
from notmnist.evaluation.report import predict
from notmnist.notebook import html_table

__all__ = ["Comparison", "compare"]


@dataclass(frozen=True)
class Comparison:
    """Two classifiers on the same examples.

    Attributes:
        both: Number of examples that both classifiers get right.
        only_a: Number that only the first gets right.
        only_b: Number that only the second gets right.
        neither: Number that neither gets right.
    """

    both: int
    only_a: int
    only_b: int
    neither: int

    @property
    def examples(self) -> int:
        """The total number of examples."""
        return self.both + self.only_a + self.only_b + self.neither

    @property
    def accuracy_a(self) -> float:
        """The first classifier's accuracy, 0 to 1."""
        return (self.both + self.only_a) / self.examples

    @property
    def accuracy_b(self) -> float:
        """The second classifier's accuracy, 0 to 1."""
        return (self.both + self.only_b) / self.examples

    @property
    def p_value(self) -> float:
        """McNemar's exact, two-sided p-value, 0 to 1; 1 if they never differ.

        Source: McNemar, "Note on the sampling error of the difference between correlated
        proportions or percentages", 1947; the binomial test is exact for any counts.
        """
        from scipy import stats

        apart = self.only_a + self.only_b
        return float(stats.binomtest(self.only_a, apart).pvalue) if apart else 1.0

    def text(self) -> str:
        """Return the comparison in plain text."""
        difference = 100 * (self.accuracy_a - self.accuracy_b)
        return "\n".join(
            [
                f"{self.examples:,} examples",
                f"{'':14}{'b right':>10}{'b wrong':>10}",
                f"{'a right':14}{self.both:>10,}{self.only_a:>10,}",
                f"{'a wrong':14}{self.only_b:>10,}{self.neither:>10,}",
                f"accuracy a {self.accuracy_a:.2%}, b {self.accuracy_b:.2%}, "
                f"difference {difference:+.2f} points",
                f"McNemar's exact test: p = {self.p_value:.3g}",
            ]
        )

    def _repr_html_(self) -> str:
        rows = [("a right", self.both, self.only_a), ("a wrong", self.only_b, self.neither)]
        notes = self.text().splitlines()[4:]
        return html_table("Comparison", ("", "b right", "b wrong"), rows, notes)


def compare(a: Any, b: Any, data: Any, *, batch_size: int = 512) -> Comparison:
    """Compare two classifiers on the same examples, read in one pass.

    Args:
        a: A classifier, as for `evaluate`.
        b: Another classifier; one may be from Keras and the other from scikit-learn.
        data: Labelled images, as for `evaluate`.
        batch_size: Number of images per prediction batch.

    Returns:
        The comparison: `print(comparison.text())`, `comparison.p_value`.

    Raises:
        ArgumentError: As for `evaluate`.

    Example:
        >>> Comparison(both=80, only_a=10, only_b=0, neither=10).p_value
        0.001953125
    """
    examples = read_examples("data", data)
    right_a = predict("a", a, examples, batch_size).right
    right_b = predict("b", b, examples, batch_size).right
    return Comparison(
        both=int((right_a & right_b).sum()),
        only_a=int((right_a & ~right_b).sum()),
        only_b=int((~right_a & right_b).sum()),
        neither=int((~right_a & ~right_b).sum()),
    )
