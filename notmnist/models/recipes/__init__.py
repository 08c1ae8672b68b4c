"""Recipes for training the models, and the function that follows one."""

from __future__ import annotations

from notmnist.models.recipes.fitting import fit, recipe
from notmnist.models.recipes.settings import Recipe
from notmnist.models.recipes.table import RECIPES

__all__ = ["RECIPES", "Recipe", "fit", "recipe"]
