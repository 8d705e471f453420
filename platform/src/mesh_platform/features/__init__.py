"""Feature views: named features of an entity at a time, declared once, never seeing what was not known yet."""

from mesh_platform.features.view import FeatureView

__all__ = ["FeatureView"]
