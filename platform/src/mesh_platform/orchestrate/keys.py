"""The asset keys of the mesh: each begins with its domain."""

import dagster as dg


def source_key(domain: str, source: str) -> dg.AssetKey:
    """The asset of a source's accepted rows."""
    return dg.AssetKey([domain, "raw", source])


def product_key(product: str) -> dg.AssetKey:
    """The asset of a product, from its full name."""
    return dg.AssetKey(product.split("."))


def model_key(domain: str, model: str) -> dg.AssetKey:
    """The asset of a model, from its domain and its name."""
    return dg.AssetKey([domain, "models", model])
