"""Dagster's one home under MESH_HOME: runs from the command line and from the UI share its history."""

import os
from pathlib import Path

from mesh_platform.settings import Settings

_CONFIG = """\
# Written by the mesh when missing; yours to change.
telemetry:
  enabled: false
nux:
  enabled: false
event_log_storage:
  module: mesh_platform.orchestrate.storage
  class: BatchingEventLogStorage
  config:
    base_dir:
      env: MESH_DAGSTER_EVENTS
concurrency:
  runs:
    max_concurrent_runs: 2
"""


def prepare_home(settings: Settings) -> Path:
    """Make Dagster's home and point this process and its children at it.

    Args:
        settings: Says where the home is.
    """
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    config = home / "dagster.yaml"
    if not config.exists():
        config.write_text(_CONFIG)
    os.environ["DAGSTER_HOME"] = str(home)
    os.environ["MESH_HOME"] = str(settings.home)
    os.environ["MESH_DAGSTER_EVENTS"] = str(home / "events")
    os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "1000")
    return home
