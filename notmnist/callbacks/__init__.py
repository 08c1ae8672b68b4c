"""Callbacks that show what a model learns."""

from notmnist.callbacks.files import TensorBoardLog
from notmnist.callbacks.mistake_images import MistakeImages
from notmnist.callbacks.weight_images import WeightImages

__all__ = ["MistakeImages", "TensorBoardLog", "WeightImages"]
