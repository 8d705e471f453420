"""Runs from the command line and from the UI share one home of the orchestrator."""

import dagster as dg

from mesh_platform.orchestrate.home import prepare_home
from mesh_platform.orchestrate.storage import BatchingEventLogStorage
from platform_tests.pipeline_tests.kiosk import Mesh


def test_the_home_opens_as_an_instance_that_stores_batches(mesh: Mesh) -> None:
    home = prepare_home(mesh.settings)
    with dg.DagsterInstance.get() as instance:
        assert isinstance(instance.event_log_storage, BatchingEventLogStorage)
        assert instance.root_directory == str(home)
        assert not instance.telemetry_enabled


def test_a_configuration_that_somebody_changed_is_kept(mesh: Mesh) -> None:
    config = prepare_home(mesh.settings) / "dagster.yaml"
    config.write_text(config.read_text() + "# mine\n")
    prepare_home(mesh.settings)
    assert config.read_text().endswith("# mine\n")
