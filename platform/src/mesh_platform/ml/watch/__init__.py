"""Watching models at work: has the world moved away from what a model learnt, and are its predictions still good?"""

from mesh_platform.ml.watch.alerts import alerts
from mesh_platform.ml.watch.contract import ModelHealth
from mesh_platform.ml.watch.health import health
from mesh_platform.ml.watch.performance import matured
from mesh_platform.ml.watch.reference import REFERENCE_FILE, Reference
from mesh_platform.ml.watch.retraining import needs_retraining
from mesh_platform.ml.watch.watched import Models, Version, Watched

__all__ = [
    "REFERENCE_FILE",
    "ModelHealth",
    "Models",
    "Reference",
    "Version",
    "Watched",
    "alerts",
    "health",
    "matured",
    "needs_retraining",
]
