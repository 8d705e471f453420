"""Dagster's entry point for the sales domain."""

import dagster as dg

from mesh_platform.orchestrate.definitions import definitions_for
from mesh_sales.domain import DOMAIN


@dg.definitions
def defs() -> dg.Definitions:
    """Assemble the domain when Dagster loads it."""
    return definitions_for(DOMAIN)
