"""Masks under the name of their room; they live with the documents, where the catalog can reach them, too."""

from mesh_platform.contract.export.masks import MASK, masked, masked_columns

__all__ = ["MASK", "masked", "masked_columns"]
