"""Experiments: analyse outcomes of random assignment.

The statistics are tea-tasting's; this room gives them typed results and clear errors, and adds the check of a split
over several arms. Loading that library takes a second, so the functions import it when they are first called.
"""

from mesh_platform.experiments.adjustment import adjusted
from mesh_platform.experiments.comparison import Comparison, compare
from mesh_platform.experiments.metrics import Mean, Metric, Proportion, Ratio
from mesh_platform.experiments.power import Detectable, detectable, units_needed
from mesh_platform.experiments.sample_ratio import BROKEN_BELOW, sample_ratio_p_value

__all__ = [
    "BROKEN_BELOW",
    "Comparison",
    "Detectable",
    "Mean",
    "Metric",
    "Proportion",
    "Ratio",
    "adjusted",
    "compare",
    "detectable",
    "sample_ratio_p_value",
    "units_needed",
]
