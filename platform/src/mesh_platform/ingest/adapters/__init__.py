"""Adapters: from a public export to files in the landing zone, as if OmniShop's systems had dropped them.

Nothing is dropped, mended or made up: a row that the contract refuses lands as it is and ends in quarantine; what an
export does not know stays missing, and the notes say what was left out.
"""

from mesh_platform.ingest.adapters.interface import Adapted, Progress
from mesh_platform.ingest.adapters.registry import ADAPTERS, adapt

__all__ = ["ADAPTERS", "Adapted", "Progress", "adapt"]
