"""Which definition a stored feature comes from: a view's version is a digest of everything that defines it.

Whoever reads names the definition that it was built with, so an answer never holds features of another one.
"""

import hashlib
from functools import cache

from mesh_platform.features.history import HistoryView
from mesh_platform.features.view import FeatureView

OnlineView = FeatureView | HistoryView
VERSION_DIGITS = 12
"""As many hexadecimal digits as a version of code has."""


@cache
def version_of(view: OnlineView) -> str:
    """Name a view's definition: equal definitions have equal versions, different ones don't."""
    return hashlib.sha256(repr(view).encode()).hexdigest()[:VERSION_DIGITS]


@cache
def id_of(view: OnlineView) -> str:
    """Name a view with its definition, as the store keeps it: "<name>@<version>"."""
    return f"{view.name}@{version_of(view)}"


def columns_of(view: OnlineView) -> tuple[str, ...]:
    """Name what a reader gets of an entity: the features, or the columns of its history."""
    return view.features if isinstance(view, FeatureView) else view.columns
