"""Differences of the published interface: what changed, whom it breaks, which version it takes.

`differences` compares documents, `verdicts` adds the consumers, `demands` the versions. All three are pure.
"""

from mesh_platform.contract.diff.change import Change, Effect, Level
from mesh_platform.contract.diff.demands import Demand, demands
from mesh_platform.contract.diff.differences import differences
from mesh_platform.contract.diff.interface import Interface, of_folder, of_texts
from mesh_platform.contract.diff.verdicts import Hit, Verdict, verdicts

__all__ = [
    "Change",
    "Demand",
    "Effect",
    "Hit",
    "Interface",
    "Level",
    "Verdict",
    "demands",
    "differences",
    "of_folder",
    "of_texts",
    "verdicts",
]
