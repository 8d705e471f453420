"""The linter of metadata files, stricter than DataHub's own.

`datahub check metadata-file` takes an aspect on the wrong entity, names of nothing, lineage of columns that do not
exist and unknown fields. Here each is a finding.
"""

from mesh_platform.catalog.check.linter import Checked, Report, check
from mesh_platform.catalog.check.rules import RULES, Finding

__all__ = ["RULES", "Checked", "Finding", "Report", "check"]
