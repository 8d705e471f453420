"""Dagster's entry point for the governance domain."""

import dagster as dg

from mesh_governance.domain import DOMAIN
from mesh_platform.orchestrate.definitions import definitions_for


@dg.definitions
def defs() -> dg.Definitions:
    """Assemble the domain when Dagster loads it."""
    return definitions_for(DOMAIN)
