"""Models as products: recipes, training, the gate, the registry, watching."""

from mesh_platform.ml.making import Making
from mesh_platform.ml.recipe import Check, Examples, Explanation, Metric, Recipe

__all__ = ["Check", "Examples", "Explanation", "Making", "Metric", "Recipe"]
