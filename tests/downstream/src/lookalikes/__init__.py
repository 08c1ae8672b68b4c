"""Which letters look alike to a model."""

from lookalikes.model import strokes
from lookalikes.pairs import LookalikePairs

__all__ = ["LookalikePairs", "strokes"]
